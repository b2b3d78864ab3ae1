/**
 * Where a campaign says how it goes: the comment that asked for it, or a check run on the base commit, so that no
 * campaign ends in silence.
 */
import type { CampaignInput } from '../../campaign/context.ts';
import type { CampaignRecord } from '../../campaign/record/record.ts';
import { renderAnswer } from '../../evidence/check-run.ts';
import { unlessRefused } from '../../forge/github/failure.ts';
import { type GitHubRepository, openGitHubForge } from '../../forge/github/github.ts';
import { react, say } from '../answers/answer.ts';
import { type Bot, howToEnd } from '../bot.ts';
import { putCampaignCheck } from './campaign-check.ts';

export async function reportStart(bot: Bot, place: GitHubRepository, input: CampaignInput): Promise<void> {
  const { origin } = input;
  if (origin === null) return;
  const text = `Campaign \`${input.id}\` is running: baseline, mining, proposals, and a verdict on each. This comment is edited when it ends. ${howToEnd(bot)}`;
  await unlessRefused(bot.log, () => say(place, origin.issue, `campaign:${input.id}`, text));
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
  const { origin } = input;
  const head = record.pull_request?.url == null ? undefined : record.pull_request.commits.at(-1);
  if (head !== undefined) await unlessRefused(bot.log, () => putCampaignCheck({ ...check, head }));
  if (origin !== null) {
    const text = await answerText(bot, record);
    const told = await unlessRefused(bot.log, () => say(place, origin.issue, `campaign:${input.id}`, text));
    if (origin.comment !== null)
      await react(place, origin.comment, record.ending.kind === 'failed' ? 'confused' : 'rocket');
    if (told) return;
  }
  // A pull request speaks for itself, and so does a job with its summary; everything else that nobody asked for, or
  // nobody can be told where they asked, is told on the base commit.
  if (head !== undefined || bot.job !== undefined) return;
  await unlessRefused(bot.log, async () => {
    const base = record.base.commit === '' ? (await forge.base()).commit : record.base.commit;
    await putCampaignCheck({ ...check, head: base });
  });
}
