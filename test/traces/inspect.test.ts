import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readAllTraces } from '../../src/traces/read/read.ts';
import { type Content, folderOf, readFiles } from './folder.ts';
import { makeZip } from './zip-writer.ts';

const about = {
  eval_id: 'E',
  run_id: 'R',
  created: '2026-01-01T00:00:00Z',
  task: 'guide',
  task_version: 2,
  model: 'openai/m',
  dataset: { samples: 2 },
  config: { epochs: 1 },
};

const header = (more: object = {}) => ({
  version: 2,
  status: 'success',
  eval: about,
  results: { scores: [{ name: 'match', scorer: 'match' }] },
  ...more,
});

const sample = (id: number | string, more: object = {}) => ({
  id,
  epoch: 1,
  input: 'What?',
  messages: [
    { role: 'user', content: 'What?' },
    { role: 'assistant', content: 'That.' },
  ],
  scores: { match: { value: 'C', explanation: 'right' } },
  model_usage: {
    'openai/m': {
      input_tokens: 10,
      output_tokens: 2,
      input_tokens_cache_read: 30,
      input_tokens_cache_write: 4,
      total_cost: 0.1,
    },
  },
  ...more,
});

const scored = (value: unknown) => sample(1, { scores: { match: { value } } });

const log = (samples: readonly object[], more: object = {}): Record<string, Content> => ({
  'log.json': { ...header(more), samples },
});

async function readOne(one: object, more: object = {}) {
  const { trials } = await readFiles(log([one], more));
  const [trial] = trials;
  if (trial === undefined || trials.length > 1) throw new Error(`${trials.length} trials`);
  return trial;
}

test('a sample is a trial of the log’s task, with tokens that leave the cache out already', async () => {
  expect(await readOne(sample('s-1', { epoch: 3, uuid: 'U' }))).toMatchObject({
    id: 'inspect:U',
    run: 'R',
    task: 'guide/s-1',
    taskVersion: '2',
    attempt: 3,
    outcome: 'pass',
    score: 1,
    model: 'openai/m',
    tokens: { input: 10, cacheRead: 30, cacheWrite: 4, output: 2 },
    costUsd: 0.1,
    stop: 'finished',
    steps: [
      { role: 'user', text: 'What?' },
      { role: 'agent', text: 'That.' },
    ],
  });
});

describe('a score', () => {
  test.each<[unknown, string, number | null]>([
    ['C', 'pass', 1],
    ['P', 'fail', 0.5],
    ['I', 'fail', 0],
    ['N', 'fail', 0],
    [true, 'pass', 1],
    ['no', 'fail', 0],
    ['0.25', 'fail', 0.25],
    [1, 'pass', 1],
    [{ accuracy: 1, style: 0 }, 'pass', 1],
    [['I', 'C'], 'fail', 0],
    ['maybe', 'invalid', null],
    [null, 'invalid', null],
  ])('of %j is %s', async (value, outcome, score) => {
    expect(await readOne(scored(value))).toMatchObject({ outcome, score });
  });

  test('of NaN, which JSON does not know, leaves the sample without a verdict and the log readable', async () => {
    const text = JSON.stringify({ ...header(), samples: [scored('#'), sample(2)] }).replace('"#"', 'NaN');
    const { trials, problems } = await readFiles({ 'log.json': text });
    expect(problems).toEqual([]);
    expect(trials.map(({ outcome }) => outcome)).toEqual(['invalid', 'pass']);
  });

  test('of several is that of the scorer which the log lists first; the others are tests', async () => {
    const scores = { style: { value: 0 }, match: { value: 'C' } };
    const trial = await readOne(sample(1, { scores }));
    expect(trial).toMatchObject({ outcome: 'pass' });
    expect(trial.verifier?.tests).toMatchObject([
      { name: 'style', status: 'fail' },
      { name: 'match', status: 'pass' },
    ]);
  });
});

describe('no verdict', () => {
  test.each<[string, object, object, object]>([
    [
      'an error',
      { error: { message: 'RateLimitError: slow down\nmore', traceback: '' } },
      {},
      { reason: 'RateLimitError: slow down', fault: 'environment', stop: 'error' },
    ],
    ['an error that tells nothing', { error: { message: 'boom' } }, {}, { fault: 'unknown' }],
    ['no scores', { scores: {} }, {}, { reason: 'not scored' }],
    ['no scores in a cancelled run', { scores: null }, { status: 'cancelled' }, { fault: 'environment' }],
    ['an invalidated sample', { invalidation: { reason: 'leaked' } }, {}, { reason: 'invalidated: leaked' }],
  ])('%s', async (_, more, logMore, expected) => {
    expect(await readOne(sample(1, more), logMore)).toMatchObject({ outcome: 'invalid', ...expected });
  });
});

test.each([
  ['message', 'step_limit'],
  ['token', 'token_limit'],
  ['time', 'timeout'],
  ['context', 'context_limit'],
  ['cost', 'cost_limit'],
  ['operator', 'cancelled'],
])('a hit %s limit is no error, and is scored', async (type, stop) => {
  expect(
    await readOne(sample(1, { limit: { type, limit: 5 }, scores: { match: { value: 'I' } } })),
  ).toMatchObject({ outcome: 'fail', stop });
});

describe('steps', () => {
  const hash = 'ab'.repeat(16);
  test('join a tool’s answer and error to its call, and put back what was moved out', async () => {
    const messages = [
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', reasoning: 'hm' },
          { type: 'text', text: `see attachment://${hash}` },
        ],
        tool_calls: [{ id: 'c1', function: 'bash', arguments: { cmd: `tc://${hash}` } }],
      },
      {
        role: 'tool',
        tool_call_id: 'c1',
        function: 'bash',
        content: 'long',
        error: { type: 'output_limit', message: 'too long' },
      },
    ];
    expect((await readOne(sample(1, { messages, attachments: { [hash]: 'the text' } }))).steps).toEqual([
      {
        index: 0,
        role: 'agent',
        text: 'hm\nsee the text',
        toolCalls: [{ id: 'c1', name: 'bash', arguments: '{"cmd":"the text"}' }],
        observation: 'long',
        error: 'output_limit: too long',
        truncated: true,
      },
    ]);
  });

  test('tell of calls that could not be parsed', async () => {
    const messages = [
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'c', function: 'bash', arguments: {}, parse_error: 'no JSON' }],
      },
    ];
    expect((await readOne(sample(1, { messages }))).steps).toMatchObject([{ error: 'no JSON' }]);
  });

  test.each([
    [
      'events_data',
      { events_data: { messages: ['a', 'b', 'c'].map((content) => ({ role: 'user', content })) } },
    ],
    [
      'message_pool (version 3)',
      { message_pool: ['a', 'b', 'c'].map((content) => ({ role: 'user', content })) },
    ],
  ])('come from the last model call where the conversation is missing: %s', async (_, pool) => {
    const event = {
      event: 'model',
      input: [],
      input_refs: [
        [0, 1],
        [2, 3],
      ],
      output: { choices: [{ message: { role: 'assistant', content: 'end' } }] },
    };
    const trial = await readOne(sample(1, { messages: [], events: [{ event: 'score' }, event], ...pool }));
    expect(trial.steps.map(({ text }) => text)).toEqual(['a', 'c', 'end']);
  });
});

describe('an .eval archive', () => {
  const entries = (method: number, files: Record<string, object>) =>
    Object.entries(files).map(([name, value]) => ({ name, data: JSON.stringify(value), method }));
  const files = {
    '_journal/start.json': { version: 2, eval: about, plan: {} },
    'samples/1_epoch_1.json': sample(1),
    'samples/1_epoch_2.json': sample(1, { epoch: 2, scores: { match: { value: 'I' } } }),
    'summaries.json': [
      sample(1, { messages: undefined }),
      sample(1, { epoch: 2, scores: { match: { value: 'I' } }, messages: undefined }),
    ],
    'header.json': header(),
  };

  test.each([8, 93])('is read by method %i, epochs as attempts', async (method) => {
    const { trials, problems, sources } = await readFiles({ 'logs/x.eval': makeZip(entries(method, files)) });
    expect(problems).toEqual([]);
    expect(sources).toEqual([{ path: 'logs/x.eval', format: 'inspect', trials: 2 }]);
    expect(trials.map(({ task, attempt, outcome, steps }) => [task, attempt, outcome, steps.length])).toEqual(
      [
        ['guide/1', 1, 'pass', 2],
        ['guide/1', 2, 'fail', 2],
      ],
    );
  });

  test('with a sample in two zstd frames is read', async () => {
    const text = Buffer.from(JSON.stringify(sample(2)));
    const raw = Buffer.concat([zstdCompressSync(text.subarray(0, 50)), zstdCompressSync(text.subarray(50))]);
    const zip = makeZip([
      ...entries(93, { 'header.json': header() }),
      { name: 'samples/2_epoch_1.json', data: text, raw, method: 93 },
    ]);
    expect((await readFiles({ 'x.eval': zip })).trials).toMatchObject([{ task: 'guide/2' }]);
  });

  test('without a header is read from its journal, and says what is missing', async () => {
    const { 'header.json': _, 'summaries.json': __, ...crashed } = files;
    const { trials, problems } = await readFiles({
      'x.eval': makeZip(
        entries(8, {
          ...crashed,
          '_journal/start.json': { version: 2, eval: { ...about, config: { epochs: 3 } }, plan: {} },
        }),
      ),
    });
    expect(trials.map(({ outcome }) => outcome)).toEqual(['pass', 'fail']);
    expect(problems).toEqual([
      { path: 'x.eval/_journal/start.json', message: expect.stringContaining('broke off; 2 of 6 samples') },
    ]);
  });

  test('is read from its summaries alone where no steps are asked for', async () => {
    const zip = makeZip(
      [...entries(8, files), { name: 'samples/unread.txt', data: '' }].filter(
        ({ name }) => name !== 'samples/unread.txt',
      ),
    );
    const { trials } = await readFiles({ 'x.eval': zip }, { skipSteps: true });
    expect(
      trials.map(({ outcome, source, steps }) => [
        outcome,
        source.path.endsWith('summaries.json'),
        steps.length,
      ]),
    ).toEqual([
      ['pass', true, 0],
      ['fail', true, 0],
    ]);
  });

  test('and its copy count once, also unpacked or as .json', async () => {
    const zip = makeZip(entries(8, files));
    const unpacked = Object.fromEntries(Object.entries(files).map(([name, value]) => [`u/${name}`, value]));
    const json = log([sample(1), sample(1, { epoch: 2, scores: { match: { value: 'I' } } })]);
    expect((await readFiles({ 'a.eval': zip, 'b.eval': zip, ...unpacked, ...json })).trials).toHaveLength(2);
  });

  test('with one damaged sample yields the others', async () => {
    const zip = makeZip([...entries(8, files), { name: 'samples/3_epoch_1.json', data: '{"id":3,' }]);
    const { trials, problems } = await readFiles({ 'x.eval': zip });
    expect(trials).toHaveLength(2);
    expect(problems).toEqual([
      { path: 'x.eval/samples/3_epoch_1.json', message: expect.stringContaining('not valid JSON') },
    ]);
  });

  test('given by its path is the source itself', async () => {
    using folder = folderOf({ 'x.eval': makeZip(entries(8, files)) });
    const { sources } = await readAllTraces([join(folder.path, 'x.eval')]);
    expect(sources).toEqual([{ path: join(folder.path, 'x.eval'), format: 'inspect', trials: 2 }]);
  });
});

test('a run that ended before its first sample is said so', async () => {
  const { trials, problems } = await readFiles(log([], { status: 'error', error: { message: 'no key' } }));
  expect(trials).toEqual([]);
  expect(problems).toEqual([
    { path: 'log.json', message: 'the run ended as "error": no key; 0 of 2 samples are in the log' },
  ]);
});
