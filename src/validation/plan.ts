/**
 * The plan: what gain can be found with what budget, before any of it is spent.
 *
 * Tasks are drawn from what the baseline says of them (its pass counts with a Beta prior fitted to all tasks by
 * moments), given a uniform gain, and run through the gate's own e-process. So the answer knows the number of tasks,
 * how many of them are always or never solved, the history at hand, K and α.
 */
import {
  difference,
  distinct,
  flattened,
  mean,
  type ScheduledBlock,
  scheduleBlocks,
  scoresOf,
} from './block.ts';
import type { Cell } from './cell.ts';
import { eProcess } from './e-process.ts';
import { betaDraw, type Random, randomFrom } from './random.ts';
import { type FlipRate, flipRates } from './suspects.ts';

export interface PlanInput {
  /** Valid attempts of the baseline; they also serve as history. */
  readonly baseline: readonly Cell[];
  /** Candidates K that share α. Default 1. */
  readonly candidates?: number;
  /** Default 0.05. */
  readonly alpha?: number;
  /** Gains to try (score units: 0.1 is ten points). Default 0.05, 0.1, 0.15, 0.2 and 0.3. */
  readonly gains?: readonly number[];
  /** Budgets to try, in passes. Default 2, 4 and 8. */
  readonly passes?: readonly number[];
  readonly seed?: number;
}

interface PlanCell {
  /** Gain on every task that has room for it (score units). */
  readonly gain: number;
  readonly passes: number;
  /** Candidate trials at most. */
  readonly trials: number;
  /** Chance that the gate accepts within the budget (0..1, from simulation). */
  readonly probability: number;
}

export interface Plan {
  readonly tasks: number;
  /** Mean valid attempts a task. */
  readonly attempts: number;
  /** Mean pass rate of the baseline. */
  readonly rate: number;
  /** Mean standard deviation of a task's single attempt. */
  readonly noise: number;
  readonly cells: readonly PlanCell[];
  /** Tasks whose equal attempts disagree, most of all first. */
  readonly flaky: readonly FlipRate[];
  readonly simulations: number;
  readonly sentence: string;
}

const DEFAULT_GAINS = [0.05, 0.1, 0.15, 0.2, 0.3];
const DEFAULT_PASSES = [2, 4, 8];
/** Blocks simulated in all: keeps an answer within a few seconds. */
const BLOCK_BUDGET = 250_000;

/**
 * @returns null where the baseline has no valid attempt
 * @throws RangeError for an α outside (0, 1)
 */
export function planGate(input: PlanInput): Plan | null {
  const { candidates = 1, alpha = 0.05, gains = DEFAULT_GAINS, passes = DEFAULT_PASSES, seed = 1 } = input;
  if (!(alpha > 0 && alpha < 1))
    throw new RangeError(`alpha must lie between 0 and 1, both excluded: ${alpha}`);
  const scores = flattened(scoresOf(distinct(input.baseline)));
  if (scores.size === 0) return null;
  const tasks = tasksFrom(scores);
  const blocks = scores.size * gains.length * passes.reduce((sum, budget) => sum + budget, 0);
  const simulations = Math.max(60, Math.min(400, Math.floor(BLOCK_BUDGET / blocks)));
  const cells = gains.flatMap((gain, row) =>
    passes.map((budget, column) => {
      const runs = Array.from({ length: simulations }, (_, run) => randomFrom([seed, row, column, run]));
      const trialled = { gain, passes: budget, target: candidates / alpha };
      const accepted = runs.filter((random) => isFound(tasks, { ...trialled, random })).length;
      return { gain, passes: budget, trials: budget * scores.size, probability: accepted / simulations };
    }),
  );
  const rates = [...scores.values()].map(mean);
  const attempts = mean([...scores.values()].map((of) => of.length));
  return {
    tasks: scores.size,
    attempts,
    rate: mean(rates),
    noise: mean(tasks.map(({ a, b }) => Math.sqrt((a * b) / ((a + b) * (a + b + 1))))),
    cells,
    flaky: flipRates(input.baseline).filter(({ rate }) => rate > 0),
    simulations,
    sentence: sentenceOf(cells, scores.size, attempts),
  };
}

/** Whether even `gain` (default 20 points) would be found less often than `probability` (default 1 in 5) within the passes. */
export function isHopeless(plan: Plan, passes: number, gain = 0.2, probability = 0.2): boolean {
  const within = plan.cells.filter((cell) => cell.passes <= passes && cell.gain <= gain + 1e-9);
  return within.every((cell) => cell.probability < probability);
}

/** Plain text for a person, ending with a newline. */
export function renderPlan(plan: Plan): string {
  const budgets = [...new Set(plan.cells.map((cell) => cell.passes))];
  const gains = [...new Set(plan.cells.map((cell) => cell.gain))];
  const at = (gain: number, passes: number): PlanCell | undefined =>
    plan.cells.find((cell) => cell.gain === gain && cell.passes === passes);
  const header = ['gain', ...budgets.map((passes) => `${passes} passes (${passes * plan.tasks} trials)`)];
  const rows = gains.map((gain) => [
    `+${Math.round(100 * gain)} points`,
    ...budgets.map((passes) => `${Math.round(100 * (at(gain, passes)?.probability ?? 0))} %`),
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = [header, ...rows].map((row) =>
    `  ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join('   ')}`.trimEnd(),
  );
  const about = `${plan.tasks} tasks, ${plan.attempts.toFixed(1)} attempts each, pass rate ${(100 * plan.rate).toFixed(1)} %; chance that a gain on every task is found:`;
  return `${plan.sentence}\n\n${about}\n\n${lines.join('\n')}\n${flakyWords(plan.flaky)}`;
}

function flakyWords(flaky: readonly FlipRate[]): string {
  if (flaky.length === 0) return '';
  const shown = flaky.slice(0, 5).map(({ task, rate }) => `${task} (${Math.round(100 * rate)} %)`);
  return `\n${flaky.length} tasks flip by themselves. Share of equal attempts that disagree: ${shown.join(', ')}${flaky.length > 5 ? ', …' : ''}.\n`;
}

interface PlannedTask {
  readonly name: string;
  /** Beta parameters of what is known of its pass rate. */
  readonly a: number;
  readonly b: number;
  readonly history: readonly number[];
}

/** Beta prior by moments over tasks (spread between tasks less the noise within), then each task's own counts. */
function tasksFrom(scores: ReadonlyMap<string, readonly number[]>): PlannedTask[] {
  const rates = [...scores.values()].map(mean);
  const centre = Math.min(0.98, Math.max(0.02, mean(rates)));
  const attempts = mean([...scores.values()].map((of) => of.length));
  const spread =
    rates.length > 1 ? rates.reduce((sum, rate) => sum + (rate - centre) ** 2, 0) / (rates.length - 1) : 0;
  const full = centre * (1 - centre);
  // spread = τ² + (full − τ²)/attempts for τ² the variance of true rates; one attempt cannot tell the two apart.
  const between = attempts > 1.2 ? (spread - full / attempts) / (1 - 1 / attempts) : full / 2;
  const share = Math.min(0.95, Math.max(0.05, between / full));
  const strength = 1 / share - 1;
  return [...scores].map(([name, history]) => {
    const passed = history.reduce((sum, score) => sum + score, 0);
    return {
      name,
      history,
      a: centre * strength + passed,
      b: (1 - centre) * strength + history.length - passed,
    };
  });
}

interface Trialled {
  readonly gain: number;
  readonly passes: number;
  readonly target: number;
  readonly random: Random;
}

/** Whether the gate accepts within the passes. Splits are not simulated: their guards rarely bind. */
function isFound(tasks: readonly PlannedTask[], { gain, passes, target, random }: Trialled): boolean {
  const runs = (rate: number) =>
    new Map(Array.from({ length: passes }, (_, i) => [i + 1, [random.next() < rate ? 1 : 0]]));
  const rates = tasks.map(({ a, b }) => betaDraw(a, b, random));
  const blocks: ScheduledBlock[] = scheduleBlocks(
    {
      baseline: new Map(tasks.map(({ name }, i) => [name, runs(rates[i] ?? 0)])),
      candidate: new Map(tasks.map(({ name }, i) => [name, runs(Math.min(1, (rates[i] ?? 0) + gain))])),
      // Drawn anew: the history at hand was used to guess the rates, and would count twice.
      history: new Map(
        tasks.map(({ name, history }, i) => [
          name,
          history.map(() => (random.next() < (rates[i] ?? 0) ? 1 : 0)),
        ]),
      ),
    },
    { tasks: tasks.map(({ name }) => name), plannedPasses: passes, seed: random.below(2 ** 31) },
  );
  let sum = 0;
  let seen = 0;
  for (const { e } of eProcess(blocks, { better: target, worse: target })) {
    const block = blocks[seen];
    if (block === undefined) break;
    sum += difference(block);
    seen += 1;
    if (seen >= tasks.length && e >= target && sum >= 0) return true;
  }
  return false;
}

function sentenceOf(cells: readonly PlanCell[], tasks: number, attempts: number): string {
  const budget = Math.max(...cells.map((cell) => cell.passes));
  const found = cells
    .filter((cell) => cell.passes === budget && cell.probability >= 0.8)
    .sort((a, b) => a.gain - b.gain)[0];
  const have = `With your ${tasks} ${tasks === 1 ? 'task' : 'tasks'} and ${Number(attempts.toFixed(1))} attempts`;
  if (found === undefined) {
    const largest = Math.max(...cells.map((cell) => cell.gain));
    return `${have} not even +${Math.round(100 * largest)} points will be found 8 times in 10 within ${budget} passes: add tasks, or passes.`;
  }
  return `${have} you will find +${Math.round(100 * found.gain)} points ${found.probability >= 0.9 ? 'at least 9' : '8'} times in 10 within ${budget} passes (${found.trials} candidate trials at most).`;
}
