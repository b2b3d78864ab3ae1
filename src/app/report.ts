/**
 * Where a campaign says how it goes: the comment that asked for it, or a check run on the base commit, so that no
 * campaign ends in silence.
 */
import type { CampaignInput } from '../campaign/context.ts';
import type { CampaignRecord } from '../campaign/record.ts';
import { renderAnswer } from '../evidence/check-run.ts';
import { type GitHubRepository, openGitHubForge } from '../forge/github/github.ts';
import { react, say } from './answer.ts';
import type { Bot } from './bot.ts';
import { putCampaignCheck } from './campaign-check.ts';

export async function reportStart(_bot: Bot, place: GitHubRepository, input: CampaignInput): Promise<void> {
  if (input.origin === null) return;
  await say(
    place,
    input.origin.issue,
    `campaign:${input.id}`,
    `Campaign \`${input.id}\` is running: baseline, mining, proposals, and a verdict on each. This comment is edited when it ends. \`/harness cancel\` ends it.`,
  );
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
    const text = await bot.redact(renderAnswer(record));
    await say(place, input.origin.issue, `campaign:${input.id}`, text);
    if (input.origin.comment !== null) {
      const emoji = record.ending.kind === 'failed' ? 'confused' : 'rocket';
      await react(place, input.origin.comment, emoji);
    }
    return;
  }
  // A pull request speaks for itself; everything else that nobody asked for is told on the base commit.
  if (head !== undefined || record.base.commit === '') return;
  await putCampaignCheck({ ...check, head: record.base.commit });
}
