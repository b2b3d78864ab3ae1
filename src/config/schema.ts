/**
 * `.github/self-harness.yml`: the contract with a user's repository. This one schema validates the file, fills
 * its defaults, and generates the published JSON schema and the reference.
 *
 * The file is always read from the base branch, never from a candidate: an edit cannot loosen its own rules.
 */
import { z } from 'zod';
import { Surface } from '../harness/surface.ts';

/** Where the config lives in a user's repository. */
export const CONFIG_PATH = '.github/self-harness.yml';

const Rule = z
  .enum(['sequential', 'paper'])
  .default('sequential')
  .describe(
    'How an edit earns its place. `sequential`: the anytime-valid test whose error rate is controlled. `paper`: the published rule, kept for comparison; it accepts no-effect edits about 30 % of the time.',
  );

const Agent = z.strictObject({
  model: z
    .string()
    .min(1)
    .describe(
      'The model the eval runs. A proposer with the same name makes the campaign "self", another "external".',
    ),
});

const Eval = z.strictObject({
  workflow: z
    .string()
    .regex(/^[^/]+\.ya?ml$/, 'the file name of a workflow under .github/workflows, such as eval.yml')
    .optional()
    .describe('GitHub: the workflow dispatched at a candidate branch, by file name under .github/workflows.'),
  artifacts: z
    .string()
    .min(1)
    .default('traces-*')
    .describe('GitHub: glob over the names of the artifacts that hold traces.'),
  command: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Local: the command run by the shell in a worktree of the candidate. It may install first: `npm ci && node eval/run.js`.',
    ),
  format: z.string().default('auto').describe('Trace format, or `auto` to recognise it by content.'),
  pass_threshold: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Graded scores at or above this pass, where the traces hold no verdict (0..1).'),
  timeout_minutes: z
    .number()
    .positive()
    .default(360)
    .describe('An evaluation that runs longer is stopped and its cells are invalid (minutes).'),
  protect: z
    .array(z.string())
    .default(['eval/**', 'tests/**'])
    .describe(
      'Globs no edit may touch, and whose hash is the evaluator hash. The workflows and this file are always protected.',
    ),
});

const Splits = z.strictObject({
  key: z
    .string()
    .default('self-harness')
    .describe('Key of the hash that assigns tasks. Change it only to redraw the splits on purpose.'),
  held_in: z.array(z.string()).default([]).describe('Tasks pinned to held-in: mined, and used by the gate.'),
  held_out: z
    .array(z.string())
    .default([])
    .describe('Tasks pinned to held-out: never mined, used by the gate.'),
  sealed: z
    .array(z.string())
    .default([])
    .describe('Tasks pinned to sealed: run once on the final branch, only reported.'),
  sealed_from: z
    .number()
    .int()
    .positive()
    .default(40)
    .describe('Number of tasks from which a sealed split is set aside.'),
});

const Vetoes = z.strictObject({
  cost_ratio: z
    .number()
    .positive()
    .default(1.5)
    .describe('Reject when a trial costs more than this many times the baseline.'),
  latency_ratio: z
    .number()
    .positive()
    .default(2)
    .describe('Reject when a trial takes longer than this many times the baseline.'),
});

const Gate = z.strictObject({
  rule: Rule,
  alpha: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.05)
    .describe(
      'Chance that a campaign accepts any edit that makes no task better (0..1), shared by its candidates.',
    ),
  alpha_harm: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.05)
    .describe('Chance that an edit that makes no task worse is rejected as harmful (0..1).'),
  baseline_passes: z
    .number()
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe(
      'Attempts of every task before edits are tried: their failures are mined. Fewer where the budget is small.',
    ),
  outcome: z
    .enum(['both', 'pass', 'score'])
    .default('both')
    .describe(
      'What an edit has to move: passing, the share of checks passed (`score`), or either of them. A proven fall of the pass rate rejects an edit in any case.',
    ),
  max_passes: z
    .number()
    .int()
    .min(2)
    .max(50)
    .default(20)
    .describe(
      'Passes over the tasks at most. Every edit gets 60 % of them unless it is settled before, promising ones the rest.',
    ),
  blocks: z
    .number()
    .int()
    .min(1)
    .max(40)
    .default(8)
    .describe(
      'Parts a pass is run in, each under two versions of the harness side by side. Fewer start the eval less often and need more trials; 1 for an eval that cannot run chosen tasks alone.',
    ),
  invalid_retries: z
    .number()
    .int()
    .min(0)
    .max(5)
    .default(2)
    .describe(
      'How often an evaluation is run again that broke off, or of which one run in ten or more ended without a verdict.',
    ),
  vetoes: Vetoes.prefault({}),
});

const Budget = z.strictObject({
  trials: z.number().int().positive().default(5000).describe('Trials one campaign may run.'),
  tokens: z
    .number()
    .int()
    .positive()
    .default(400_000)
    .describe('Tokens the proposer may use in one campaign.'),
  usd: z.number().positive().default(5).describe('USD the proposer may cost in one campaign.'),
  campaigns_per_week: z
    .number()
    .int()
    .positive()
    .default(7)
    .describe('Campaigns that may start by themselves in seven days.'),
});

const Triggers = z.strictObject({
  workflow_run: z
    .boolean()
    .default(true)
    .describe('Start when the eval workflow ends on the default branch.'),
  schedule: z.string().nullable().default(null).describe('Cron expression (UTC, five fields), or null.'),
  comments: z
    .boolean()
    .default(true)
    .describe('Obey `/harness …` comments and ticked boxes of people with write permission.'),
});

const Proposer = z.strictObject({
  model: z
    .string()
    .nullable()
    .default(null)
    .describe('Model that proposes edits; null for the catalog alone.'),
  base_url: z
    .url()
    .nullable()
    .default(null)
    .describe('Any OpenAI-compatible endpoint; null for the default one.'),
  candidates: z.number().int().min(1).max(16).default(4).describe('Candidates K tried in one campaign.'),
  usd_per_million_input: z
    .number()
    .nonnegative()
    .nullable()
    .default(null)
    .describe('Price of input tokens (USD a million).'),
  usd_per_million_output: z
    .number()
    .nonnegative()
    .nullable()
    .default(null)
    .describe('Price of output tokens (USD a million).'),
});

const Edits = z.strictObject({
  max_added_chars: z
    .number()
    .int()
    .positive()
    .default(600)
    .describe('Characters one proposal may add (or 3 % of the surface where that is more).'),
  allow_links: z.boolean().default(false).describe('Whether an edit may add a link.'),
  allow_commands: z
    .boolean()
    .default(false)
    .describe('Whether an edit may add a shell command to a text surface.'),
});

const PullRequest = z.strictObject({
  labels: z.array(z.string()).default(['self-harness']).describe('Labels of the pull request.'),
  reviewers: z.array(z.string()).default([]).describe('Users asked to review.'),
  draft: z.boolean().default(false).describe('Open as a draft.'),
  dashboard: z
    .boolean()
    .default(false)
    .describe(
      'Keep an issue that tells what runs, what waits and what is left, with boxes for the common commands.',
    ),
});

export const Config = z.strictObject({
  agent: Agent.describe('The agent under test.'),
  surfaces: z
    .array(Surface)
    .min(1)
    .superRefine((surfaces, context) => {
      const seen = new Set<string>();
      for (const [index, surface] of surfaces.entries()) {
        if (seen.has(surface.id)) {
          context.addIssue({
            code: 'custom',
            path: [index, 'id'],
            message: `the id "${surface.id}" is used twice`,
          });
        }
        seen.add(surface.id);
      }
    })
    .describe('The editable harness. Nothing else is ever edited.'),
  eval: Eval.describe('How the repository evaluates its agent.'),
  splits: Splits.prefault({}).describe('How tasks are divided.'),
  gate: Gate.prefault({}).describe('When an edit counts as better.'),
  edits: Edits.prefault({}).describe('What one edit may do.'),
  budget: Budget.prefault({}).describe('What a campaign may spend.'),
  triggers: Triggers.prefault({}).describe('What starts a campaign.'),
  proposer: Proposer.prefault({}).describe('Who proposes edits.'),
  pull_request: PullRequest.prefault({}).describe('The pull request.'),
});
export type Config = z.infer<typeof Config>;

/** Globs that are protected whatever the config says. */
const ALWAYS_PROTECTED = ['.github/**'] as const;

/** Every glob no edit may touch. */
export function protectedGlobs(config: Config): string[] {
  return [...ALWAYS_PROTECTED, ...config.eval.protect];
}
