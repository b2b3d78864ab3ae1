/**
 * How a run ended and what the eval said of it: the last thing a reader of an excerpt asks.
 */
import type { CampaignRecord } from '../campaign/record/record.ts';
import type { Trajectory } from './trajectory.ts';

/** Words of ours, and the trace's own where it has some. */
export interface EndPart {
  readonly words: string;
  readonly quote: string | null;
}

type Ended = NonNullable<Trajectory['ended']>;

const RUN_WORDS: Readonly<Record<Ended['stop'], string>> = {
  finished: 'The agent ended the run',
  step_limit: 'The run was cut off at its step limit',
  timeout: 'The run was cut off when its time was up',
  context_limit: 'The run was cut off when its context was full',
  token_limit: 'The run was cut off at its token limit',
  cost_limit: 'The run was cut off at its cost limit',
  error: 'The run ended in an error',
  cancelled: 'The run was cancelled',
  unknown: 'The run ended',
};

/** [] where nothing is known. A text that is both reason and verdict is told once, as the verdict. */
export function endParts({ stop, reason, message }: Ended): EndPart[] {
  const own = reason === null || reason.trim() === '' || reason === message ? null : reason;
  const parts: EndPart[] = [];
  if (stop !== 'unknown' || own !== null) parts.push({ words: RUN_WORDS[stop], quote: own });
  if (message !== null && message.trim() !== '') parts.push({ words: 'The eval said', quote: message });
  return parts;
}

/** How a cited trial ended, by the record alone. */
export function citedEnd({ weaknesses, cells }: CampaignRecord, trial: string): EndPart[] {
  const end = weaknesses.flatMap((weakness) => weakness.ends ?? []).find((one) => one.trial === trial);
  const message = cells.find((cell) => cell.trial === trial)?.message ?? null;
  return endParts({ stop: end?.stop ?? 'unknown', reason: end?.reason ?? null, message });
}

/** The same as one line of plain text; quotes are marked. */
export function endText(parts: readonly EndPart[]): string {
  return parts.map(({ words, quote }) => (quote === null ? `${words}.` : `${words}: “${quote}”.`)).join(' ');
}
