/**
 * More trials for the unresolved edits of an ended campaign. The same test goes on: the cells of the ledger are its
 * first passes, and the bets stay as they were laid out, so that α is spent once.
 */

import { splitMap } from '../../evidence/split-map.ts';
import type { EvaluationHandle } from '../../forge/forge.ts';
import type { Cell } from '../../validation/cell.ts';
import type { CampaignContext, Foundation } from '../context.ts';
import type { Gathered } from '../evaluate/gather.ts';
import { LEDGER_BRANCH } from '../ledger/ledger.ts';
import { CampaignRecord, type Candidate } from '../record/record.ts';
import type { Before } from './validate.ts';

interface Extension {
  readonly record: CampaignRecord;
  /** Ids of the edits that get more trials. */
  readonly open: readonly string[];
  readonly before: Before;
  readonly historyTo: number;
  /** Baseline cells from before the first pass. */
  readonly history: readonly Cell[];
  /** What the ended campaign had gathered, as far as the test goes on with it. */
  readonly gathered: readonly Gathered[];
}

export type Extended =
  | { readonly ok: true; readonly extension: Extension }
  | { readonly ok: false; readonly reason: string };

/** Whether an edit is open: judged, and ended by the budget alone. */
export function isOpen({ decision, verdict, basis, branch }: Candidate): boolean {
  return decision === 'unresolved' && verdict?.reason === 'budget_ended' && basis !== null && branch !== null;
}

/** What the ledger holds of the campaign, or why it cannot be extended. Runs compare only where all hashes agree. */
export async function readExtension(
  context: CampaignContext,
  foundation: Foundation,
  campaign: string,
): Promise<Extended> {
  const text = await context.forge.readFile(LEDGER_BRANCH, `campaigns/${campaign}/campaign.json`);
  if (text === null) return refused(`The ledger does not hold the campaign ${campaign}.`);
  const parsed = CampaignRecord.safeParse(jsonOf(text));
  if (!parsed.success) return refused(`The record of the campaign ${campaign} does not parse.`);
  return extensionOf(parsed.data, foundation);
}

function extensionOf(record: CampaignRecord, foundation: Foundation): Extended {
  const changed = [
    ...(record.hashes.harness === foundation.harnessHash ? [] : ['the surfaces']),
    ...(record.hashes.evaluator === foundation.evaluatorHash ? [] : ['the evaluator or the config']),
    ...(record.agent.model === foundation.config.agent.model ? [] : ['the model']),
  ];
  if (changed.length > 0) {
    return refused(
      `Since the campaign ${record.id}, ${changed.join(' and ')} changed, so its trials do not compare with new ones. \`/harness improve\` starts afresh.`,
    );
  }
  if (record.settings.rule !== 'sequential') {
    return refused('The published rule looks once, after two passes: it cannot be extended.');
  }
  const open = record.candidates.filter(isOpen);
  const bases = open.flatMap(({ basis }) => (basis === null ? [] : [basis]));
  const [first] = bases;
  if (first === undefined) return refused(`The campaign ${record.id} left no edit unresolved.`);
  const historyTo = first.history_to;
  const baselineTo = Math.max(...bases.map((basis) => basis.baseline_to));
  const allowed = Math.max(...bases.map((basis) => basis.max_passes ?? record.settings.max_passes));
  const splits = splitMap(record.splits);
  const arms = new Set(record.candidates.map((candidate) => candidate.id));
  const belongs = (cell: Cell) =>
    cell.arm === 'baseline'
      ? cell.attempt <= baselineTo
      : arms.has(cell.arm) && splits.get(cell.task) !== 'sealed';
  const cells = record.cells.filter(belongs);
  return {
    ok: true,
    extension: {
      record,
      open: open.map((candidate) => candidate.id),
      historyTo,
      history: cells.filter((cell) => cell.arm === 'baseline' && cell.attempt <= historyTo),
      before: {
        cells: cells.filter((cell) => cell.arm !== 'baseline' || cell.attempt > historyTo),
        passes: baselineTo - historyTo,
        maxPasses: allowed + foundation.config.gate.max_passes,
      },
      gathered: gatheredOf(record, foundation, [...cells, ...record.superseded.filter(belongs)]),
    },
  };
}

/** The evaluations of the record with the cells they brought: a cell's trial begins with its evaluation's key. */
function gatheredOf(record: CampaignRecord, foundation: Foundation, cells: readonly Cell[]): Gathered[] {
  const byKey = Map.groupBy(cells, (cell) => cell.trial.split(/[:/]/)[0] ?? '');
  return record.evaluations.flatMap((evaluation) => {
    const own = byKey.get(evaluation.key);
    if (own === undefined) return [];
    return [
      {
        handle: handleOf(record, foundation, evaluation),
        evaluation,
        cells: own,
        problems: [],
        failure: null,
      },
    ];
  });
}

function handleOf(
  record: CampaignRecord,
  { config }: Foundation,
  { key, arm, commit, url }: CampaignRecord['evaluations'][number],
): EvaluationHandle {
  return {
    key,
    // On GitHub the id is the run's; the traces are there as long as its artifacts are.
    id: /\/runs\/(\d+)/.exec(url ?? '')?.[1] ?? key,
    url,
    order: {
      key,
      branch: '',
      commit,
      ordinal: 0,
      timeoutMs: 0,
      how: { command: null, workflow: config.eval.workflow ?? null, artifacts: config.eval.artifacts },
      request: {
        version: 1,
        campaign: record.id,
        arm,
        tasks: 'all',
        attempts: 1,
        first_attempt: 1,
        seed: record.settings.seed,
      },
    },
  };
}

function refused(reason: string): Extended {
  return { ok: false, reason };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
