/**
 * The final: all accepted edits together against the base, fresh, on all tasks, sealed ones too. Its figures are the
 * ones that are quoted.
 */

import type { Cell } from '../../validation/cell.ts';
import { armName, BASE_ARM, type Block } from '../../validation/experiment/block.ts';
import type { Examination, Standing } from '../../validation/experiment/experiment.ts';
import { compareHeadToHead, confirms, dealFinal } from '../../validation/experiment/head-to-head.ts';
import type { FinalFigures } from '../../validation/experiment/verdict.ts';
import type { CampaignContext, Prepared, SplitMap } from '../context.ts';
import { dispatchInTime } from '../evaluate/dispatch.ts';
import { type Stack, stack } from '../propose/candidates.ts';
import type { Draft } from '../record/draft.ts';
import type { CampaignRecord, Candidate, GateSettings } from '../record/record.ts';
import { type ArmMaker, armFiles } from './arms.ts';
import { FINAL_PASSES } from './budget.ts';
import { armsAndGroups, trialsOf } from './run.ts';
import { finalArm, observe } from './settings.ts';

/** A final that was run. */
export interface Final {
  readonly stack: Stack;
  readonly blocks: readonly Block[];
  readonly figures: FinalFigures;
  readonly expected: NonNullable<CampaignRecord['final']>['expected'];
  readonly confirmed: boolean;
}

/** @returns the reason where it could not be run */
export async function runFinal(
  context: CampaignContext,
  prepared: Prepared,
  draft: Draft,
  maker: ArmMaker,
  accepted: readonly Candidate[],
  examination: Examination,
): Promise<Final | string> {
  const { splits, settings } = draft;
  if (settings === null) return 'there are no settings';
  const stacked = stack(prepared, accepted, maker.tasks, maker.ownTexts);
  const edits = stacked.applied.map(({ id }) => id);
  if (edits.length === 0) return 'no accepted edit applies to the base.';
  const left = prepared.config.budget.trials - draft.trials();
  const passes = Math.min(FINAL_PASSES, Math.floor(left / (2 * splits.size)));
  if (passes < 1) return `the budget has ${Math.max(0, left)} trials left, and it needs ${2 * splits.size}.`;
  const blocks = dealFinal({
    tasks: [...splits.keys()],
    passes,
    blocks: settings.blocks,
    from: draft.blocks.length + 1,
    fromPass: examination.passes + 1,
    dispatch: examination.dispatches + 1,
    seed: settings.seed,
  });
  const armOf = finalArm(edits);
  context.deps.report({ kind: 'planned', cells: trialsOf(blocks) });
  const files = armFiles({ ...maker, candidates: stacked.applied }, edits);
  const { arms, groups } = armsAndGroups(blocks, settings.history_to, (block, side) => {
    const name = armOf(block, side);
    return [name, { files: name === BASE_ARM ? {} : files }];
  });
  const gathered = await dispatchInTime(context, prepared, { key: 'final', arms, groups });
  if (typeof gathered === 'string') return gathered;
  const figures = finalFigures({ settings, splits, blocks, edits }, draft.cells());
  if (figures === null) return gathered[0]?.failure ?? 'no task had a valid run of both arms.';
  const expected = expectedOf(examination.standings.filter(({ id }) => edits.includes(id)));
  const confirmed = isConfirmed(figures, expected, stacked.applied, settings);
  return { stack: stacked, blocks, figures, expected, confirmed };
}

export interface FinalBasis {
  readonly settings: GateSettings;
  readonly splits: SplitMap;
  readonly blocks: readonly Block[];
  /** The stack, in order. */
  readonly edits: readonly string[];
}

export function finalFigures(
  { settings, splits, blocks, edits }: FinalBasis,
  cells: readonly Cell[],
): FinalFigures | null {
  const own = cells.filter(({ arm }) => arm === BASE_ARM || arm === armName(edits));
  return compareHeadToHead(observe(blocks, own, settings.history_to, finalArm(edits)), splits);
}

/** The effects of the accepted edits, added up. */
export function expectedOf(standings: readonly Standing[]): Final['expected'] {
  const sum = (read: (standing: Standing) => number) =>
    standings.reduce((total, one) => total + read(one), 0);
  return {
    pass: sum(({ effect }) => effect.overall?.mean ?? 0),
    score: standings.some(({ scoreEffect }) => scoreEffect !== null)
      ? sum(({ scoreEffect }) => scoreEffect?.overall?.mean ?? 0)
      : null,
  };
}

/** On the outcome that the edits moved; a proven fall of the pass rate refuses whatever the score does. */
export function isConfirmed(
  { pass, score }: FinalFigures,
  expected: Final['expected'],
  edits: readonly Candidate[],
  { margin }: GateSettings,
): boolean {
  const { delta, interval } = pass.overall;
  if (delta === null || interval === null) return false;
  if (margin !== null) return interval[1] >= -margin && delta >= -margin;
  if (interval[1] < 0) return false;
  const byScore = edits.every(({ verdict }) => verdict?.moved === 'score');
  return byScore && score !== null && expected.score !== null
    ? confirms(score.overall, expected.score)
    : confirms(pass.overall, expected.pass);
}
