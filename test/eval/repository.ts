/** A repository with an agent of one file, and the runner as a process in it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Of } from '../../src/eval/admit.ts';
import { readGroups } from '../../src/eval/groups.ts';
import { type CellGroup, PLAN_FILE } from '../../src/eval/plan.ts';
import { readAllTraces } from '../../src/traces/read/read.ts';

export const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

const CONFIG = `
agent: { model: m }
surfaces:
  - { id: prompt, path: agent/prompt.md, kind: markdown }
  - { id: tools, path: agent/tools.json, kind: json }
eval: { command: node eval.js }
`;

/** One trial a task; what the harness said is the verifier's message. */
const EVAL = `
const fs = require('node:fs');
const tasks = JSON.parse(process.env.SELF_HARNESS_TASKS);
const prompt = fs.readFileSync('agent/prompt.md', 'utf8').trim();
const lines = (tasks === 'all' ? ['t1', 't2'] : tasks).map((task_id) => JSON.stringify({
  task_id, attempt: Number(process.env.SELF_HARNESS_ATTEMPT), outcome: 'fail', verifier: { message: prompt },
}));
fs.writeFileSync(process.env.SELF_HARNESS_TRACES_DIR + '/trials.jsonl', lines.join('\\n') + '\\n');
`;

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface EvalRepository {
  readonly directory: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  read(file: string): Promise<string>;
  /** Writes a plan and gives the request that names it. */
  plan(
    arms: Readonly<Record<string, Record<string, string>>>,
    cells: readonly Partial<CellGroup>[],
  ): Promise<string>;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** What each group of the last plan reported: `task: message`, or why there is nothing. */
  reported(): Promise<Record<string, string[] | string>>;
  remove(): Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when its output holds the text. */
  says(text: string): Promise<void>;
}

export async function evalRepository(files: Readonly<Record<string, string>> = {}): Promise<EvalRepository> {
  const directory = await realpath(await mkdtemp(path.join(tmpdir(), 'eval-')));
  let sha256 = '';
  const write = async (more: Readonly<Record<string, string>>) => {
    for (const [name, content] of Object.entries(more)) {
      const full = path.join(directory, name);
      await mkdir(path.dirname(full), { recursive: true });
      await writeFile(full, content);
    }
  };
  await write({
    '.github/self-harness.yml': CONFIG,
    'agent/prompt.md': 'Base.\n',
    'agent/tools.json': '{}\n',
    'eval.js': EVAL,
    ...files,
  });
  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Running => {
    const { SELF_HARNESS_REQUEST: _, SELF_HARNESS_TRACES_DIR: __, ...inherited } = process.env;
    const child = spawn(process.execPath, [CLI, 'eval', ...args], {
      cwd: directory,
      env: { ...inherited, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const ended = new Promise<Ended>((resolve) =>
      child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
    );
    const says = async (text: string) => {
      for (let look = 0; look < 400; look++) {
        if ((stdout + stderr).includes(text)) return;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      throw new Error(`it never said ${text}: ${stdout}${stderr}`);
    };
    return { child, ended, says };
  };
  return {
    directory,
    write,
    read: (file) => readFile(path.join(directory, file), 'utf8'),
    async plan(arms, cells) {
      const text = JSON.stringify({
        ...{ version: 2, campaign: 'c1', key: 'x1', seed: 7 },
        arms: Object.fromEntries(Object.entries(arms).map(([arm, files]) => [arm, { files }])),
        cells: cells.map((cell) => ({ tasks: ['t1'], attempt: 1, ...cell })),
      });
      sha256 = sha256Of(text);
      await write({ [PLAN_FILE]: text });
      return JSON.stringify({ version: 2, plan: PLAN_FILE, sha256 });
    },
    start,
    run: (args, env) => start(args, env).ended,
    async reported() {
      const { groups } = await readGroups([{ location: path.join(directory, 'traces') }], {
        key: 'x1',
        sha256,
      });
      const entries = groups.map(async ({ name, echo, traces }) => {
        if (echo.status !== 'ran') return [name, echo.status];
        const { trials } = await readAllTraces([traces]);
        return [
          name,
          trials.map(({ task, attempt, verifier }) => `${task}#${attempt}: ${verifier?.message}`),
        ];
      });
      return Object.fromEntries(await Promise.all(entries));
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
