/**
 * The bot's own pull request: found on GitHub, never remembered, and left alone once a person has worked on it.
 */
import { improvementBranch } from '../../campaign/propose/candidates.ts';
import type { CampaignRecord } from '../../campaign/record/record.ts';
import type { Forge } from '../../forge/forge.ts';
import type { GitHubRepository } from '../../forge/github/github.ts';
import { compareBranches, GITHUB, openPulls, type PullDetail } from '../../forge/github/pull-detail.ts';
import { say } from '../answers/answer.ts';
import type { Bot } from '../bot.ts';
import { recordOf } from '../campaigns/last-record.ts';

const PREFIX = improvementBranch('');

/** The campaign whose pull request comes from this branch, null for every other branch. */
export function campaignOf(branch: string): string | null {
  return branch.startsWith(PREFIX) && branch.length > PREFIX.length ? branch.slice(PREFIX.length) : null;
}

/** Whether the bot itself opened it: anybody can open one between branches that exist. */
export async function isOwn(bot: Bot, pull: PullDetail): Promise<boolean> {
  return !pull.fork && campaignOf(pull.branch) !== null && pull.author === (await bot.login());
}

/** The bot's open pull request beside `except`, null where there is none. */
export async function openOwnPull(
  bot: Bot,
  place: GitHubRepository,
  except: number | null = null,
): Promise<PullDetail | null> {
  for (const pull of await openPulls(place)) {
    if (pull.number !== except && (await isOwn(bot, pull))) return pull;
  }
  return null;
}

/** The record of the campaign that opened a pull request; null where the ledger holds none that parses. */
export async function recordOfPull(forge: Forge, pull: PullDetail): Promise<CampaignRecord | null> {
  const campaign = campaignOf(pull.branch);
  const record = campaign === null ? null : await recordOf(forge, campaign);
  return record?.final === undefined || record.final === null ? null : record;
}

/**
 * Whether the branch holds a commit that is not the bot's. Then it is a person's: the bot never moves it again,
 * and says so once.
 */
export async function handsOff(bot: Bot, place: GitHubRepository, pull: PullDetail): Promise<boolean> {
  const compared = await compareBranches(place, pull.base, pull.branch);
  if (compared === null) return true;
  const login = await bot.login();
  const foreign = compared.commits.find(
    ({ author, committer }) => author !== login || (committer !== login && committer !== GITHUB),
  );
  // A commit too many to be listed is no commit of the bot's: it makes one an edit.
  if (foreign === undefined && compared.commits.length < 100) return false;
  if (pull.state === 'open') {
    await say(
      place,
      pull.number,
      'hands-off',
      `Commit ${foreign?.sha ?? pull.head} on this branch is not mine, so from here on the branch is yours: I shall not move it, not even when the base moves. \`/harness validate\` measures it as it is.`,
    );
  }
  return true;
}
