/**
 * `/harness status`: what runs, how the last campaign ended, what is left of the week.
 */
import { readLedger } from '../../campaign/ledger/ledger.ts';
import { recall } from '../../campaign/ledger/memory.ts';
import { inlineCode } from '../../evidence/markdown/code.ts';
import { prose } from '../../evidence/markdown/prose.ts';
import { clipped } from '../../evidence/markdown/visible.ts';
import { addressOf } from '../bot.ts';
import { campaignsOf, endedThisWeek, readConfig } from '../campaigns/start-campaign.ts';
import type { Answer, Obedience } from './run-command.ts';

/** Of why a campaign ended (characters): a host may have said much. */
const LONGEST_REASON = 1_000;

export async function status({ bot, request, forge }: Obedience): Promise<Answer> {
  const [running, ledger, memory, config] = await Promise.all([
    campaignsOf(bot, addressOf(request)),
    readLedger(forge),
    recall(forge),
    readConfig(forge),
  ]);
  const last = ledger.lines.filter((line) => line.kind === 'campaign').at(-1);
  const recent = endedThisWeek(ledger, bot.now());
  const lines = [
    running.length === 0
      ? '- No campaign is running.'
      : `- Running: ${running.map((one) => `${inlineCode(one.id)} (${prose(one.trigger)})`).join(', ')}.`,
    last === undefined
      ? '- No campaign has ended yet.'
      : `- The last one, ${inlineCode(last.campaign)}, ended on ${prose(last.finished_at.slice(0, 10))} as ${last.ending.kind.replaceAll('_', ' ')}: ${prose(clipped(last.ending.reason, LONGEST_REASON))}`,
    config === null
      ? '- The default branch has no valid config, so nothing starts.'
      : `- ${recent} of ${config.budget.campaigns_per_week} campaigns of the last seven days are used.`,
  ];
  if (memory.pausedBy !== null)
    lines.push(`- Paused by ${inlineCode(memory.pausedBy)}: \`/harness resume\` goes on.`);
  return { kind: 'done', text: await bot.redact(lines.join('\n')) };
}
