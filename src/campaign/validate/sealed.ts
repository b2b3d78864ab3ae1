/**
 * The sealed split: run once on the final branch, only reported. It is the one number nothing was selected on.
 */

import type { CampaignContext, Prepared } from '../context.ts';
import { gatherInTime } from '../evaluate/gather.ts';
import type { Draft } from '../record/draft.ts';
import type { Combination } from './combine.ts';

/** Runs the sealed tasks under the final arm, as often as the baseline ran them; without budget it says so. */
export async function runSealed(
  context: CampaignContext,
  prepared: Prepared,
  draft: Draft,
  final: Combination,
): Promise<void> {
  const tasks = draft.tasksOf('sealed');
  if (tasks.length === 0) return;
  const attempts = prepared.config.gate.baseline_passes;
  const cost = tasks.length * attempts;
  const left = prepared.config.budget.trials - draft.trials();
  if (cost > left) {
    draft.notes.push(
      `The sealed split was not run: it needs ${cost} trials, ${left} are left in the budget.`,
    );
    return;
  }
  context.deps.report({
    kind: 'stage',
    stage: 'sealed',
    detail: `${tasks.length} tasks, ${attempts} attempts`,
  });
  context.deps.report({ kind: 'planned', cells: cost });
  const gathered = await gatherInTime(context, prepared, 'sealed', [
    {
      key: 'sealed',
      arm: final.arm,
      branch: final.branch,
      commit: final.commit,
      tasks,
      attempts,
      firstAttempt: 1,
    },
  ]);
  if (typeof gathered === 'string') draft.notes.push(`The sealed split was not run: ${gathered}`);
}
