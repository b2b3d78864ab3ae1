/**
 * The experiment of a record: the same settings and observations whether a campaign runs, goes on, or is verified
 * years later.
 */
import { splitMap } from '../../evidence/split-map.ts';
import type { Cell } from '../../validation/cell.ts';
import { armName, BASE_ARM, type Block, editsOn, type Side } from '../../validation/experiment/block.ts';
import type {
  Examination,
  ExperimentSettings,
  Observation,
  ObservedBlock,
} from '../../validation/experiment/experiment.ts';
import { examine } from '../../validation/experiment/experiment.ts';
import { STACK } from '../../validation/experiment/head-to-head.ts';
import type { CampaignRecord, Candidate, GateSettings } from '../record/record.ts';

export interface ExperimentBasis {
  readonly settings: GateSettings;
  readonly candidates: readonly Pick<Candidate, 'id' | 'aims' | 'decision'>[];
  readonly conflicts: readonly (readonly string[])[];
  readonly splits: ExperimentSettings['splits'];
}

/** Candidates that a guard refused take no part. */
export function experimentSettings({
  settings,
  candidates,
  conflicts,
  splits,
}: ExperimentBasis): ExperimentSettings {
  return {
    edits: candidates.flatMap(({ id, aims, decision }) => (decision === 'refused' ? [] : [{ id, aims }])),
    conflicts,
    splits,
    alpha: settings.alpha,
    alphaHarm: settings.alpha_harm,
    outcome: settings.outcome,
    passes: settings.passes,
    extraPasses: settings.extra_passes,
    blocksPerPass: settings.blocks,
    margin: settings.margin,
    vetoes: { cost: settings.vetoes.cost_ratio, time: settings.vetoes.latency_ratio },
    seed: settings.seed,
  };
}

export function basisOf(record: CampaignRecord): ExperimentBasis {
  return {
    settings: record.settings,
    candidates: record.candidates,
    conflicts: record.experiment.conflicts,
    splits: splitMap(record.splits),
  };
}

/** What the blocks and cells say now. */
export function examineCells(
  basis: ExperimentBasis,
  blocks: readonly Block[],
  cells: readonly Cell[],
): Examination {
  const settings = experimentSettings(basis);
  const order = settings.edits.map(({ id }) => id);
  const { history_to: historyTo } = basis.settings;
  const history = cells.filter((cell) => cell.arm === BASE_ARM && cell.attempt <= historyTo);
  return examine(
    settings,
    history,
    observe(blocks, cells, historyTo, (block, side) => armName(editsOn(block, side, order))),
  );
}

/** Names the arms of a final's blocks: the baseline, and the edits of the stack together. */
export function finalArm(stack: readonly string[]): (block: Block, side: Side) => string {
  return (block, side) => (block.heads.includes(STACK) === (side === 'first') ? armName(stack) : BASE_ARM);
}

/**
 * Blocks with what their arms gave.
 *
 * @param historyTo attempts before the experiment: pass p is attempt historyTo + p
 */
export function observe(
  blocks: readonly Block[],
  cells: readonly Cell[],
  historyTo: number,
  armOf: (block: Block, side: Side) => string,
): ObservedBlock[] {
  const byPlace = new Map(cells.map((cell) => [placeOf(cell.arm, cell.attempt, cell.task), cell]));
  return blocks.map((block) => {
    const side = (which: Side) => {
      const arm = armOf(block, which);
      return new Map(
        block.tasks.flatMap((task) => {
          const cell = byPlace.get(placeOf(arm, historyTo + block.pass, task));
          return cell === undefined ? [] : [[task, observationOf(cell)] as const];
        }),
      );
    };
    return { block, first: side('first'), second: side('second') };
  });
}

function placeOf(arm: string, attempt: number, task: string): string {
  return `${arm}\n${attempt}\n${task}`;
}

function observationOf({ outcome, score, tokens, costUsd, durationMs }: Cell): Observation {
  const pass = outcome === 'pass' ? 1 : outcome === 'fail' ? 0 : null;
  return { pass, score: pass === null ? null : score, tokens, usd: costUsd, ms: durationMs };
}
