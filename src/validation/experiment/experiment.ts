/**
 * One experiment for all edits: what the observed blocks say of each, and what to run next.
 *
 * Everything is computed from settings and blocks, so that a decision can be checked later from the record, to the last
 * digit. Blocks are walked in order; decisions are made after the last block of a dispatch. See `bets.ts` for why the
 * answer is valid.
 */
import type { Cell, Split } from '../cell.ts';
import { randomFrom } from '../random.ts';
import { closedValue, HARM_BETS, logFactor, logMean, logNotWorse } from './bets.ts';
import { type Block, dealPass } from './block.ts';
import { type Channel, type ChannelBlock, openChannel } from './channel.ts';
import { type CostBook, openCostBook } from './cost.ts';
import { effectOf, overfits } from './effect.ts';
import type { CostRatios, SplitEffects } from './verdict.ts';

/** Which outcome an edit has to move: passing, the share of checks passed, or either (their e-values' mean). */
type OutcomeKind = 'both' | 'pass' | 'score';

interface TestedEdit {
  readonly id: string;
  /** Tasks whose failures asked for it. */
  readonly aims: readonly string[];
}

export interface ExperimentSettings {
  /** In the campaign's order. */
  readonly edits: readonly TestedEdit[];
  /** Groups of edits of which at most one may be on. */
  readonly conflicts: readonly (readonly string[])[];
  /** Every task of the comparison; sealed ones are not run here. */
  readonly splits: ReadonlyMap<string, Split>;
  /** Chance of any false acceptance, 0..1. */
  readonly alpha: number;
  /** Chance, an edit, of dropping one as harmful that is not, 0..1. */
  readonly alphaHarm: number;
  readonly outcome: OutcomeKind;
  /** Passes that every edit gets unless it is settled before. */
  readonly passes: number;
  /** Further passes for edits that look promising then. */
  readonly extraPasses: number;
  readonly blocksPerPass: number;
  /** For deletions: accepted when they cost no more than this much of the pass rate (0..1). null for improvements. */
  readonly margin: number | null;
  /** Largest cost (USD, or tokens where no price is known) and time of a run with the edit, as shares of one without. */
  readonly vetoes: { readonly cost: number | null; readonly time: number | null };
  readonly seed: number;
}

/** What one arm gave on one task; null where it has no valid outcome. */
export interface Observation {
  readonly pass: number | null;
  readonly score: number | null;
  /** What the run cost, where it was measured. */
  readonly tokens?: number | null;
  readonly usd?: number | null;
  readonly ms?: number | null;
}

export interface ObservedBlock {
  readonly block: Block;
  /** By task. A task without an entry is a missing run. */
  readonly first: ReadonlyMap<string, Observation>;
  readonly second: ReadonlyMap<string, Observation>;
}

export type Decision =
  | 'live'
  | 'accepted'
  /** Makes outcomes worse, proven. */
  | 'harmful'
  /** Makes runs end without a verdict, proven. */
  | 'breaks_runs'
  /** Its gain on held-out tasks lies below a third of that on held-in ones. */
  | 'overfit'
  /** Even read with optimism its effect would not matter. */
  | 'futile'
  /** The passes ended before it could be told from no change. */
  | 'undecided'
  /** Another of its conflict group was accepted. */
  | 'superseded'
  /** It helps, and makes runs dearer or slower than the vetoes allow. */
  | 'too_dear'
  | 'too_slow';

export interface Standing {
  readonly id: string;
  readonly decision: Decision;
  /** Pass and dispatch of the decision; the last ones where it is live. */
  readonly pass: number;
  /** Evidence that the edit makes some task better: the closed test's e-value, and its own. */
  readonly closed: number;
  readonly e: number;
  /** By outcome; score is null where no graded outcome was seen. */
  readonly ePass: number;
  readonly eScore: number | null;
  readonly harm: number;
  /** Evidence that runs with it end without a verdict more often. */
  readonly missing: number;
  /** Invalid cells with the edit on and off, over blocks in which it tossed. */
  readonly invalid: { readonly on: number; readonly off: number };
  readonly effect: SplitEffects;
  readonly scoreEffect: SplitEffects | null;
  readonly cost: CostRatios;
  /** e-values after each pass, for a plot. */
  readonly path: readonly { readonly pass: number; readonly e: number; readonly harm: number }[];
}

export interface Examination {
  readonly standings: readonly Standing[];
  readonly live: readonly string[];
  readonly accepted: readonly string[];
  /** Passes and blocks observed. */
  readonly passes: number;
  readonly blocks: number;
  readonly dispatches: number;
  /** Tasks that never told two arms apart so far. */
  readonly dull: ReadonlySet<string>;
  /** Nothing more is to be run. */
  readonly over: boolean;
}

/** A pass decides nothing before this one: chance is large in a single one, and the price is small. */
const FIRST_DECISION = 2;
/** Futility is judged from this pass on. */
const FIRST_FUTILITY = 5;
/** An optimistic reading below this gain (1 = 100 points) does not matter. */
const MATTERS = 0.04;
/** Standard errors by which the optimistic reading is above the estimate. */
const OPTIMISM = 1.5;
/** After the planned passes an edit goes on only with an e-value of at least this. */
const PROMISING = 3;
/** Share of passes that a task takes part in which no live edit aims at: of dull ones, and of others. */
const DULL_SHARE = 0.2;
const LIVELY_SHARE = 0.6;
/** From this pass on dull tasks rest. */
const REST_FROM = 3;
/** With this much evidence that it makes runs go missing, an edit waits for more. */
const SUSPICIOUS = 2;
const MISSING_BETS = [0.15, 0.4, 0.8] as const;

/**
 * What the observed blocks say of every edit.
 *
 * @param history cells of the base from before the experiment: they shape bets and are no evidence
 * @throws RangeError for settings that are no settings
 */
export function examine(
  settings: ExperimentSettings,
  history: readonly Cell[],
  observed: readonly ObservedBlock[],
): Examination {
  const experiment = openExperiment(settings, history);
  for (const [, dispatch] of Map.groupBy(observed, ({ block }) => block.dispatch))
    experiment.observe(dispatch);
  return experiment.examination();
}

/** An experiment that learns of one dispatch after the other. */
export interface Experiment {
  /** All blocks of a dispatch, in order; decisions are made after the last. */
  observe(dispatch: readonly ObservedBlock[]): void;
  examination(): Examination;
}

/** As `examine`, for a caller that looks after every dispatch and does not want to read the earlier ones again. */
export function openExperiment(settings: ExperimentSettings, history: readonly Cell[]): Experiment {
  checkSettings(settings);
  const walk = new Walk(settings, history);
  return {
    observe: (dispatch) => {
      dispatch.forEach((one, index) => {
        walk.observe(one);
        if (dispatch[index + 1]?.block.pass !== one.block.pass) walk.endPass(one.block.pass);
      });
      const last = dispatch.at(-1);
      if (last !== undefined) walk.decide(last.block.pass);
    },
    examination: () => walk.examination(),
  };
}

/** Passes of the first dispatches; the last one takes the rest. More looks save trials, and cost dispatches. */
const PASSES_OF_DISPATCH = [4, 8] as const;

/** How many passes the next dispatch takes, of those that are left. */
export function passesOfDispatch({ passes, extraPasses }: ExperimentSettings, state: Examination): number {
  const left = passes + extraPasses - state.passes;
  return Math.min(PASSES_OF_DISPATCH[state.dispatches] ?? left, left);
}

class Walk {
  readonly #settings: ExperimentSettings;
  readonly #names: readonly string[];
  readonly #index: ReadonlyMap<string, number>;
  readonly #aims: readonly Uint8Array[];
  readonly #history: readonly Cell[];
  readonly #channels = new Map<Reading, Channel>();
  readonly #walked: Walked[] = [];
  readonly #tasks: readonly string[];
  readonly #taskIndex: ReadonlyMap<string, number>;
  readonly #missing: Float64Array[];
  readonly #invalid: { on: number; off: number }[];
  readonly #decisions: { decision: Decision; pass: number }[];
  readonly #best: { closed: number; harm: number }[];
  readonly #frozen: (number | null)[];
  readonly #paths: { pass: number; e: number; harm: number }[][];
  readonly #costs: CostBook[];
  readonly #alwaysPassed: Uint8Array;
  readonly #alwaysFailed: Uint8Array;
  #graded = false;
  #blocks = 0;
  #passes = 0;
  #dispatches = 0;

  constructor(settings: ExperimentSettings, history: readonly Cell[]) {
    this.#settings = settings;
    const { edits } = settings;
    this.#names = edits.map(({ id }) => id);
    this.#index = new Map(this.#names.map((id, index) => [id, index]));
    this.#tasks = gatingTasks(settings.splits);
    this.#taskIndex = new Map(this.#tasks.map((task, index) => [task, index]));
    this.#aims = edits.map((edit) => {
      const aimed = new Uint8Array(this.#tasks.length);
      for (const task of edit.aims) {
        const index = this.#taskIndex.get(task);
        if (index !== undefined) aimed[index] = 1;
      }
      return aimed;
    });
    this.#history = history.filter(({ outcome }) => outcome === 'pass' || outcome === 'fail');
    const tasks = this.#tasks.length;
    this.#missing = edits.map(() => new Float64Array(MISSING_BETS.length));
    this.#invalid = edits.map(() => ({ on: 0, off: 0 }));
    this.#decisions = edits.map(() => ({ decision: 'live' as Decision, pass: 0 }));
    this.#best = edits.map(() => ({ closed: 0, harm: 0 }));
    this.#frozen = edits.map(() => null);
    this.#paths = edits.map(() => []);
    this.#costs = edits.map(() => openCostBook());
    this.#alwaysPassed = new Uint8Array(tasks).fill(1);
    this.#alwaysFailed = new Uint8Array(tasks).fill(1);
  }

  observe({ block, first, second }: ObservedBlock): void {
    this.#blocks += 1;
    this.#dispatches = block.dispatch;
    const known = block.tasks.filter((task) => this.#taskIndex.has(task));
    const tasks = known.map((task) => this.#taskIndex.get(task) ?? 0);
    const tossed = block.tossed.flatMap((id) => this.#index.get(id) ?? []);
    const on = new Set(block.heads);
    const heads = tossed.map((edit) => on.has(this.#names[edit] ?? ''));
    const both = known.map((task) => [first.get(task) ?? NOTHING, second.get(task) ?? NOTHING] as const);
    for (const [position, [a, b]] of both.entries()) this.#note(tasks[position] ?? 0, a, b);
    const walked = { block: block.block, tasks, tossed, heads, both };
    this.#walked.push(walked);
    for (const [reading, channel] of this.#channels) channel.observe(readAs(reading, walked));
    this.#countMissing(walked);
    tossed.forEach((edit, own) => {
      const firstOn = heads[own] === true;
      both.forEach(([a, b], position) => {
        this.#costs[edit]?.add(tasks[position] ?? 0, firstOn ? a : b, firstOn ? b : a);
      });
    });
  }

  endPass(pass: number): void {
    this.#passes = pass;
    const values = this.#names.map((_, edit) => this.#value(edit));
    for (const edit of this.#names.keys()) {
      if (this.#decisions[edit]?.decision !== 'live') continue;
      const best = this.#best[edit];
      if (best === undefined) continue;
      const harm = this.#harm(edit);
      if (pass >= FIRST_DECISION) best.closed = Math.max(best.closed, closedValue(values, edit));
      best.harm = Math.max(best.harm, harm);
      this.#paths[edit]?.push({ pass, e: values[edit] ?? 0, harm });
    }
  }

  decide(pass: number): void {
    const decided = this.#names.map((_, edit) =>
      this.#decisions[edit]?.decision === 'live' ? this.#decisionOf(edit, pass) : null,
    );
    // Of a conflict group only the strongest can be had.
    for (const group of this.#settings.conflicts) {
      const won = group
        .flatMap((id) => this.#index.get(id) ?? [])
        .filter((edit) => decided[edit] === 'accepted')
        .sort((a, b) => this.#value(b) - this.#value(a) || a - b);
      if (won.length === 0) continue;
      for (const id of group) {
        const edit = this.#index.get(id);
        if (edit !== undefined && edit !== won[0] && decided[edit] !== null) decided[edit] = 'superseded';
      }
    }
    decided.forEach((decision, edit) => {
      if (decision === null || decision === 'live') return;
      this.#frozen[edit] = this.#value(edit);
      this.#decisions[edit] = { decision, pass };
    });
  }

  examination(): Examination {
    const standings = this.#names.map((id, edit): Standing => {
      const { decision, pass } = this.#decisions[edit] ?? { decision: 'live' as const, pass: 0 };
      return {
        id,
        decision,
        pass: decision === 'live' ? this.#passes : pass,
        closed: this.#best[edit]?.closed ?? 0,
        e: this.#value(edit),
        ePass: Math.exp(this.#channel('pass').gain(edit)),
        eScore: this.#graded ? Math.exp(this.#channel('score').gain(edit)) : null,
        harm: this.#harm(edit),
        missing: this.#missingValue(edit),
        invalid: { ...(this.#invalid[edit] ?? { on: 0, off: 0 }) },
        effect: this.#effects(this.#channel('pass'), edit),
        scoreEffect: this.#graded ? this.#effects(this.#channel('score'), edit) : null,
        cost: this.#costs[edit]?.ratios() ?? { tokens: null, usd: null, time: null },
        path: this.#paths[edit] ?? [],
      };
    });
    const live = standings.filter(({ decision }) => decision === 'live').map(({ id }) => id);
    return {
      standings,
      live,
      accepted: standings.filter(({ decision }) => decision === 'accepted').map(({ id }) => id),
      passes: this.#passes,
      blocks: this.#blocks,
      dispatches: this.#dispatches,
      dull: new Set(
        this.#tasks.filter((_, task) => this.#alwaysPassed[task] === 1 || this.#alwaysFailed[task] === 1),
      ),
      over: live.length === 0,
    };
  }

  #decisionOf(edit: number, pass: number): Decision {
    const { alpha, alphaHarm, margin, passes, extraPasses } = this.#settings;
    const best = this.#best[edit] ?? { closed: 0, harm: 0 };
    if (best.harm >= 1 / alphaHarm && this.#costsMoreThan(edit, margin)) return 'harmful';
    if (this.#missingValue(edit) >= 1 / alphaHarm) return 'breaks_runs';
    if (best.closed >= 1 / alpha && this.#standsWithMissing(edit)) {
      const { held_in: heldIn, held_out: heldOut } = this.#effects(this.#leading(edit), edit);
      if (margin !== null) return 'accepted';
      if (this.#harmsSplit(edit)) return 'harmful';
      if (overfits(heldIn, heldOut)) return 'overfit';
      return this.#vetoOf(edit) ?? 'accepted';
    }
    const e = this.#value(edit);
    if (pass >= passes + extraPasses) return 'undecided';
    if (pass >= passes && e < PROMISING) return 'undecided';
    if (margin === null && pass >= FIRST_FUTILITY && e < 1 && !this.#couldMatter(edit)) return 'futile';
    return 'live';
  }

  /** A deletion may make a task worse, as long as it costs no more than its margin on average. */
  #costsMoreThan(edit: number, margin: number | null): boolean {
    if (margin === null) return true;
    const { overall } = this.#effects(this.#channel('pass'), edit);
    return overall !== null && overall.mean < -margin;
  }

  #vetoOf(edit: number): Decision | null {
    const { vetoes } = this.#settings;
    const { tokens, usd, time } = this.#costs[edit]?.ratios() ?? { tokens: null, usd: null, time: null };
    const cost = usd ?? tokens;
    if (vetoes.cost !== null && cost !== null && cost > vetoes.cost) return 'too_dear';
    return vetoes.time !== null && time !== null && time > vetoes.time ? 'too_slow' : null;
  }

  /** The e-value: of the outcome that counts, or the mean of both; frozen where the edit was decided. */
  #value(edit: number): number {
    const frozen = this.#frozen[edit];
    if (frozen !== null && frozen !== undefined) return frozen;
    return this.#valueOf(edit, 'pass', 'score');
  }

  #valueOf(edit: number, pass: Reading, score: Reading): number {
    const { margin, outcome } = this.#settings;
    if (margin !== null)
      return Math.exp(logNotWorse(blockMeans(this.#channel(pass).differences[edit] ?? []), margin));
    if (outcome === 'pass' || !this.#graded) return Math.exp(this.#channel(pass).gain(edit));
    const moved = this.#channel(score).gain(edit);
    return Math.exp(outcome === 'score' ? moved : logMean([this.#channel(pass).gain(edit), moved]));
  }

  /** Opened when first asked for: most evals tell passing alone, and lose no runs. */
  #channel(reading: Reading): Channel {
    const open = this.#channels.get(reading);
    if (open !== undefined) return open;
    const graded = reading.startsWith('score');
    const channel = openChannel({
      tasks: this.#tasks.length,
      aims: this.#aims,
      leastVariance: graded ? 0.03 : 0.15,
    });
    for (const { task, outcome, score } of this.#history) {
      const index = this.#taskIndex.get(task);
      const pass = outcome === 'pass' ? 1 : 0;
      if (index !== undefined) channel.learn(index, graded ? (score ?? pass) : pass);
    }
    for (const walked of this.#walked) channel.observe(readAs(reading, walked));
    this.#channels.set(reading, channel);
    return channel;
  }

  /** A proven fall of the pass rate counts whatever the score does; of the score only beside it. */
  #harm(edit: number): number {
    const pass = this.#channel('pass').harm(edit);
    return Math.exp(this.#graded ? Math.max(pass, logMean([pass, this.#channel('score').harm(edit)])) : pass);
  }

  #leading(edit: number): Channel {
    const pass = this.#channel('pass');
    if (!this.#graded || this.#settings.outcome === 'pass') return pass;
    const score = this.#channel('score');
    return this.#settings.outcome === 'score' || score.gain(edit) > pass.gain(edit) ? score : pass;
  }

  #effects(channel: Channel, edit: number): SplitEffects {
    const of = channel.differences[edit] ?? [];
    const inSplit = (split: Split) =>
      of.filter(({ task }) => this.#settings.splits.get(this.#tasks[task] ?? '') === split);
    return {
      overall: effectOf(of),
      held_in: effectOf(inSplit('held_in')),
      held_out: effectOf(inSplit('held_out')),
    };
  }

  /** A loss of the pass rate on either split, proven by the e-process of its tasks alone. */
  #harmsSplit(edit: number): boolean {
    const of = this.#channel('pass').differences[edit] ?? [];
    return (['held_in', 'held_out'] as const).some((split) => {
      const sums = blockSums(
        of.filter(({ task }) => this.#settings.splits.get(this.#tasks[task] ?? '') === split),
      );
      const logs = HARM_BETS.map((bet) => sums.reduce((log, sum) => log + logFactor(-bet * sum), 0));
      return Math.exp(logMean(logs)) >= 1 / this.#settings.alphaHarm;
    });
  }

  #couldMatter(edit: number): boolean {
    const readings: readonly Reading[] = this.#graded ? ['pass', 'score'] : ['pass'];
    return readings.some((reading) => {
      const sums = blockSums(this.#channel(reading).differences[edit] ?? []);
      const n = sums.length;
      if (n < 2) return true;
      const mean = sums.reduce((total, one) => total + one, 0) / n;
      const variance = sums.reduce((total, one) => total + (one - mean) ** 2, 0) / n;
      return (
        mean + OPTIMISM * Math.sqrt(variance / n) >=
        (MATTERS * this.#tasks.length) / this.#settings.blocksPerPass
      );
    });
  }

  #note(task: number, a: Observation, b: Observation): void {
    const passes = [a.pass, b.pass].filter((one) => one !== null);
    if (passes.some((one) => one < 1)) this.#alwaysPassed[task] = 0;
    if (passes.some((one) => one > 0)) this.#alwaysFailed[task] = 0;
    for (const { pass, score } of [a, b]) {
      if (score === null || pass === null || score === pass) continue;
      this.#graded = true;
      // Something of it passes at times: it can tell two arms apart by its score.
      this.#alwaysFailed[task] = 0;
    }
  }

  #countMissing({ both, tossed, heads }: Walked): void {
    tossed.forEach((edit, own) => {
      const counts = this.#invalid[edit];
      const log = this.#missing[edit];
      if (counts === undefined || log === undefined) return;
      let x = 0;
      for (const [a, b] of both) {
        const [on, off] = heads[own] === true ? [a, b] : [b, a];
        if (on.pass === null) counts.on += 1;
        if (off.pass === null) counts.off += 1;
        x += (on.pass === null ? 1 : 0) - (off.pass === null ? 1 : 0);
      }
      MISSING_BETS.forEach((bet, index) => {
        log[index] = (log[index] ?? 0) + logFactor(bet * x);
      });
    });
  }

  #missingValue(edit: number): number {
    return Math.exp(logMean(this.#missing[edit] ?? []));
  }

  /**
   * Where more runs are missing with the edit than without it, an acceptance must also be one when missing runs count
   * as failures: an edit that turns failures into crashes must not look better for it.
   */
  #standsWithMissing(edit: number): boolean {
    const { on, off } = this.#invalid[edit] ?? { on: 0, off: 0 };
    if (on <= off) return true;
    if (this.#missingValue(edit) >= SUSPICIOUS) return false;
    const values = this.#names.map((_, other) => this.#valueOf(other, 'pass, strictly', 'score, strictly'));
    return closedValue(values, edit) >= 1 / this.#settings.alpha;
  }
}

/** How outcomes are read. Strictly: a missing run beside one that is not counts as a failure. */
type Reading = 'pass' | 'score' | 'pass, strictly' | 'score, strictly';

/** A block, with positions for names. */
interface Walked {
  readonly block: number;
  readonly tasks: readonly number[];
  readonly tossed: readonly number[];
  readonly heads: readonly boolean[];
  readonly both: readonly (readonly [Observation, Observation])[];
}

function readAs(reading: Reading, { both, ...walked }: Walked): ChannelBlock {
  const read = (one: Observation): number | null =>
    reading.startsWith('score') ? (one.score ?? one.pass) : one.pass;
  const missing = reading.endsWith('strictly') ? 0 : null;
  return {
    ...walked,
    differences: both.map(([a, b]) => {
      const [first, second] = [read(a), read(b)];
      return first === null && second === null ? null : minus(first ?? missing, second ?? missing);
    }),
    outcomes: both.map((pair) => pair.flatMap((one) => read(one) ?? [])),
  };
}

/** Tasks that the experiment runs: all but the sealed ones, in the order of their names. */
export function gatingTasks(splits: ReadonlyMap<string, Split>): string[] {
  return [...splits].flatMap(([task, split]) => (split === 'sealed' ? [] : [task])).sort();
}

/** Deals the next passes of an experiment: `count` of them as one dispatch. */
export function nextPasses(settings: ExperimentSettings, state: Examination, count: number): Block[] {
  const aimed = new Set(
    settings.edits.filter(({ id }) => state.live.includes(id)).flatMap(({ aims }) => aims),
  );
  const all = gatingTasks(settings.splits);
  const blocks: Block[] = [];
  for (let step = 1; step <= count; step += 1) {
    const pass = state.passes + step;
    const random = randomFrom([settings.seed, pass, 3]);
    // Each task draws, so that what one does moves no other's draw.
    const draws = all.map(() => random.next());
    const resting = settings.margin === null && pass >= REST_FROM && state.passes > 0;
    const tasks = all.filter(
      (task, index) =>
        !resting ||
        aimed.has(task) ||
        (draws[index] ?? 0) < (state.dull.has(task) ? DULL_SHARE : LIVELY_SHARE),
    );
    blocks.push(
      ...dealPass({
        pass,
        dispatch: state.dispatches + 1,
        tasks,
        live: state.live,
        standing: state.accepted,
        conflicts: settings.conflicts,
        blocks: settings.blocksPerPass,
        from: state.blocks + blocks.length + 1,
        seed: settings.seed,
      }),
    );
  }
  return blocks;
}

const NOTHING: Observation = { pass: null, score: null };

function minus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

function blockSums(of: Channel['differences'][number]): number[] {
  const sums = new Map<number, number>();
  for (const { block, value } of of) sums.set(block, (sums.get(block) ?? 0) + value);
  return [...sums.values()];
}

function blockMeans(of: Channel['differences'][number]): number[] {
  return [...Map.groupBy(of, ({ block }) => block).values()].map(
    (one) => one.reduce((sum, { value }) => sum + value, 0) / one.length,
  );
}

function checkSettings({ edits, alpha, alphaHarm, passes, blocksPerPass, margin }: ExperimentSettings): void {
  if (new Set(edits.map(({ id }) => id)).size < edits.length) throw new RangeError('two edits have one name');
  for (const [name, level] of Object.entries({ alpha, alphaHarm })) {
    if (!(level > 0 && level < 1))
      throw new RangeError(`${name} must lie between 0 and 1, both excluded: ${level}`);
  }
  for (const [name, count] of Object.entries({ passes, blocksPerPass })) {
    if (!Number.isInteger(count) || count < 1)
      throw new RangeError(`${name} must be a whole number from 1: ${count}`);
  }
  if (margin !== null && !(margin > 0 && margin < 1))
    throw new RangeError(`the margin must lie between 0 and 1, both excluded: ${margin}`);
}
