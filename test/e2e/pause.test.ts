import { afterEach, expect, it } from 'vitest';
import { AGENT_FILES, CONFIG } from './agent-repository.ts';
import { answered, eventually, type Stage, said, stage } from './stage.ts';

let on: Stage | undefined;
afterEach(async () => {
  on?.fixture.github.assertContract();
  await on?.close();
  on = undefined;
});

it('a pause keeps campaigns from starting by themselves, and nothing else', { timeout: 90_000 }, async () => {
  const config = `${CONFIG}proposer:\n  candidates: 1\n`;
  const here = await stage({ files: { ...AGENT_FILES, '.github/self-harness.yml': config } });
  on = here;
  const { github, repo } = here.fixture;
  const dispatched = () => repo.runs().filter((run) => run.event === 'workflow_dispatch').length;
  const issue = repo.openIssue({ title: 'Quiet', by: 'maintainer' });
  const say = (words: string, by = 'maintainer') => repo.comment(issue.number, `/harness ${words}`, by);
  say('pause', 'reader');
  await said(here, issue.number, 'This needs write permission');
  await answered(here, say('pause'));
  await said(here, issue.number, 'No campaign starts by itself');

  // The eval of this push would start one.
  await repo.pushCommit({ files: { 'README.md': 'Words.\n' } });
  await github.settled();
  await eventually(here, () => (here.log().includes('Paused by maintainer.') ? true : undefined));
  expect(dispatched()).toBe(0);

  // Asked for by name, a campaign runs all the same.
  const command = say('improve');
  await answered(here, command);
  const [pull] = repo.pulls('open');
  expect(pull).toBeDefined();
  const asked = dispatched();
  await repo.merge(pull?.number ?? 0, { by: 'maintainer' });
  await said(here, pull?.number ?? 0, '**Confirmed.**');
  await github.settled();
  expect(dispatched()).toBe(asked);

  await answered(here, say('resume'));
  await repo.pushCommit({ files: { 'README.md': 'More words.\n' } });
  const tip = await repo.head();
  await eventually(here, () => repo.checks(tip).find((one) => one.name === 'self-harness'));
});
