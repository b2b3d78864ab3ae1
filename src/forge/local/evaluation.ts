/**
 * Runs the user's eval command in a worktree of the commit under test: once for one arm, or as a plan says by the
 * same runner that a workflow uses.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { findAdapter } from '../../eval/adapters/find.ts';
import { UnusablePlan } from '../../eval/admit.ts';
import { carryOut } from '../../eval/carry-out.ts';
import { type Command, type CommandEnd, runCommand } from '../../eval/command.ts';
import { type EvalPlan, planHash } from '../../eval/plan.ts';
import type { EvaluationOrder, EvaluationState } from '../forge.ts';

export interface EvaluationPlace {
  /** Where traces, log and the end mark are kept. */
  readonly directory: string;
  readonly worktree: string;
}

/** Written when the command has ended: makes a finished evaluation outlive the process that ran it. */
const EndMark = z.object({
  status: z.enum(['completed', 'broken']),
  exit: z.string(),
  reason: z.string(),
  mend: z.string().nullable(),
  durationMs: z.number().nonnegative(),
});
type EndMark = z.infer<typeof EndMark>;

export type Groups = { readonly done: number; readonly of: number };

export interface EvaluationRun {
  readonly order: EvaluationOrder;
  readonly place: EvaluationPlace;
  readonly command: string;
  /** Groups of a plan that run at once. */
  readonly jobs: number;
  /** Ends it; it is then broken, and nothing is marked, so that it can be run again. */
  readonly signal: AbortSignal;
  groups(groups: Groups): void;
}

export function tracesDirectory(place: EvaluationPlace): string {
  return path.join(place.directory, 'traces');
}

/** The state of an evaluation that ended in this or an earlier process, or null. */
export async function endedState(place: EvaluationPlace): Promise<EvaluationState | null> {
  let text: string;
  try {
    text = await readFile(path.join(place.directory, 'end.json'), 'utf8');
  } catch {
    return null;
  }
  const mark = EndMark.safeParse(parseJson(text));
  return mark.success ? stateOf(mark.data) : null;
}

/** Runs an evaluation in its worktree, which is there, to its end. */
export async function runEvaluation(run: EvaluationRun): Promise<EvaluationState> {
  const { place, order, signal } = run;
  await rm(place.directory, { recursive: true, force: true });
  await mkdir(tracesDirectory(place), { recursive: true });
  const started = performance.now();
  const log = createWriteStream(path.join(place.directory, 'eval.log'));
  const { request } = order;
  const command: Command = { kind: 'line', line: run.command };
  let mark: EndMark;
  try {
    mark =
      request.version === 1
        ? await runOnce(run, command, (chunk) => log.write(chunk))
        : await runPlan(run, request, command, (chunk) => log.write(chunk));
  } finally {
    await new Promise<void>((resolve) => log.end(resolve));
  }
  if (signal.aborted) return interrupted(performance.now() - started);
  await writeFile(path.join(place.directory, 'end.json'), JSON.stringify(mark));
  return stateOf(mark);
}

async function runOnce(
  { order, place, signal }: EvaluationRun,
  command: Command,
  output: (chunk: Buffer) => void,
): Promise<EndMark> {
  const env = {
    ...process.env,
    SELF_HARNESS_REQUEST: JSON.stringify(order.request),
    SELF_HARNESS_TRACES_DIR: tracesDirectory(place),
  };
  const { timeoutMs } = order;
  const end = await runCommand(command, { directory: place.worktree, env, timeoutMs, signal, output });
  return markOf(end, timeoutMs);
}

function markOf(end: CommandEnd, timeoutMs: number): EndMark {
  const { how, durationMs } = end;
  const exit = end.exit === null ? end.words : `exit ${end.exit}`;
  switch (how) {
    case 'timed_out':
      return {
        status: 'broken',
        exit,
        reason: `the eval command was stopped after ${timeoutMs / 60_000} minutes`,
        mend: 'Raise eval.timeout_minutes, or make the eval shorter.',
        durationMs,
      };
    case 'failed_to_start':
      return {
        status: 'broken',
        exit,
        reason: `the eval command could not be run (${exit}): ${end.words}`,
        mend: 'Check eval.command in the config: it runs in the root of a fresh worktree, by the shell.',
        durationMs,
      };
    case 'interrupted':
    case 'ended': {
      const last = end.exit === 0 || end.exit === null || end.words === '' ? '' : `: ${end.words}`;
      return { status: 'completed', exit: `${exit}${last}`, reason: '', mend: null, durationMs };
    }
  }
}

async function runPlan(
  { order, place, jobs, signal, groups }: EvaluationRun,
  plan: EvalPlan,
  command: Command,
  output: (chunk: Buffer) => void,
): Promise<EndMark> {
  const started = performance.now();
  const sinceStart = () => performance.now() - started;
  groups({ done: 0, of: plan.cells.length });
  try {
    const ended = await carryOut(
      { plan, sha256: planHash(plan) },
      {
        command,
        found: findAdapter(command, place.worktree, null),
        checkout: place.worktree,
        traces: tracesDirectory(place),
        scratch: place.directory,
        results: [],
        env: process.env,
        shard: { index: 1, of: 1 },
        timeoutMs: order.timeoutMs,
        jobs,
        signal,
        event(event) {
          if (event.kind === 'ended') groups({ done: event.done, of: event.of });
          if (event.kind === 'output') output(event.chunk);
        },
      },
    );
    const bad = ended.echoes.find(({ status }) => status !== 'ran');
    const ran = ended.echoes.filter(({ status }) => status === 'ran').length;
    const exit = `${ran} of ${plan.cells.length} groups ran${bad?.problem == null ? '' : `: ${bad.problem}`}`;
    return { status: 'completed', exit, reason: '', mend: null, durationMs: sinceStart() };
  } catch (error) {
    if (!(error instanceof UnusablePlan)) throw error;
    return { status: 'broken', exit: '', reason: error.message, mend: null, durationMs: sinceStart() };
  }
}

function stateOf(mark: EndMark): EvaluationState {
  return mark.status === 'completed'
    ? { status: 'completed', exit: mark.exit, durationMs: mark.durationMs }
    : { status: 'broken', reason: mark.reason, mend: mark.mend, passing: false, durationMs: mark.durationMs };
}

function interrupted(durationMs: number): EvaluationState {
  return { status: 'broken', reason: 'interrupted', mend: null, passing: false, durationMs };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
