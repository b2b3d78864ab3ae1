/**
 * The gate on a change that somebody else made: the base's evaluations against the change's, one candidate, the
 * same passes and the same bar as in a campaign. Nothing is mined and nothing proposed.
 */
import { z } from 'zod';
import { splitMap } from '../evidence/split-map.ts';
import { Cell } from '../validation/cell.ts';
import { assignSplits } from '../validation/splits.ts';
import { Verdict } from '../validation/verdict.ts';
import type { CampaignContext, Prepared } from './context.ts';
import { baselineRequests, lastAttempt } from './evaluate/baseline.ts';
import { gather, settledCells } from './evaluate/gather.ts';
import { pastBaseline } from './evaluate/history.ts';
import { prepare } from './evaluate/prepare.ts';
import { CampaignFailure } from './failure.ts';
import { LEDGER_BRANCH } from './ledger/ledger.ts';
import { candidateBranch, makeBaseline } from './propose/candidates.ts';
import { GateSettings } from './record/record.ts';
import { Basis } from './validate/judgement.ts';
import { type Before, gateTasks, validate } from './validate/validate.ts';

const ARM = 'head';

/** What a review leaves in the ledger: enough to judge again, and to go on. */
export const ReviewRecord = z.object({
  version: z.literal(1),
  id: z.string(),
  pull: z.number().int(),
  head: z.string(),
  base: z.object({ branch: z.string(), commit: z.string() }),
  hashes: z.object({ harness: z.string(), evaluator: z.string() }),
  settings: GateSettings,
  splits: z.object({
    held_in: z.array(z.string()),
    held_out: z.array(z.string()),
    sealed: z.array(z.string()),
  }),
  basis: Basis,
  verdict: Verdict,
  trials: z.number().int().nonnegative(),
  cells: z.array(Cell),
});
export type ReviewRecord = z.infer<typeof ReviewRecord>;

export interface ReviewPlan {
  readonly pull: number;
  readonly head: string;
  readonly base: { readonly branch: string; readonly commit: string };
  /** Review of the same commit whose test goes on, or null. */
  readonly continues: string | null;
}

export function reviewPath(id: string): string {
  return `reviews/${id}.json`;
}

/** @throws CampaignFailure with the reason and the mend, where nothing could be measured */
export async function review(context: CampaignContext, plan: ReviewPlan): Promise<ReviewRecord> {
  const { durable, forge, deps, input } = context;
  const atBase = { ...forge, base: async () => plan.base };
  const preparation = await durable.step('prepare', () => prepare(atBase, deps.now()));
  if (!preparation.ok) throw new CampaignFailure(preparation.reason);
  const { foundation } = preparation;
  const hashes = { harness: foundation.harnessHash, evaluator: foundation.evaluatorHash };
  const baseline = await durable.step('make baseline', () => makeBaseline(context, foundation));
  const prepared: Prepared = { ...foundation, baseline };
  const branch = candidateBranch(input.id, ARM);
  // A commit of our own on top: the branch of the pull request itself is not ours to evaluate by name, it moves.
  const put = await durable.step('make head', () =>
    forge.putBranch(branch, plan.head, [
      { message: `Review ${input.id} of pull request ${plan.pull}\n\n[skip ci]`, files: new Map() },
    ]),
  );
  const commit = put.commits.at(-1) ?? plan.head;
  const start =
    plan.continues === null
      ? await firstLook(context, prepared)
      : await durable.step('read what is extended', () =>
          goOn(context, prepared, plan, plan.continues ?? ''),
        );
  const { splits, settings } = start;
  const map = splitMap({ ...splits, held_out_uses: 0 });
  const tasks = new Set(gateTasks(map));
  const changed = await validate(context, prepared, {
    round: 'validate',
    arms: [{ id: ARM, branch, commit, targeted: [] }],
    splits: map,
    settings,
    history: start.history,
    historyTo: start.historyTo,
    trialsLeft: prepared.config.budget.trials - trialsOf(context),
    ...(start.before === null ? {} : { before: start.before }),
  });
  const standing = changed.standings[0];
  if (standing === undefined) {
    const mend = changed.outOfTime ? '' : ' Raise budget.trials in the config.';
    throw new CampaignFailure(`${changed.cutShort ?? 'No pass was run.'}${mend}`);
  }
  const { verdict, basis } = standing;
  const fresh = settledCells(changed.gathered);
  const cells = [...start.history, ...(start.before?.cells ?? []), ...fresh].filter((cell) =>
    tasks.has(cell.task),
  );
  const { pull, head, base } = plan;
  const trials = trialsOf(context);
  return {
    version: 1,
    id: input.id,
    pull,
    head,
    base,
    hashes,
    settings,
    splits,
    basis,
    verdict,
    trials,
    cells,
  };
}

interface Start extends Pick<ReviewRecord, 'splits' | 'settings'> {
  readonly history: readonly Cell[];
  readonly historyTo: number;
  readonly before: Before | null;
}

async function firstLook(context: CampaignContext, prepared: Prepared): Promise<Start> {
  const { gate, splits } = prepared.config;
  const past = await pastBaseline(context, prepared);
  const fresh = await gather(context, prepared, 'baseline', baselineRequests(prepared, lastAttempt(past)));
  const baseline = [...past, ...fresh];
  if (baseline.every((one) => one.failure !== null)) {
    throw new CampaignFailure(baseline[0]?.failure ?? 'the baseline evaluation brought nothing');
  }
  const history = settledCells(baseline);
  const tasks = [...new Set(history.map((cell) => cell.task))].sort();
  const assigned = assignSplits(tasks, { key: splits.key, sealedFrom: splits.sealed_from, named: splits });
  const of = (split: string) => tasks.filter((task) => assigned.get(task) === split);
  return {
    splits: { held_in: of('held_in'), held_out: of('held_out'), sealed: of('sealed') },
    settings: {
      rule: gate.rule,
      alpha: gate.alpha,
      alpha_harm: gate.alpha_harm,
      k: 1,
      max_passes: gate.max_passes,
      vetoes: gate.vetoes,
      seed: context.input.seed,
    },
    history,
    historyTo: lastAttempt(baseline),
    before: null,
  };
}

/** The cells of an earlier review of the same commit are the first passes of this one. */
async function goOn(
  context: CampaignContext,
  prepared: Prepared,
  plan: ReviewPlan,
  id: string,
): Promise<Start> {
  const record = await readReview(context.forge, id);
  if (record === null) throw new CampaignFailure(`The ledger does not hold the review ${id}.`);
  const same =
    record.head === plan.head &&
    record.hashes.harness === prepared.harnessHash &&
    record.hashes.evaluator === prepared.evaluatorHash;
  if (!same) {
    throw new CampaignFailure(
      'The pull request, the surfaces of its base or the evaluator changed since, so its trials do not compare with new ones. `/harness validate` starts afresh.',
    );
  }
  const { basis, settings, splits, cells } = record;
  const isHistory = (cell: Cell) => cell.arm === 'baseline' && cell.attempt <= basis.history_to;
  return {
    splits,
    settings,
    history: cells.filter(isHistory),
    historyTo: basis.history_to,
    before: {
      cells: cells.filter((cell) => !isHistory(cell)),
      passes: basis.baseline_to - basis.history_to,
      maxPasses: (basis.max_passes ?? settings.max_passes) + prepared.config.gate.max_passes,
    },
  };
}

/** A review as the ledger holds it, null where it holds none that parses. */
export async function readReview(forge: CampaignContext['forge'], id: string): Promise<ReviewRecord | null> {
  const text = await forge.readFile(LEDGER_BRANCH, reviewPath(id));
  if (text === null) return null;
  try {
    return ReviewRecord.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function trialsOf(context: CampaignContext): number {
  return context.gathered.reduce((total, one) => total + one.evaluation.trials, 0);
}
