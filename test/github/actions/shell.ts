/** Runs one script of a workflow in a shell, and can be stopped with everything it started. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Unsupported } from './execution.ts';

/** GitHub's default invocations; the file with the script is added. */
const SHELLS: Record<string, readonly string[]> = {
  bash: ['bash', '--noprofile', '--norc', '-eo', 'pipefail'],
  sh: ['sh', '-e'],
  node: [process.execPath],
};

export interface ScriptResult {
  code: number;
  outputs: Record<string, string>;
  env: Record<string, string>;
  paths: string[];
}

/** `key=value`, or `key<<END` with lines up to END. */
function parseCommandFile(text: string): Record<string, string> {
  const entries: Record<string, string> = {};
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? '';
    const block = /^([^=]+?)<<(.+)$/.exec(line);
    if (block !== null) {
      const end = lines.indexOf(block[2] ?? '', i + 1);
      entries[block[1] ?? ''] = lines.slice(i + 1, end).join('\n');
      i = end < 0 ? lines.length : end;
    } else if (line.includes('=')) {
      entries[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
    }
  }
  return entries;
}

export interface Script {
  command: { shell: string; text: string } | { program: string; args: readonly string[] };
  cwd: string;
  env: Record<string, string>;
  /** A directory for files of the runner itself. */
  temp: string;
  signal: AbortSignal;
  /** In ms. */
  timeout: number;
  log: (text: string) => void;
}

async function commandLine(script: Script, dir: string): Promise<readonly string[]> {
  const { command } = script;
  if ('program' in command) return [command.program, ...command.args];
  const shell = SHELLS[command.shell];
  if (shell === undefined) throw new Unsupported(`the stand-in has no shell ${command.shell}`);
  const file = join(dir, 'script.sh');
  await writeFile(file, command.text);
  return [...shell, file];
}

function execute(script: Script, line: readonly string[], env: Record<string, string>): Promise<number> {
  const [program = '', ...args] = line;
  return new Promise((resolve, reject) => {
    // A group of its own, so that stopping the job reaches what the script has started.
    const child = spawn(program, args, {
      cwd: script.cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself in the meantime.
      }
    };
    const timer = setTimeout(stop, script.timeout);
    script.signal.addEventListener('abort', stop, { once: true });
    child.stdout.on('data', (chunk: Buffer) => script.log(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => script.log(chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      script.signal.removeEventListener('abort', stop);
      resolve(code ?? 137);
    });
    if (script.signal.aborted) stop();
  });
}

/** Runs the script; what it wrote to GITHUB_OUTPUT, GITHUB_ENV and GITHUB_PATH comes back with its code. */
export async function runScript(script: Script): Promise<ScriptResult> {
  const dir = await mkdtemp(join(script.temp, 'step-'));
  const files = {
    GITHUB_OUTPUT: 'output',
    GITHUB_ENV: 'env',
    GITHUB_PATH: 'path',
    GITHUB_STEP_SUMMARY: 'summary',
    GITHUB_STATE: 'state',
  };
  const env = { ...script.env };
  for (const [name, file] of Object.entries(files)) {
    env[name] = join(dir, file);
    await writeFile(join(dir, file), '');
  }
  const code = await execute(script, await commandLine(script, dir), env);
  const [outputs, variables, paths] = await Promise.all(
    ['output', 'env', 'path'].map((file) => readFile(join(dir, file), 'utf8')),
  );
  await rm(dir, { recursive: true, force: true });
  return {
    code,
    outputs: parseCommandFile(outputs ?? ''),
    env: parseCommandFile(variables ?? ''),
    paths: (paths ?? '').split('\n').filter(Boolean),
  };
}
