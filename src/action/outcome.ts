/**
 * What a job leaves for people and for later steps: the summary on its page, its outputs, its exit code.
 */
import { appendFile } from 'node:fs/promises';
import type { Bot } from '../app/bot.ts';
import { answerText } from '../app/campaigns/report.ts';
import type { CampaignRecord, Ending } from '../campaign/record/record.ts';
import { visibleLine } from '../evidence/markdown/visible.ts';
import type { JobEnvironment } from './environment.ts';
import type { JobLog } from './log.ts';

/** Tells how a campaign ended. */
export async function tellEnding(
  bot: Bot,
  { files }: JobEnvironment,
  log: JobLog,
  record: CampaignRecord,
): Promise<void> {
  const { ending, id, pull_request: pull } = record;
  const url = pull?.url ?? '';
  await appendFile(files.summary, `## Campaign \`${id}\`\n\n${await answerText(bot, record)}\n`);
  const outputs = { ending: ending.kind, pull_request: url, campaign: id };
  const lines = Object.entries(outputs).map(([name, value]) => `${name}=${visibleLine(value)}\n`);
  await appendFile(files.output, lines.join(''));
  const words = `Campaign ${id}: ${ending.kind.replaceAll('_', ' ')}. ${ending.reason} ${url}`.trim();
  if (exitCodeOf(ending) === 0) log.notice(words);
  else log.error(words);
}

/** Every honest ending is a job well done; a failure is for somebody to look at. */
export function exitCodeOf({ kind }: Ending): number {
  return kind === 'failed' ? 1 : 0;
}
