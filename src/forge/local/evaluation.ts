/**
 * Runs the user's eval command in a worktree of the commit under test, one process group an evaluation.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SimpleGit } from 'simple-git';
import { z } from 'zod';
import { type EvaluationOrder, type EvaluationState, ForgeError } from '../forge.ts';

/** Grace between SIGTERM and SIGKILL (ms). */
const KILL_GRACE_MS = 2_000;

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

export interface RunningEvaluation {
  readonly done: Promise<EvaluationState>;
  /** Ends the process group; `done` then resolves as broken and nothing is marked, so it can be run again. */
  abort(): Promise<void>;
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

/** Starts the command. The worktree is made first and removed at the end, whatever happens. */
export function runEvaluation(
  git: SimpleGit,
  place: EvaluationPlace,
  order: EvaluationOrder,
  command: string,
): RunningEvaluation {
  let child: ChildProcess | null = null;
  let aborted = false;
  const run = async (): Promise<EvaluationState> => {
    await rm(place.directory, { recursive: true, force: true });
    await mkdir(tracesDirectory(place), { recursive: true });
    try {
      await addWorktree(git, place.worktree, order.commit);
      if (aborted) return interrupted(0);
      const started = performance.now();
      child = spawnCommand(command, place, order);
      const mark = await waitForEnd(child, place, order, started);
      if (aborted) return interrupted(mark.durationMs);
      await writeFile(path.join(place.directory, 'end.json'), JSON.stringify(mark));
      return stateOf(mark);
    } finally {
      await rm(place.worktree, { recursive: true, force: true });
    }
  };
  const done = run();
  return {
    done,
    async abort() {
      aborted = true;
      if (child !== null) await endProcessGroup(child);
      await done.catch(() => undefined);
    },
  };
}

function spawnCommand(command: string, place: EvaluationPlace, order: EvaluationOrder): ChildProcess {
  const child = spawn(command, {
    cwd: place.worktree,
    shell: true,
    // A group of its own, so that ending it ends what it started as well.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      SELF_HARNESS_REQUEST: JSON.stringify(order.request),
      SELF_HARNESS_TRACES_DIR: tracesDirectory(place),
    },
  });
  const log = createWriteStream(path.join(place.directory, 'eval.log'));
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  child.once('close', () => log.end());
  return child;
}

async function waitForEnd(
  child: ChildProcess,
  place: EvaluationPlace,
  order: EvaluationOrder,
  started: number,
): Promise<EndMark> {
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    void endProcessGroup(child);
  }, order.timeoutMs);
  const exit = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not start: ${error.message}`));
    child.once('close', (code, signal) => resolve(signal === null ? `exit ${code}` : `signal ${signal}`));
  });
  clearTimeout(timer);
  const durationMs = performance.now() - started;
  if (timedOut) {
    const minutes = order.timeoutMs / 60_000;
    return {
      status: 'broken',
      exit,
      reason: `the eval command was stopped after ${minutes} minutes`,
      mend: 'Raise eval.timeout_minutes, or make the eval shorter.',
      durationMs,
    };
  }
  if (exit.startsWith('could not start') || exit === 'exit 127' || exit === 'exit 126') {
    return {
      status: 'broken',
      exit,
      reason: `the eval command could not be run (${exit}): ${await logTail(place)}`,
      mend: 'Check eval.command in the config: it runs in the root of a fresh worktree, by the shell.',
      durationMs,
    };
  }
  return { status: 'completed', exit, reason: '', mend: null, durationMs };
}

/** The last words of the command (at most 600 characters), for an error message. */
export async function logTail(place: EvaluationPlace): Promise<string> {
  try {
    const file = await open(path.join(place.directory, 'eval.log'));
    try {
      const { size } = await file.stat();
      const length = Math.min(size, 600);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.toString('utf8').trim();
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}

async function endProcessGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  signalGroup(child.pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child.pid ?? 0, 'SIGKILL'), KILL_GRACE_MS);
  await closed;
  clearTimeout(timer);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (pid <= 0) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Already gone.
  }
}

/** Git keeps one list of worktrees and reads all of it on every change: two changes at once trip over each other. */
let lastChange: Promise<unknown> = Promise.resolve();

async function addWorktree(git: SimpleGit, directory: string, commit: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(path.dirname(directory), { recursive: true });
  // --force: an evaluation that is run again finds the entry of its removed predecessor.
  await oneAtATime(() =>
    git.raw('worktree', 'add', '--force', '--detach', '--quiet', directory, commit),
  ).catch((error: unknown) => {
    throw new ForgeError(`git could not make a worktree at ${directory}: ${String(error)}`, null, true);
  });
}

/** Drops git's entries of worktrees whose directories are gone. */
export async function pruneWorktrees(git: SimpleGit): Promise<void> {
  await oneAtATime(() => git.raw('worktree', 'prune'));
}

function oneAtATime<T>(change: () => Promise<T>): Promise<T> {
  const next = lastChange.then(change, change);
  lastChange = next.catch(() => undefined);
  return next;
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
