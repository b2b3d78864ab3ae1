/**
 * Sound inputs of every format, for the fuzzer to break. A seed is a set of files that belong together; one
 * of them is mutated, the others stay.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdCompressSync } from 'node:zlib';
import { makeZip } from './zip-writer.ts';

export interface Seed {
  readonly format: string;
  readonly name: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Which of them to break. */
  readonly target: string;
}

const json = (value: unknown) => new Uint8Array(Buffer.from(JSON.stringify(value, null, 1)));
const lines = (values: readonly unknown[]) =>
  new Uint8Array(Buffer.from(`${values.map((value) => JSON.stringify(value)).join('\n')}\n`));

const time = (minute: number) => `2026-01-01T00:0${minute}:00Z`;
const span = (from: number, to: number) => ({ started_at: time(from), finished_at: time(to) });

const harborTrial = (name: string, reward: number) => ({
  id: `id-${name}`,
  task_name: name.split('__')[0],
  trial_name: name,
  task_checksum: 'abc',
  source: 'bench',
  config: { trial_name: name, job_id: 'job-1', agent: { name: 'bot', model_name: 'p/m' } },
  agent_info: { name: 'bot', version: '1', model_info: { name: 'm', provider: 'p' } },
  agent_result: { n_input_tokens: 100, n_cache_tokens: 40, n_output_tokens: 7, cost_usd: 0.5 },
  verifier_result: { rewards: { reward } },
  exception_info: null,
  ...span(0, 9),
  environment_setup: span(0, 1),
  agent_setup: span(1, 2),
  agent_execution: span(2, 7),
  verifier: span(7, 8),
});

const harborJob = {
  id: 'job-1',
  started_at: '2026-01-01T00:00:00',
  finished_at: null,
  n_total_trials: 2,
  stats: {
    n_trials: 2,
    n_errors: 0,
    evals: {
      bot__m__bench: {
        n_trials: 2,
        n_errors: 0,
        metrics: [{ mean: 0.5 }],
        reward_stats: { reward: { '0.0': ['b__2'], '1.0': ['a__1'] } },
        exception_stats: {},
      },
    },
  },
};

const atif = {
  schema_version: 'ATIF-v1.6',
  session_id: 's-1',
  agent: { name: 'bot', version: '1', model_name: 'm' },
  steps: [
    { step_id: 1, timestamp: time(1), source: 'user', message: 'Do it' },
    {
      step_id: 2,
      source: 'agent',
      message: [{ type: 'text', text: 'Looking' }],
      tool_calls: [{ tool_call_id: 'c1', function_name: 'bash', arguments: { command: 'ls' } }],
      observation: { results: [{ source_call_id: 'c1', content: 'a.py' }] },
      metrics: { prompt_tokens: 10, completion_tokens: 2, cached_tokens: 4, cost_usd: 0.1 },
    },
  ],
  final_metrics: { total_prompt_tokens: 10, total_completion_tokens: 2, total_cost_usd: 0.1 },
};

const tb1 = (task: string, resolved: boolean | null) => ({
  id: `id-${task}`,
  trial_name: `${task}.1-of-2.run-1`,
  task_id: task,
  instruction: 'Do it.',
  is_resolved: resolved,
  failure_mode: resolved === null ? 'parse_error' : 'unset',
  parser_results: { test_a: resolved ? 'passed' : 'failed' },
  total_input_tokens: 5,
  total_output_tokens: 6,
  trial_started_at: '2026-01-01T00:00:00+00:00',
  trial_ended_at: '2026-01-01T00:10:00+00:00',
});

const inspectHeader = {
  version: 2,
  status: 'success',
  eval: { eval_id: 'E', run_id: 'R', created: time(0), task: 'guide', task_version: 2, model: 'openai/m' },
  results: { scores: [{ name: 'match', scorer: 'match' }] },
};

const inspectSample = (id: number) => ({
  id,
  epoch: 1,
  input: 'What?',
  messages: [
    { role: 'user', content: 'attachment://abc' },
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ id: 'c1', function: 'bash', arguments: { cmd: 'ls' } }],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'no', error: { type: 'timeout', message: 'slow' } },
  ],
  attachments: { abc: 'What?' },
  scores: { match: { value: id % 2 === 0 ? 'C' : 'I', explanation: 'why' } },
  model_usage: { 'openai/m': { input_tokens: 10, output_tokens: 2, input_tokens_cache_read: 3 } },
});

function evalArchive(): Uint8Array {
  const zstd = (name: string, value: unknown) => {
    const data = json(value);
    return { name, data, method: 93, raw: zstdCompressSync(data) };
  };
  return makeZip([
    { name: '_journal/start.json', data: json({ version: 2, eval: inspectHeader.eval }) },
    zstd('samples/1_epoch_1.json', inspectSample(1)),
    { name: 'samples/2_epoch_1.json', data: json(inspectSample(2)) },
    zstd('header.json', inspectHeader),
  ]);
}

const nativeLines = lines([
  { task_id: 'a', attempt: 1, outcome: 'pass', tokens: { input: 5, cached: 1, output: 2 }, cost_usd: 0.1 },
  {
    task_id: 'b',
    attempt: 1,
    outcome: 'fail',
    reason: 'wrong',
    verifier: { message: 'no', tests: [{ name: 't', status: 'fail', message: 'x' }] },
    steps: [
      { role: 'agent', text: 'hm', tool_calls: [{ name: 'bash', arguments: { c: 'ls' } }], observation: 'a' },
    ],
  },
]);

/** Formats whose seeds are built here rather than read from fixtures. */
const BUILT: readonly Omit<Seed, 'name'>[] = [
  ...['result.json', 'a__1/result.json', 'a__1/agent/trajectory.json'].map((target) => ({
    format: 'harbor',
    target,
    files: {
      'result.json': json(harborJob),
      'config.json': json({ job_name: 'j', n_attempts: 1, agents: [{ name: 'bot' }], datasets: [] }),
      'a__1/result.json': json(harborTrial('a__1', 1)),
      'a__1/agent/trajectory.json': json(atif),
      'b__2/result.json': json(harborTrial('b__2', 0)),
      'b__2/verifier/reward.txt': new Uint8Array(Buffer.from('0')),
    },
  })),
  { format: 'atif', target: 't/trajectory.json', files: { 't/trajectory.json': json(atif) } },
  {
    format: 'terminal-bench',
    target: 'results.json',
    files: {
      'results.json': json({ results: [tb1('a', true), tb1('b', null)], n_resolved: 1, accuracy: 0.5 }),
      'run_metadata.json': json({ run_id: 'run-1', agent_name: 'goose', model_name: 'p/m' }),
    },
  },
  {
    format: 'inspect',
    target: 'log.json',
    files: { 'log.json': json({ ...inspectHeader, samples: [inspectSample(1), inspectSample(2)] }) },
  },
  { format: 'inspect', target: 'log.eval', files: { 'log.eval': evalArchive() } },
  { format: 'native', target: 'trials.jsonl', files: { 'trials.jsonl': nativeLines } },
  {
    format: 'native',
    target: 'traces.zip',
    files: { 'traces.zip': makeZip([{ name: 'run/trials.jsonl', data: nativeLines }]) },
  },
  {
    format: 'sidecar',
    target: 'verdicts.jsonl',
    files: {
      'verdicts.jsonl': lines([
        { task_id: 'a', trial: 0, outcome: 'pass' },
        { task_id: 'b', trial: 0, outcome: 'fail', reason: 'x' },
      ]),
    },
  },
];

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** Fixture folders named for another format than their own, or not worth breaking. */
const FIXTURE_FORMATS: Readonly<Record<string, string>> = { 'swe-bench-predictions': 'swe-bench' };

/** Every seed: those built here, and each data file of each fixture folder with its neighbours. */
export function seeds(): Seed[] {
  const built = BUILT.map((seed) => ({ ...seed, name: `${seed.format} ${seed.target}` }));
  const found = readdirSync(FIXTURES).flatMap((folder) => {
    const format = FIXTURE_FORMATS[folder] ?? folder;
    const root = join(FIXTURES, folder);
    const files = filesUnder(root);
    return files
      .filter((file) => /\.(?:jsonl?|traj|xml)$/.test(file))
      .map((target): Seed => {
        const near = files.filter((file) => isNear(file, target));
        const contents = near.map((file) => [file, new Uint8Array(readFileSync(join(root, file)))] as const);
        return { format, name: `${folder}/${target}`, target, files: Object.fromEntries(contents) };
      });
  });
  return [...built, ...found];
}

/** A file alone where it can be: neighbours would hide that nothing came of it. */
function isNear(file: string, target: string): boolean {
  return file === target || (target.endsWith('results.json') && file.includes('/simulations/'));
}

function filesUnder(root: string, at = root): string[] {
  return readdirSync(at)
    .toSorted()
    .flatMap((name) => {
      const path = join(at, name);
      return statSync(path).isDirectory() ? filesUnder(root, path) : [relative(root, path)];
    });
}
