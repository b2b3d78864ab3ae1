/**
 * What of a record follows from its cells: made when a campaign ends, made again by `ledger verify`.
 */
import type { Cell, Split } from '../../validation/cell.ts';
import { compare, rateOf } from '../../validation/rates.ts';
import type { Rate } from '../../validation/verdict.ts';
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

/** Pass rates of the baseline arm by split; null before there are splits. */
export function baselineRates(cells: readonly Cell[], splits: SplitMap): CampaignRecord['baseline'] {
  if (splits.size === 0) return null;
  const baseline = cells.filter((cell) => cell.arm === 'baseline');
  const rate = (split: Split): Rate => rateOf(baseline.filter((cell) => splits.get(cell.task) === split));
  const sealed = [...splits.values()].includes('sealed') ? rate('sealed') : null;
  return { held_in: rate('held_in'), held_out: rate('held_out'), sealed };
}

/** The sealed tasks under the final arm, against the baseline; null where they were not run. */
export function sealedComparison(
  cells: readonly Cell[],
  splits: SplitMap,
  final: { readonly arm: string; readonly alpha: number } | null,
): CampaignRecord['sealed'] {
  if (final === null) return null;
  const sealed = cells.filter((cell) => splits.get(cell.task) === 'sealed');
  if (!sealed.some((cell) => cell.arm === final.arm)) return null;
  return compare(
    sealed.filter((cell) => cell.arm === 'baseline'),
    sealed.filter((cell) => cell.arm === final.arm),
    { alpha: final.alpha },
  );
}

function total(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
