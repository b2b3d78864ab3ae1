/**
 * Cells by evaluation: orders go to the forge, ended evaluations are read, invalid cells are run again.
 */
import {
  type EvaluationHandle,
  type EvaluationOrder,
  type EvaluationState,
  type Forge,
  requestOf,
} from '../../forge/forge.ts';
import { readAllTraces } from '../../traces/read/read.ts';
import type { Trial } from '../../traces/trial.ts';
import type { Cell } from '../../validation/cell.ts';
import type { CampaignContext, EndNote, Prepared } from '../context.ts';
import type { Evaluation } from '../record/record.ts';

/** What one evaluation brought: JSON, remembered by the engine. */
export interface Gathered {
  readonly handle: EvaluationHandle;
  readonly evaluation: Evaluation;
  readonly cells: readonly Cell[];
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  /** Set when the evaluation says nothing about anything: no trial could be read. */
  readonly failure: string | null;
  /** The whole evaluation broke and may go better another time. */
  readonly again?: boolean;
}

/** Cells asked of one arm: `tasks` × `attempts`, numbered from `firstAttempt`. */
export interface ArmRequest {
  readonly key: string;
  readonly arm: string;
  readonly branch: string;
  readonly commit: string;
  readonly tasks: readonly string[] | 'all';
  readonly attempts: number;
  readonly firstAttempt: number;
  /** Another seed than the campaign's: a rerun of an invalid cell must not meet the same fault again. */
  readonly seed?: number;
}

/** Added to the seed for every rerun. */
const RERUN_SEED_STEP = 1_000_003;
/** The campaign is to end before its own end. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  readonly note: EndNote;
  constructor(note: EndNote) {
    super(note.reason);
    this.note = note;
  }
}

const MINUTE_MS = 60_000;

/**
 * Runs the requests at once and then, up to `invalid_retries` times, the cells that came out invalid.
 * `round` names the steps and must be unique in the campaign.
 */
export async function gather(
  context: CampaignContext,
  prepared: Prepared,
  round: string,
  requests: readonly ArmRequest[],
): Promise<Gathered[]> {
  const all = await evaluate(context, prepared, round, requests.flatMap(inParts));
  const retries = prepared.config.gate.invalid_retries;
  let last = all;
  for (let retry = 1; retry <= retries; retry++) {
    const again = last.flatMap((gathered) => retryRequest(gathered, retry));
    if (again.length === 0) break;
    last = await evaluate(context, prepared, `${round}-r${retry}`, again);
    all.push(...last);
  }
  return all;
}

/** GitHub takes 65,535 characters of inputs, Linux 128 KiB of one variable; the rest of a request is short. */
const MOST_TASK_CHARS = 50_000;

/** A request as several, where its tasks would not fit into one. */
function inParts(request: ArmRequest): ArmRequest[] {
  if (request.tasks === 'all') return [request];
  const parts: string[][] = [[]];
  let room = MOST_TASK_CHARS;
  for (const task of request.tasks) {
    // Twice, as the request is a JSON text inside the JSON of a dispatch.
    const size = Buffer.byteLength(JSON.stringify(JSON.stringify(task)));
    if (size > room) {
      parts.push([]);
      room = MOST_TASK_CHARS;
    }
    room -= size;
    parts.at(-1)?.push(task);
  }
  return parts.map((tasks, index) => ({
    ...request,
    tasks,
    key: index === 0 ? request.key : `${request.key}-s${index + 1}`,
  }));
}

/** As `gather`; the reason where the time is over, since what was measured before stands all the same. */
export async function gatherInTime(...args: Parameters<typeof gather>): Promise<Gathered[] | string> {
  try {
    return await gather(...args);
  } catch (error) {
    if (error instanceof Cancelled && error.note.why === 'out_of_time') return error.note.reason;
    throw error;
  }
}

/** The cells of all evaluations of a round, where a valid rerun takes the place of the invalid cell. */
export function settledCells(gathered: readonly Gathered[]): Cell[] {
  const byPlace = new Map<string, Cell>();
  for (const cell of gathered.flatMap((one) => one.cells)) {
    const place = `${cell.arm}\n${cell.task}\n${cell.attempt}`;
    const before = byPlace.get(place);
    if (before === undefined || before.outcome === 'invalid') byPlace.set(place, cell);
  }
  return [...byPlace.values()];
}

function retryRequest(gathered: Gathered, retry: number): ArmRequest[] {
  const { order } = gathered.handle;
  const request = requestOf(order);
  const again = {
    key: `${order.key.replace(/-r\d+$/, '')}-r${retry}`,
    arm: request.arm,
    branch: order.branch,
    commit: order.commit,
    attempts: request.attempts,
    seed: request.seed + RERUN_SEED_STEP,
  };
  if (gathered.again === true)
    return [{ ...again, tasks: request.tasks, firstAttempt: request.first_attempt }];
  const invalid = gathered.cells.filter((cell) => cell.outcome === 'invalid');
  if (invalid.length === 0 || gathered.failure !== null) return [];
  const first = Math.min(...invalid.map((cell) => cell.attempt));
  return [
    {
      ...again,
      tasks: [...new Set(invalid.map((cell) => cell.task))].sort(),
      firstAttempt: request.attempts === 1 ? first : request.first_attempt,
    },
  ];
}

async function evaluate(
  context: CampaignContext,
  prepared: Prepared,
  round: string,
  requests: readonly ArmRequest[],
): Promise<Gathered[]> {
  const { durable, forge, deps, input } = context;
  // Asked before anything is spent: the note may be older than this round.
  const already = await durable.step(`may ${round} run`, () => deps.endNote(input.id));
  if (already !== null) throw new Cancelled(already);
  const timeoutMs = prepared.config.eval.timeout_minutes * MINUTE_MS;
  const handles: EvaluationHandle[] = [];
  for (const request of requests) {
    const ordinal = context.ordered.get(request.branch) ?? 0;
    context.ordered.set(request.branch, ordinal + 1);
    const order: EvaluationOrder = {
      key: request.key,
      branch: request.branch,
      commit: request.commit,
      how: {
        command: prepared.config.eval.command ?? null,
        workflow: prepared.config.eval.workflow ?? null,
        artifacts: prepared.config.eval.artifacts,
      },
      timeoutMs,
      ordinal,
      request: {
        version: 1,
        campaign: input.id,
        arm: request.arm,
        tasks: request.tasks,
        attempts: request.attempts,
        first_attempt: request.firstAttempt,
        seed: request.seed ?? input.seed,
      },
    };
    const handle = await durable.step(`start ${request.key}`, () => forge.startEvaluation(order));
    handles.push(handle);
    context.open.set(handle.key, handle);
  }
  const gathered: Gathered[] = [];
  for (const [index, handle] of handles.entries()) {
    const { end, one } = await durable.poll(`read ${handle.key}`, deps.pauseMs, async () => {
      const note = await deps.endNote(input.id);
      if (note !== null) return { end: note, one: null };
      const state = await forge.evaluationState(handle, deps.lookMs);
      if (state.status === 'running') return null;
      return { end: null, one: await readEvaluation(context, prepared, handle, state) };
    });
    if (end !== null) {
      const rest = handles.slice(index);
      await durable.step(`stop ${round}`, () => stopRunning(forge, rest));
      for (const { key } of rest) context.open.delete(key);
      throw new Cancelled(end);
    }
    context.open.delete(handle.key);
    if (one !== null) gathered.push(one);
  }
  context.gathered.push(...gathered);
  return gathered;
}

/** GitHub answers a cancellation of what has ended with an error, so it is asked first. */
async function stopRunning(forge: Forge, handles: readonly EvaluationHandle[]): Promise<null> {
  const states = await Promise.all(handles.map((handle) => forge.evaluationState(handle, 0)));
  await forge.stopEvaluations(handles.filter((_, index) => states[index]?.status === 'running'));
  return null;
}

/** Reads the cells of an ended evaluation. */
export async function readEvaluation(
  context: CampaignContext,
  prepared: Prepared,
  handle: EvaluationHandle,
  state: Exclude<EvaluationState, { status: 'running' }>,
): Promise<Gathered> {
  const { commit } = handle.order;
  const request = requestOf(handle.order);
  const base: Evaluation = {
    key: handle.key,
    arm: request.arm,
    commit,
    tasks: 0,
    trials: 0,
    invalid: 0,
    exit: state.status === 'completed' ? state.exit : `broken: ${state.reason}`,
    url: handle.url,
    duration_ms: state.durationMs,
  };
  if (state.status === 'broken') {
    const failure = state.mend === null ? state.reason : `${state.reason}. ${state.mend}`;
    const cells = missingCells(handle.order, []);
    return { handle, evaluation: base, cells, problems: [], failure, again: state.passing };
  }
  const sources = await context.forge.evaluationTraces(handle);
  const read = await readAllTraces(sources, {
    passThreshold: prepared.config.eval.pass_threshold,
    skipSteps: true,
  });
  const cells = cellsOf(read.trials, handle.order);
  const complete = [...cells, ...missingCells(handle.order, cells)];
  const invalid = complete.filter((cell) => cell.outcome === 'invalid').length;
  const tasks = new Set(complete.map((cell) => cell.task)).size;
  context.deps.report({ kind: 'evaluated', key: handle.key, arm: request.arm, cells: cells.length, invalid });
  const problems = read.problems.map(({ path, message }) => ({ path, message }));
  return {
    handle,
    evaluation: { ...base, tasks, trials: read.trials.length, invalid },
    cells: complete,
    problems,
    failure: cells.length === 0 ? noTrials(state.exit, problems) : null,
  };
}

function noTrials(exit: string, problems: Gathered['problems']): string {
  const first = problems[0];
  const found = first === undefined ? 'no traces were found' : `${first.path}: ${first.message}`;
  return `the evaluation ended (${exit}) and left no readable trial: ${found}. It must write traces to SELF_HARNESS_TRACES_DIR, or upload them as the artifacts the config names.`;
}

/**
 * Trials as cells of the order's arm. Attempts are numbered by the order, since an eval may count its own from 1
 * each time; trials of tasks nobody asked for (an eval that always runs everything) are left out.
 */
export function cellsOf(trials: readonly Trial[], order: EvaluationOrder): Cell[] {
  const request = requestOf(order);
  const asked = request.tasks === 'all' ? null : new Set(request.tasks);
  const byTask = new Map<string, Trial[]>();
  for (const trial of trials) {
    if (asked !== null && !asked.has(trial.task)) continue;
    byTask.set(trial.task, [...(byTask.get(trial.task) ?? []), trial]);
  }
  const cells: Cell[] = [];
  for (const task of [...byTask.keys()].sort()) {
    const attempts = (byTask.get(task) ?? []).sort((a, b) => a.attempt - b.attempt || (a.id < b.id ? -1 : 1));
    for (const [index, trial] of attempts.slice(0, request.attempts).entries()) {
      const id = trialId(order.key, trial);
      cells.push(cellOf({ ...trial, id }, request.arm, request.first_attempt + index));
    }
  }
  return cells;
}

/** A trial's id within the campaign: two evaluations may number their attempts alike. */
export function trialId(key: string, trial: Trial): string {
  return `${key}:${trial.id}`;
}

/** One trial as a cell. A skipped trial was not attempted and counts as invalid. */
function cellOf(trial: Trial, arm: string, attempt: number): Cell {
  const valid = trial.outcome === 'pass' || trial.outcome === 'fail';
  const verdictScore = trial.outcome === 'pass' ? 1 : 0;
  return {
    arm,
    task: trial.task,
    attempt,
    outcome: valid ? trial.outcome : 'invalid',
    score: valid ? clamp(trial.score ?? verdictScore) : null,
    tokens: sum(trial.tokens.input, trial.tokens.cacheRead, trial.tokens.cacheWrite, trial.tokens.output),
    costUsd: trial.costUsd,
    durationMs: durationOf(trial),
    trial: trial.id,
    message: trial.verifier?.message ?? trial.reason,
  };
}

function missingCells(order: EvaluationOrder, present: readonly Cell[]): Cell[] {
  const request = requestOf(order);
  if (request.tasks === 'all') return [];
  const have = new Set(present.map((cell) => `${cell.task}\n${cell.attempt}`));
  const missing: Cell[] = [];
  for (const task of request.tasks) {
    for (let attempt = request.first_attempt; attempt < request.first_attempt + request.attempts; attempt++) {
      if (have.has(`${task}\n${attempt}`)) continue;
      const trial = `${order.key}/${task}/${attempt}`;
      const unknown = { score: null, tokens: null, costUsd: null, durationMs: null };
      missing.push({
        arm: request.arm,
        task,
        attempt,
        outcome: 'invalid',
        ...unknown,
        trial,
        message: 'not reported',
      });
    }
  }
  return missing;
}

function durationOf(trial: Trial): number | null {
  if (trial.startedAt === null || trial.finishedAt === null) return null;
  const ms = Date.parse(trial.finishedAt) - Date.parse(trial.startedAt);
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}

function sum(...parts: (number | null)[]): number | null {
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : known.reduce((total, part) => total + part, 0);
}

function clamp(score: number): number {
  return Math.min(1, Math.max(0, score));
}
