/**
 * Where a campaign says how it goes: the comment that asked for it, or a check run on the base commit, so that no
 * campaign ends in silence.
 */
import type { CampaignInput } from '../campaign/context.ts';
import type { CampaignRecord } from '../campaign/record.ts';
import { renderAnswer } from '../evidence/check-run.ts';
import { type GitHubRepository, openGitHubForge } from '../forge/github/github.ts';
import { react, say } from './answer.ts';
import { type Bot, howToEnd } from './bot.ts';
import { putCampaignCheck } from './campaign-check.ts';

export async function reportStart(bot: Bot, place: GitHubRepository, input: CampaignInput): Promise<void> {
  if (input.origin === null) return;
  await say(
    place,
    input.origin.issue,
    `campaign:${input.id}`,
    `Campaign \`${input.id}\` is running: baseline, mining, proposals, and a verdict on each. This comment is edited when it ends. ${howToEnd(bot)}`,
  );
}

/** Login of the token that GitHub gives to every job. */
const GITHUB_TOKEN_LOGIN = 'github-actions[bot]';
const NO_CI =
  'GitHub starts no workflow for a pull request that `GITHUB_TOKEN` opened: close it and open it again, as a person, to have your CI run on it. A fine-grained personal access token as the input `token` spares you that.';

/** The answer for people: how a campaign ended and, where it matters, what GitHub does not do for it. */
export async function answerText(bot: Bot, record: CampaignRecord): Promise<string> {
  const opened = record.pull_request !== null && record.pull_request.url !== null;
  const note = opened && (await bot.login()) === GITHUB_TOKEN_LOGIN ? [NO_CI] : [];
  return bot.redact([renderAnswer(record), ...note].join('\n\n'));
}

export async function reportEnd(
  bot: Bot,
  place: GitHubRepository,
  input: CampaignInput,
  record: CampaignRecord,
): Promise<void> {
  const forge = openGitHubForge(place);
  const check = { bot, place, forge, record };
  const head = record.pull_request?.url == null ? undefined : record.pull_request.commits.at(-1);
  if (head !== undefined) await putCampaignCheck({ ...check, head });
  if (input.origin !== null) {
    const text = await answerText(bot, record);
    await say(place, input.origin.issue, `campaign:${input.id}`, text);
    if (input.origin.comment !== null) {
      const emoji = record.ending.kind === 'failed' ? 'confused' : 'rocket';
      await react(place, input.origin.comment, emoji);
    }
    return;
  }
  // A pull request speaks for itself, and so does a job with its summary; everything else that nobody asked for is
  // told on the base commit.
  if (head !== undefined || record.base.commit === '' || bot.job !== undefined) return;
  await putCampaignCheck({ ...check, head: record.base.commit });
}
