/**
 * Excerpts of failing traces: verbatim, fenced, with a permanent link to the place they stand.
 */
import type { Evidence, Weakness } from '../../mining/weakness.ts';
import { linked, trialUrl } from '../links.ts';
import { fenced, inlineCode } from '../markdown/code.ts';
import { clipped } from '../markdown/visible.ts';
import { citedEnd } from '../trial-end.ts';
import type { Telling } from './section.ts';

const FIELD_WORDS = {
  text: 'the agent said',
  arguments: 'the agent called a tool with',
  observation: 'the agent got back',
  error: 'the agent was told of an error',
} as const;

/** The same where the tool is known. */
function toolWords(field: Evidence['field'], tool: string): string {
  const name = inlineCode(clipped(tool, MAX_TOOL));
  return {
    text: FIELD_WORDS.text,
    arguments: `the agent called ${name} with`,
    observation: `${name} answered`,
    error: `${name} failed with`,
  }[field];
}

const MAX_TOOL = 60;
const MAX_END = 300;

/** At most `most` trials of a weakness, each with its quotes in the order of the steps. */
export function excerpts(telling: Telling, weakness: Weakness, most: number): string[] {
  const byTrial = Map.groupBy(weakness.evidence, (evidence) => evidence.trial);
  return [...byTrial]
    .slice(0, most)
    .map(([trial, evidence]) => trialExcerpt(telling, weakness, trial, evidence));
}

function trialExcerpt(
  telling: Telling,
  weakness: Weakness,
  trial: string,
  evidence: readonly Evidence[],
): string {
  const { record, links } = telling;
  const cell = record.cells.find((one) => one.trial === trial);
  const task = cell === undefined ? '' : `Task ${inlineCode(cell.task)}, attempt ${cell.attempt}`;
  const steps = evidence.map((one) => one.step);
  const url = links === null ? null : trialUrl(links, record.id, trial, steps);
  const run = runUrl(telling, trial);
  const where = [linked('the trace', url), ...(run === null ? [] : [linked('the run', run)])];
  const lead = url === null && run === null ? task : `${task} (${where.join(', ')})`;
  const last = (weakness.ends?.find((end) => end.trial === trial)?.steps ?? 0) - 1;
  const quotes = evidence
    .toSorted((a, b) => a.step - b.step)
    .map((one) => `${placeWords(one, last)}:\n\n${fenced(one.quote).trimEnd()}`);
  const end = citedEnd(record, trial).map(({ words, quote }) =>
    quote === null ? `${words}.` : `${words}: ${inlineCode(clipped(quote, MAX_END))}.`,
  );
  return [lead, ...quotes, end.join(' ')].filter((part) => part !== '').join('\n\n');
}

/** 'Step 13, the last, the agent called `read_ticket` with' */
function placeWords({ step, field, tool }: Evidence, last: number): string {
  const words = tool === undefined ? FIELD_WORDS[field] : toolWords(field, tool);
  return `Step ${step}${step === last ? ', the last' : ''}, ${words}`;
}

/** The workflow run that made a trial: a trial's id begins with the key of its evaluation. */
function runUrl({ record }: Telling, trial: string): string | null {
  const key = trial.split(':')[0];
  return record.evaluations.find((evaluation) => evaluation.key === key)?.url ?? null;
}
