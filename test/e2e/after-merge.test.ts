import { afterEach, expect, it } from 'vitest';
import { AGENT_FILES, CONFIG } from './agent-repository.ts';
import { answered, askForCampaign, eventually, type Stage, said, stage } from './stage.ts';

let on: Stage | undefined;
afterEach(async () => {
  on?.fixture.github.assertContract();
  await on?.close();
  on = undefined;
});

/** An eval whose agent fails wherever a file says so that is neither harness nor evaluator: the model, say, got worse. */
const FRAIL = (AGENT_FILES['eval/run.js'] ?? '').replace(
  'const pass = need <= budget;',
  "const pass = need <= budget && !fs.existsSync('model/worse');",
);

it('a merged claim that later runs contradict is taken back by one pull request', {
  timeout: 180_000,
}, async () => {
  const config = `${CONFIG}triggers:\n  workflow_run: false\nproposer:\n  candidates: 1\n`;
  const here = await stage({
    files: { ...AGENT_FILES, 'eval/run.js': FRAIL, '.github/self-harness.yml': config },
  });
  on = here;
  const { github, repo } = here.fixture;
  const command = askForCampaign(here);
  await answered(here, command);
  const [pull] = repo.pulls('open');
  if (pull === undefined) throw new Error('no pull request');

  // The model gets worse with the merge: nothing that the bot looks after has changed.
  await repo.pushCommit({ branch: pull.pull.head.ref, files: { 'model/worse': '' }, by: 'maintainer' });
  await repo.merge(pull.number, { by: 'maintainer' });
  await said(here, pull.number, '**Contradicted.**');
  const revert = await eventually(here, () => repo.pulls('open')[0]);
  expect(revert.title).toBe(`Take back the harness edits of #${pull.number}`);
  expect(revert.body).toMatch(/Pass rate 50\.0 % \(\d+\/\d+\) → 0\.0 % \(0\/\d+\)/);
  expect(await repo.file('agent/harness.yaml', revert.pull.head.ref)).toBe('max_steps: 10 # turns\n');

  // Another run says the same, and nothing more is opened; closed, it does not come back.
  await repo.dispatch('eval.yml', { by: 'maintainer' });
  await github.settled();
  expect(repo.pulls('open')).toHaveLength(1);
  await repo.close(revert.number, 'maintainer');
  await repo.dispatch('eval.yml', { by: 'maintainer' });
  await github.settled();
  expect(repo.pulls('open')).toEqual([]);
  const confirmations = repo.comments(pull.number).filter((one) => one.body.includes('Contradicted'));
  expect(confirmations).toHaveLength(1);

  // Wanted after all: the old surfaces are back.
  repo.reopen(revert.number, 'maintainer');
  await repo.merge(revert.number, { by: 'maintainer' });
  expect(await repo.file('agent/harness.yaml')).toBe('max_steps: 10 # turns\n');
});

it('a cancelled campaign ends, says so and leaves nothing', { timeout: 120_000 }, async () => {
  const here = await stage({ candidates: 2, github: { delays: { start: 400 } } });
  on = here;
  const { github, repo } = here.fixture;
  const command = askForCampaign(here);
  await eventually(here, () => repo.runs().find((run) => run.branch?.includes('/baseline')));
  repo.comment(command.issue.number, '/harness cancel', 'maintainer');
  await answered(here, command);
  await said(here, command.issue.number, 'was cancelled');
  await github.settled();
  expect(repo.pulls('all')).toEqual([]);
  expect((await repo.branches()).filter((name) => /^self-harness\/c\d/.test(name))).toEqual([]);
  expect(repo.runs().every((run) => run.status === 'completed')).toBe(true);
});

it('a silent pull request is brought to mind once', { timeout: 120_000 }, async () => {
  const env = { SELF_HARNESS_TICK_SECONDS: '0.3', SELF_HARNESS_RECONCILE_SECONDS: '0.5' };
  const here = await stage({ candidates: 1, env });
  on = here;
  const { repo } = here.fixture;
  await answered(here, askForCampaign(here));
  const [pull] = repo.pulls('open');
  if (pull === undefined) throw new Error('no pull request');
  const reminders = () => repo.comments(pull.number).filter((one) => one.body.includes('the only reminder'));
  const silentFor = (days: number) => {
    pull.updatedAt = new Date(Date.now() - days * 24 * 3600 * 1000);
  };
  silentFor(13);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(reminders()).toEqual([]);
  silentFor(15);
  await eventually(here, () => reminders()[0]);
  silentFor(30);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(reminders()).toHaveLength(1);
});
