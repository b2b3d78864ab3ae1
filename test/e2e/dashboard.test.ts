import { afterEach, expect, it } from 'vitest';
import { createFixture, type Fixture, until } from '../github/fixture.ts';
import { AGENT_FILES, CONFIG } from './agent-repository.ts';
import { type RunningServer, type ServerPlace, serverPlace } from './server.ts';
import { BOT } from './stage.ts';

const ON = `${CONFIG}triggers:\n  workflow_run: false\npull_request:\n  dashboard: true\n`;

let fixture: Fixture;
let place: ServerPlace;
let server: RunningServer;

afterEach(async () => {
  fixture?.github.assertContract();
  await server?.kill('SIGTERM');
  await fixture?.github.stop();
  await place?.remove();
});

/** Waits for something on the stand-in; when it does not come, says what the server said. */
async function eventually<T>(ask: () => T | undefined): Promise<T> {
  return until(ask, 100_000).catch((error) => {
    throw new Error(`${error}\n${server.log()}`);
  });
}

it('the dashboard comes by the clock, hears a tick, and shows a campaign from start to merge', {
  timeout: 180_000,
}, async () => {
  place = await serverPlace();
  fixture = await createFixture({
    hookUrl: place.hookUrl,
    files: { ...AGENT_FILES, '.github/self-harness.yml': ON },
  });
  const { github, repo } = fixture;
  repo.setRole('maintainer', 'write');
  server = await place.start(github, fixture.app);

  const dashboard = await eventually(() =>
    [...repo.repository.issues.values()].find((issue) => issue.user.login === BOT),
  );
  const body = dashboard.body ?? '';
  const ticked = body.replace('- [ ] <!-- command:pause', '- [x] <!-- command:pause');
  const mark = github.log.mark();
  repo.editIssue(dashboard.number, { body: ticked, by: 'maintainer' });
  const says = (words: string) => eventually(() => (dashboard.body?.includes(words) ? true : undefined));
  await says('Paused by `maintainer`');
  expect(dashboard.body).not.toContain('- [x]');
  repo.comment(dashboard.number, '/harness improve', 'maintainer');
  await says('started by /harness improve by maintainer');

  const pull = await eventually(() => repo.pulls('open')[0]);
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
