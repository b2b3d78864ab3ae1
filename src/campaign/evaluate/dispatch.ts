/**
 * Dispatches: groups of cells go to the eval, and what they left is read back group by group.
 *
 * Where the eval runs our runner, a dispatch is one plan and one run, whatever the number of arms. An eval that knows
 * only one arm a run gets one run a group, all started together, so that both arms of a block still run side by side.
 */
import { type FoundGroups, readGroups } from '../../eval/groups.ts';
import { type CellGroup, type EvalPlan, groupName, PLAN_FILE, planHash, planText } from '../../eval/plan.ts';
import type { EvaluationHandle, EvaluationOrder, EvaluationState, Forge } from '../../forge/forge.ts';
import { readTraces } from '../../traces/read/read.ts';
import type { Trial } from '../../traces/trial.ts';
import type { Cell } from '../../validation/cell.ts';
import type { CampaignContext, Prepared } from '../context.ts';
import type { Evaluation } from '../record/record.ts';
import { Cancelled } from './cancelled.ts';
import { cellsOfGroup, missingCells } from './cells.ts';

/** A version of the harness as it runs: what it changes of the base, or a commit of its own. */
export type ArmVersion =
  | { readonly files: Readonly<Record<string, string>> }
  /** Only for evals that are run one arm at a time. */
  | { readonly commit: string };

export interface DispatchOrder {
  /** Unique in the campaign: names its steps, its branch, and its cells' trials. */
  readonly key: string;
  readonly arms: Readonly<Record<string, ArmVersion>>;
  readonly groups: readonly CellGroup[];
}

/** One run of the eval that belongs to a dispatch. `group`: the only one it runs; null where it runs a plan. */
export interface DispatchedRun {
  readonly handle: EvaluationHandle;
  readonly group: CellGroup | null;
}

/** What a dispatch brought: JSON, remembered by the engine. */
export interface Gathered {
  readonly runs: readonly DispatchedRun[];
  readonly evaluation: Evaluation;
  readonly cells: readonly Cell[];
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  /** Set when it says nothing about anything: no trial could be read. */
  readonly failure: string | null;
  /** The whole dispatch broke and may go better another time. */
  readonly again: boolean;
}

/** Added to the seed for every rerun: it must not meet the same fault again. */
const RERUN_SEED_STEP = 1_000_003;
/** Share of invalid cells from which a dispatch is worth another one to run them again. */
const RERUN_FROM = 0.1;
const MINUTE_MS = 60_000;
const SKIP_CI = '[skip ci]';

/**
 * Runs a dispatch, again where it broke, and its invalid cells again where they are many, up to `invalid_retries`
 * times.
 */
export async function dispatch(
  context: CampaignContext,
  prepared: Prepared,
  order: DispatchOrder,
): Promise<Gathered[]> {
  const all = [await dispatchOnce(context, prepared, order, 0)];
  for (let retry = 1; retry <= prepared.config.gate.invalid_retries; retry += 1) {
    const last = all.at(-1);
    const groups = last === undefined ? [] : groupsAgain(order, last);
    if (groups.length === 0) break;
    all.push(
      await dispatchOnce(context, prepared, { ...order, key: `${order.key}-r${retry}`, groups }, retry),
    );
  }
  return all;
}

/** As `dispatch`; the reason where the time is over, since what was measured before stands all the same. */
export async function dispatchInTime(...args: Parameters<typeof dispatch>): Promise<Gathered[] | string> {
  try {
    return await dispatch(...args);
  } catch (error) {
    if (error instanceof Cancelled && error.note.why === 'out_of_time') return error.note.reason;
    throw error;
  }
}

function groupsAgain(order: DispatchOrder, { cells, failure, again }: Gathered): CellGroup[] {
  if (again) return [...order.groups];
  const invalid = cells.filter((cell) => cell.outcome === 'invalid');
  if (failure !== null || invalid.length < RERUN_FROM * cells.length || invalid.length === 0) return [];
  return order.groups.flatMap((group) => {
    const asked = group.tasks === 'all' ? null : new Set(group.tasks);
    const tasks = invalid
      .filter(
        ({ arm, attempt, task }) =>
          arm === group.arm && attempt === group.attempt && (asked === null || asked.has(task)),
      )
      .map(({ task }) => task)
      .sort();
    return tasks.length === 0 ? [] : [{ ...group, tasks }];
  });
}

async function dispatchOnce(
  context: CampaignContext,
  prepared: Prepared,
  order: DispatchOrder,
  retry: number,
): Promise<Gathered> {
  const { durable, deps, input } = context;
  // Asked before anything is spent: the note may be older than this dispatch.
  const already = await durable.step(`may ${order.key} run`, () => deps.endNote(input.id));
  if (already !== null) throw new Cancelled(already);
  const seed = input.seed + retry * RERUN_SEED_STEP;
  const runs = asPlan(prepared, order)
    ? [await startPlan(context, prepared, order, seed)]
    : await startEach(context, prepared, order, seed);
  for (const { handle } of runs) context.open.set(handle.key, handle);
  const parts: Gathered[] = [];
  for (const [index, run] of runs.entries()) {
    const { end, part } = await durable.poll(`read ${run.handle.key}`, deps.pauseMs, async () => {
      const note = await deps.endNote(input.id);
      if (note !== null) return { end: note, part: null };
      const state = await context.forge.evaluationState(run.handle, deps.lookMs);
      if (state.status === 'running') return null;
      const part = await readRun(context, prepared, run, state);
      // Told here and not after the step: what goes on after a crash tells nothing twice.
      deps.report({
        kind: 'evaluated',
        key: run.handle.key,
        cells: part.cells.length,
        invalid: part.cells.filter(({ outcome }) => outcome === 'invalid').length,
      });
      return { end: null, part };
    });
    if (end !== null) {
      const rest = runs.slice(index).map(({ handle }) => handle);
      await durable.step(`stop ${order.key}`, () => stopRunning(context.forge, rest));
      for (const { key } of rest) context.open.delete(key);
      throw new Cancelled(end);
    }
    context.open.delete(run.handle.key);
    if (part !== null) parts.push(part);
  }
  const gathered = together(order, parts);
  context.gathered.push(gathered);
  return gathered;
}

/** A plan lays files over the base; an arm that is a commit of its own cannot be in one. */
function asPlan(prepared: Prepared, { arms }: DispatchOrder): boolean {
  return prepared.plans && Object.values(arms).every((arm) => 'files' in arm);
}

async function startPlan(
  context: CampaignContext,
  prepared: Prepared,
  order: DispatchOrder,
  seed: number,
): Promise<DispatchedRun> {
  const { durable, forge, input } = context;
  const needed = new Set(order.groups.map(({ arm }) => arm));
  const plan: EvalPlan = {
    version: 2,
    campaign: input.id,
    key: order.key,
    seed,
    arms: Object.fromEntries(
      Object.entries(order.arms).flatMap(([name, arm]) =>
        needed.has(name) && 'files' in arm ? [[name, { files: { ...arm.files } }]] : [],
      ),
    ),
    cells: [...order.groups],
  };
  const branch = `self-harness/${input.id}/${order.key}`;
  const ordinal = nextOrdinal(context, branch);
  const handle = await durable.step(`start ${order.key}`, async () => {
    const put = await forge.putBranch(branch, prepared.base.commit, [
      {
        message: `Plan ${order.key} of campaign ${input.id}\n\n${SKIP_CI}`,
        files: new Map([[PLAN_FILE, planText(plan)]]),
      },
    ]);
    return forge.startEvaluation({
      ...orderBase(prepared, {
        key: order.key,
        branch,
        ordinal,
        commit: put.commits.at(-1) ?? prepared.base.commit,
      }),
      request: plan,
    });
  });
  return { handle, group: null };
}

async function startEach(
  context: CampaignContext,
  prepared: Prepared,
  order: DispatchOrder,
  seed: number,
): Promise<DispatchedRun[]> {
  const { durable, forge, input } = context;
  const runs: DispatchedRun[] = [];
  for (const group of order.groups) {
    const key = `${order.key}.${groupName(group)}`;
    const arm = order.arms[group.arm] ?? { files: {} };
    const branch = `self-harness/${input.id}/${group.arm}`;
    // Outside the step: a campaign that goes on after a crash skips the step, and still counts.
    const ordinal = nextOrdinal(context, branch);
    const handle = await durable.step(`start ${key}`, async () => {
      const message = `Arm ${group.arm} of campaign ${input.id}\n\n${SKIP_CI}`;
      const [parent, files] =
        'files' in arm ? [prepared.base.commit, Object.entries(arm.files)] : [arm.commit, []];
      const put = await forge.putBranch(branch, parent, [{ message, files: new Map(files) }]);
      return forge.startEvaluation({
        ...orderBase(prepared, { key, branch, ordinal, commit: put.commits.at(-1) ?? parent }),
        request: {
          version: 1,
          campaign: input.id,
          arm: group.arm,
          tasks: group.tasks,
          attempts: 1,
          first_attempt: group.attempt,
          seed,
        },
      });
    });
    runs.push({ handle, group });
  }
  return runs;
}

/** How many evaluations of a branch the campaign asked for before: tells two of them apart after a crash. */
function nextOrdinal({ ordered }: CampaignContext, branch: string): number {
  const ordinal = ordered.get(branch) ?? 0;
  ordered.set(branch, ordinal + 1);
  return ordinal;
}

function orderBase(
  { config }: Prepared,
  place: Pick<EvaluationOrder, 'key' | 'branch' | 'ordinal' | 'commit'>,
): Omit<EvaluationOrder, 'request'> {
  return {
    ...place,
    how: {
      command: config.eval.command ?? null,
      workflow: config.eval.workflow ?? null,
      artifacts: config.eval.artifacts,
    },
    timeoutMs: config.eval.timeout_minutes * MINUTE_MS,
  };
}

/** A trial of a run, with its id within the campaign: two groups may name their trials alike. */
export interface RunTrial {
  readonly trial: Trial;
  readonly group: CellGroup;
}

/** The trials of a run, group by group; `problems` and `echoes` fill while they come. */
export async function* trialsOfRun(
  context: CampaignContext,
  prepared: Pick<Prepared, 'config'>,
  { handle, group }: DispatchedRun,
  options: {
    readonly skipSteps?: boolean;
    readonly problems?: { path: string; message: string }[];
    readonly groups?: FoundGroups['groups'][number][];
  } = {},
): AsyncGenerator<RunTrial> {
  const settings = {
    passThreshold: prepared.config.eval.pass_threshold,
    skipSteps: options.skipSteps ?? false,
  };
  const sources = await context.forge.evaluationTraces(handle);
  if (group !== null) {
    const reading = readTraces(sources, settings);
    for await (const trial of reading) yield { group, trial: named(trial, handle.key) };
    options.problems?.push(...reading.problems);
    return;
  }
  const { request } = handle.order;
  if (request.version !== 2) return;
  const found = await readGroups(sources, { key: request.key, sha256: planHash(request) });
  options.problems?.push(...found.problems);
  options.groups?.push(...found.groups);
  for (const one of found.groups) {
    const asked = request.cells.find((cell) => groupName(cell) === one.name);
    if (asked === undefined) continue;
    const reading = readTraces([one.traces], settings);
    for await (const trial of reading)
      yield { group: asked, trial: named(trial, `${handle.key}.${one.name}`) };
    options.problems?.push(...reading.problems);
  }
}

function named(trial: Trial, place: string): Trial {
  return { ...trial, id: `${place}:${trial.id}` };
}

async function readRun(
  context: CampaignContext,
  prepared: Prepared,
  run: DispatchedRun,
  state: Exclude<EvaluationState, { status: 'running' }>,
): Promise<Gathered> {
  const { handle } = run;
  const groups =
    run.group === null && handle.order.request.version === 2
      ? handle.order.request.cells
      : [run.group].filter((one) => one !== null);
  const evaluation: Evaluation = {
    key: handle.key,
    groups: groups.length,
    tasks: 0,
    trials: 0,
    invalid: 0,
    exit: state.status === 'completed' ? state.exit : `broken: ${state.reason}`,
    url: handle.url,
    duration_ms: state.durationMs,
  };
  const prefix = (group: CellGroup) =>
    run.group === null ? `${handle.key}.${groupName(group)}` : handle.key;
  if (state.status === 'broken') {
    const failure = state.mend === null ? state.reason : `${state.reason}. ${state.mend}`;
    const cells = groups.flatMap((group) => missingCells(group, prefix(group), [], 'not reported'));
    return { runs: [run], evaluation, cells, problems: [], failure, again: state.passing };
  }
  const problems: { path: string; message: string }[] = [];
  const found: FoundGroups['groups'][number][] = [];
  const byGroup = new Map<string, Trial[]>();
  let trials = 0;
  for await (const { group, trial } of trialsOfRun(context, prepared, run, {
    skipSteps: true,
    problems,
    groups: found,
  })) {
    const name = groupName(group);
    byGroup.set(name, [...(byGroup.get(name) ?? []), trial]);
    trials += 1;
  }
  const cells = groups.flatMap((group) => {
    const present = cellsOfGroup(byGroup.get(groupName(group)) ?? [], group);
    const echo = found.find((one) => one.name === groupName(group))?.echo;
    const why = echo === undefined || echo.status === 'ran' ? 'not reported' : ENDED[echo.status];
    return [...present, ...missingCells(group, prefix(group), present, why)];
  });
  return {
    runs: [run],
    evaluation: { ...evaluation, trials },
    cells,
    problems: problems.map(({ path, message }) => ({ path, message })),
    failure: trials === 0 ? noTrials(state.exit, problems, found) : null,
    again: false,
  };
}

/** How a group ended, as the reason of its missing cells. */
const ENDED = {
  no_traces: 'the run of its group left no traces',
  failed_to_start: 'the eval command could not be started',
  timed_out: 'the run of its group took too long and was stopped',
  interrupted: 'the run of its group was interrupted',
  mixed: 'its group left runs of tasks that another group ran as well',
} as const;

function noTrials(
  exit: string,
  problems: readonly { readonly path: string; readonly message: string }[],
  groups: FoundGroups['groups'],
): string {
  const first = problems[0];
  const [group] = groups.filter(({ echo }) => echo.status !== 'ran');
  const found =
    group !== undefined && group.echo.status !== 'ran'
      ? ENDED[group.echo.status]
      : first === undefined
        ? 'no traces were found'
        : `${first.path}: ${first.message}`;
  return `the evaluation ended (${exit}) and left no readable trial: ${found}. It must write traces to SELF_HARNESS_TRACES_DIR, or upload them as the artifacts the config names.`;
}

/** The runs of a dispatch as one. */
function together(order: DispatchOrder, parts: readonly Gathered[]): Gathered {
  const cells = parts.flatMap((part) => part.cells);
  const failures = parts.map(({ failure }) => failure);
  const trials = parts.reduce((sum, part) => sum + part.evaluation.trials, 0);
  const first = parts[0]?.evaluation;
  return {
    runs: parts.flatMap((part) => part.runs),
    evaluation: {
      key: order.key,
      groups: order.groups.length,
      tasks: new Set(cells.map((cell) => cell.task)).size,
      trials,
      invalid: cells.filter((cell) => cell.outcome === 'invalid').length,
      exit: [...new Set(parts.map((part) => part.evaluation.exit))].join(', '),
      url: first?.url ?? null,
      duration_ms: parts.reduce((longest, part) => Math.max(longest, part.evaluation.duration_ms), 0),
    },
    cells,
    problems: parts.flatMap((part) => part.problems),
    failure: failures.every((failure) => failure !== null) ? (failures[0] ?? 'nothing was run') : null,
    again: parts.length > 0 && parts.every((part) => part.again),
  };
}

/** GitHub answers a cancellation of what has ended with an error, so it is asked first. */
async function stopRunning(forge: Forge, handles: readonly EvaluationHandle[]): Promise<null> {
  const states = await Promise.all(handles.map((handle) => forge.evaluationState(handle, 0)));
  await forge.stopEvaluations(handles.filter((_, index) => states[index]?.status === 'running'));
  return null;
}
