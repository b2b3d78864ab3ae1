/**
 * Power: what a campaign on these tasks can find, before any of it is spent.
 *
 * Whole campaigns are simulated with the experiment's own code. Base rates are drawn from what the baseline says of
 * each task (its pass counts, with a Beta prior fitted to all tasks by moments), so the answer knows how many tasks
 * there are, how many of them are always or never solved, and how noisy they are. In each campaign one edit helps and
 * the others do nothing.
 */
import type { Cell, Split } from '../cell.ts';
import type { ExperimentSettings } from '../experiment/experiment.ts';
import { betaDraw, type Random, randomFrom, shuffled } from '../random.ts';
import { assignSplits } from '../splits.ts';
import { type FlipRate, flipRates } from '../suspects.ts';
import { type SimulatedAgent, simulateCampaign } from './simulate.ts';

export interface PowerInput {
  /** Attempts of the harness as it is. */
  readonly baseline: readonly Cell[];
  /** Default 0.05. */
  readonly alpha?: number;
  readonly seed?: number;
  /** Campaigns simulated in all. Default 2,400. */
  readonly simulations?: number;
}

/** What the one good edit does. */
const GAINS = {
  fixes_tenth: 'fixes one task in ten',
  plus_10: '+10 points on every task',
  plus_20: '+20 points on every task',
} as const;
type Gain = keyof typeof GAINS;

interface PowerRow {
  /** Edits tried at once. */
  readonly edits: number;
  /** Chance (0..1) that the one that helps is accepted, by what it does. */
  readonly found: Readonly<Record<Gain, number>>;
  /** Of a campaign with the final, on average. */
  readonly trials: number;
  readonly dispatches: number;
  /** null where the traces carry no cost. */
  readonly usd: number | null;
}

export interface Power {
  readonly tasks: number;
  /** Mean valid attempts a task. */
  readonly attempts: number;
  /** Mean pass rate of the baseline. */
  readonly rate: number;
  readonly rows: readonly PowerRow[];
  /** Tasks whose equal attempts disagree, most of all first. */
  readonly flaky: readonly FlipRate[];
  readonly simulations: number;
  /** The answer as complete sentences. */
  readonly words: string;
}

const MOST_EDITS = 8;
const BASELINE_PASSES = 3;
const FINAL_PASSES = 3;
/** How often an edit that fixes a task makes it pass. */
const FIXED = 0.7;
const AIMS = 0.12;

/**
 * @returns null where the baseline has no valid attempt
 * @throws RangeError for an α outside (0, 1)
 */
export function planPower({
  baseline,
  alpha = 0.05,
  seed = 1,
  simulations = 2_400,
}: PowerInput): Power | null {
  const valid = baseline.filter(({ outcome }) => outcome === 'pass' || outcome === 'fail');
  const byTask = Map.groupBy(valid, ({ task }) => task);
  if (byTask.size === 0) return null;
  const known = ratesOf(byTask);
  const cost = costOf(baseline);
  const gains = Object.keys(GAINS) as Gain[];
  const each = Math.ceil(simulations / (MOST_EDITS * gains.length));
  const rows = Array.from({ length: MOST_EDITS }, (_, index): PowerRow => {
    const edits = index + 1;
    let [trials, dispatches] = [0, 0];
    const found = gains.map((gain, column) => {
      let hits = 0;
      for (let run = 0; run < each; run += 1) {
        const random = randomFrom([seed, edits, column, run]);
        const end = campaign({ known, edits, gain, alpha, random });
        const { accepted } = end.examination;
        hits += accepted.includes('e1') ? 1 : 0;
        trials += end.trials + (accepted.length > 0 ? 2 * FINAL_PASSES * known.length : 0);
        dispatches += 1 + end.examination.dispatches + (accepted.length > 0 ? 1 : 0);
      }
      return [gain, hits / each] as const;
    });
    const campaigns = each * gains.length;
    return {
      edits,
      found: Object.fromEntries(found) as Record<Gain, number>,
      trials: trials / campaigns,
      dispatches: dispatches / campaigns,
      usd: cost === null ? null : (cost * trials) / campaigns,
    };
  });
  return {
    tasks: byTask.size,
    attempts: valid.length / byTask.size,
    rate: mean(known.map(({ rate }) => rate)),
    rows,
    flaky: flipRates(baseline).filter(({ rate }) => rate > 0),
    simulations: each * gains.length * MOST_EDITS,
    words: wordsOf(rows, byTask.size),
  };
}

interface KnownTask {
  readonly task: string;
  readonly rate: number;
  /** Beta parameters of what is known of its pass rate. */
  readonly a: number;
  readonly b: number;
}

/** A Beta prior by moments over tasks (their spread less the noise within), then each task's own counts. */
function ratesOf(byTask: ReadonlyMap<string, readonly Cell[]>): KnownTask[] {
  const counts = [...byTask].map(([task, cells]) => {
    const passes = cells.filter(({ outcome }) => outcome === 'pass').length;
    return { task, passes, n: cells.length, rate: passes / cells.length };
  });
  const centre = Math.min(0.98, Math.max(0.02, mean(counts.map(({ rate }) => rate))));
  const attempts = mean(counts.map(({ n }) => n));
  const spread = mean(counts.map(({ rate }) => (rate - centre) ** 2));
  const full = centre * (1 - centre);
  // spread = τ² + (full − τ²)/attempts for τ² the variance of true rates; one attempt cannot tell the two apart.
  const between = attempts > 1.2 ? (spread - full / attempts) / (1 - 1 / attempts) : full / 2;
  const strength = 1 / Math.min(0.95, Math.max(0.05, between / full)) - 1;
  return counts.map(({ task, passes, n, rate }) => ({
    task,
    rate,
    a: centre * strength + passes,
    b: (1 - centre) * strength + n - passes,
  }));
}

interface Simulated {
  readonly known: readonly KnownTask[];
  readonly edits: number;
  readonly gain: Gain;
  readonly alpha: number;
  readonly random: Random;
}

function campaign({ known, edits, gain, alpha, random }: Simulated) {
  const seed = random.below(2 ** 31);
  const rates = new Map(known.map(({ task, a, b }) => [task, betaDraw(a, b, random)]));
  const splits = assignSplits(rates.keys(), { key: String(seed) });
  const hardest = [...rates].sort((a, b) => a[1] - b[1]).map(([task]) => task);
  const failing = shuffled(hardest.slice(0, Math.max(3, Math.floor(0.6 * rates.size))), [seed, 1]);
  const fixed = new Set(failing.slice(0, Math.max(1, Math.round(0.1 * rates.size))));
  const agent: SimulatedAgent = {
    rate: (on, task) => (rates.get(task) ?? 0) + (on.includes('e1') ? gainOn(task, gain, fixed) : 0),
  };
  const settings: ExperimentSettings = {
    edits: Array.from({ length: edits }, (_, index) => ({
      id: `e${index + 1}`,
      aims: aimsOf(index, { gain, fixed, failing, splits, seed }),
    })),
    conflicts: [],
    splits,
    alpha,
    alphaHarm: 0.05,
    outcome: 'pass',
    passes: 12,
    extraPasses: 8,
    blocksPerPass: 8,
    margin: null,
    vetoes: { cost: null, time: null },
    seed,
  };
  return simulateCampaign({ settings, agent, baselinePasses: BASELINE_PASSES, shock: 0, random });
}

function gainOn(task: string, gain: Gain, fixed: ReadonlySet<string>): number {
  if (gain === 'plus_10') return 0.1;
  if (gain === 'plus_20') return 0.2;
  return fixed.has(task) ? FIXED : 0;
}

/** Mining names the held-in tasks that an edit fixes; of others it names some failing ones. */
function aimsOf(
  index: number,
  on: {
    readonly gain: Gain;
    readonly fixed: ReadonlySet<string>;
    readonly failing: readonly string[];
    readonly splits: ReadonlyMap<string, Split>;
    readonly seed: number;
  },
): string[] {
  const mined = (tasks: readonly string[]) => tasks.filter((task) => on.splits.get(task) === 'held_in');
  if (index === 0 && on.gain === 'fixes_tenth') return mined([...on.fixed]);
  return mined(shuffled(on.failing, [on.seed, 2, index])).slice(
    0,
    Math.max(3, Math.floor(AIMS * on.splits.size)),
  );
}

/** USD of a trial, over the trials that tell it. */
function costOf(cells: readonly Cell[]): number | null {
  const told = cells.map(({ costUsd }) => costUsd).filter((cost) => cost !== null);
  return told.length === 0 ? null : mean(told);
}

function wordsOf(rows: readonly PowerRow[], tasks: number): string {
  const found = (gain: Gain) => rows.filter((row) => row.found[gain] >= 0.8).at(-1);
  const [cluster, ten, twenty] = [found('fixes_tenth'), found('plus_10'), found('plus_20')];
  const have = `On these ${tasks} tasks`;
  if (cluster === undefined && twenty === undefined)
    return `${have} not even an edit that brings 20 points on every task is found 8 times in 10. Add tasks, or run each more often.`;
  const parts = [
    cluster === undefined
      ? 'an edit that fixes one task in ten is missed too often'
      : `an edit that fixes one task in ten is found at least 8 times in 10 with up to ${edits(cluster)}`,
    ten !== undefined
      ? `one that brings 10 points everywhere with up to ${edits(ten)}`
      : twenty !== undefined
        ? `one that brings 20 points everywhere with up to ${edits(twenty)}; 10 points are often missed`
        : 'one that brings 20 points everywhere is often missed',
  ];
  return `${have} ${parts.join(', ')}.`;
}

function edits({ edits: count }: PowerRow): string {
  return count === 1 ? 'one edit tried alone' : `${count} edits tried at once`;
}

/** Plain text for a person, ending with a newline. */
export function renderPower(power: Power): string {
  const priced = power.rows.some(({ usd }) => usd !== null);
  const header = [
    'edits at once',
    ...Object.values(GAINS),
    'trials',
    'dispatches',
    ...(priced ? ['USD'] : []),
  ];
  const rows = power.rows.map((row) => [
    String(row.edits),
    ...(Object.keys(GAINS) as Gain[]).map((gain) => `${Math.round(100 * row.found[gain])} %`),
    String(Math.round(row.trials)),
    row.dispatches.toFixed(1),
    ...(priced ? [row.usd === null ? '' : row.usd.toFixed(2)] : []),
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = [header, ...rows].map((row) =>
    `  ${row.map((text, index) => text.padEnd(widths[index] ?? 0)).join('   ')}`.trimEnd(),
  );
  const about = `${power.tasks} tasks, ${power.attempts.toFixed(1)} attempts each, pass rate ${(100 * power.rate).toFixed(1)} %. Chance that the one edit that helps is found, and what a campaign takes (${power.simulations} simulated campaigns):`;
  return `${power.words}\n\n${about}\n\n${lines.join('\n')}\n${flakyWords(power.flaky)}`;
}

function flakyWords(flaky: readonly FlipRate[]): string {
  if (flaky.length === 0) return '';
  const shown = flaky.slice(0, 5).map(({ task, rate }) => `${task} (${Math.round(100 * rate)} %)`);
  const more = flaky.length > 5 ? ', …' : '.';
  return `\n${flaky.length} tasks flip by themselves. Share of equal attempts that disagree: ${shown.join(', ')}${more}\n`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
