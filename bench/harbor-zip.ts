/**
 * A Harbor job as one zip archive, as large as CI would upload it.
 */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { writeEnd, writeEntry, type ZipEntry } from '../test/traces/zip-writer.ts';

export interface Shape {
  readonly trials: number;
  /** One trial in this many has a large trajectory. */
  readonly largeEvery: number;
  readonly largeBytes: number;
}

/** Distinct large trajectories: each is compressed once and stored under many trials. */
const VARIANTS = 16;

/** Writes the archive. The same shape gives the same bytes. */
export async function writeHarborZip(path: string, shape: Shape): Promise<void> {
  const out = createWriteStream(path, { highWaterMark: 4 << 20 });
  const random = generator(7);
  const large = Array.from({ length: VARIANTS }, (_, i) =>
    compressed(trajectory(shape.largeBytes, i, random)),
  );
  const small = Array.from({ length: VARIANTS }, (_, i) => compressed(trajectory(12_000, i, random)));
  const records: Buffer[] = [];
  let offset = 0;
  for (const entry of entries(shape, large, small, random)) {
    const { bytes, record } = writeEntry(entry, offset);
    records.push(record);
    offset += bytes.length;
    if (!out.write(bytes)) await once(out, 'drain');
  }
  out.end(Buffer.concat([...records, writeEnd(records, offset, records.length > 0xffff)]));
  await once(out, 'close');
}

type Prepared = Pick<ZipEntry, 'data' | 'raw'>;

function compressed(text: string): Prepared {
  const data = Buffer.from(text);
  return { data, raw: deflateRawSync(data, { level: 6 }) };
}

function* entries(
  shape: Shape,
  large: readonly Prepared[],
  small: readonly Prepared[],
  random: () => number,
): Generator<ZipEntry> {
  const byReward: Record<string, string[]> = { '0.0': [], '1.0': [] };
  for (let i = 0; i < shape.trials; i++) {
    const task = `task-${String(Math.floor(i / 20)).padStart(3, '0')}`;
    const name = `${task}__${(i + 1e7).toString(36).slice(-7).padStart(7, 'a')}`;
    const passed = random() < 0.6;
    byReward[passed ? '1.0' : '0.0']?.push(name);
    const folder = `bench/${name}`;
    const pool = i % shape.largeEvery === 0 ? large : small;
    const log = 'container started\nagent finished\n'.repeat(40);
    yield { name: `${folder}/config.json`, data: JSON.stringify(config(task, name)) };
    yield { name: `${folder}/result.json`, data: JSON.stringify(result(i, task, name, passed), null, 4) };
    yield { name: `${folder}/trial.log`, data: log };
    yield { name: `${folder}/agent/trajectory.json`, ...(pool[i % pool.length] ?? { data: '' }) };
    yield { name: `${folder}/agent/terminal.cast`, data: log.repeat(10) };
    yield { name: `${folder}/verifier/reward.txt`, data: passed ? '1' : '0' };
    yield { name: `${folder}/verifier/test-stdout.txt`, data: `${log}\n${passed ? '1 passed' : '1 failed'}` };
  }
  const stats = {
    n_trials: shape.trials,
    n_errors: 0,
    evals: { bench__m__d: { reward_stats: { reward: byReward } } },
  };
  const job = { id: JOB, started_at: null, finished_at: null, n_total_trials: shape.trials, stats };
  yield { name: 'bench/result.json', data: JSON.stringify(job) };
  yield { name: 'bench/config.json', data: JSON.stringify({ job_name: 'bench', agents: [], datasets: [] }) };
}

const JOB = '00000000-0000-4000-8000-000000000000';

function config(task: string, name: string) {
  return {
    task: { path: task, git_url: null },
    trial_name: name,
    trials_dir: 'jobs/bench',
    agent: { name: 'bench', import_path: null, model_name: 'm', kwargs: {} },
    verifier: { disable: false },
    job_id: JOB,
  };
}

function result(i: number, task: string, name: string, passed: boolean) {
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + (i * 60 + second) * 1000).toISOString();
  return {
    id: `00000000-0000-4000-9000-${String(i).padStart(12, '0')}`,
    task_name: task,
    trial_name: name,
    trial_uri: `file:///jobs/bench/${name}`,
    task_id: { path: task },
    source: 'bench',
    task_checksum: 'c'.repeat(64),
    config: config(task, name),
    agent_info: { name: 'bench', version: '1', model_info: { name: 'm', provider: 'p' } },
    agent_result: { n_input_tokens: 1000 + i, n_cache_tokens: 500, n_output_tokens: 200, cost_usd: 0.01 },
    verifier_result: { rewards: { reward: passed ? 1 : 0 } },
    exception_info: null,
    started_at: at(0),
    finished_at: at(50),
    environment_setup: { started_at: at(0), finished_at: at(5) },
    agent_setup: { started_at: at(5), finished_at: at(10) },
    agent_execution: { started_at: at(10), finished_at: at(40) },
    verifier: { started_at: at(40), finished_at: at(50) },
  };
}

/** An ATIF trajectory of about `bytes`: terminal output of words and hashes, which deflates to about a fifth. */
function trajectory(bytes: number, variant: number, random: () => number): string {
  const steps: object[] = [{ step_id: 1, source: 'user', message: `Solve it, variant ${variant}.` }];
  let length = 0;
  while (length < bytes) {
    const output = terminalOutput(Math.min(20_000, bytes / 4), random);
    length += output.length + 250;
    steps.push({
      step_id: steps.length + 1,
      timestamp: '2026-01-01T00:00:00Z',
      source: 'agent',
      message: `Looking at part ${steps.length}.`,
      tool_calls: [
        {
          tool_call_id: `c${steps.length}`,
          function_name: 'bash',
          arguments: { cmd: `ls -la part${steps.length}` },
        },
      ],
      observation: { results: [{ source_call_id: `c${steps.length}`, content: output }] },
      metrics: { prompt_tokens: 100, completion_tokens: 10 },
    });
  }
  const agent = { name: 'bench', version: '1', model_name: 'm' };
  return JSON.stringify({ schema_version: 'ATIF-v1.6', session_id: `s${variant}`, agent, steps }, null, 1);
}

const WORDS =
  'drwxr-xr-x root Jan total file test error warning at line in module import return value not found'.split(
    ' ',
  );

function terminalOutput(bytes: number, random: () => number): string {
  const parts: string[] = [];
  let length = 0;
  while (length < bytes) {
    const hash = random() < 0.025 ? Math.floor(random() * 2 ** 32).toString(16) : '';
    const word = `${WORDS[Math.floor(random() * WORDS.length)]}${hash}${random() < 0.1 ? '\n' : ' '}`;
    parts.push(word);
    length += word.length;
  }
  return parts.join('');
}

/** mulberry32: the same archive every time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
