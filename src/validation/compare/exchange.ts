/**
 * Evidence that one set of runs is better than another, when nobody tossed coins: by exchanging labels.
 *
 * If the change does nothing, the outcomes of a task are as likely under any other dealing of them to the two sides. So
 * e^{λT} over its mean over all dealings has expectation 1, products over tasks too, and a mean over a fixed grid of λ
 * is an e-value (an exchangeability test as an e-value; Ramdas, Grünwald, Vovk and Shafer, "Game-theoretic statistics
 * and safe anytime-valid inference", 2023). Nothing is drawn at random, and no order matters: the same data give the
 * same answer.
 */
import { logMean } from '../experiment/bets.ts';

/** Scores 0..1 of one task on both sides. */
export interface TaskScores {
  readonly baseline: readonly number[];
  readonly candidate: readonly number[];
}

const BETS = [0.25, 0.5, 1, 2] as const;
/** Dealings that are counted out at most; beyond that a side gives its first scores only. */
const MOST_DEALINGS = 5_000;

/** e-values that the candidate is better, and worse, if single runs share nothing. */
export function cellEvidence(tasks: Iterable<TaskScores>): { better: number; worse: number } {
  const better = BETS.map(() => 0);
  const worse = BETS.map(() => 0);
  for (const task of tasks) {
    const [baseline, candidate] = thinned(task);
    if (baseline.length === 0 || candidate.length === 0) continue;
    const all = [...baseline, ...candidate];
    const binary = all.every((score) => score === 0 || score === 1);
    const dealings = binary ? countedDealings(all, candidate.length) : everyDealing(all, candidate.length);
    const statistic = statisticOf(sum(candidate), sum(all), candidate.length, all.length);
    BETS.forEach((bet, index) => {
      better[index] = (better[index] ?? 0) + bet * statistic - logExpected(dealings, bet);
      worse[index] = (worse[index] ?? 0) - bet * statistic - logExpected(dealings, -bet);
    });
  }
  return { better: Math.exp(logMean(better)), worse: Math.exp(logMean(worse)) };
}

/** A dealing's statistic and how many dealings have it. */
type Dealing = readonly [statistic: number, weight: number];

/** Difference of means, times half the harmonic mean of the sizes: what a log-odds ratio weighs. */
function statisticOf(own: number, total: number, size: number, all: number): number {
  const other = all - size;
  return (own / size - (total - own) / other) * ((size * other) / all);
}

/** Passes and failures: dealings are told apart by the passes among the candidate's alone (hypergeometric). */
function countedDealings(all: readonly number[], size: number): Dealing[] {
  const passes = sum(all);
  const dealings: Dealing[] = [];
  for (let own = Math.max(0, size - (all.length - passes)); own <= Math.min(size, passes); own += 1) {
    const weight = choose(passes, own) * choose(all.length - passes, size - own);
    dealings.push([statisticOf(own, passes, size, all.length), weight]);
  }
  return dealings;
}

function everyDealing(all: readonly number[], size: number): Dealing[] {
  const total = sum(all);
  const dealings: Dealing[] = [];
  const deal = (from: number, left: number, own: number): void => {
    if (left === 0) {
      dealings.push([statisticOf(own, total, size, all.length), 1]);
      return;
    }
    for (let index = from; index <= all.length - left; index += 1)
      deal(index + 1, left - 1, own + (all[index] ?? 0));
  };
  deal(0, size, 0);
  return dealings;
}

function logExpected(dealings: readonly Dealing[], bet: number): number {
  const weights = dealings.reduce((total, [, weight]) => total + weight, 0);
  return Math.log(
    dealings.reduce((total, [statistic, weight]) => total + weight * Math.exp(bet * statistic), 0) / weights,
  );
}

function thinned({ baseline, candidate }: TaskScores): [readonly number[], readonly number[]] {
  let [a, b] = [baseline.length, candidate.length];
  const binary = [...baseline, ...candidate].every((score) => score === 0 || score === 1);
  while (!binary && choose(a + b, b) > MOST_DEALINGS) {
    if (a >= b) a -= 1;
    else b -= 1;
  }
  return [baseline.slice(0, a), candidate.slice(0, b)];
}

/** Runs by their names, each with its score by task (a mean over its attempts). */
export type RunScores = readonly ReadonlyMap<string, number>[];

/** Bets in standard deviations of the statistic over all labellings, which no labelling changes. */
const RUN_BETS = [1, 2, 4, 8] as const;
const MOST_LABELLINGS = 5_000;

/** How many ways there are to share the runs out to the two sides: no e-value by whole runs can be larger. */
export function labellingsOf(baseline: RunScores, candidate: RunScores): number {
  return choose(baseline.length + candidate.length, candidate.length);
}

/**
 * e-values that the candidate is better, and worse, if a whole run can be off (a bad hour of the provider): whole runs
 * change labels. null where that cannot be said: a side has one run only, or the runs are too many to count out.
 */
export function runEvidence(
  baseline: RunScores,
  candidate: RunScores,
): { better: number; worse: number } | null {
  if (baseline.length < 2 || candidate.length < 2) return null;
  const runs = [...candidate, ...baseline];
  const size = candidate.length;
  if (labellingsOf(baseline, candidate) > MOST_LABELLINGS) return null;
  const tasks = [...new Set(runs.flatMap((run) => [...run.keys()]))];
  const statistic = (own: ReadonlySet<number>): number => {
    let [total, count] = [0, 0];
    for (const task of tasks) {
      const mine = { sum: 0, n: 0 };
      const theirs = { sum: 0, n: 0 };
      for (const [index, run] of runs.entries()) {
        const score = run.get(task);
        const side = own.has(index) ? mine : theirs;
        if (score === undefined) continue;
        side.sum += score;
        side.n += 1;
      }
      if (mine.n === 0 || theirs.n === 0) continue;
      total += mine.sum / mine.n - theirs.sum / theirs.n;
      count += 1;
    }
    return count === 0 ? 0 : total / count;
  };
  const values = labellings(runs.length, size).map((own) => statistic(new Set(own)));
  const observed = statistic(new Set(candidate.keys()));
  const mean = sum(values) / values.length;
  const spread = Math.sqrt(values.reduce((total, one) => total + (one - mean) ** 2, 0) / values.length);
  if (spread === 0) return { better: 1, worse: 1 };
  const evidence = (sign: number): number =>
    Math.exp(
      logMean(
        RUN_BETS.map((bet) => {
          const scale = (sign * bet) / spread;
          return scale * observed - logMean(values.map((one) => scale * one));
        }),
      ),
    );
  return { better: evidence(1), worse: evidence(-1) };
}

function labellings(all: number, size: number): number[][] {
  const found: number[][] = [];
  const label = (from: number, chosen: readonly number[]): void => {
    if (chosen.length === size) {
      found.push([...chosen]);
      return;
    }
    for (let index = from; index <= all - (size - chosen.length); index += 1)
      label(index + 1, [...chosen, index]);
  };
  label(0, []);
  return found;
}

function choose(all: number, size: number): number {
  let ways = 1;
  for (let step = 1; step <= size; step += 1) ways = (ways * (all - size + step)) / step;
  return Math.round(ways);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
