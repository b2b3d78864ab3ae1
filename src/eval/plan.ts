/**
 * The plan of a dispatch: which versions of the harness run which tasks, beside each other, in one go.
 *
 * A plan is data. It names no command: what runs is the command on the runner's own command line. An arm is the set
 * of surface files it changes, as whole files laid over the checkout; nothing else may differ between two arms.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { orderedJson } from '../traces/ordered-json.ts';

/** Where a campaign puts its plan on the branch it dispatches. */
export const PLAN_FILE = '.github/self-harness-plan.json';

/** A version of the harness, by what it changes: path in the repository → whole content. No files: the base. */
const PlannedArm = z.strictObject({ files: z.record(z.string().min(1), z.string()) });

/** A group of cells: one run of the eval command on one arm. */
export const CellGroup = z.strictObject({
  /** Groups of one block run under the same conditions, one after the other or at the same time. From 1. */
  block: z.number().int().positive(),
  arm: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  /** Names of the tasks to run; 'all' where they are not known yet, or where the eval cannot choose. */
  tasks: z.union([z.array(z.string().min(1)).min(1), z.literal('all')]),
  /** Number of this attempt at its tasks under its arm, from 1: each gets draws of its own. */
  attempt: z.number().int().positive(),
});
export type CellGroup = z.infer<typeof CellGroup>;

export const EvalPlan = z
  .strictObject({
    version: z.literal(2),
    campaign: z.string().min(1),
    /** Unique in the campaign: names the dispatch. */
    key: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
    seed: z.number().int(),
    arms: z.record(z.string(), PlannedArm),
    /** In the order in which they run; the order within a block was drawn by a coin. */
    cells: z.array(CellGroup).min(1),
  })
  .superRefine((plan, context) => {
    const seen = new Set<string>();
    plan.cells.forEach((group, index) => {
      const refuse = (message: string) =>
        context.addIssue({ code: 'custom', path: ['cells', index], message });
      if (!Object.hasOwn(plan.arms, group.arm)) refuse(`there is no arm "${group.arm}"`);
      const name = groupName(group);
      if (seen.has(name)) refuse(`arm "${group.arm}" stands twice in block ${group.block}`);
      seen.add(name);
      if (group.tasks !== 'all' && new Set(group.tasks).size < group.tasks.length)
        refuse(`block ${group.block} names a task twice`);
    });
  });
export type EvalPlan = z.infer<typeof EvalPlan>;

/** Names a group in its plan, and the folder that holds its traces: `b12-a1`. */
export function groupName(group: Pick<CellGroup, 'block' | 'arm'>): string {
  return `b${group.block}-${group.arm}`;
}

/** Lies in each group's folder as `self-harness.json`: what its traces are of, and how the run ended. */
export const GroupEcho = z.looseObject({
  version: z.literal(2),
  campaign: z.string(),
  /** Of the plan. */
  key: z.string(),
  /** SHA-256 over the plan's text: traces count only for the plan that was dispatched. */
  plan: z.string(),
  group: CellGroup,
  /**
   * `ran`: the command ended by itself, whatever its exit code, and left traces.
   * `mixed`: another group wrote into its folder, so that nobody can tell whose traces they are.
   */
  status: z.enum(['ran', 'no_traces', 'mixed', 'failed_to_start', 'timed_out', 'interrupted']),
  /** One sentence where something is wrong, also of a group that ran (it reported tasks nobody asked for). */
  problem: z.string().nullable(),
  exit: z.number().int().nullable(),
  started_at: z.string(),
  duration_ms: z.number().nonnegative(),
});
export type GroupEcho = z.infer<typeof GroupEcho>;

/** The text of a plan, as it is put on the branch that is dispatched. */
export function planText(plan: EvalPlan): string {
  return `${orderedJson(plan)}\n`;
}

/** SHA-256 over the plan's text: what a request asks for, and what echoes bear. */
export function planHash(plan: EvalPlan): string {
  return createHash('sha256').update(planText(plan)).digest('hex');
}
