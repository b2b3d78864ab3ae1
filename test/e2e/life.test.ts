import { afterEach, expect, it } from 'vitest';
import { CONFIGURE_BRANCH } from '../../src/app/onboarding/onboarding.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CONFIG_PATH } from '../../src/config/schema.ts';
import { parseMarker } from '../../src/evidence/pull-request/marker.ts';
import { AGENT_FILES } from './agent-repository.ts';
import { eventually, type Stage, said, stage } from './stage.ts';

let on: Stage | undefined;
afterEach(async () => {
  await on?.close();
  on = undefined;
});

it('from the installation to the confirmation of what was merged', { timeout: 300_000 }, async () => {
  const { [CONFIG_PATH]: _config, ...files } = AGENT_FILES;
  // Nothing tells the bot about this repository but the repository.
  const here = await stage({
    files: { ...files, 'agent/harness.yaml': 'model: test/agent\nmax_steps: 10 # turns\n' },
    installed: false,
  });
  on = here;
  const { github, repo } = here.fixture;

  // Install: a pull request that proposes a config, and nothing else.
  here.fixture.install();
  const onboarding = await eventually(here, () => repo.pulls('open')[0]);
  expect(onboarding.pull.head.ref).toBe(CONFIGURE_BRANCH);
  expect(onboarding.body).toContain('What a campaign would cost');
  const proposed = loadConfig((await repo.file(CONFIG_PATH, CONFIGURE_BRANCH)) ?? '');
  expect(proposed.ok && proposed.config.surfaces.map((surface) => surface.path)).toContain(
    'agent/harness.yaml',
  );
  expect(repo.runs().filter((run) => run.event === 'workflow_dispatch')).toEqual([]);

  // Merge it: the eval of the merge uploads artifacts, and the first campaign runs.
  await repo.merge(onboarding.number, { by: 'maintainer' });
  const pull = await eventually(here, () => repo.pulls('open')[0]);
  expect(pull.pull.head.ref).toMatch(/^self-harness\/improve-/);
  const marker = parseMarker(pull.body ?? '');
  // Two steps of one knob may both prove themselves; a pull request holds one of them.
  expect(marker.kind === 'found' && marker.marker.edits).toHaveLength(1);
  expect(await repo.file('agent/harness.yaml', pull.pull.head.ref)).toMatch(/max_steps: (15|20)/);
  for (const words of ['its pass rate from', 'Held-in', 'Held-out', '/blob/', 'self-harness-bot gate']) {
    expect(pull.body).toContain(words);
  }
  await said(here, onboarding.number, 'Pull request: ');
  // Beside the diff: a check run on the head, with the reason on the changed line.
  const [check] = repo.checks(await repo.head(pull.pull.head.ref));
  expect([check?.conclusion, check?.actions.map((one) => one.identifier)]).toEqual([
    'success',
    ['revalidate'],
  ]);
  expect(check?.annotations).toMatchObject([{ path: 'agent/harness.yaml', start_line: 2, end_line: 2 }]);

  // Talk to it.
  const ask = (words: string, by = 'maintainer') => repo.comment(pull.number, `/harness ${words}`, by);
  ask('help');
  await said(here, pull.number, '| `/harness improve` |');
  ask('status');
  expect(await said(here, pull.number, 'The last one')).toContain('ended on');
  const explained = ask('explain step_budget_exhausted');
  await eventually(here, () => explained.reactions.find((one) => one.content === 'rocket'));
  await said(here, pull.number, '27 failing held-in trials of 9 tasks');
  ask('improve');
  await said(here, pull.number, 'one at a time');
  const strange = ask('improve', 'stranger');
  await said(here, pull.number, 'This needs write permission');
  await eventually(here, () => strange.reactions.find((one) => one.content === 'confused'));

  // Merge: the eval of the merge bears the claim out, in the one comment that said it would.
  await repo.merge(pull.number, { by: 'maintainer' });
  const confirmation = await said(here, pull.number, '**Confirmed.**');
  expect(confirmation).toMatch(/The pass rate went from 50\.0 % \(\d+\/\d+\) to 100\.0 % \(\d+\/\d+\)/);
  await github.settled();
  const confirmations = repo.comments(pull.number).filter((one) => one.body.includes('confirmation'));
  expect(confirmations).toHaveLength(1);
  // What people merged stays until they remove it. The eval of the merge started a campaign that finds nothing to
  // mend, opens nothing and leaves nothing.
  const told = async () => repo.checks(await repo.head()).find((one) => one.name === 'self-harness');
  expect((await eventually(here, told)).conclusion).toBe('neutral');
  expect(repo.pulls('open')).toEqual([]);
  expect((await repo.branches()).sort()).toEqual(
    ['main', CONFIGURE_BRANCH, pull.pull.head.ref, 'self-harness/ledger'].sort(),
  );
  github.assertContract();
});
