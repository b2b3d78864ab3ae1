import { afterEach, expect, it } from 'vitest';
import { CONFIGURE_BRANCH } from '../../src/app/onboarding/onboarding.ts';
import { CONFIG_PATH } from '../../src/config/schema.ts';
import { AGENT_FILES } from '../e2e/agent-repository.ts';
import { type RunningServer, type ServerPlace, serverPlace } from '../e2e/server.ts';
import { createFixture, type Fixture, until } from '../github/fixture.ts';

let fixture: Fixture;
let place: ServerPlace;
let server: RunningServer;
afterEach(async () => {
  await server?.kill('SIGTERM');
  await fixture?.github.stop();
  await place?.remove();
});

it('a server that was away offers a config, and hears of the answer although its webhook failed', async () => {
  const { [CONFIG_PATH]: _config, ...files } = AGENT_FILES;
  place = await serverPlace();
  // Installed while nobody listens.
  fixture = await createFixture({ hookUrl: place.hookUrl, files });
  const { github, repo, app } = fixture;
  repo.setRole('maintainer', 'write');
  await github.settled();
  server = await place.start(github, app, {
    SELF_HARNESS_TICK_SECONDS: '0.3',
    SELF_HARNESS_RECONCILE_SECONDS: '0.5',
  });
  const pull = await until(() => repo.pulls('open')[0], 40_000).catch((error) => {
    throw new Error(`${error}\n${server.log()}`);
  });
  expect(pull.pull.head.ref).toBe(CONFIGURE_BRANCH);

  github.setWebhooks({ fail: 1 });
  await repo.close(pull.number, 'maintainer');
  const memory = await until(async () => {
    const there = (await repo.branches()).includes('self-harness/ledger');
    return there ? repo.file('memory.json', 'self-harness/ledger') : undefined;
  }, 40_000).catch((error) => {
    throw new Error(`${error}\n${server.log()}`);
  });
  expect(JSON.parse(memory ?? '{}')).toMatchObject({ optedOut: true });
  expect(repo.pulls()).toHaveLength(1);
  github.assertContract();
}, 120_000);
