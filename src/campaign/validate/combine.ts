/**
 * Accepted edits together: each proved itself alone, the combination has to hold as well.
 */
import type { Weakness } from '../../mining/weakness.ts';
import type { Verdict } from '../../validation/verdict.ts';
import type { CampaignContext, Prepared, SplitMap } from '../context.ts';
import { candidateBranch, putStack, type Stack, stack } from '../propose/candidates.ts';
import type { Draft } from '../record/draft.ts';
import type { Candidate, GateSettings } from '../record/record.ts';
import type { Basis } from './judgement.ts';
import { targetedTasks, validate } from './validate.ts';

/**
 * Passes of a combination at least. The first may prove it, but the figures in the pull request are its estimate, and
 * one attempt a task leaves them loose.
 */
const COMBINED_PASSES = 3;

export interface Combination {
  /** Arm whose cells prove it: 'combined', 'combined-2', … or the only candidate's id. */
  readonly arm: string;
  /** Branch and commit that were evaluated. */
  readonly branch: string;
  readonly commit: string;
  readonly stack: Stack;
  readonly settings: GateSettings;
  readonly verdict: Verdict;
  readonly basis: Basis;
  readonly leftOut: readonly { readonly candidate: string; readonly reason: string }[];
}

export interface CombinePlan {
  readonly accepted: readonly Candidate[];
  readonly splits: SplitMap;
  readonly settings: GateSettings;
  readonly tasks: readonly string[];
  readonly weaknesses: readonly Weakness[];
  /** Rules the bot added earlier, which a pruning may take back. */
  readonly ownTexts: readonly string[];
}

/**
 * Stacks the accepted edits, strongest evidence first, and validates the stack against the baseline. A stack that
 * is not accepted loses its last edit and is tried again; a single edit stands on its own verdict.
 */
export async function combine(
  context: CampaignContext,
  prepared: Prepared,
  draft: Draft,
  plan: CombinePlan,
): Promise<Combination | null> {
  const leftOut: { candidate: string; reason: string }[] = [];
  let rest = [...plan.accepted].sort(
    (a, b) => (b.verdict?.e_value ?? 0) - (a.verdict?.e_value ?? 0) || (a.id < b.id ? -1 : 1),
  );
  for (let round = 1; rest.length > 0; round++) {
    const stacked = stack(prepared, rest, plan.tasks, plan.ownTexts);
    leftOut.push(...stacked.conflicts);
    rest = [...stacked.applied];
    const [only] = rest;
    if (only === undefined) return null;
    const { verdict: own, basis, branch: ownBranch, commit: ownCommit } = only;
    if (rest.length === 1 && own !== null && basis !== null && ownBranch !== null && ownCommit !== null) {
      const place = { arm: only.id, branch: ownBranch, commit: ownCommit };
      return { ...place, stack: stacked, settings: plan.settings, verdict: own, basis, leftOut };
    }
    const settings = { ...plan.settings, k: 1 };
    const arm = round === 1 ? 'combined' : `combined-${round}`;
    const branch = candidateBranch(context.input.id, arm);
    const commits = await context.durable.step(`make ${arm}`, () =>
      putStack(context, prepared, branch, stacked, 'trial'),
    );
    const commit = commits.at(-1) ?? prepared.base.commit;
    const validation = await validate(context, prepared, {
      round: arm,
      arms: [{ id: arm, branch, commit, targeted: targetedTasks(rest, plan.weaknesses) }],
      splits: plan.splits,
      settings,
      history: draft.baselineCells(),
      historyTo: draft.lastBaselineAttempt(),
      trialsLeft: prepared.config.budget.trials - draft.trials(),
      minPasses: COMBINED_PASSES,
    });
    const standing = validation.standings[0];
    if (standing?.verdict.verdict === 'accept') {
      const { verdict, basis: standsOn } = standing;
      return { arm, branch, commit, stack: stacked, settings, verdict, basis: standsOn, leftOut };
    }
    const last = rest.pop();
    if (last === undefined) return null;
    const why = validation.cutShort ?? standing?.verdict.words ?? 'it was not evaluated';
    leftOut.push({ candidate: last.id, reason: `Accepted alone, but not together with the others: ${why}` });
  }
  return null;
}
