/**
 * One arm's verdict from cells and settings alone: what a campaign asks after every pass, and what
 * `ledger verify` asks again years later.
 */
import { z } from 'zod';
import type { Cell } from '../../validation/cell.ts';
import { judge } from '../../validation/gate.ts';
import type { Verdict } from '../../validation/verdict.ts';
import type { SplitMap } from '../context.ts';
import type { GateSettings } from '../record/record.ts';
import { notWorse } from './not-worse.ts';

/** Which baseline cells a verdict stood on, and what could still have been run. */
export const Basis = z.object({
  /** Baseline attempts 1..history_to are history. */
  history_to: z.number().int().nonnegative(),
  /** Baseline attempts history_to+1..baseline_to ran beside the arm. */
  baseline_to: z.number().int().nonnegative(),
  /** Trials of this arm that the budget still allowed. */
  trials_left: z.number().int().nonnegative(),
  /** Passes the budget allowed once the campaign was extended; the plan of the bets stays `settings.max_passes`. */
  max_passes: z.number().int().positive().optional(),
});
export type Basis = z.infer<typeof Basis>;

export interface JudgementInput {
  readonly arm: string;
  /** Cells of at least the arm and the baseline; others are ignored. */
  readonly cells: readonly Cell[];
  readonly splits: SplitMap;
  readonly settings: GateSettings;
  readonly basis: Basis;
}

export function judgeArm({ arm, cells, splits, settings, basis }: JudgementInput): Verdict {
  const maxPasses = basis.max_passes ?? settings.max_passes;
  const baseline = cells.filter((cell) => cell.arm === 'baseline' && splits.get(cell.task) !== 'sealed');
  const verdict = judge({
    rule: settings.rule,
    history: baseline.filter((cell) => cell.attempt <= basis.history_to),
    baseline: baseline.filter((cell) => cell.attempt > basis.history_to && cell.attempt <= basis.baseline_to),
    candidate: cells.filter((cell) => cell.arm === arm && splits.get(cell.task) !== 'sealed'),
    splits,
    candidates: settings.k,
    alpha: settings.alpha,
    alphaHarm: settings.alpha_harm,
    budget: { maxPasses, trialsLeft: basis.trials_left },
    plannedPasses: settings.max_passes,
    vetoes: { costRatio: settings.vetoes.cost_ratio, latencyRatio: settings.vetoes.latency_ratio },
    seed: settings.seed,
  });
  return settings.margin === undefined
    ? verdict
    : notWorse(verdict, { margin: settings.margin, maxPasses, trialsLeft: basis.trials_left });
}
