/**
 * What a campaign leaves behind: `campaign.json`. Every number of the pull request and the report comes from
 * here, and every verdict here can be computed again from `settings`, the recorded coins (`blocks`) and `cells` alone.
 */
import { z } from 'zod';
import { SetApart, Weakness } from '../../mining/weakness.ts';
import { Proposal } from '../../proposing/proposal.ts';
import { Cell } from '../../validation/cell.ts';
import { Block } from '../../validation/experiment/block.ts';
import { EditVerdict, FinalFigures, Rate } from '../../validation/experiment/verdict.ts';

/** A campaign ends in exactly one of these. */
export const Ending = z.object({
  kind: z.enum([
    'opened',
    'nothing_to_fix',
    'nothing_accepted',
    /** Edits were accepted, and fresh runs of all of them together did not show the gain again. */
    'not_confirmed',
    'unresolved',
    'cancelled',
    'failed',
  ]),
  /** One sentence for a person; for `failed` with the mend. */
  reason: z.string(),
});
export type Ending = z.infer<typeof Ending>;

/** `refused`: a guard said no and nothing was run. */
export const Decision = z.enum(['accepted', 'rejected', 'unresolved', 'refused']);
export type Decision = z.infer<typeof Decision>;

export const Candidate = z.object({
  /** 'c1', 'c2', …: arms are named by the edits that are on in them. */
  id: z.string(),
  proposal: Proposal,
  /** Held-in tasks whose failures asked for it. */
  aims: z.array(z.string()),
  decision: Decision,
  /** Why, in words that stand alone. */
  reason: z.string(),
  /** Harness hash of the base with this edit alone; null for a refused proposal. */
  harness_hash: z.string().nullable(),
  /** Unified diff of what it changes. */
  diff: z.string(),
  verdict: EditVerdict.nullable(),
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

/** One dispatch of the eval. */
export const Evaluation = z.object({
  key: z.string(),
  /** Runs of the eval command in it: one arm with some tasks each. */
  groups: z.number().int().nonnegative(),
  tasks: z.number().int().nonnegative(),
  trials: z.number().int().nonnegative(),
  invalid: z.number().int().nonnegative(),
  exit: z.string(),
  url: z.string().nullable(),
  duration_ms: z.number().nonnegative(),
});
export type Evaluation = z.infer<typeof Evaluation>;

/** Everything the decisions need beside blocks and cells. */
export const GateSettings = z.object({
  rule: z.enum(['sequential', 'paper']),
  /** Chance that the campaign accepts any edit that makes no task better. */
  alpha: z.number(),
  alpha_harm: z.number(),
  outcome: z.enum(['both', 'pass', 'score']),
  /** Passes that every edit gets unless it is settled before, and further ones for edits that look promising. */
  passes: z.number().int().positive(),
  extra_passes: z.number().int().nonnegative(),
  blocks: z.number().int().positive(),
  vetoes: z.object({ cost_ratio: z.number(), latency_ratio: z.number() }),
  seed: z.number().int(),
  /** For prunings: points (0..1) of the pass rate a deletion may cost at most. null for improvements. */
  margin: z.number().positive().lt(1).nullable(),
  /** Attempts 1..history_to of the baseline came before the experiment; pass p of it is attempt history_to + p. */
  history_to: z.number().int().nonnegative(),
});
export type GateSettings = z.infer<typeof GateSettings>;

export const CampaignRecord = z.object({
  version: z.literal(2),
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
  /** Which edits sat where: every coin, in the order of the blocks. */
  experiment: z.object({
    /** Groups of edits of which at most one may be on, such as two values of one setting. */
    conflicts: z.array(z.array(z.string())),
    blocks: z.array(Block),
  }),
  /** The accepted edits together, fresh against the baseline; null where none was accepted or it was not run. */
  final: z
    .object({
      /** In the order of the branch's commits. */
      candidates: z.array(z.string()).min(1),
      harness_hash: z.string(),
      blocks: z.array(Block),
      figures: FinalFigures,
      /** Gains that the experiment promised of these edits together (1 = 100 points). */
      expected: z.object({ pass: z.number(), score: z.number().nullable() }),
      confirmed: z.boolean(),
      /** Accepted edits that could not be put beside the others. */
      left_out: z.array(z.object({ candidate: z.string(), reason: z.string() })),
    })
    .nullable(),
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
