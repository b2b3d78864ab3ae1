/**
 * What of a record follows from its cells: made when a campaign ends, made again by `ledger verify`.
 */
import type { Cell, Split } from '../../validation/cell.ts';
import { BASE_ARM } from '../../validation/experiment/block.ts';
import type { SplitMap } from '../context.ts';
import type { CampaignRecord, Spending } from './record.ts';

/** Cells that count and cells that a rerun took the place of: everything that was paid for. */
export type AllCells = Pick<CampaignRecord, 'cells' | 'superseded'>;

export function outcomesOf({ cells, superseded }: AllCells): CampaignRecord['outcomes'] {
  const outcomes = { pass: 0, fail: 0, invalid: 0, skipped: 0 };
  for (const cell of [...cells, ...superseded]) outcomes[cell.outcome] += 1;
  return outcomes;
}

export function invalidReasons({ cells, superseded }: AllCells): Record<string, number> {
  const reasons: Record<string, number> = {};
  for (const cell of [...cells, ...superseded]) {
    if (cell.outcome !== 'invalid') continue;
    const reason = cell.message ?? 'no reason given';
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return reasons;
}

export function spendingOf(
  { cells, superseded }: AllCells,
  evaluations: CampaignRecord['evaluations'],
): Spending {
  const all = [...cells, ...superseded];
  return {
    trials: evaluations.reduce((total, one) => total + one.trials, 0),
    tokens: total(all.map((cell) => cell.tokens)),
    cost_usd: total(all.map((cell) => cell.costUsd)),
    evaluations: evaluations.length,
  };
}

/**
 * Pass rates before any edit by split; null before there are splits.
 *
 * @param historyTo attempts that came before the experiment
 */
export function baselineRates(
  cells: readonly Cell[],
  splits: SplitMap,
  historyTo: number,
): CampaignRecord['baseline'] {
  if (splits.size === 0) return null;
  const rate = (split: Split) => {
    const valid = cells.filter(
      ({ arm, task, attempt, outcome }) =>
        arm === BASE_ARM &&
        attempt <= historyTo &&
        splits.get(task) === split &&
        (outcome === 'pass' || outcome === 'fail'),
    );
    return { pass: valid.filter(({ outcome }) => outcome === 'pass').length, n: valid.length };
  };
  const sealed = [...splits.values()].includes('sealed') ? rate('sealed') : null;
  return { held_in: rate('held_in'), held_out: rate('held_out'), sealed };
}

function total(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
