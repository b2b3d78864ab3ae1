/**
 * The tally: everything counted from cells before anything is decided.
 */
import {
  difference,
  distinct,
  flattened,
  type ScheduledBlock,
  type Scores,
  scheduleBlocks,
  scoresOf,
} from './block.ts';
import type { Cell, Split } from './cell.ts';
import { type EState, eProcess, START, type Targets } from './e-process.ts';
import { stratifiedZ } from './futility.ts';
import { compareRates, tasksIn } from './rates.ts';
import type { Comparison, EPoint, Verdict } from './verdict.ts';

export interface TallyInput {
  readonly baseline: readonly Cell[];
  readonly candidate: readonly Cell[];
  readonly history: readonly Cell[];
  readonly splits: ReadonlyMap<string, Split>;
  readonly targets: Targets;
  readonly plannedPasses: number;
  /** Error probability of the intervals over all looks (0..1). */
  readonly level: number;
  readonly seed: number;
}

export interface Tally {
  /** candidate − baseline by pair, in betting order; sealed tasks excluded. */
  readonly differences: readonly number[];
  readonly state: EState;
  readonly path: readonly EPoint[];
  /** Stratified score of all gating cells. */
  readonly z: number;
  readonly passes: number;
  /** Tasks the gate looks at. */
  readonly gating: ReadonlySet<string>;
  /** Gating tasks the candidate was never tried on, not even by an attempt that turned out invalid. */
  readonly unseen: readonly string[];
  readonly invalid: number;
  readonly heldIn: Comparison;
  readonly heldOut: Comparison;
  readonly sealed: Comparison | null;
  readonly overall: Comparison;
  readonly flips: Verdict['flips'];
  readonly leftOut: Verdict['left_out'];
}

/** Counts, rates and e-values of one candidate. A function of its input alone. */
export function tally(input: TallyInput): Tally {
  const known = (cells: readonly Cell[]): Cell[] =>
    distinct(cells).filter((cell) => input.splits.has(cell.task));
  const cells = {
    baseline: known(input.baseline),
    candidate: known(input.candidate),
    history: known(input.history),
  };
  const sealedTasks = tasksIn(input.splits, 'sealed');
  const gating = new Set([...input.splits.keys()].filter((task) => !sealedTasks.has(task)).sort());
  const arms = {
    candidate: scoresOf(cells.candidate),
    baseline: scoresOf(cells.baseline),
    history: flattened(scoresOf(cells.history)),
  };
  const schedule = { plannedPasses: input.plannedPasses, seed: input.seed };
  const blocks = scheduleBlocks(arms, { ...schedule, tasks: [...gating] });
  const sealedBlocks = scheduleBlocks(arms, { ...schedule, tasks: [...sealedTasks].sort() });
  const candidate = flattened(arms.candidate);
  const baseline = joined(flattened(arms.baseline), arms.history);
  const compared = (tasks: ReadonlySet<string>, of: readonly ScheduledBlock[]): Comparison =>
    compareRates({
      baseline: only(baseline, tasks),
      candidate: only(candidate, tasks),
      blocks: of.filter((block) => tasks.has(block.task)),
      level: input.level,
    });
  const { path, state } = walk(blocks, input.targets);
  const attempted = new Set(cells.candidate.map((cell) => cell.task));
  return {
    differences: blocks.map(difference),
    state,
    path,
    z: stratifiedZ(only(candidate, gating), only(baseline, gating)),
    passes: lastPass(arms.candidate, gating),
    gating,
    unseen: [...gating].filter((task) => !attempted.has(task)),
    invalid: [...cells.baseline, ...cells.candidate].filter((cell) => cell.outcome === 'invalid').length,
    heldIn: compared(tasksIn(input.splits, 'held_in'), blocks),
    heldOut: compared(tasksIn(input.splits, 'held_out'), blocks),
    sealed: sealedBlocks.length > 0 ? compared(sealedTasks, sealedBlocks) : null,
    overall: compared(gating, blocks),
    flips: flipsOf(only(baseline, gating), candidate),
    leftOut: leftOut(blocks, gating, [...cells.baseline, ...cells.history], cells.candidate),
  };
}

function walk(blocks: readonly ScheduledBlock[], targets: Targets): { path: EPoint[]; state: EState } {
  const path: EPoint[] = [];
  let state = START;
  let index = 0;
  for (state of eProcess(blocks, targets)) {
    path.push({ pairs: index + 1, pass: blocks[index]?.pass ?? 0, e: state.e, harm: state.harm });
    index += 1;
  }
  return { path, state };
}

/** Tasks whose majority outcome changed, over all valid attempts of each arm. */
function flipsOf(
  baseline: ReadonlyMap<string, readonly number[]>,
  candidate: ReadonlyMap<string, readonly number[]>,
): Verdict['flips'] {
  const shared = [...baseline].filter(([task]) => candidate.has(task)).sort(([a], [b]) => (a < b ? -1 : 1));
  const passes = (scores: readonly number[]): boolean =>
    scores.reduce((sum, score) => sum + score, 0) * 2 > scores.length;
  const turned = (to: boolean): string[] =>
    shared
      .filter(([task, before]) => passes(before) !== to && passes(candidate.get(task) ?? []) === to)
      .map(([task]) => task);
  return { gained: turned(true), lost: turned(false) };
}

function leftOut(
  blocks: readonly ScheduledBlock[],
  gating: ReadonlySet<string>,
  baseline: readonly Cell[],
  candidate: readonly Cell[],
): Verdict['left_out'] {
  const paired = new Set(blocks.map((block) => block.task));
  const reasonFor = (task: string): string => {
    const before = baseline.filter((cell) => cell.task === task);
    const after = candidate.filter((cell) => cell.task === task);
    if (after.length === 0) return 'the candidate has no attempt yet';
    if (before.length === 0) return 'the baseline has no attempt';
    const silent = (cells: readonly Cell[]) =>
      cells.every((cell) => cell.outcome === 'invalid' || cell.outcome === 'skipped');
    if (silent(after) && silent(before)) return 'every attempt was invalid';
    if (silent(after)) return 'every attempt of the candidate was invalid';
    if (silent(before)) return 'every attempt of the baseline was invalid';
    return 'no valid attempts of the same pass';
  };
  return [...gating].filter((task) => !paired.has(task)).map((task) => ({ task, reason: reasonFor(task) }));
}

function lastPass(scores: Scores, tasks: ReadonlySet<string>): number {
  let last = 0;
  for (const [task, passes] of scores) if (tasks.has(task)) last = Math.max(last, ...passes.keys());
  return last;
}

function joined(
  fresh: ReadonlyMap<string, readonly number[]>,
  history: ReadonlyMap<string, readonly number[]>,
): Map<string, readonly number[]> {
  const all = new Map<string, readonly number[]>(fresh);
  for (const [task, scores] of history) all.set(task, [...(all.get(task) ?? []), ...scores]);
  return all;
}

function only<T>(of: ReadonlyMap<string, T>, tasks: ReadonlySet<string>): Map<string, T> {
  return new Map([...of].filter(([task]) => tasks.has(task)));
}
