/**
 * Two sets of trials as cells that can be compared: attempts numbered, copies set aside, tasks matched.
 */
import type { Trial } from '../../traces/trial.ts';
import type { Cell } from '../cell.ts';

export interface MatchedCells {
  readonly baseline: Cell[];
  /** Baseline attempts beyond the candidate's: they join the blocks and lower the noise. */
  readonly history: Cell[];
  readonly candidate: Cell[];
  readonly leftOut: { task: string; reason: string }[];
  readonly notes: string[];
}

/**
 * Numbers the attempts of each task from 1, in the order of start, run, attempt and id, which no outcome decides, and
 * keeps the tasks both sets hold in the same version. Where the candidate has more attempts of a task than the
 * baseline, several candidate attempts share a pass; where the baseline has more, the surplus becomes history.
 */
export function matchTrials(baseline: readonly Trial[], candidate: readonly Trial[]): MatchedCells {
  const notes: string[] = [];
  const before = byTask(withoutCopies(baseline, 'baseline', notes));
  const after = byTask(withoutCopies(candidate, 'candidate', notes));
  const leftOut = unmatched(before, after);
  const skip = new Set(leftOut.map(({ task }) => task));
  const graded = gradedScores([...baseline, ...candidate], notes);
  const cells: Pick<MatchedCells, 'baseline' | 'history' | 'candidate'> = {
    baseline: [],
    history: [],
    candidate: [],
  };
  for (const [task, own] of after) {
    const other = before.get(task);
    if (other === undefined || skip.has(task)) continue;
    const passes = Math.min(own.length, other.length);
    for (const [index, trial] of other.entries()) {
      const arm = index < passes ? cells.baseline : cells.history;
      arm.push(cellOf(trial, 'baseline', index + 1, graded));
    }
    for (const [index, trial] of own.entries()) {
      cells.candidate.push(cellOf(trial, 'candidate', (index % passes) + 1, graded));
    }
  }
  return { ...cells, leftOut, notes };
}

/** One set of trials as baseline cells, copies left out: what a plan is made from. */
export function baselineCells(trials: readonly Trial[]): { cells: Cell[]; notes: string[] } {
  const notes: string[] = [];
  const fresh = withoutCopies(trials, 'baseline', notes);
  const graded = gradedScores(fresh, notes);
  const cells = [...byTask(fresh).values()].flatMap((of) =>
    of.map((trial, index) => cellOf(trial, 'baseline', index + 1, graded)),
  );
  return { cells, notes };
}

/** One trial as a cell. Skipped trials stay skipped: they count as nothing. */
function cellOf(trial: Trial, arm: string, attempt: number, graded: boolean): Cell {
  const valid = trial.outcome === 'pass' || trial.outcome === 'fail';
  const verdict = trial.outcome === 'pass' ? 1 : 0;
  return {
    arm,
    task: trial.task,
    attempt,
    outcome: trial.outcome,
    score: valid ? ((graded ? trial.score : null) ?? verdict) : null,
    tokens: known(trial.tokens.input, trial.tokens.cacheRead, trial.tokens.cacheWrite, trial.tokens.output),
    costUsd: trial.costUsd,
    durationMs: durationOf(trial),
    trial: trial.id,
    message: verifierMessage(trial),
  };
}

/** What the verifier said: its message, or the sub-tests that failed. The reason of a trial is not the verifier's word. */
function verifierMessage({ verifier }: Trial): string | null {
  if (verifier === null || verifier.message !== null) return verifier?.message ?? null;
  const failed = verifier.tests.filter(({ status }) => status === 'fail').map(({ name }) => name);
  return failed.length === 0 ? null : `failed ${failed.join(', ')}`;
}

/** Graded scores are compared when the traces hold any, and all of them lie in 0..1. */
function gradedScores(trials: readonly Trial[], notes: string[]): boolean {
  const scores = trials
    .filter(({ outcome }) => outcome === 'pass' || outcome === 'fail')
    .map(({ score }) => score)
    .filter((score) => score !== null);
  if (!scores.some((score) => score !== 0 && score !== 1)) return false;
  if (scores.every((score) => score >= 0 && score <= 1)) {
    notes.push('Graded scores are compared; a rate is the mean score.');
    return true;
  }
  notes.push('Some scores are not numbers from 0 to 1, so only pass and fail are compared.');
  return false;
}

/**
 * Drops trials flagged as cached and repetitions of one trial, and warns of attempts that look copied: a copy is no
 * fresh evidence, and counting it makes chance look like effect.
 */
function withoutCopies(trials: readonly Trial[], arm: string, notes: string[]): Trial[] {
  const cached = trials.filter((trial) => trial.cached).length;
  if (cached > 0)
    notes.push(`${counted(cached, 'trial')} of the ${arm} came from a cache and were left out.`);
  const fresh = [
    ...new Map(trials.filter((trial) => !trial.cached).map((trial) => [trial.id, trial])).values(),
  ];
  const repeated = trials.length - cached - fresh.length;
  if (repeated > 0)
    notes.push(`${counted(repeated, 'trial')} of the ${arm} were found twice and counted once.`);
  const prints = Map.groupBy(
    fresh.filter((trial) => trial.steps.length > 0),
    fingerprint,
  );
  const alike = [...prints.values()].filter((same) => same.length > 1);
  if (alike.length > 0) {
    const tasks = [...new Set(alike.flatMap((same) => same.map(({ task }) => task)))].sort();
    const shown = tasks.slice(0, 5).join(', ');
    notes.push(
      `Attempts of ${counted(tasks.length, 'task')} of the ${arm} are equal to the last character (${shown}${tasks.length > 5 ? ', …' : ''}). If they were cached or copied, the answer is too sure of itself.`,
    );
  }
  return fresh;
}

function fingerprint({ task, steps }: Trial): string {
  const said = steps.map((step) => [
    step.role,
    step.text,
    step.toolCalls.map((call) => call.arguments),
    step.observation,
  ]);
  return JSON.stringify([task, said]);
}

function byTask(trials: readonly Trial[]): Map<string, Trial[]> {
  const ordered = [...trials].sort(
    (a, b) =>
      compared(a.startedAt ?? '', b.startedAt ?? '') ||
      compared(a.run ?? '', b.run ?? '') ||
      a.attempt - b.attempt ||
      compared(a.id, b.id),
  );
  return Map.groupBy(ordered, ({ task }) => task);
}

function unmatched(
  before: ReadonlyMap<string, readonly Trial[]>,
  after: ReadonlyMap<string, readonly Trial[]>,
): MatchedCells['leftOut'] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((task) => {
    const [old, fresh] = [before.get(task), after.get(task)];
    if (fresh === undefined) return [{ task, reason: 'only the baseline has it' }];
    if (old === undefined) return [{ task, reason: 'only the candidate has it' }];
    return sameVersion(old, fresh) ? [] : [{ task, reason: 'its version differs between the two sets' }];
  });
}

function sameVersion(before: readonly Trial[], after: readonly Trial[]): boolean {
  const versions = [...before, ...after]
    .map(({ taskVersion }) => taskVersion)
    .filter((version) => version !== null);
  return new Set(versions).size <= 1;
}

function durationOf({ startedAt, finishedAt }: Trial): number | null {
  if (startedAt === null || finishedAt === null) return null;
  const ms = Date.parse(finishedAt) - Date.parse(startedAt);
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}

function known(...parts: (number | null)[]): number | null {
  const measured = parts.filter((part) => part !== null);
  return measured.length === 0 ? null : measured.reduce((sum, part) => sum + part, 0);
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
