/**
 * The check run of a campaign: beside the diff of its pull request, or on the base commit where it opened none.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import { editedPaths, renderCheckRun } from '../../evidence/check-run.ts';
import type { Stale } from '../../evidence/pull-request/stale.ts';
import type { Forge } from '../../forge/forge.ts';
import { putCheck } from '../../forge/github/checks.ts';
import type { GitHubRepository } from '../../forge/github/github.ts';
import type { Bot } from '../bot.ts';

const CHECK_NAME = 'self-harness';
const SUBJECT = 'campaign:';

/** The campaign that a check run was made for, null for every other check. */
export function campaignOfCheck(subject: string): string | null {
  return subject.startsWith(SUBJECT) ? subject.slice(SUBJECT.length) : null;
}

export interface CampaignCheck {
  readonly bot: Bot;
  readonly place: GitHubRepository;
  readonly forge: Forge;
  readonly record: CampaignRecord;
  /** Commit that gets the check. */
  readonly head: string;
  /** What changed on the base since the figures were measured, or null. */
  readonly stale?: Stale | null;
  /** Markdown to be said first, such as why a button did nothing. */
  readonly note?: string;
}

export async function putCampaignCheck(check: CampaignCheck): Promise<void> {
  const { bot, place, forge, record, head, stale = null, note } = check;
  const texts = new Map<string, string>();
  for (const path of editedPaths(record)) {
    const text = await forge.readFile(head, path);
    if (text !== null) texts.set(path, text);
  }
  const { conclusion, title, summary, annotations, actions } = renderCheckRun(record, texts, stale);
  await putCheck(place, {
    name: CHECK_NAME,
    head,
    subject: `${SUBJECT}${record.id}`,
    conclusion,
    title,
    summary: await bot.redact(note === undefined ? summary : `${note}\n\n${summary}`),
    annotations: annotations.map((one) => ({
      path: one.path,
      startLine: one.start_line,
      endLine: one.end_line,
      level: one.annotation_level,
      title: one.title,
      message: one.message,
    })),
    buttons: bot.job === undefined ? actions : [],
  });
}
