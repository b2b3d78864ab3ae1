/**
 * The eval command: how it is written, and one run of it as a group of processes that can be ended as one.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** Grace between SIGTERM and SIGKILL (ms). */
const KILL_GRACE_MS = 2_000;

/** Characters of a command's last words that are kept for a message. */
const TAIL = 600;

/** A line for the shell, or a program with its arguments as they are. */
export type Command =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'words'; readonly words: readonly [string, ...string[]] };

/** A command as it stood after `--`: one word with a space in it is a line for the shell. Null where there is none. */
export function commandOf(words: readonly string[]): Command | null {
  const [first, ...rest] = words;
  if (first === undefined || first.trim() === '') return null;
  if (rest.length === 0 && /\s/.test(first)) return { kind: 'line', line: first };
  return { kind: 'words', words: [first, ...rest] };
}

/** The same command with further arguments at its end. */
export function withArguments(command: Command, more: readonly string[]): Command {
  if (more.length === 0) return command;
  if (command.kind === 'words') {
    const [program, ...rest] = command.words;
    return { kind: 'words', words: [program, ...rest, ...more] };
  }
  return { kind: 'line', line: `${command.line.trimEnd()} ${more.map(quoted).join(' ')}` };
}

/** The same command with its text changed: paths of one checkout as another's. */
export function mapCommand(command: Command, change: (text: string) => string): Command {
  if (command.kind === 'line') return { kind: 'line', line: change(command.line) };
  const [program, ...rest] = command.words;
  return { kind: 'words', words: [change(program), ...rest.map(change)] };
}

/** One word for a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export interface CommandRun {
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  output(chunk: Buffer): void;
}

export interface CommandEnd {
  readonly how: 'ended' | 'failed_to_start' | 'timed_out' | 'interrupted';
  /** Exit code; null where a signal ended it or it never ran. */
  readonly exit: number | null;
  /** Signal, error, or its last words. */
  readonly words: string;
  readonly durationMs: number;
}

/** Runs a command to its end. Never throws for the sake of the command. */
export async function runCommand(command: Command, run: CommandRun): Promise<CommandEnd> {
  const started = performance.now();
  const options = {
    cwd: run.directory,
    env: run.env,
    // A group of its own, so that ending it ends what it started as well.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  } satisfies Parameters<typeof spawn>[2];
  let child: ChildProcess;
  try {
    child =
      command.kind === 'line'
        ? spawn(command.line, { ...options, shell: true })
        : spawn(command.words[0], command.words.slice(1), options);
  } catch (error) {
    return { how: 'failed_to_start', exit: null, words: startFailure(error), durationMs: 0 };
  }
  let tail = '';
  const hear = (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-TAIL);
    run.output(chunk);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  let stopped: 'timed_out' | 'interrupted' | null = null;
  const stop = (why: 'timed_out' | 'interrupted') => {
    stopped ??= why;
    void endGroup(child);
  };
  const timer = setTimeout(() => stop('timed_out'), Math.min(run.timeoutMs, 2 ** 31 - 1));
  const onAbort = () => stop('interrupted');
  run.signal.addEventListener('abort', onAbort, { once: true });
  if (run.signal.aborted) onAbort();
  const ended = await new Promise<{ exit: number | null; words: string; failed: boolean }>((resolve) => {
    child.once('error', (error) => resolve({ exit: null, words: startFailure(error), failed: true }));
    const end = (code: number | null, signal: string | null) => {
      const missing = code === 127 || code === 126;
      const words = signal === null ? tail.trim() : `ended by ${signal}. ${tail.trim()}`.trim();
      resolve({ exit: code, words, failed: missing });
    };
    child.once('close', end);
    child.once('exit', (code, signal) => {
      const { pid } = child;
      if (pid === undefined) return;
      // What it left running ends with it: a server of one arm must not answer for the next one.
      signalGroup(pid, 'SIGTERM');
      const kill = setTimeout(() => signalGroup(pid, 'SIGKILL'), KILL_GRACE_MS);
      const leave = setTimeout(() => end(code, signal), 2 * KILL_GRACE_MS);
      child.once('close', () => {
        clearTimeout(kill);
        clearTimeout(leave);
      });
    });
  });
  clearTimeout(timer);
  run.signal.removeEventListener('abort', onAbort);
  const how = stopped ?? (ended.failed ? 'failed_to_start' : 'ended');
  return { how, exit: ended.exit, words: ended.words, durationMs: performance.now() - started };
}

function startFailure(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT') return 'there is no such command';
  if (code === 'EACCES') return 'it may not be run';
  if (code === 'E2BIG') {
    return 'the names of its tasks do not fit into an environment variable (128 KiB on Linux): ask for fewer in one group';
  }
  return error instanceof Error ? error.message : String(error);
}

/** Ends a child with all it started: politely, and after a while for good. */
async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const { pid } = child;
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), KILL_GRACE_MS);
  await closed;
  clearTimeout(timer);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Already gone.
  }
}
