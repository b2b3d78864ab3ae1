import { afterEach, expect, it } from 'vitest';
import { AGENT_FILES, CONFIG } from './agent-repository.ts';
import { BOT, eventually, type Stage, stage } from './stage.ts';

const ON = `${CONFIG}triggers:\n  workflow_run: false\npull_request:\n  dashboard: true\n`;

let on: Stage | undefined;
afterEach(async () => {
  on?.fixture.github.assertContract();
  await on?.close();
  on = undefined;
});

it('the dashboard comes by the clock, hears a tick, and shows a campaign from start to merge', {
  timeout: 180_000,
}, async () => {
  const here = await stage({ files: { ...AGENT_FILES, '.github/self-harness.yml': ON } });
  on = here;
  const { github, repo } = here.fixture;

  const dashboard = await eventually(here, () =>
    [...repo.repository.issues.values()].find((issue) => issue.user.login === BOT),
  );
  const says = (words: string) => eventually(here, () => dashboard.body?.includes(words) || undefined);
  const ticked = (dashboard.body ?? '').replace('- [ ] <!-- command:pause', '- [x] <!-- command:pause');
  const mark = github.log.mark();
  repo.editIssue(dashboard.number, { body: ticked, by: 'maintainer' });
  await says('Paused by `maintainer`');
  expect(dashboard.body).not.toContain('- [x]');
  repo.comment(dashboard.number, '/harness improve', 'maintainer');
  await says('started by /harness improve by maintainer');

  const pull = await eventually(here, () => repo.pulls('open')[0]);
  await says(`[open](${github.url}/octo/agent/pull/${pull.number})`);
  expect(dashboard.body).toContain('Nothing runs.');
  await github.settled();
  const edits = github.log.entries
    .slice(mark)
    .filter((one) => one.actor === BOT && one.operation === 'issues/update');
  // One for the tick, one for the start and one for the end.
  expect(edits).toHaveLength(3);

  await repo.merge(pull.number, { by: 'maintainer' });
  await says(`[merged](${github.url}/octo/agent/pull/${pull.number})`);
});
