/** What an ended run starts, and what it costs to find that it starts nothing. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { handle } from '../../src/app/webhooks/handle.ts';
import { remember } from '../../src/campaign/ledger/memory.ts';
import { openGitHubForge } from '../../src/forge/github/github.ts';
import { straight } from '../campaign/scenario.ts';
import { AGENT_FILES } from '../e2e/agent-repository.ts';
import { createFixture, type Fixture, OWN } from '../github/fixture.ts';
import { type BotOnGitHub, botOn, campaigns } from './bot-on.ts';

let fixture: Fixture;
let desk: BotOnGitHub;
beforeEach(async () => {
  fixture = await createFixture({ files: AGENT_FILES });
  desk = botOn(fixture);
});
afterEach(async () => {
  fixture.github.assertContract();
  await fixture.github.stop();
});

async function ended(change: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return handle(
    desk.bot,
    {
      kind: 'run_completed',
      ...OWN,
      installation: fixture.installation.id,
      run: 77,
      workflow: '.github/workflows/eval.yml',
      branch: 'main',
      event: 'push',
      head: await fixture.repo.head(),
      fork: false,
      ...change,
    },
    straight,
  );
}

it('a run of the eval workflow at the tip of the default branch starts a campaign', async () => {
  expect(await ended()).toBe('Started campaign run-77.');
});

it.each(['issue_comment', 'pull_request_target', 'workflow_run', 'repository_dispatch'])(
  'a run for %s starts none: anybody may have caused it, and it may have run anything',
  async (event) => {
    expect(await ended({ event })).toContain('not the commit it names');
    expect(campaigns(desk)).toEqual([]);
  },
);

it.each([
  ['another workflow', { workflow: '.github/workflows/ci.yml' }],
  ['another branch', { branch: 'topic' }],
])('a run of %s costs little, though a merged claim waits for its confirmation', async (_, change) => {
  const claim = { campaign: 'c1', pull: 1, harness_hash: 'x' };
  const forge = openGitHubForge(desk.place);
  await remember(forge, 'Merged', (memory) => ({ ...memory, merged: [claim] }));
  const mark = fixture.github.log.mark();
  await ended(change);
  expect(fixture.github.log.entries.slice(mark).length).toBeLessThanOrEqual(3);
});
