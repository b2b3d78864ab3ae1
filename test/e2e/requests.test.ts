import { afterEach, expect, it } from 'vitest';
import { WRITE_LIMITS } from '../../src/forge/github/writes/write-budget.ts';
import type { LogEntry } from '../github/server/log.ts';
import { answered, askForCampaign, BOT, type Stage, stage } from './stage.ts';

/** What a campaign may ask of GitHub: so many requests, and so many for every run of the eval. */
const REQUESTS = 60;
const REQUESTS_A_RUN = 15;

let on: Stage;
afterEach(() => on?.close());

it('a campaign of four candidates stays within its requests and the write budget', {
  timeout: 240_000,
}, async () => {
  on = await stage({ prompt: true, pace: 'github' });
  const command = askForCampaign(on);
  await answered(on, command);
  const { github, repo } = on.fixture;
  const runs = repo.runs().filter((run) => run.event === 'workflow_dispatch');
  const counts = github.log.counts({ since: on.mark, actor: BOT });
  // With all that was asked, so that a failure shows where the waste is.
  const said = JSON.stringify({ runs: runs.length, ...counts }, null, 1);
  console.info(said);
  expect(runs.length, said).toBeLessThanOrEqual(6);
  const record = JSON.parse(
    (await repo.file(`campaigns/c${command.id}/campaign.json`, 'self-harness/ledger')) ?? '{}',
  );
  expect(record.candidates.length).toBe(4);
  // GitHub does not charge for an answer 304.
  expect(counts.requests - counts.notModified, said).toBeLessThanOrEqual(
    REQUESTS + REQUESTS_A_RUN * runs.length,
  );
  const content = github.log.entries.slice(on.mark).filter((one) => one.content && one.actor === BOT);
  expect(content.length, said).toBeLessThanOrEqual(WRITE_LIMITS.perHour);
  expect(mostInAMinute(content)).toBeLessThanOrEqual(WRITE_LIMITS.perMinute);
  github.assertContract();
});

function mostInAMinute(entries: readonly LogEntry[]): number {
  const times = entries.map((one) => one.at.getTime());
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length));
}
