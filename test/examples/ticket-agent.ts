/**
 * The example as its tests use it: copies of the folder with edits made to the files, and its evaluation as a process.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { NativeTrial } from '../../src/traces/formats/native.ts';

export const EXAMPLE = fileURLToPath(new URL('../../examples/ticket-agent', import.meta.url));

/** A change to one file: every occurrence counts, one must be there. */
export type FileEdit = readonly [file: string, from: string | RegExp, to: string];

const LAST_RULE =
  '- When the work is done, call `submit` once with the answer in the form the task asks for.';

/** Adds a rule to the end of the list in the system prompt. */
export function rule(text: string): FileEdit {
  return ['agent/prompts/system.md', LAST_RULE, `${LAST_RULE}\n- ${text}`];
}

/** Sets a value in harness.yaml. */
export function knob(key: string, value: number | boolean): FileEdit {
  return ['agent/harness.yaml', new RegExp(`^( +${key}): .*$`, 'm'), `$1: ${value}`];
}

/** Puts a text in the place of a tool's description. */
export function description(tool: string, text: string): FileEdit {
  return [
    'agent/tools.json',
    new RegExp(`("${tool}": \\{\\s+"description": )".*"`),
    `$1${JSON.stringify(text)}`,
  ];
}

const Verdict = z.object({ task_id: z.string(), outcome: z.string(), reason: z.string().optional() });
export type Verdict = z.infer<typeof Verdict>;

export interface Asked {
  readonly tasks?: readonly string[] | 'all';
  readonly attempts?: number;
  readonly first_attempt?: number;
  readonly seed?: number;
  readonly arm?: string;
}

export interface Evaluated {
  readonly status: number | null;
  readonly stderr: string;
  /** The lines of trials.jsonl as text, in their order; [] where there is none. */
  readonly lines: readonly string[];
  /** The same, read as the bot reads them. */
  readonly trials: readonly NativeTrial[];
  /** The same, verdicts only: reading whole trajectories is what takes the time. */
  readonly verdicts: readonly Verdict[];
  /** self-harness.json; null where there is none. */
  readonly echo: unknown;
}

/** Makes a copy of the example, edits it, hands it to `use` and deletes it. */
export function withCopy<T>(edits: readonly FileEdit[], use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'ticket-agent-test-'));
  try {
    cpSync(EXAMPLE, directory, { recursive: true });
    for (const [file, from, to] of edits) {
      const path = join(directory, file);
      const before = readFileSync(path, 'utf8');
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${file} does not hold ${from}`);
      writeFileSync(path, after);
    }
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs eval/run.js of a copy. `asked` null: without a request. */
export function runEval(
  directory: string,
  asked: Asked | string | null,
  env: NodeJS.ProcessEnv = {},
): Evaluated {
  const traces = mkdtempSync(join(tmpdir(), 'ticket-agent-traces-'));
  try {
    const request =
      typeof asked === 'string' ? asked : JSON.stringify({ version: 1, campaign: 'test', ...asked });
    const ended = spawnSync(process.execPath, ['eval/run.js'], {
      cwd: directory,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        ...(asked === null ? {} : { SELF_HARNESS_REQUEST: request }),
        SELF_HARNESS_TRACES_DIR: traces,
        ...env,
      },
    });
    const lines = (readIf(join(traces, 'trials.jsonl')) ?? '').split('\n').filter((line) => line !== '');
    const echo = readIf(join(traces, 'self-harness.json'));
    return {
      status: ended.status,
      stderr: ended.stderr,
      lines,
      get trials() {
        return lines.map((line) => NativeTrial.parse(JSON.parse(line)));
      },
      verdicts: lines.map((line) => Verdict.parse(JSON.parse(line))),
      echo: echo === null ? null : JSON.parse(echo),
    };
  } finally {
    rmSync(traces, { recursive: true, force: true });
  }
}

/** Evaluates the example with edits; throws where the evaluation does not run. */
export function evaluate(edits: readonly FileEdit[], asked: Asked): Evaluated {
  const result = withCopy(edits, (directory) => runEval(directory, asked));
  if (result.status !== 0) throw new Error(`the evaluation ended with ${result.status}: ${result.stderr}`);
  return result;
}

function readIf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

const GroundTruth = z.object({
  weaknesses: z.array(
    z.object({
      id: z.string(),
      mechanism: z.string(),
      labelled_when: z.object({ field: z.enum(['reason', 'verifier.message']), matches: z.string() }),
    }),
  ),
  tasks: z.array(
    z.object({
      id: z.string(),
      group: z.string(),
      weakness: z.string().nullable(),
      set_apart: z.string().optional(),
    }),
  ),
});

export const groundTruth = GroundTruth.parse(
  JSON.parse(readFileSync(join(EXAMPLE, 'ground_truth.json'), 'utf8')),
);

export const tasksOf = (group: string): string[] =>
  groundTruth.tasks.filter((task) => task.group === group).map((task) => task.id);

/** Share of passes among the trials of a group of tasks, invalid ones left out (0..1). */
export function passRate(trials: readonly Verdict[], group: string): number {
  const ids = new Set(tasksOf(group));
  const judged = trials.filter((trial) => ids.has(trial.task_id) && trial.outcome !== 'invalid');
  return judged.filter((trial) => trial.outcome === 'pass').length / judged.length;
}

/** Loads a module of the example, which is plain JavaScript; `schema` says what is used of it. */
export async function load<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(await import(new URL(`../../examples/ticket-agent/${path}`, import.meta.url).href));
}
