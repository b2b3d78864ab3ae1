/**
 * Terminal-Bench 1 (`tb run`): a record a trial, in a file of its own, in the run's `results.json`, or both.
 * Layouts vary, so records are known by their keys; what lies beside them is found by the names `tb` gives.
 */
import { z } from 'zod';
import { folderOf } from '../../archive/tree.ts';
import { jsonValue, messageOf, misfit } from '../../json.ts';
import { peek } from '../../read/peek.ts';
import { makeTrial, type Phase, type Stop, type Trial, type VerifierDetail } from '../../trial.ts';
import type { Format, ReadContext, TraceFile } from '../format.ts';
import { ahead } from '../shared/ahead.ts';
import * as lenient from '../shared/lenient.ts';
import { tokensWithCacheInside } from '../shared/tokens.ts';
import { terminalOf } from './terminal-bench-panes.ts';

const FORMAT = 'terminal-bench';

/** Files in work at once. */
const WIDTH = 4;

const Record = z.object({
  id: lenient.id,
  /** Older versions call it so. */
  uuid: lenient.id,
  trial_name: z.string(),
  task_id: z.string().min(1),
  instruction: lenient.text,
  is_resolved: z.boolean().nullable(),
  failure_mode: lenient.text,
  parser_results: z.record(z.string(), z.unknown()).nullable().catch(null),
  total_input_tokens: lenient.amount,
  total_output_tokens: lenient.amount,
  trial_started_at: lenient.text,
  trial_ended_at: lenient.text,
  agent_started_at: lenient.text,
  agent_ended_at: lenient.text,
  test_started_at: lenient.text,
  test_ended_at: lenient.text,
});
type Record = z.infer<typeof Record>;

const Metadata = z.object({ run_id: lenient.text, agent_name: lenient.text, model_name: lenient.text });
type Metadata = z.infer<typeof Metadata>;

export const terminalBench: Format = {
  id: FORMAT,
  gives: 'trials',

  async claim(file) {
    const { value } = await peek(file);
    if (!recordsOf(value).some(isRecord)) return null;
    const folder = folderOf(file.path);
    return { owns: BESIDE.map((name) => folder + name) };
  },

  async *read(files, context) {
    const metadata = new Map<string, Promise<Metadata | null>>();
    const seen = new Set<unknown>();
    for await (const loaded of ahead(files, WIDTH, (file) => load(file, metadata, context))) {
      if (loaded === undefined) continue;
      for (const [index, value] of loaded.records.entries()) {
        // A run's file repeats its trials' own: most records come twice.
        const id = lenient.isObject(value) ? (value.id ?? value.uuid) : undefined;
        if (id !== undefined && seen.has(id)) continue;
        const parsed = Record.safeParse(value);
        if (parsed.success) {
          seen.add(id);
          yield toTrial(parsed.data, loaded, context);
        } else context.problem(loaded.file.path, `record ${index + 1}: ${misfit(parsed.error)}`);
      }
    }
  },
};

/** What belongs to a record or to a run and is no result of its own. */
const BESIDE = [
  'run_metadata.json',
  'tb.lock',
  'run.log',
  'commands.txt',
  'panes/',
  'sessions/',
  'agent-logs/',
];

function recordsOf(value: unknown): readonly unknown[] {
  if (lenient.isObject(value) && Array.isArray(value.results)) return value.results;
  return Array.isArray(value) ? value : [value];
}

function isRecord(value: unknown): boolean {
  return lenient.isObject(value) && 'is_resolved' in value && 'task_id' in value && 'trial_name' in value;
}

interface Loaded {
  readonly file: TraceFile;
  readonly records: readonly unknown[];
  /** The run-level file of a run, rather than a trial's own. */
  readonly isRun: boolean;
  readonly metadata: Metadata | null;
}

async function load(
  file: TraceFile,
  known: Map<string, Promise<Metadata | null>>,
  context: ReadContext,
): Promise<Loaded | undefined> {
  try {
    const value = await jsonValue(file);
    const isRun = !isRecord(value);
    const metadata = await nearestMetadata(folderOf(file.path), known, context);
    return { file, records: recordsOf(value), isRun, metadata };
  } catch (error) {
    context.problem(file.path, messageOf(error));
    return undefined;
  }
}

/** The run's metadata lie beside the run-level results, one or more folders above a trial's own. */
function nearestMetadata(
  folder: string,
  known: Map<string, Promise<Metadata | null>>,
  context: ReadContext,
): Promise<Metadata | null> {
  const before = known.get(folder);
  if (before !== undefined) return before;
  const file = context.tree.get(`${folder}run_metadata.json`);
  let found: Promise<Metadata | null>;
  if (file !== undefined) found = readMetadata(file, context);
  else if (folder === '') found = Promise.resolve(null);
  else found = nearestMetadata(folderOf(folder.slice(0, -1)), known, context);
  known.set(folder, found);
  return found;
}

async function readMetadata(file: TraceFile, context: ReadContext): Promise<Metadata | null> {
  try {
    return Metadata.safeParse(await jsonValue(file)).data ?? null;
  } catch (error) {
    context.problem(file.path, messageOf(error));
    return null;
  }
}

async function toTrial(
  record: Record,
  { file, isRun, metadata }: Loaded,
  context: ReadContext,
): Promise<Trial> {
  const { attempt, run } = attemptOf(record.trial_name);
  const folder = folderOf(file.path);
  const trialFolder = isRun ? `${folder}${record.task_id}/${record.trial_name}/` : folder;
  const verdict = verdictOf(record);
  const terminal = await terminalOf(trialFolder, record.instruction, verdict.outcome === 'pass', context);
  return makeTrial({
    id: `${FORMAT}:${record.id ?? record.uuid ?? `${run}/${record.trial_name}`}`,
    run: run ?? metadata?.run_id ?? null,
    task: record.task_id,
    attempt,
    ...verdict,
    stop: stopOf(record.failure_mode),
    verifier: verifierOf(record, terminal.testOutput),
    agent: metadata?.agent_name ?? null,
    model: metadata?.model_name ?? null,
    startedAt: lenient.instant(record.trial_started_at),
    finishedAt: lenient.instant(record.trial_ended_at),
    phases: phasesOf(record),
    tokens: tokensWithCacheInside(record.total_input_tokens, null, null, record.total_output_tokens),
    instruction: record.instruction,
    steps: terminal.steps,
    source: { path: file.path, format: FORMAT },
  });
}

/** A trial is named `task.K-of-N.run`; older versions leave the run out. */
function attemptOf(trialName: string): { attempt: number; run: string | null } {
  const match = /\.(\d+)-of-\d+(?:\.(.+))?$/.exec(trialName);
  return { attempt: Math.max(1, Number(match?.[1] ?? 1)), run: match?.[2] ?? null };
}

/**
 * The benchmark's verdict stands: true passes, even after a timeout, and false fails. Null is no verdict, and
 * the failure mode tells whose fault that is. An agent that could not be installed has failed by the
 * benchmark's word, through no fault of its own.
 */
function verdictOf(record: Record): Pick<Trial, 'outcome' | 'reason' | 'fault'> {
  const mode = record.failure_mode === 'unset' || record.failure_mode === 'none' ? null : record.failure_mode;
  if (record.is_resolved === true) {
    return { outcome: 'pass', reason: mode === null ? null : `passed despite ${mode}`, fault: null };
  }
  if (record.is_resolved === false) {
    const reason = mode ?? failedTests(record);
    return { outcome: 'fail', reason, fault: mode === 'agent_installation_failed' ? 'environment' : 'agent' };
  }
  return {
    outcome: 'invalid',
    reason: mode ?? 'no verdict was given',
    fault: FAULT[mode ?? ''] ?? 'unknown',
  };
}

const FAULT: Readonly<{ [mode: string]: Trial['fault'] }> = {
  test_timeout: 'verifier',
  parse_error: 'verifier',
  agent_installation_failed: 'environment',
  agent_timeout: 'agent',
  context_length_exceeded: 'agent',
  output_length_exceeded: 'agent',
  fatal_llm_parse_error: 'agent',
};

function stopOf(mode: string | null): Stop {
  switch (mode) {
    case 'agent_timeout':
      return 'timeout';
    case 'context_length_exceeded':
      return 'context_limit';
    case 'output_length_exceeded':
      return 'token_limit';
    case 'unknown_agent_error':
    case 'fatal_llm_parse_error':
    case 'agent_installation_failed':
      return 'error';
    case 'unset':
    case 'none':
    case 'test_timeout':
    case 'parse_error':
      return 'finished';
    default:
      return 'unknown';
  }
}

function failedTests(record: Record): string {
  const failed = Object.entries(record.parser_results ?? {}).filter(([, status]) => status === 'failed');
  return failed.length === 0 ? 'not resolved' : `failed ${failed.map(([name]) => name).join(', ')}`;
}

function verifierOf(record: Record, testOutput: string | null): VerifierDetail | null {
  const results = record.parser_results;
  if (results === null && testOutput === null) return null;
  const tests = Object.entries(results ?? {}).map(([name, status]) => ({
    name,
    status:
      status === 'passed'
        ? ('pass' as const)
        : status === 'failed'
          ? ('fail' as const)
          : ('skipped' as const),
    message: null,
  }));
  return { message: testOutput, tests };
}

function phasesOf(record: Record): Phase[] {
  const spans = [
    ['agent', record.agent_started_at, record.agent_ended_at],
    ['verifier', record.test_started_at, record.test_ended_at],
  ] as const;
  return spans.flatMap(([name, start, end]) => {
    const startedAt = lenient.instant(start);
    return startedAt === null ? [] : [{ name, startedAt, finishedAt: lenient.instant(end) }];
  });
}
