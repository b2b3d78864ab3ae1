/**
 * Bets: an e-process out of coins.
 *
 * Take "edit j changes no outcome, whatever the others are" as the null. Then the two runs of a block would have come
 * out the same had j's coin fallen the other way: whatever else happened in the block (a bad hour of the provider,
 * drift, a slow machine, the other edits, tasks that depend on each other), the difference x between "with j" and
 * "without j" is as likely as −x. For any x that is odd in j's coin and otherwise known before it fell,
 *
 *     e^x / cosh(x)
 *
 * has expectation 1, and products over blocks are an e-process: the chance that it EVER reaches 1/α is at most α
 * (Ville's inequality; sign-flip test as an e-process, Ramdas, Grünwald, Vovk and Shafer, "Game-theoretic statistics
 * and safe anytime-valid inference", Statistical Science 2023). A mean of e-processes is one, so several bets run side
 * by side. No block is worth more than a factor of 2: there must be enough of them.
 *
 * | may depend on earlier blocks only | may depend on anything |
 * | --- | --- |
 * | weights of tasks, sizes of bets, corrections for the other edits | when to stop, what to report |
 * | which edits are under test, which tasks rest, how many blocks a pass has | which e-process to trust of those that were fixed before |
 */

/** log of e^x / cosh(x), for any finite x. */
export function logFactor(x: number): number {
  const size = Math.abs(x);
  return x - size - Math.log1p(Math.exp(-2 * size)) + Math.LN2;
}

/** log of the mean of e-processes given as logs. */
export function logMean(logs: ArrayLike<number>): number {
  let most = -Infinity;
  for (let index = 0; index < logs.length; index += 1) most = Math.max(most, logs[index] ?? -Infinity);
  if (most === -Infinity) return -Infinity;
  let sum = 0;
  for (let index = 0; index < logs.length; index += 1) sum += Math.exp((logs[index] ?? -Infinity) - most);
  return most + Math.log(sum / logs.length);
}

/** Bets on tasks whose failures asked for the edit. Other tasks weigh `ELSEWHERE`. */
export const AIMED_BETS = [0.15, 0.3, 0.6, 1.2] as const;
export const ELSEWHERE = 0.15;

/** Gains (1 = 100 points) that the bets on all tasks alike expect of a task; a task's bet is the gain over its variance. */
export const EVEN_BETS = [0.05, 0.1, 0.2] as const;

/** Sizes of the bets against an edit. */
export const HARM_BETS = [0.15, 0.3, 0.6, 1.2] as const;

/**
 * The closed test: an edit's e-value is the least, over all sets of edits that hold it, of the mean of their e-values.
 * Accepting where it reaches 1/α keeps the chance of ANY false acceptance at α, and is never weaker than asking for
 * K/α (Vovk and Wang, "E-values: calibration, combination and applications", Annals of Statistics 2021).
 *
 * @param values e-values of all edits of the experiment, dropped ones as they stood
 */
export function closedValue(values: readonly number[], index: number): number {
  const own = values[index] ?? 0;
  const others = values.filter((_, other) => other !== index).sort((a, b) => a - b);
  let [sum, least] = [own, own];
  for (const [position, other] of others.entries()) {
    sum += other;
    least = Math.min(least, sum / (position + 2));
  }
  return least;
}

/** A difference in means that is at least `margin` down is the null; block means lie in −1..1. */
const MARGIN_BETS = [0.1, 0.25, 0.5, 0.75] as const;

/**
 * Evidence that an edit costs no more than a margin, after block means of (with − without).
 *
 * Under the null the mean of a block is at most −margin on average, so 1 + λ(mean + margin) has expectation at most 1
 * for λ ≤ 1/(1 − margin) (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", 2024).
 * Needs tasks dealt at random with none at rest.
 *
 * @returns log of the e-value
 */
export function logNotWorse(means: readonly number[], margin: number): number {
  const logs = MARGIN_BETS.map((share) => {
    const bet = share / (1 - margin);
    return means.reduce((sum, mean) => sum + Math.log(Math.max(1e-12, 1 + bet * (mean + margin))), 0);
  });
  return logMean(logs);
}
