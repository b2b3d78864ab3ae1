/**
 * The experiment on a change that somebody else made: one edit, the pull request's head, in the same blocks and by the
 * same bar as in a campaign. Nothing is mined and nothing proposed.
 */
import { z } from 'zod';
import { splitMap } from '../evidence/split-map.ts';
import { Cell } from '../validation/cell.ts';
import { Block } from '../validation/experiment/block.ts';
import { EditVerdict } from '../validation/experiment/verdict.ts';
import { assignSplits } from '../validation/splits.ts';
import type { CampaignContext, Prepared } from './context.ts';
import { gatherBaseline, lastAttempt, tasksMet } from './evaluate/baseline.ts';
import { settledCells } from './evaluate/cells.ts';
import type { ArmVersion } from './evaluate/dispatch.ts';
import { prepare } from './evaluate/prepare.ts';
import { fitBudget, tooSmallWords } from './experiment/budget.ts';
import { gateSettings } from './experiment/gate-settings.ts';
import { runExperiment } from './experiment/run.ts';
import { verdictOf } from './experiment/words.ts';
import { CampaignFailure } from './failure.ts';
import { LEDGER_BRANCH } from './ledger/ledger.ts';
import { GateSettings } from './record/record.ts';

const HEAD = 'head';

/** What a review leaves in the ledger: enough to judge again, and to go on. */
export const ReviewRecord = z.object({
  version: z.literal(2),
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
  blocks: z.array(Block),
  verdict: EditVerdict,
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

/** @throws CampaignFailure with the reason and what to do, where nothing could be measured */
export async function review(context: CampaignContext, plan: ReviewPlan): Promise<ReviewRecord> {
  const { durable, forge, deps, input } = context;
  const atBase = { ...forge, base: async () => plan.base };
  const preparation = await durable.step('prepare', () => prepare(atBase, deps.now()));
  if (!preparation.ok) throw new CampaignFailure(preparation.reason);
  const prepared = preparation.foundation;
  const head = await durable.step('read the head', () => headOf(context, prepared, plan.head));
  const start =
    plan.continues === null
      ? await firstLook(context, prepared)
      : await durable.step('read what is extended', () =>
          goOn(context, prepared, plan, plan.continues ?? ''),
        );
  const { splits, settings } = start;
  const map = splitMap({ ...splits, held_out_uses: 0 });
  const cells = () => settledCells([...start.gathered, ...context.gathered]);
  const blocks = [...start.blocks];
  const { examination, cutShort } = await runExperiment(context, prepared, {
    basis: {
      settings,
      candidates: [{ id: HEAD, aims: [], decision: 'unresolved' }],
      conflicts: [],
      splits: map,
    },
    blocks,
    cells,
    trialsLeft: () => prepared.config.budget.trials - trialsOf(context),
    versionOf: (edits) => (edits.length === 0 ? { files: {} } : head),
    looked: () => {},
  });
  const [standing] = examination.standings;
  if (standing === undefined || examination.passes === 0)
    throw new CampaignFailure(`${cutShort ?? 'No pass was run.'} Raise budget.trials in the config.`);
  const { pull, base } = plan;
  const tasks = new Set([...map].flatMap(([task, split]) => (split === 'sealed' ? [] : [task])));
  return {
    version: 2,
    id: input.id,
    pull,
    head: plan.head,
    base,
    hashes: { harness: prepared.harnessHash, evaluator: prepared.evaluatorHash },
    settings,
    splits,
    blocks,
    verdict: verdictOf(standing, { settings, ended: true }),
    trials: trialsOf(context),
    cells: cells().filter(({ task }) => tasks.has(task)),
  };
}

/**
 * The head as an arm: the surfaces it changes, or, where it changes other files too, its commit, which only an eval
 * that runs one arm at a time can measure.
 */
async function headOf(
  { forge }: CampaignContext,
  { base, config, contents }: Prepared,
  head: string,
): Promise<ArmVersion> {
  const [before, after] = await Promise.all([forge.listFiles(base.commit), forge.listFiles(head)]);
  const old = new Map(before.map(({ path, blob }) => [path, blob]));
  const now = new Map(after.map(({ path, blob }) => [path, blob]));
  const changed = [...new Set([...old.keys(), ...now.keys()])].filter(
    (path) => old.get(path) !== now.get(path),
  );
  const surfaces = new Map(config.surfaces.map(({ id, path }) => [path, id]));
  if (!changed.every((path) => surfaces.has(path) && now.has(path))) return { commit: head };
  const files: Record<string, string> = {};
  for (const path of changed) {
    const content = await forge.readFile(head, path);
    const id = surfaces.get(path);
    if (content !== null && id !== undefined && content !== contents[id]) files[path] = content;
  }
  return { files };
}

interface Start extends Pick<ReviewRecord, 'splits' | 'settings' | 'blocks'> {
  readonly gathered: CampaignContext['gathered'];
}

async function firstLook(context: CampaignContext, prepared: Prepared): Promise<Start> {
  const { gate, splits, budget } = prepared.config;
  const splitsOf = (tasks: readonly string[]) =>
    assignSplits(tasks, { key: splits.key, sealedFrom: splits.sealed_from, named: splits });
  const baseline = await gatherBaseline(context, prepared, (gathered) => {
    const tasks = tasksMet(gathered);
    const answer = fitBudget({
      tasks: tasks.length,
      gating: tasks.length,
      budget: budget.trials,
      baselinePasses: gate.baseline_passes,
      done: lastAttempt(gathered),
      spent: trialsOf(context),
    });
    if (!answer.fits) throw new CampaignFailure(tooSmallWords(answer.needs, tasks.length, budget.trials));
    return answer.baselinePasses;
  });
  const tasks = tasksMet(baseline);
  const assigned = splitsOf(tasks);
  const of = (split: string) => tasks.filter((task) => assigned.get(task) === split);
  return {
    splits: { held_in: of('held_in'), held_out: of('held_out'), sealed: of('sealed') },
    settings: {
      ...gateSettings(prepared.config, prepared.plans, context.input),
      rule: 'sequential',
      history_to: lastAttempt(baseline),
    },
    blocks: [],
    // In the context already.
    gathered: [],
  };
}

/** What the ledger holds of the review whose test goes on. */
async function goOn(
  context: CampaignContext,
  prepared: Prepared,
  { pull, head }: ReviewPlan,
  id: string,
): Promise<Start> {
  const before = await readReview(context.forge, id);
  if (before === null) throw new CampaignFailure(`The ledger does not hold the review ${id}.`);
  const same =
    before.pull === pull &&
    before.head === head &&
    before.hashes.harness === prepared.harnessHash &&
    before.hashes.evaluator === prepared.evaluatorHash;
  if (!same)
    throw new CampaignFailure(
      `What the review ${id} measured has changed since. \`/harness validate\` starts afresh.`,
    );
  const more = gateSettings(prepared.config, prepared.plans, context.input);
  const { splits, blocks, cells, settings } = before;
  const evaluation = {
    key: id,
    groups: 0,
    tasks: 0,
    trials: 0,
    invalid: 0,
    exit: 'an earlier review',
    url: null,
    duration_ms: 0,
  };
  return {
    splits,
    blocks,
    settings: { ...settings, passes: settings.passes + more.passes },
    gathered: [{ runs: [], evaluation, cells, problems: [], failure: null, again: false }],
  };
}

/** A review of the ledger; null where there is none that this version can read. */
export async function readReview(forge: CampaignContext['forge'], id: string): Promise<ReviewRecord | null> {
  const text = await forge.readFile(LEDGER_BRANCH, reviewPath(id));
  if (text === null) return null;
  try {
    return ReviewRecord.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function trialsOf({ gathered }: CampaignContext): number {
  return gathered.reduce((total, one) => total + one.evaluation.trials, 0);
}
