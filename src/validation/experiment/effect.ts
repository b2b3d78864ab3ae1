/**
 * How large an effect is: a mean over tasks of corrected differences, with an interval over blocks.
 *
 * The interval is an ordinary one (Student's t over blocks), for the size. Whether there is an effect at all is what
 * the e-value says; the two answer different questions, and a reader is shown both.
 */
import { studentQuantile } from './student.ts';
import type { Effect } from './verdict.ts';

export interface BlockDifference {
  readonly block: number;
  readonly task: number;
  readonly value: number;
}

const LEVEL = 0.05;

/**
 * Each task weighs the same, however often it ran. The error adds up squares of block totals of the deviations from
 * the tasks' own means, so that what a whole block shares (a bad hour) is in it and how tasks differ is not.
 */
export function effectOf(of: readonly BlockDifference[]): Effect | null {
  const byTask = Map.groupBy(of, ({ task }) => task);
  const tasks = byTask.size;
  if (tasks === 0) return null;
  const stats = new Map<number, { mean: number; n: number }>();
  let mean = 0;
  let repeats = 0;
  for (const [task, values] of byTask) {
    const own = values.reduce((sum, { value }) => sum + value, 0) / values.length;
    stats.set(task, { mean: own, n: values.length });
    mean += own / tasks;
    repeats += values.length - 1;
  }
  const blocks = [...Map.groupBy(of, ({ block }) => block).values()];
  // A task seen once says nothing of its own noise: then its deviation is taken from the mean over tasks.
  const centre = (task: number): { from: number; inflate: number } => {
    const { mean: own, n } = stats.get(task) ?? { mean, n: 1 };
    return n > 1 ? { from: own, inflate: n / (n - 1) } : { from: mean, inflate: 1 };
  };
  let variance = 0;
  for (const block of blocks) {
    let total = 0;
    for (const { task, value } of block) {
      const { from, inflate } = centre(task);
      total += ((value - from) * Math.sqrt(inflate)) / (tasks * (stats.get(task)?.n ?? 1));
    }
    variance += total ** 2;
  }
  const freedom = Math.max(
    1,
    Math.round(blocks.length * (repeats / Math.max(1, of.length))) || blocks.length - 1,
  );
  const error = Math.sqrt(variance);
  const reach = studentQuantile(1 - LEVEL / 2, freedom) * error;
  const spread = Math.sqrt(
    [...stats.values()].reduce((sum, one) => sum + (one.mean - mean) ** 2, 0) / Math.max(1, tasks - 1),
  );
  return { mean, low: clamp(mean - reach), high: clamp(mean + reach), error, spread, freedom, tasks };
}

/**
 * An edit overfits when its gain on held-in tasks is proven and that on tasks like the held-out ones lies, with 90 %
 * confidence, below a third of it. The held-out tasks are a sample: an edit that fixes one task in ten may by chance
 * meet none of fifteen, so how differently tasks take to the edit is part of the uncertainty.
 */
export function overfits(heldIn: Effect | null, heldOut: Effect | null): boolean {
  if (heldIn === null || heldOut === null || heldIn.low <= 0) return false;
  const error = Math.hypot(heldOut.error, heldIn.spread / Math.sqrt(heldOut.tasks), heldIn.error / 3);
  return heldOut.mean + studentQuantile(0.9, heldOut.freedom) * error < heldIn.mean / 3;
}

function clamp(value: number): number {
  return Math.max(-1, Math.min(1, value));
}
