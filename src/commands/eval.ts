/**
 * `self-harness eval -- COMMAND`: runs a repository's own eval command as a request asks for it, or once as it is.
 */
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { ADAPTERS, adapterNamed, findAdapter } from '../eval/adapters/find.ts';
import { admitPlan, readPlan, sha256Of, UnusablePlan } from '../eval/admit.ts';
import { type CarryOut, carryOut, groupsOf, type RunEvent, type Shard } from '../eval/carry-out.ts';
import { type Command, commandOf } from '../eval/command.ts';
import { EvalPlan } from '../eval/plan.ts';
import { type EvalRequest, parseRequest, reason } from '../eval/request.ts';
import type { HashedPlan } from '../eval/run-group.ts';
import { showEnded, showPlan, showSummary } from '../eval/show.ts';
import type { Terminal } from './improve.ts';

export interface EvalOptions {
  readonly jobs: number;
  readonly shard: Shard;
  readonly with: string | null;
  readonly results: readonly string[];
  readonly timeoutMinutes: number;
  readonly dryRun: boolean;
}

/** Signals that end a run in order: what it has is kept. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Exit code of the run: that of the command where nothing is asked; else 0 when every group ran, 1 when some did
 * not, 2 for a request or a plan that cannot be used, 130 when it was interrupted.
 */
export async function runEval(
  words: readonly string[],
  options: EvalOptions,
  terminal: Terminal,
): Promise<number> {
  try {
    return await carryOutRequest(words, options, terminal);
  } catch (error) {
    if (!(error instanceof UnusablePlan)) throw error;
    terminal.log(`self-harness eval: ${error.message}\n`);
    return 2;
  }
}

async function carryOutRequest(
  words: readonly string[],
  options: EvalOptions,
  terminal: Terminal,
): Promise<number> {
  const command = commandOf(words);
  if (command === null) {
    throw new UnusablePlan('there is no command. Write it after `--`: self-harness eval -- node eval/run.js');
  }
  if (options.with !== null && adapterNamed(options.with) === null) {
    const names = ADAPTERS.map(({ name }) => name).join(', ');
    throw new UnusablePlan(`there is no adapter "${options.with}" for --with; there are: ${names}.`);
  }
  const asked = parseRequest(process.env.SELF_HARNESS_REQUEST);
  const checkout = realpathSync(process.cwd());
  const found = findAdapter(command, checkout, options.with);
  switch (asked.kind) {
    case 'unusable':
      throw new UnusablePlan(asked.message);
    case 'nothing':
      if (!options.dryRun) return asItIs(command);
      terminal.out('Nothing is asked (SELF_HARNESS_REQUEST is empty): the command runs once, as it is.\n');
      return 0;
    case 'one':
      // An eval of its own reads the request by itself, as it does without the runner.
      if (found.adapter.name === 'command' && !options.dryRun) return asItIs(command);
      return underPlan(planOf(asked.request), { checkout, command, found }, options, terminal);
    case 'plan': {
      const plan = readPlan(checkout, asked.request);
      const hashed = { plan, sha256: asked.request.sha256 };
      return underPlan(hashed, { checkout, command, found }, options, terminal);
    }
  }
}

/** A request of version 1 as a plan: one arm that changes nothing, one block an attempt. */
function planOf(request: EvalRequest): HashedPlan {
  const { campaign, arm, tasks, attempts, first_attempt, seed } = request;
  const plan = EvalPlan.safeParse({
    ...{ version: 2, campaign, key: 'one', seed, arms: { [arm]: { files: {} } } },
    cells: Array.from({ length: attempts }, (_, n) => ({
      ...{ block: n + 1, arm, tasks, attempt: first_attempt + n },
    })),
  });
  if (!plan.success) throw new UnusablePlan(`SELF_HARNESS_REQUEST ${reason(plan.error)}`);
  return { plan: plan.data, sha256: sha256Of(JSON.stringify(request)) };
}

/** Runs the command with this process's own input, output and environment, and ends as it does. */
async function asItIs(command: Command): Promise<number> {
  const child =
    command.kind === 'line'
      ? spawn(command.line, { shell: true, stdio: 'inherit' })
      : spawn(command.words[0], command.words.slice(1), { stdio: 'inherit' });
  // A terminal's Ctrl-C reaches the command by itself; what is sent to this process alone is passed on.
  const pass = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGINT' || process.stdin.isTTY !== true) child.kill(signal);
  };
  for (const signal of ENDING) process.on(signal, pass);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`self-harness eval: ${error.message}\n`);
      resolve(['code' in error && error.code === 'ENOENT' ? 127 : 126, null]);
    });
    child.once('close', (...end) => resolve(end));
  });
  for (const name of ENDING) process.removeListener(name, pass);
  if (signal === null) return code ?? 1;
  process.kill(process.pid, signal);
  // A signal that does not end this process is told as a shell tells it.
  return 128 + constants.signals[signal];
}

async function underPlan(
  hashed: HashedPlan,
  run: Pick<CarryOut, 'checkout' | 'command' | 'found'>,
  options: EvalOptions,
  terminal: Terminal,
): Promise<number> {
  const { jobs, shard, results } = options;
  if (options.dryRun) {
    admitPlan(hashed.plan, run.checkout);
    terminal.out(showPlan(hashed.plan, groupsOf(hashed, shard)));
    return 0;
  }
  const stop = new AbortController();
  const onSignal = () => {
    terminal.log('\nStopping: what has run is kept.\n');
    stop.abort();
  };
  for (const signal of ENDING) process.on(signal, onSignal);
  try {
    const traces = path.resolve(process.env.SELF_HARNESS_TRACES_DIR ?? 'traces');
    const scratch = process.env.RUNNER_TEMP ?? tmpdir();
    const ended = await carryOut(hashed, {
      ...{ ...run, jobs, shard, results, traces, scratch },
      env: process.env,
      timeoutMs: options.timeoutMinutes * 60_000,
      signal: stop.signal,
      event: (event) => terminal.log(wordsOf(event, jobs)),
    });
    terminal.log(`${showSummary(ended, traces)}\n`);
    if (stop.signal.aborted) return 130;
    return ended.echoes.every(({ status }) => status === 'ran') ? 0 : 1;
  } finally {
    for (const signal of ENDING) process.removeListener(signal, onSignal);
  }
}

function wordsOf(event: RunEvent, jobs: number): string {
  switch (event.kind) {
    case 'note':
      return `${event.text}\n`;
    case 'started': {
      const { tasks } = event.group;
      return `${event.name} starts (${tasks === 'all' ? 'all tasks' : `tasks: ${tasks.length}`})\n`;
    }
    case 'output': {
      const text = event.chunk.toString('utf8');
      return jobs === 1 ? text : text.replaceAll(/^(?=.)/gm, `${event.name} | `);
    }
    case 'ended':
      return `${showEnded(event.ended, event.done, event.of)}\n`;
  }
}
