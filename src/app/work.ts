/**
 * The kinds of durable work, as a server and a job of GitHub Actions do them alike.
 */
import { runCampaign } from '../campaign/campaign.ts';
import { type CampaignDeps, CampaignInput, type Durable } from '../campaign/context.ts';
import type { Workflow } from '../campaign/engine/engine.ts';
import type { CampaignRecord } from '../campaign/record/record.ts';
import { openGitHubForge } from '../forge/github/github.ts';
import { type Bot, parseAddress, placeOf, WORK } from './bot.ts';
import { settleBroken } from './campaigns/aftermath.ts';
import { campaignDeps } from './campaigns/campaign-deps.ts';
import { clearLeftOver } from './campaigns/left-over.ts';
import { reportEnd, reportStart } from './campaigns/report.ts';
import { reviewPullRequest } from './campaigns/review.ts';
import { refreshDashboard } from './dashboard/dashboard.ts';
import { handle } from './webhooks/handle.ts';

/** Attempts of a step that throws something unexpected: with the pauses between, an outage of an hour. */
export const STEP_ATTEMPTS = 20;

/** @param report hears of progress; after a wait it hears again what it has heard before */
export function worksOf(
  bot: Bot,
  env: NodeJS.ProcessEnv,
  report: CampaignDeps['report'] = () => {},
): Readonly<Record<string, Workflow>> {
  return {
    [WORK.event]: async (input, durable) => {
      const done = await handle(bot, input, durable);
      bot.log(done);
      return done;
    },
    [WORK.campaign]: (input, durable) =>
      campaignOnGitHub(bot, env, CampaignInput.parse(input), durable, report),
    [WORK.review]: (input, durable) => reviewPullRequest(bot, env, input, durable, report),
    [WORK.cancellation]: async (input) => input,
    [WORK.aftermath]: (input, durable) => settleBroken(bot, input, durable),
  };
}

async function campaignOnGitHub(
  bot: Bot,
  env: NodeJS.ProcessEnv,
  input: CampaignInput,
  durable: Durable,
  report: CampaignDeps['report'],
): Promise<unknown> {
  const where = parseAddress(input.repository);
  const place = await placeOf(bot, where);
  await durable.step('report the start', () => reportStart(bot, place, input).then(() => null));
  await durable.step('show the start', () => refreshDashboard(bot, where));
  await durable.step('clear what is left over', () => clearLeftOver(bot, place, where));
  const record = await runCampaign(input, durable, campaignDeps(bot, env, openGitHubForge(place), report));
  await durable.step('report the end', () => reportEnd(bot, place, input, record).then(() => null));
  await durable.step('show the end', () =>
    refreshDashboard(bot, where, { ended: input.id, idle: endedUnwritten(record) }),
  );
  bot.log(
    `Campaign ${input.id} in ${where.owner}/${where.repo}: ${record.ending.kind.replaceAll('_', ' ')}.`,
  );
  return record;
}

/**
 * How a campaign ended of which the ledger has no line, since not one trial was read; null for every other. Without
 * its name: the same failure day after day is one reason, remembered once.
 */
function endedUnwritten({ ending, spent }: CampaignRecord): string | null {
  if (spent.agent.trials > 0) return null;
  return `The campaign ended as ${ending.kind.replaceAll('_', ' ')}: ${ending.reason}`;
}
