/**
 * Vetoes: an edit that helps but makes every trial much dearer or slower is not an improvement by itself.
 */
import type { Cell } from '../cell.ts';

/** What a side spent on the trials compared. `null`: not measured. */
export interface Spend {
  readonly trials: number;
  readonly tokens: number | null;
  readonly costUsd: number | null;
  readonly durationMs: number | null;
}

export interface Vetoes {
  /** Largest allowed candidate / baseline cost of a trial; null for no veto. */
  readonly costRatio: number | null;
  /** Largest allowed candidate / baseline duration of a trial; null for no veto. */
  readonly latencyRatio: number | null;
}

export interface Veto {
  readonly reason: 'cost_veto' | 'latency_veto';
  /** Candidate / baseline, a geometric mean over tasks. */
  readonly ratio: number;
  readonly limit: number;
  readonly words: string;
}

/** Sums over valid and invalid cells alike: an invalid trial was paid for too. `null` where nothing was measured. */
export function spendOf(cells: readonly Cell[]): Spend {
  const sum = (read: (cell: Cell) => number | null): number | null => {
    const known = cells.map(read).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  return {
    trials: cells.length,
    tokens: sum((cell) => cell.tokens),
    costUsd: sum((cell) => cell.costUsd),
    durationMs: sum((cell) => cell.durationMs),
  };
}

/**
 * The first veto that applies, or null. Cost is compared by USD, or by tokens where no price is known; both as
 * the geometric mean over tasks of the ratio of task means, so that one expensive task does not decide.
 */
export function vetoOf(baseline: readonly Cell[], candidate: readonly Cell[], vetoes: Vetoes): Veto | null {
  const cost =
    meanRatio(baseline, candidate, (cell) => cell.costUsd) ??
    meanRatio(baseline, candidate, (cell) => cell.tokens);
  if (cost !== null && vetoes.costRatio !== null && cost > vetoes.costRatio) {
    return veto('cost_veto', 'A trial costs', cost, vetoes.costRatio);
  }
  const latency = meanRatio(baseline, candidate, (cell) => cell.durationMs);
  if (latency !== null && vetoes.latencyRatio !== null && latency > vetoes.latencyRatio) {
    return veto('latency_veto', 'A trial takes', latency, vetoes.latencyRatio);
  }
  return null;
}

function veto(reason: Veto['reason'], subject: string, ratio: number, limit: number): Veto {
  const words = `${subject} ${ratio.toFixed(2)} times the baseline; the limit is ${limit}.`;
  return { reason, ratio, limit, words };
}

function meanRatio(
  baseline: readonly Cell[],
  candidate: readonly Cell[],
  read: (cell: Cell) => number | null,
): number | null {
  const before = positiveMeans(baseline, read);
  const after = positiveMeans(candidate, read);
  const logs = [...after].flatMap(([task, value]) => {
    const base = before.get(task);
    return base === undefined ? [] : [Math.log(value / base)];
  });
  return logs.length === 0 ? null : Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}

/** Mean by task of the measured values of valid cells; tasks with a mean of 0 say nothing about a ratio. */
function positiveMeans(cells: readonly Cell[], read: (cell: Cell) => number | null): Map<string, number> {
  const means = new Map<string, number>();
  for (const [task, of] of Map.groupBy(cells, (cell) => cell.task)) {
    const values = of
      .filter((cell) => cell.outcome === 'pass' || cell.outcome === 'fail')
      .map(read)
      .filter((value) => value !== null);
    const total = values.reduce((sum, value) => sum + value, 0);
    if (total > 0) means.set(task, total / values.length);
  }
  return means;
}
