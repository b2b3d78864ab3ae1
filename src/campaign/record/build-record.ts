/**
 * The draft as a campaign record: every number derived from cells by the same pure functions a reader can call.
 */

import { clippedWhole } from '../../mining/evidence.ts';
import { VERSION } from '../../package.ts';
import type { Cell } from '../../validation/cell.ts';
import type { CampaignContext } from '../context.ts';
import { gateSettings } from '../experiment/gate-settings.ts';
import { baselineRates, invalidReasons, outcomesOf, spendingOf } from './derived.ts';
import type { Draft } from './draft.ts';
import type { CampaignRecord, Candidate, Ending, GateSettings } from './record.ts';

/** @param finishedAt RFC 3339 */
export function buildRecord(
  context: CampaignContext,
  draft: Draft,
  ending: Ending,
  finishedAt: string,
): CampaignRecord {
  const { prepared, study, proposed, final } = draft;
  const startedAt = prepared?.startedAt ?? finishedAt;
  const settled = draft.cells();
  const cells = settled.map(bounded);
  const all = { cells, superseded: superseded(draft, settled).map(bounded) };
  const evaluations = draft.gathered.map((gathered) => gathered.evaluation);
  const settings = draft.settings ?? defaultSettings(context, draft);
  const leftOut = new Map(final?.stack.conflicts.map((one) => [one.candidate, one.reason]));
  return {
    version: 2,
    bot: VERSION,
    id: context.input.id,
    repository: context.forge.repository,
    base: prepared?.base ?? { branch: '', commit: '' },
    trigger: context.input.trigger,
    started_at: startedAt,
    finished_at: finishedAt,
    ending,
    agent: { name: study?.agent ?? null, model: prepared?.config.agent.model ?? '' },
    proposer: { label: proposed?.label ?? 'catalog', model: proposed?.model ?? null },
    hashes: { harness: prepared?.harnessHash ?? '', evaluator: prepared?.evaluatorHash ?? '' },
    settings,
    splits: {
      held_in: draft.tasksOf('held_in'),
      held_out: draft.tasksOf('held_out'),
      sealed: draft.tasksOf('sealed'),
      held_out_uses: draft.heldOutUses + (draft.settings === null ? 0 : 1),
    },
    outcomes: outcomesOf(all),
    invalid_reasons: invalidReasons(all),
    weaknesses: [...(study?.weaknesses ?? [])],
    set_apart: [...(study?.setApart ?? [])],
    candidates: draft.candidates.map((candidate) => withLeftOut(candidate, leftOut)),
    experiment: { conflicts: draft.conflicts.map((group) => [...group]), blocks: [...draft.blocks] },
    final:
      final === null
        ? null
        : {
            candidates: final.stack.applied.map((candidate) => candidate.id),
            harness_hash: final.stack.harnessHash,
            blocks: [...final.blocks],
            figures: final.figures,
            expected: final.expected,
            confirmed: final.confirmed,
            left_out: [...final.stack.conflicts],
          },
    baseline: baselineRates(cells, draft.splits, settings.history_to),
    evaluations,
    spent: {
      agent: spendingOf(all, evaluations),
      proposer: {
        calls: proposed?.usage.calls ?? 0,
        input_tokens: proposed?.usage.inputTokens ?? 0,
        output_tokens: proposed?.usage.outputTokens ?? 0,
        cost_usd: proposed?.usage.costUsd ?? null,
      },
      duration_ms: Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)),
    },
    pull_request: null,
    problems: draft.gathered.flatMap((gathered) => [...gathered.problems]).slice(0, 100),
    notes: [...(study?.notes ?? []), ...(proposed?.notes ?? []), ...draft.notes],
    ...all,
  };
}

/** Longest message of a verifier that is redacted: far more than a record keeps, so that no cut falls into a secret. */
const MAX_MESSAGE = 2_000;

function bounded(cell: Cell): Cell {
  const { message } = cell;
  return message === null || message.length <= MAX_MESSAGE
    ? cell
    : { ...cell, message: clippedWhole(message, MAX_MESSAGE) };
}

/** Cells that were paid for and that another took the place of. */
function superseded(draft: Draft, settled: readonly Cell[]): Cell[] {
  const kept = new Set(settled);
  return draft.gathered.flatMap((gathered) => gathered.cells).filter((cell) => !kept.has(cell));
}

function withLeftOut(candidate: Candidate, leftOut: ReadonlyMap<string, string>): Candidate {
  const reason = leftOut.get(candidate.id);
  return reason === undefined ? candidate : { ...candidate, decision: 'unresolved', reason };
}

/** Settings of a campaign that ended before there were candidates: the config's. */
function defaultSettings(context: CampaignContext, draft: Draft): GateSettings {
  const { prepared, splits } = draft;
  const config = prepared?.config ?? null;
  return {
    ...gateSettings(config, prepared?.plans ?? true, context.input),
    history_to: splits.size === 0 ? 0 : draft.lastBaselineAttempt(),
  };
}
