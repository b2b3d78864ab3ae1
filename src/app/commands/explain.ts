/**
 * `/harness explain <weakness>`: a weakness of the last campaign that found it, with its evidence.
 */
import { renderExplanation } from '../../evidence/explanation.ts';
import { lastRecord } from '../campaigns/last-record.ts';
import type { Answer, Obedience } from './run-command.ts';

export async function explain({ bot, forge, argument }: Obedience): Promise<Answer> {
  const record = await lastRecord(forge);
  if (record === null)
    return {
      kind: 'refused',
      text: 'No campaign has ended here yet: `/harness analyze` reads the last evaluation.',
    };
  const wanted = argument ?? '';
  const found = record.weaknesses.filter(
    (weakness) => weakness.id === wanted || weakness.signature.mechanism === wanted,
  );
  if (found.length === 0) {
    const known = record.weaknesses.map((weakness) => `- \`${weakness.id}\``).join('\n');
    return {
      kind: 'refused',
      text: `Campaign \`${record.id}\` found no such weakness. It found:\n${known || '- none'}`,
    };
  }
  return { kind: 'done', text: await bot.redact(renderExplanation(record, found)) };
}
