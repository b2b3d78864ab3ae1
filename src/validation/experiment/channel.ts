/**
 * One channel of outcomes (pass/fail, or the share of checks passed): the e-processes of all edits on it, and the
 * estimates that shape bets and corrections. Everything here is updated block by block, and what a block is judged by
 * comes from the blocks before it.
 */
import { AIMED_BETS, ELSEWHERE, EVEN_BETS, HARM_BETS, logFactor, logMean } from './bets.ts';

/** Bets of one edit: aimed ones, then even ones. */
const BETS = AIMED_BETS.length + EVEN_BETS.length;
/** Earlier differences of a task weigh as much as this many that showed nothing. */
const SHRINK = 4;
/** Variance of a difference that the sizes of the aimed bets were chosen for. */
const USUAL_VARIANCE = 0.3;

export interface Channel {
  /** Adds earlier outcomes of the base: they shape bets, they are no evidence. */
  learn(task: number, value: number): void;
  /** Judges a block and then learns from it. */
  observe(block: ChannelBlock): void;
  /** log e-values that the edit changes something for the better, and for the worse. */
  gain(edit: number): number;
  harm(edit: number): number;
  /** Corrected differences (with − without) of an edit, one entry a block and task. */
  readonly differences: readonly (readonly Difference[])[];
}

interface Difference {
  readonly block: number;
  readonly task: number;
  readonly value: number;
}

export interface ChannelBlock {
  readonly block: number;
  readonly tasks: readonly number[];
  /** first arm − second arm, by position in `tasks`; null where either has no valid outcome. */
  readonly differences: readonly (number | null)[];
  /** All valid outcomes of the block by position in `tasks`. */
  readonly outcomes: readonly (readonly number[])[];
  /** Edits that tossed a coin, and whether each is on in the first arm. */
  readonly tossed: readonly number[];
  readonly heads: readonly boolean[];
}

export interface ChannelOptions {
  readonly tasks: number;
  /** By edit: 1 for a task whose failures asked for it. */
  readonly aims: readonly Uint8Array[];
  /** Variances of differences are taken as at least this: estimates of small ones are rough. */
  readonly leastVariance: number;
}

export function openChannel({ tasks, aims, leastVariance }: ChannelOptions): Channel {
  const zeros = (): Float64Array => new Float64Array(tasks);
  const [sum, squares, seen] = [zeros(), zeros(), zeros()];
  const effect = aims.map(zeros);
  const looks = aims.map(zeros);
  const overall = aims.map(() => ({ sum: 0, looks: 0 }));
  const gains = aims.map(() => new Float64Array(BETS));
  const harms = aims.map(() => new Float64Array(HARM_BETS.length));
  const differences: Difference[][] = aims.map(() => []);

  const learn = (task: number, value: number): void => {
    sum[task] = at(sum, task) + value;
    squares[task] = at(squares, task) + value * value;
    seen[task] = at(seen, task) + 1;
  };

  /** Variance of a difference of two outcomes, shrunk towards that of a coin with the task's mean. */
  const varianceOf = (task: number): number => {
    const n = at(seen, task);
    const mean = (at(sum, task) + 0.5) / (n + 1);
    const coin = mean * (1 - mean);
    const own = n === 0 ? coin : Math.max(0, at(squares, task) / n - (at(sum, task) / n) ** 2);
    return Math.max(leastVariance, (2 * (own * n + 2 * coin)) / (n + 2));
  };

  /** What earlier blocks say an edit does to a task: half its own shrunk mean, half the mean over all tasks. */
  const believed = (edit: number, task: number): number => {
    const all = overall[edit];
    const mean = all === undefined || all.looks === 0 ? 0 : all.sum / all.looks;
    return (at(effect[edit], task) / (at(looks[edit], task) + SHRINK) + mean) / 2;
  };

  const observe = (block: ChannelBlock): void => {
    const { tossed, heads } = block;
    const variances = block.tasks.map(varianceOf);
    const usual = variances.reduce((total, one) => total + one, 0) / Math.max(1, variances.length);
    const scale = Math.sqrt(USUAL_VARIANCE / usual);
    const beliefs = tossed.map((edit) => block.tasks.map((task) => believed(edit, task)));
    tossed.forEach((edit, own) => {
      const sign = heads[own] === true ? 1 : -1;
      let [aimed, even, plain] = [0, 0, 0];
      block.tasks.forEach((task, position) => {
        const raw = block.differences[position];
        if (raw === null || raw === undefined) return;
        let value = raw * sign;
        // What the other edits are believed to do here changes sides with this edit's coin, as the difference does.
        tossed.forEach((_, other) => {
          if (other === own) return;
          const belief = beliefs[other]?.[position] ?? 0;
          value -= heads[other] === heads[own] ? belief : -belief;
        });
        aimed += (aims[edit]?.[task] === 1 ? 1 : ELSEWHERE) * value;
        even += value / (variances[position] ?? 1);
        plain += value;
        differences[edit]?.push({ block: block.block, task, value });
      });
      const [gain, harm] = [gains[edit], harms[edit]];
      if (gain === undefined || harm === undefined) return;
      AIMED_BETS.forEach((bet, index) => {
        gain[index] = at(gain, index) + logFactor(bet * scale * aimed);
      });
      EVEN_BETS.forEach((bet, index) => {
        const place = AIMED_BETS.length + index;
        gain[place] = at(gain, place) + logFactor(bet * even);
      });
      HARM_BETS.forEach((bet, index) => {
        harm[index] = at(harm, index) + logFactor(-bet * scale * plain);
      });
    });
    learnFrom(block);
  };

  const learnFrom = (block: ChannelBlock): void => {
    for (const edit of block.tossed) {
      const of = differences[edit] ?? [];
      for (let index = of.length - 1; index >= 0 && of[index]?.block === block.block; index -= 1) {
        const { task, value } = of[index] as Difference;
        const [own, count, all] = [effect[edit], looks[edit], overall[edit]];
        if (own === undefined || count === undefined || all === undefined) continue;
        own[task] = at(own, task) + value;
        count[task] = at(count, task) + 1;
        all.sum += value;
        all.looks += 1;
      }
    }
    block.tasks.forEach((task, position) => {
      for (const value of block.outcomes[position] ?? []) learn(task, value);
    });
  };

  return {
    learn,
    observe,
    // Half the stake on the tasks whose failures asked for the edit, half on all alike.
    gain: (edit) => {
      const of = gains[edit] ?? new Float64Array(BETS);
      const half = [logMean(of.subarray(0, AIMED_BETS.length)), logMean(of.subarray(AIMED_BETS.length))];
      return logMean(half);
    },
    harm: (edit) => logMean(harms[edit] ?? new Float64Array(HARM_BETS.length)),
    differences,
  };
}

function at(values: Float64Array | undefined, index: number): number {
  return values?.[index] ?? 0;
}
