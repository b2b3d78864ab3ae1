/**
 * One group of a plan: one run of the eval command on one arm, and the echo that says what came of it.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Found } from './adapters/find.ts';
import type { Place } from './checkout.ts';
import { type Command, type CommandEnd, mapCommand, runCommand, withArguments } from './command.ts';
import { clearResults, collectResults, emptyFolder, type Left, lookInto } from './group-folder.ts';
import { ECHO_FILE } from './groups.ts';
import type { CellGroup, EvalPlan, GroupEcho } from './plan.ts';
import type { EvalRequest } from './request.ts';

/** How the command is run, the same for every group. */
export interface Running {
  readonly command: Command;
  readonly found: Found;
  /** Paths in the checkout where the eval always writes its results, to be copied into a group's folder. */
  readonly results: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A plan, with the hash that its echoes bear. */
export interface HashedPlan {
  readonly plan: EvalPlan;
  readonly sha256: string;
}

export interface EndedGroup {
  readonly echo: GroupEcho;
  readonly left: Left;
}

/** Runs one group at a place. The arm is laid over it for the run, and taken away again. */
export async function runGroup(
  running: Running,
  { plan, sha256 }: HashedPlan,
  group: CellGroup,
  place: Place,
  folder: string,
  output: (chunk: Buffer) => void,
): Promise<EndedGroup> {
  await emptyFolder(folder);
  await clearResults(place.directory, running.results);
  const startedAt = new Date().toISOString();
  const { command, env } = commandFor(running, plan, group, place, folder);
  let end: CommandEnd;
  place.overlay.lay(plan.arms[group.arm]?.files ?? {});
  try {
    const { timeoutMs, signal } = running;
    end = await runCommand(command, { directory: place.directory, env, timeoutMs, signal, output });
  } finally {
    place.overlay.takeAway();
  }
  await collectResults(place.directory, running.results, folder);
  const left = await lookInto(folder, group);
  const echo: GroupEcho = {
    version: 2,
    campaign: plan.campaign,
    key: plan.key,
    plan: sha256,
    group,
    status: end.how === 'ended' ? (left.files > 0 ? 'ran' : 'no_traces') : end.how,
    problem: problemOf(end, left, running, folder),
    exit: end.exit,
    started_at: startedAt,
    duration_ms: Math.round(end.durationMs),
  };
  await writeEcho(folder, echo);
  return { echo, left };
}

export async function writeEcho(folder: string, echo: GroupEcho): Promise<void> {
  await writeFile(path.join(folder, ECHO_FILE), `${JSON.stringify(echo, null, 2)}\n`);
}

function commandFor(running: Running, plan: EvalPlan, group: CellGroup, place: Place, folder: string) {
  const { tasks, attempt, arm } = group;
  const { adapter, before } = running.found;
  const added = adapter.add({ tasks, attempt, traces: folder, directory: place.directory });
  const request: EvalRequest = {
    ...{ version: 1, campaign: plan.campaign, arm, tasks, attempts: 1, first_attempt: attempt },
    seed: plan.seed,
  };
  const inherited = Object.entries(running.env).map(([name, value]) => [
    name,
    value === undefined ? undefined : place.here(value),
  ]);
  const env: Record<string, string | undefined> = {
    ...Object.fromEntries(inherited),
    SELF_HARNESS_REQUEST: JSON.stringify(request),
    SELF_HARNESS_TASKS: JSON.stringify(tasks),
    SELF_HARNESS_ATTEMPT: String(attempt),
    SELF_HARNESS_ARM: arm,
    SELF_HARNESS_TRACES_DIR: folder,
    ...added.env,
  };
  const args = added.args.length === 0 ? [] : [...before, ...added.args];
  return { command: withArguments(mapCommand(running.command, place.here), args), env };
}

/** What is wrong with a group, in one sentence, or null. */
function problemOf(end: CommandEnd, left: Left, running: Running, folder: string): string | null {
  const said = end.words === '' ? '' : `: ${end.words}`;
  switch (end.how) {
    case 'failed_to_start':
      return `The command could not be run${end.exit === null ? '' : ` (exit ${end.exit})`}${said}`;
    case 'timed_out':
      return `The command was stopped after ${running.timeoutMs / 60_000} minutes.`;
    case 'interrupted':
      return 'The run was interrupted.';
    case 'ended':
      break;
  }
  if (left.files === 0) {
    const where =
      running.results.length > 0
        ? `at ${running.results.join(', ')}`
        : `in SELF_HARNESS_TRACES_DIR (${folder})`;
    return `The command ended (${end.exit === null ? 'by a signal' : `exit ${end.exit}`}) and left nothing ${where}${said}`;
  }
  if (left.unasked.length > 0) {
    const names = left.unasked.slice(0, 3).join(', ');
    const more = left.unasked.length > 3 ? ` and ${left.unasked.length - 3} more` : '';
    return `It reported tasks that nobody asked for: ${names}${more}.`;
  }
  if (end.exit === null) return `The command was ${end.words}`;
  return null;
}
