/**
 * Non-inferiority: a deletion need not help, it must not harm. Asked of prunings, from the gate's own figures.
 *
 * The interval is a confidence sequence, valid at any stopping time, so looking after every pass costs no error
 * rate: where its lower end lies above −margin, the deletion costs less than the margin with confidence 1 − α.
 */
import type { Verdict } from '../../validation/verdict.ts';

/** Points (0..1) a deletion may cost at most. */
export const MARGIN = 0.05;

export interface NotWorseBudget {
  readonly margin: number;
  readonly maxPasses: number;
  /** Trials of the arm that may still be run. */
  readonly trialsLeft: number;
}

/** The verdict as an answer to "is it no worse?" in the place of "is it better?". */
export function notWorse(verdict: Verdict, { margin, maxPasses, trialsLeft }: NotWorseBudget): Verdict {
  if (['harm_proven', 'cost_veto', 'latency_veto', 'nothing_to_compare'].includes(verdict.reason))
    return verdict;
  const { interval, delta } = verdict.overall;
  const lower = interval?.[0] ?? null;
  const limit = `${(100 * margin).toFixed(0)} points`;
  const estimate = delta === null ? '' : ` The estimate is ${points(delta)} points.`;
  if (lower !== null && lower >= -margin) {
    const words = `Without it no more than ${limit} are lost: the interval begins at ${points(lower)}.${estimate} The harness gets shorter.`;
    return { ...verdict, verdict: 'accept', reason: 'no_worse', words, next: 'stop', trials_to_settle: null };
  }
  const from = lower === null ? 'there is no interval yet' : `the interval begins at ${points(lower)}`;
  if (verdict.passes < maxPasses && trialsLeft > 0) {
    const words = `A loss of more than ${limit} is not yet ruled out: ${from}.${estimate}`;
    return { ...verdict, verdict: 'unresolved', reason: 'more_trials_needed', words, next: 'continue' };
  }
  const words = `The budget ended before a loss of more than ${limit} was ruled out: ${from}.${estimate}`;
  return { ...verdict, verdict: 'unresolved', reason: 'budget_ended', words, next: 'stop' };
}

/** Points with their sign. */
function points(share: number): string {
  const value = (100 * share).toFixed(1);
  return value.startsWith('-') ? `−${value.slice(1)}` : `+${value}`;
}
