/**
 * A weakness: failing trials with the same signature, from at least two distinct tasks, with evidence.
 */
import { z } from 'zod';
import { StepField, Stop } from '../traces/trial.ts';
import { Signature } from './vocabulary.ts';

/** A verbatim excerpt: `quote` equals characters [start, end) (UTF-16 units) of `field` of step `step` of `trial`. */
export const Evidence = z.object({
  trial: z.string(),
  step: z.number().int().nonnegative(),
  field: StepField,
  start: z.number().int().nonnegative(),
  end: z.number().int().nonnegative(),
  quote: z.string(),
  /** The tool whose arguments or answer are quoted, where a campaign kept the trace and it is one tool's. */
  tool: z.string().optional(),
});
export type Evidence = z.infer<typeof Evidence>;

/** How a cited trial ended, in the words of its trace. */
export const TrialEnd = z.object({
  trial: z.string(),
  /** Steps of the whole trajectory. */
  steps: z.number().int().nonnegative(),
  stop: Stop,
  /** Why, as the trace says it, shortened; null where it says nothing. */
  reason: z.string().nullable(),
});
export type TrialEnd = z.infer<typeof TrialEnd>;

export const Weakness = z.object({
  /** Stable over runs: derived from the signature. */
  id: z.string(),
  signature: Signature,
  /** One sentence for a person. */
  title: z.string(),
  /** Trial ids, sorted. */
  trials: z.array(z.string()),
  /** Task ids, sorted, at least two. */
  tasks: z.array(z.string()),
  evidence: z.array(Evidence),
  /** How the cited trials ended, as far as a campaign kept their traces. */
  ends: z.array(TrialEnd).optional(),
  /** A harness edit could act on the mechanism (with the surfaces given, where they are known). */
  addressable: z.boolean(),
  /** Ids of the surfaces that could act on it; [] where surfaces are unknown. */
  surfaces: z.array(z.string()),
  /** What several of its trials share beside the mechanism, most shared first. Holds text of the verifier: untrusted. */
  symptoms: z.array(z.string()).optional(),
  /** What similar passing trials do that an edit must preserve, in plain words. */
  preserve: z.array(z.string()),
});
export type Weakness = z.infer<typeof Weakness>;

/** Failing trials or tasks set apart, with the reason why no edit is proposed for them. */
export const SetApart = z.object({
  kind: z.enum(['environment', 'verifier_suspect', 'beyond_model', 'too_few', 'unexplained']),
  task: z.string(),
  trials: z.array(z.string()),
  reason: z.string(),
});
export type SetApart = z.infer<typeof SetApart>;
