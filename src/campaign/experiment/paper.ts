/**
 * `gate.rule: paper`: the published rule of Self-Harness (arXiv 2606.09498), kept for comparison. Each edit alone,
 * twice, against the first two baseline attempts; accepted when neither split's pass count falls and one rises. It
 * gives no error rate.
 */
import type { CellGroup } from '../../eval/plan.ts';
import type { Cell, Split } from '../../validation/cell.ts';
import { paperRule } from '../../validation/compare/paper.ts';
import { BASE_ARM } from '../../validation/experiment/block.ts';
import { effectOf } from '../../validation/experiment/effect.ts';
import { gatingTasks } from '../../validation/experiment/experiment.ts';
import type { EditVerdict, Effect } from '../../validation/experiment/verdict.ts';
import type { CampaignContext, Prepared, SplitMap } from '../context.ts';
import { dispatchInTime } from '../evaluate/dispatch.ts';
import type { Draft } from '../record/draft.ts';
import type { Candidate, GateSettings } from '../record/record.ts';
import { type ArmMaker, armFiles } from './arms.ts';

const REPEATS = 2;

/** @returns the reason where it could not be run */
export async function runPaper(
  context: CampaignContext,
  prepared: Prepared,
  draft: Draft,
  maker: ArmMaker,
): Promise<string | null> {
  const { settings } = draft;
  if (settings === null) return 'there are no settings';
  const runnable = draft.candidates.filter(({ decision }) => decision !== 'refused');
  const tasks = gatingTasks(draft.splits);
  const left = prepared.config.budget.trials - draft.trials();
  const cost = REPEATS * tasks.length * runnable.length;
  if (cost > left) return `The published rule needs ${cost} trials, and ${left} are left in the budget.`;
  const arms = Object.fromEntries(runnable.map(({ id }) => [id, { files: armFiles(maker, [id]) }]));
  const groups = Array.from({ length: REPEATS }, (_, repeat) =>
    runnable.map(
      ({ id }): CellGroup => ({
        block: repeat + 1,
        arm: id,
        tasks,
        attempt: settings.history_to + repeat + 1,
      }),
    ),
  ).flat();
  context.deps.report({ kind: 'planned', cells: cost });
  const gathered = await dispatchInTime(context, prepared, { key: 'experiment-1', arms, groups });
  if (typeof gathered === 'string') return gathered;
  draft.candidates = draft.candidates.map((candidate) => {
    if (candidate.decision === 'refused') return candidate;
    const verdict = paperVerdict(candidate, draft.cells(), draft.splits, settings);
    context.deps.report({ kind: 'verdict', candidate: candidate.id, pass: REPEATS, verdict });
    const decision = verdict.verdict === 'accept' ? ('accepted' as const) : ('rejected' as const);
    return { ...candidate, verdict, decision, reason: verdict.words };
  });
  return null;
}

export function paperVerdict(
  { id }: Pick<Candidate, 'id'>,
  cells: readonly Cell[],
  splits: SplitMap,
  { history_to: historyTo, alpha }: GateSettings,
): EditVerdict {
  const before = cells.filter(
    ({ arm, attempt }) => arm === BASE_ARM && attempt <= Math.min(REPEATS, historyTo),
  );
  const after = cells.filter(({ arm, attempt }) => arm === id && attempt <= historyTo + REPEATS);
  const { met, words } = paperRule(before, after, splits);
  const effect = (split: Split | null): Effect | null =>
    effectOf(
      after.flatMap((cell, index) => {
        const pair = before.find(
          ({ task, attempt }) => task === cell.task && attempt === cell.attempt - historyTo,
        );
        if (pair === undefined || (split !== null && splits.get(cell.task) !== split)) return [];
        const [on, off] = [passOf(cell), passOf(pair)];
        return on === null || off === null
          ? []
          : [{ block: cell.attempt * 10_000 + index, task: taskNumber(cell.task, splits), value: on - off }];
      }),
    );
  return {
    verdict: met ? 'accept' : 'reject',
    reason: met ? 'paper_rule_met' : 'paper_rule_not_met',
    words,
    e_value: 0,
    threshold: 1 / alpha,
    e_pass: 0,
    e_score: null,
    harm_e_value: 0,
    missing_e_value: 0,
    moved: met ? 'pass' : null,
    passes: REPEATS,
    invalid: {
      on: after.filter(({ outcome }) => outcome === 'invalid').length,
      off: before.filter(({ outcome }) => outcome === 'invalid').length,
    },
    effect: { overall: effect(null), held_in: effect('held_in'), held_out: effect('held_out') },
    score_effect: null,
    cost: { tokens: null, usd: null, time: null },
    path: [],
  };
}

function passOf({ outcome }: Cell): number | null {
  return outcome === 'pass' ? 1 : outcome === 'fail' ? 0 : null;
}

function taskNumber(task: string, splits: SplitMap): number {
  return [...splits.keys()].indexOf(task);
}
