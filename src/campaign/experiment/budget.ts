/**
 * What a campaign needs at least, so that `budget.trials` binds everything that is run, the baseline too.
 */

/** Passes of the experiment below which no edit can be accepted. */
const LEAST_PASSES = 2;
/** Passes of the experiment that make a campaign worth a fuller baseline. */
const USUAL_PASSES = 6;
/** Passes of the final, and the fewest. */
export const FINAL_PASSES = 3;
const LEAST_FINAL_PASSES = 1;

export interface BudgetQuestion {
  /** Tasks of the eval, and those of them that the experiment runs. */
  readonly tasks: number;
  readonly gating: number;
  readonly budget: number;
  /** Baseline passes that the config asks for, and those that are there already, with the trials they cost. */
  readonly baselinePasses: number;
  readonly done: number;
  readonly spent: number;
}

export type BudgetAnswer =
  /** Baseline passes to have in all: at most those asked for. */
  | { readonly fits: true; readonly baselinePasses: number }
  /** Trials that the smallest campaign needs. */
  | { readonly fits: false; readonly needs: number };

/** Trials of the smallest final: both arms once on every task. */
export function leastFinal(tasks: number): number {
  return 2 * tasks * LEAST_FINAL_PASSES;
}

/** Whether a campaign fits, with as much of the baseline as leaves room for the usual experiment. */
export function fitBudget({
  tasks,
  gating,
  budget,
  baselinePasses,
  done,
  spent,
}: BudgetQuestion): BudgetAnswer {
  const after = (passes: number, experiment: number) =>
    spent + Math.max(0, passes - done) * tasks + 2 * gating * experiment + leastFinal(tasks);
  const least = Math.max(1, done);
  const needs = after(least, LEAST_PASSES);
  if (needs > budget) return { fits: false, needs };
  for (let passes = baselinePasses; passes > least; passes -= 1)
    if (after(passes, USUAL_PASSES) <= budget) return { fits: true, baselinePasses: passes };
  return { fits: true, baselinePasses: least };
}

export function tooSmallWords(needs: number, tasks: number, budget: number): string {
  return `A campaign on ${tasks} tasks needs at least ${needs} trials: one pass of the baseline, ${LEAST_PASSES} passes of the experiment and a fresh comparison at the end. \`budget.trials\` allows ${budget}. Raise it to ${needs} or more.`;
}
