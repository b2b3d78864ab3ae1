/**
 * What the experiment says of one edit, with everything a reader needs to check it.
 */
import { z } from 'zod';

/** A gain or a loss (1 = 100 points) with its 95 % interval. */
export const Effect = z.object({
  /** Mean over tasks of with − without, −1..1. */
  mean: z.number(),
  low: z.number(),
  high: z.number(),
  /** Standard error, and degrees of freedom. */
  error: z.number().nonnegative(),
  /** Standard deviation of the tasks' own means, noise included: how differently tasks take to it. */
  spread: z.number().nonnegative(),
  freedom: z.number().positive(),
  /** Tasks that ran at least once. */
  tasks: z.number().int().positive(),
});
export type Effect = z.infer<typeof Effect>;

/** Effects inside the experiment, where the other edits are on half of the time. */
export const SplitEffects = z.object({
  overall: Effect.nullable(),
  held_in: Effect.nullable(),
  held_out: Effect.nullable(),
});
export type SplitEffects = z.infer<typeof SplitEffects>;

/** What a run costs with the edit, as a share of one without; null where it was not measured. */
export const CostRatios = z.object({
  tokens: z.number().positive().nullable(),
  usd: z.number().positive().nullable(),
  time: z.number().positive().nullable(),
});
export type CostRatios = z.infer<typeof CostRatios>;

/** Why the verdict is what it is, for programs. `words` says the same to a person. */
export const EditReason = z.enum([
  'improvement_proven',
  'no_worse',
  'harm_proven',
  'breaks_runs',
  'overfit',
  'futile',
  'cost_veto',
  'latency_veto',
  /** Another edit of the same setting was accepted. */
  'superseded',
  /** The passes or the budget ended before it could be told from no change. */
  'budget_ended',
  'more_trials_needed',
  'paper_rule_met',
  'paper_rule_not_met',
]);
export type EditReason = z.infer<typeof EditReason>;

export const EditVerdict = z.object({
  verdict: z.enum(['accept', 'reject', 'unresolved']),
  reason: EditReason,
  /** The reason as complete sentences. */
  words: z.string(),
  /** Evidence that the edit makes some task better (the closed test's e-value), and what it had to reach (1/α). */
  e_value: z.number().nonnegative(),
  threshold: z.number().positive(),
  /** Its own e-value by outcome; score is null where no graded outcome was seen. */
  e_pass: z.number().nonnegative(),
  e_score: z.number().nonnegative().nullable(),
  harm_e_value: z.number().nonnegative(),
  /** Evidence that runs with it end without a verdict more often. */
  missing_e_value: z.number().nonnegative(),
  /** Which outcome moved; null where neither is proven. */
  moved: z.enum(['pass', 'score', 'both']).nullable(),
  /** Pass at which it was decided. */
  passes: z.number().int().nonnegative(),
  /** Runs without a verdict, with the edit and without it, over the blocks in which it was under test. */
  invalid: z.object({ on: z.number().int().nonnegative(), off: z.number().int().nonnegative() }),
  effect: SplitEffects,
  score_effect: SplitEffects.nullable(),
  cost: CostRatios,
  /** e-values after each pass. */
  path: z.array(
    z.object({
      pass: z.number().int().positive(),
      e: z.number().nonnegative(),
      harm: z.number().nonnegative(),
    }),
  ),
});
export type EditVerdict = z.infer<typeof EditVerdict>;

/** Sum of outcomes (passes, or shares of checks passed) and number of valid runs. */
export const Rate = z.object({ pass: z.number().nonnegative(), n: z.number().int().nonnegative() });
export type Rate = z.infer<typeof Rate>;

/** An interval in score units (1 = 100 points). */
export const Interval = z.tuple([z.number(), z.number()]);
export type Interval = z.infer<typeof Interval>;

/** Two arms side by side on the tasks both have. */
export const Comparison = z.object({
  baseline: Rate,
  candidate: Rate,
  /** candidate − baseline, each task weighing the same, −1..1, with its 95 % interval. */
  delta: z.number().min(-1).max(1).nullable(),
  interval: Interval.nullable(),
});
export type Comparison = z.infer<typeof Comparison>;

export const ComparisonBySplit = z.object({
  overall: Comparison,
  held_in: Comparison.nullable(),
  held_out: Comparison.nullable(),
  sealed: Comparison.nullable(),
});
export type ComparisonBySplit = z.infer<typeof ComparisonBySplit>;

/** The final's figures: fresh runs of the stack against the baseline, after the last decision. */
export const FinalFigures = z.object({
  /** Pass rates. */
  pass: ComparisonBySplit,
  /** Shares of checks passed; null where no graded outcome was seen. */
  score: ComparisonBySplit.nullable(),
  e_value: z.number().nonnegative(),
  harm_e_value: z.number().nonnegative(),
  invalid: z.object({ baseline: z.number().int(), candidate: z.number().int() }),
  /** Tasks whose majority outcome changed. */
  flips: z.object({ gained: z.array(z.string()), lost: z.array(z.string()) }),
  cost: CostRatios,
  passes: z.number().int().positive(),
});
export type FinalFigures = z.infer<typeof FinalFigures>;
