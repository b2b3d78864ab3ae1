/**
 * What a campaign leaves behind: `campaign.json`. Every number of the pull request and the report comes from
 * here, and every verdict here can be recomputed from `cells` and `settings` alone.
 */
import { z } from 'zod';
import { SetApart, Weakness } from '../../mining/weakness.ts';
import { Proposal } from '../../proposing/proposal.ts';
import { Cell } from '../../validation/cell.ts';
import { Comparison, Rate, Verdict } from '../../validation/verdict.ts';
import { Basis } from '../validate/judgement.ts';

/** A campaign ends in exactly one of these. */
export const Ending = z.object({
  kind: z.enum(['opened', 'nothing_to_fix', 'nothing_accepted', 'unresolved', 'cancelled', 'failed']),
  /** One sentence for a person; for `failed` with the mend. */
  reason: z.string(),
});
export type Ending = z.infer<typeof Ending>;

/** `refused`: a guard said no and nothing was run. */
export const Decision = z.enum(['accepted', 'rejected', 'unresolved', 'refused']);
export type Decision = z.infer<typeof Decision>;

export const Candidate = z.object({
  /** 'c1', 'c2', …: the arm its cells carry. */
  id: z.string(),
  proposal: Proposal,
  decision: Decision,
  /** Why, in words that stand alone. */
  reason: z.string(),
  /** Branch and commit that were evaluated; null for a refused proposal. */
  branch: z.string().nullable(),
  commit: z.string().nullable(),
  harness_hash: z.string().nullable(),
  /** Unified diff of the surface. */
  diff: z.string(),
  verdict: Verdict.nullable(),
  /** What the verdict stood on; null without one. */
  basis: Basis.nullable(),
});
export type Candidate = z.infer<typeof Candidate>;

export const Spending = z.object({
  trials: z.number().int().nonnegative(),
  /** Agent tokens and USD as the traces tell them; null where they do not. */
  tokens: z.number().nonnegative().nullable(),
  cost_usd: z.number().nonnegative().nullable(),
  evaluations: z.number().int().nonnegative(),
});
export type Spending = z.infer<typeof Spending>;

export const Evaluation = z.object({
  key: z.string(),
  arm: z.string(),
  commit: z.string(),
  tasks: z.number().int().nonnegative(),
  trials: z.number().int().nonnegative(),
  invalid: z.number().int().nonnegative(),
  exit: z.string(),
  url: z.string().nullable(),
  duration_ms: z.number().nonnegative(),
});
export type Evaluation = z.infer<typeof Evaluation>;

/** Everything the gate needs beside the cells: with `cells` it recomputes every verdict. */
export const GateSettings = z.object({
  rule: z.enum(['sequential', 'paper']),
  alpha: z.number(),
  alpha_harm: z.number(),
  /** Candidates that share alpha. */
  k: z.number().int().positive(),
  max_passes: z.number().int().positive(),
  vetoes: z.object({ cost_ratio: z.number(), latency_ratio: z.number() }),
  seed: z.number().int(),
  /** Set for prunings, which are judged by non-inferiority: points (0..1) a deletion may cost at most. */
  margin: z.number().positive().lt(1).optional(),
});
export type GateSettings = z.infer<typeof GateSettings>;

export const CampaignRecord = z.object({
  version: z.literal(1),
  /** Version of the bot that made it: another one may word the pull request in another way. */
  bot: z.string().optional(),
  id: z.string(),
  repository: z.string(),
  base: z.object({ branch: z.string(), commit: z.string() }),
  trigger: z.string(),
  /** RFC 3339. */
  started_at: z.string(),
  finished_at: z.string(),
  ending: Ending,
  agent: z.object({ name: z.string().nullable(), model: z.string() }),
  /** Who proposed: the agent's own model (`self`), another (`external`), or no model at all (`catalog`). */
  proposer: z.object({ label: z.enum(['self', 'external', 'catalog']), model: z.string().nullable() }),
  hashes: z.object({ harness: z.string(), evaluator: z.string() }),
  settings: GateSettings,
  splits: z.object({
    held_in: z.array(z.string()),
    held_out: z.array(z.string()),
    sealed: z.array(z.string()),
    /** How often this held-out set has gated a decision, this campaign included. */
    held_out_uses: z.number().int().nonnegative(),
  }),
  outcomes: z.object({
    pass: z.number().int(),
    fail: z.number().int(),
    invalid: z.number().int(),
    skipped: z.number().int(),
  }),
  /** Invalid trials by reason, over all arms. */
  invalid_reasons: z.record(z.string(), z.number().int()),
  weaknesses: z.array(Weakness),
  set_apart: z.array(SetApart),
  candidates: z.array(Candidate),
  /** The accepted edits together, in the order of the branch's commits. */
  final: z
    .object({
      arm: z.string(),
      candidates: z.array(z.string()).min(1),
      harness_hash: z.string(),
      /** Settings of the combination's own verdict: k is 1, since one combination is tried at a time. */
      settings: GateSettings,
      verdict: Verdict,
      basis: Basis,
      /** Accepted edits left out because the combination did not hold with them. */
      left_out: z.array(z.object({ candidate: z.string(), reason: z.string() })),
    })
    .nullable(),
  /** Pass rates before and after on the tasks nothing was selected on; null with no sealed split or no final branch. */
  sealed: Comparison.nullable(),
  /** Baseline pass rates before any edit; null where no baseline was read. */
  baseline: z.object({ held_in: Rate, held_out: Rate, sealed: Rate.nullable() }).nullable(),
  evaluations: z.array(Evaluation),
  spent: z.object({
    agent: Spending,
    proposer: z.object({
      calls: z.number().int().nonnegative(),
      input_tokens: z.number().nonnegative(),
      output_tokens: z.number().nonnegative(),
      cost_usd: z.number().nonnegative().nullable(),
    }),
    duration_ms: z.number().nonnegative(),
  }),
  pull_request: z
    .object({
      branch: z.string(),
      commits: z.array(z.string()),
      title: z.string(),
      url: z.string().nullable(),
    })
    .nullable(),
  /** SHA-256 of the texts written beside the record; null for a file that there is none of. */
  files: z.object({ trajectories: z.string().nullable(), pull_request: z.string().nullable() }).optional(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
  notes: z.array(z.string()),
  cells: z.array(Cell),
  /** Cells that were paid for and that a rerun took the place of: they count in what was spent and in nothing else. */
  superseded: z.array(Cell),
});
export type CampaignRecord = z.infer<typeof CampaignRecord>;
