/**
 * Making and checking evidence: nothing is shown to a person, or given to a model, that is not verbatim in its trace.
 */
import { type Step, type StepField, stepText, type Trial } from '../traces/trial.ts';
import type { Evidence } from './weakness.ts';

/** Longest quote in UTF-16 units: enough for an error line, short enough for a table cell. */
export const MAX_QUOTE = 200;

/** A place in a trajectory: characters [start, end) of one field of one step. */
export interface Span {
  readonly step: Step;
  readonly field: StepField;
  readonly start: number;
  readonly end: number;
}

/** Quotes a span, trimmed of surrounding blanks and clipped to `MAX_QUOTE`; null where nothing is left to quote. */
export function cite(trial: string, span: Span): Evidence | null {
  const text = stepText(span.step, span.field);
  let start = Math.max(0, Math.min(span.start, text.length));
  let end = Math.max(start, Math.min(span.end, text.length));
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  end = Math.min(end, start + MAX_QUOTE);
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
  if (end <= start) return null;
  return {
    trial,
    step: span.step.index,
    field: span.field,
    start,
    end,
    quote: detached(text.slice(start, end)),
  };
}

/**
 * A copy that does not keep the text alive it was cut from: V8 makes a slice a view of its parent, and a quote of 200
 * characters would hold an observation of megabytes for as long as the diagnosis lives.
 */
export function detached(slice: string): string {
  return ` ${slice}`.slice(1);
}

/**
 * At most `most` characters, with no word cut in two: texts are redacted later, and half a secret is one that no
 * redaction knows.
 */
export function clippedWhole(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
  return WORD.test(text.charAt(most)) ? cut.replace(LAST_WORD, '') : cut;
}

/** What tokens, keys and addresses are made of. */
const WORD = /[\w+/=.~%:@-]/;
const LAST_WORD = /[\w+/=.~%:@-]+$/;

/** Whether a quote stands, to the character, where it says it stands. */
export function checkEvidence(evidence: Evidence, trial: Trial): boolean {
  if (evidence.trial !== trial.id || evidence.quote === '') return false;
  const step = stepAt(trial, evidence.step);
  if (step === undefined) return false;
  return stepText(step, evidence.field).slice(evidence.start, evidence.end) === evidence.quote;
}

/** The step with this index: almost always at that position, searched for where a reader dropped steps. */
export function stepAt(trial: Trial, index: number): Step | undefined {
  const there = trial.steps[index];
  return there?.index === index ? there : trial.steps.find((step) => step.index === index);
}

/** The line of `text` around `at`, without its line ending, as [start, end). */
export function lineAround(text: string, at: number): [number, number] {
  const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  const stop = text.indexOf('\n', at);
  return [start, stop < 0 ? text.length : stop];
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0xfeff;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
