/**
 * A cell: one attempt of one task under one arm. Pairs of cells are what the gate looks at.
 */
import { z } from 'zod';
import { Outcome } from '../traces/trial.ts';

export const Split = z.enum(['held_in', 'held_out', 'sealed']);
export type Split = z.infer<typeof Split>;

/** Named by the edits that are on: 'baseline', 'c1', 'c1-c3'. */
const Arm = z.string().min(1);

export const Cell = z.object({
  arm: Arm,
  task: z.string(),
  /** Attempt number within the arm, from 1: decides which cells pair. */
  attempt: z.number().int().positive(),
  outcome: Outcome,
  /** 1 for pass, 0 for fail, or a graded score in 0..1; null for invalid and skipped cells. */
  score: z.number().min(0).max(1).nullable(),
  tokens: z.number().nonnegative().nullable(),
  costUsd: z.number().nonnegative().nullable(),
  durationMs: z.number().nonnegative().nullable(),
  /** The trial this cell was read from. */
  trial: z.string(),
  /** The last message of the verifier, for spotting broken tasks; null where there is none. */
  message: z.string().nullable(),
});
export type Cell = z.infer<typeof Cell>;
