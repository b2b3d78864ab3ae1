/**
 * Trials as cells of the group that asked for them.
 */
import type { CellGroup } from '../../eval/plan.ts';
import type { Trial } from '../../traces/trial.ts';
import type { Cell } from '../../validation/cell.ts';
import type { Gathered } from './dispatch.ts';

/**
 * One cell a task: attempts are numbered by the plan, since an eval may count its own from 1 each time. Trials of tasks
 * nobody asked for (an eval that always runs everything), and further attempts, are left out.
 */
export function cellsOfGroup(trials: readonly Trial[], group: CellGroup): Cell[] {
  return attemptCells(
    trials,
    group.arm,
    group.attempt,
    1,
    group.tasks === 'all' ? null : new Set(group.tasks),
  );
}

/** Up to `most` attempts of each task, numbered from `first`. */
export function attemptCells(
  trials: readonly Trial[],
  arm: string,
  first: number,
  most: number,
  asked: ReadonlySet<string> | null,
): Cell[] {
  const byTask = Map.groupBy(
    trials.filter(({ task }) => asked === null || asked.has(task)),
    ({ task }) => task,
  );
  return [...byTask.keys()].sort().flatMap((task) =>
    (byTask.get(task) ?? [])
      .sort((a, b) => a.attempt - b.attempt || (a.id < b.id ? -1 : 1))
      .slice(0, most)
      .map((trial, index) => cellOf(trial, arm, first + index)),
  );
}

/** The cells of all dispatches, where a valid rerun takes the place of the invalid cell. */
export function settledCells(gathered: readonly Gathered[]): Cell[] {
  const byPlace = new Map<string, Cell>();
  for (const cell of gathered.flatMap((one) => one.cells)) {
    const place = `${cell.arm}\n${cell.task}\n${cell.attempt}`;
    const before = byPlace.get(place);
    if (before === undefined || before.outcome === 'invalid') byPlace.set(place, cell);
  }
  return [...byPlace.values()];
}

/** Cells of tasks that the group asked for and nothing came of. */
export function missingCells(
  { arm, tasks, attempt }: CellGroup,
  prefix: string,
  present: readonly Cell[],
  message: string,
): Cell[] {
  if (tasks === 'all') return [];
  const have = new Set(present.map((cell) => cell.task));
  return tasks
    .filter((task) => !have.has(task))
    .map((task) => ({
      arm,
      task,
      attempt,
      outcome: 'invalid',
      score: null,
      tokens: null,
      costUsd: null,
      durationMs: null,
      trial: `${prefix}/${task}`,
      message,
    }));
}

/** One trial as a cell. A skipped trial was not attempted and counts as invalid. */
function cellOf(trial: Trial, arm: string, attempt: number): Cell {
  const valid = trial.outcome === 'pass' || trial.outcome === 'fail';
  return {
    arm,
    task: trial.task,
    attempt,
    outcome: valid ? trial.outcome : 'invalid',
    score: valid ? scoreOf(trial) : null,
    tokens: sum(trial.tokens.input, trial.tokens.cacheRead, trial.tokens.cacheWrite, trial.tokens.output),
    costUsd: trial.costUsd,
    durationMs: durationOf(trial),
    trial: trial.id,
    message: trial.verifier?.message ?? trial.reason,
  };
}

/** The share of checks passed where the verifier tells several apart, else the trial's own score, else its verdict. */
function scoreOf({ outcome, score, verifier }: Trial): number {
  const checks = (verifier?.tests ?? []).filter(({ status }) => status !== 'skipped');
  if (outcome === 'pass') return 1;
  if (checks.length > 1) return checks.filter(({ status }) => status === 'pass').length / checks.length;
  return score === null ? 0 : Math.min(1, Math.max(0, score));
}

function durationOf({ startedAt, finishedAt }: Trial): number | null {
  if (startedAt === null || finishedAt === null) return null;
  const ms = Date.parse(finishedAt) - Date.parse(startedAt);
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}

function sum(...parts: (number | null)[]): number | null {
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : known.reduce((total, part) => total + part, 0);
}
