import { describe, expect, test } from 'vitest';
import { readFiles } from './folder.ts';
import { makeZip } from './zip-writer.ts';

const line = (task: string, more: object = {}) => ({ task_id: task, attempt: 1, outcome: 'pass', ...more });

test('three fields are enough', async () => {
  const { trials, problems, sources } = await readFiles({
    'trials.jsonl': [
      line('a'),
      line('b', { outcome: 'fail' }),
      line('c', { outcome: 'invalid' }),
      line('d', { outcome: 'skipped' }),
    ],
  });
  expect(problems).toEqual([]);
  expect(sources).toEqual([{ path: '', format: 'native', trials: 4 }]);
  expect(trials.map(({ task, attempt, outcome, fault }) => [task, attempt, outcome, fault])).toEqual([
    ['a', 1, 'pass', null],
    ['b', 1, 'fail', 'agent'],
    ['c', 1, 'invalid', 'unknown'],
    ['d', 1, 'skipped', 'unknown'],
  ]);
});

test('every field of the format is read', async () => {
  const { trials } = await readFiles({
    'trials.jsonl': [
      line('a', {
        attempt: 3,
        outcome: 'fail',
        reason: 'wrong answer',
        verifier: { message: 'expected 2', tests: [{ name: 't', status: 'fail', message: 'm' }] },
        agent: 'bot',
        model: 'p/m',
        started_at: '2026-01-01T00:00:00Z',
        finished_at: '2026-01-01T00:01:00Z',
        tokens: { input: 100, cached: 40, output: 5 },
        cost_usd: 0.25,
        steps: [
          { role: 'user', text: 'Do it.' },
          {
            role: 'assistant',
            text: 'ok',
            tool_calls: [{ name: 'bash', arguments: { cmd: 'ls' } }],
            observation: 'x',
            error: 'e',
            truncated: true,
          },
        ],
        something_else: 1,
      }),
    ],
  });
  expect(trials).toMatchObject([
    {
      attempt: 3,
      reason: 'wrong answer',
      verifier: { message: 'expected 2', tests: [{ name: 't', status: 'fail', message: 'm' }] },
      agent: 'bot',
      model: 'p/m',
      startedAt: '2026-01-01T00:00:00Z',
      tokens: { input: 60, cacheRead: 40, cacheWrite: null, output: 5 },
      costUsd: 0.25,
      steps: [
        { index: 0, role: 'user', text: 'Do it.' },
        {
          index: 1,
          role: 'agent',
          toolCalls: [{ id: null, name: 'bash', arguments: '{"cmd":"ls"}' }],
          observation: 'x',
          error: 'e',
          truncated: true,
        },
      ],
    },
  ]);
});

describe('identity', () => {
  test('a copy of a file counts once; the same verdicts of another run count again', async () => {
    const run = [line('a'), line('b')];
    expect((await readFiles({ 'x/trials.jsonl': run, 'y/copy.jsonl': run })).trials).toHaveLength(2);
    expect(
      (
        await readFiles({
          'x/trials.jsonl': run,
          'y/trials.jsonl': [line('a'), line('b', { outcome: 'fail' })],
        })
      ).trials,
    ).toHaveLength(4);
  });

  test('the same attempt twice counts once, and is a problem where the lines disagree', async () => {
    const { trials, problems } = await readFiles({
      'trials.jsonl': [line('a'), line('a'), line('a', { outcome: 'fail' })],
    });
    expect(trials.map(({ outcome }) => outcome)).toEqual(['pass']);
    expect(problems).toEqual([
      {
        path: 'trials.jsonl',
        message: expect.stringContaining('line 3: attempt 1 of task a is there twice'),
      },
    ]);
  });

  test('attempts without a number are numbered', async () => {
    const { trials } = await readFiles({
      'trials.jsonl': [
        line('a', { attempt: undefined }),
        line('b', { attempt: undefined }),
        line('a', { attempt: undefined, outcome: 'fail' }),
      ],
    });
    expect(trials.map(({ task, attempt }) => [task, attempt])).toEqual([
      ['a', 1],
      ['b', 1],
      ['a', 2],
    ]);
  });
});

describe('a trajectory beside the file', () => {
  const atif = {
    schema_version: 'ATIF-v1.6',
    agent: { name: 'bot' },
    steps: [{ step_id: 1, source: 'agent', message: 'hi' }],
  };
  test('of any format is read with its line, and is no trial of its own', async () => {
    const { trials, problems } = await readFiles({
      'out/trials.jsonl': [line('a', { trajectory: 'traj/a.json' })],
      'out/traj/a.json': atif,
    });
    expect(problems).toEqual([]);
    expect(trials).toMatchObject([{ task: 'a', outcome: 'pass', agent: 'bot', steps: [{ text: 'hi' }] }]);
  });

  test('that is damaged is a problem, and the verdict stands', async () => {
    const zip = makeZip([
      { name: 'trials.jsonl', data: JSON.stringify(line('a', { trajectory: 'a.json' })) },
      { name: 'a.json', data: JSON.stringify(atif), claims: { crc: 1 } },
    ]);
    const { trials, problems } = await readFiles({ 'x.zip': zip });
    expect(trials).toMatchObject([{ task: 'a', outcome: 'pass', steps: [] }]);
    expect(problems).toContainEqual({ path: 'x.zip/a.json', message: expect.stringContaining('checksum') });
  });

  test.each(['gone.json', '../../etc/passwd', '/etc/passwd'])(
    'that is not there (%s) is a problem',
    async (trajectory) => {
      const { trials, problems } = await readFiles({ 'out/trials.jsonl': [line('a', { trajectory })] });
      expect(trials).toMatchObject([{ outcome: 'pass', steps: [] }]);
      expect(problems).toEqual([
        { path: 'out/trials.jsonl', message: expect.stringContaining('is missing') },
      ]);
    },
  );
});

describe('broken lines are problems that name the line, and the others are read', () => {
  test.each<[string, string, RegExp]>([
    ['no JSON', '{"task_id":"b"', /^line 2: not valid JSON/],
    ['an unknown outcome', JSON.stringify(line('b', { outcome: 'passed' })), /^line 2: outcome: .*"pass"/],
    ['no task', JSON.stringify({ outcome: 'pass' }), /^line 2: task_id/],
    ['attempt 0', JSON.stringify(line('b', { attempt: 0 })), /^line 2: attempt/],
  ])('%s', async (_, bad, message) => {
    const { trials, problems } = await readFiles({
      'trials.jsonl': [JSON.stringify(line('a')), bad, JSON.stringify(line('c'))].join('\n'),
    });
    expect(trials.map(({ task }) => task)).toEqual(['a', 'c']);
    expect(problems).toEqual([{ path: 'trials.jsonl', message: expect.stringMatching(message) }]);
  });

  test('and quote nothing of the trace, which may hold secrets', async () => {
    const { problems } = await readFiles({
      'trials.jsonl': `${JSON.stringify(line('a'))}\n{"key": hunter2-secret}\n`,
    });
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });
});

test('line ends of Windows, empty lines and a byte order mark are read over', async () => {
  const text = `\ufeff${JSON.stringify(line('a'))}\r\n\r\n${JSON.stringify(line('b'))}`;
  expect((await readFiles({ 'trials.jsonl': text })).trials.map(({ task }) => task)).toEqual(['a', 'b']);
});

test('an array of trials, or a single one, is read as well', async () => {
  expect((await readFiles({ 'trials.json': [line('a'), line('b')] })).trials).toHaveLength(2);
  expect((await readFiles({ 'trial.json': line('a') })).trials).toHaveLength(1);
});

test('lines longer than the head of a file are read', async () => {
  const steps = [{ role: 'agent', text: 'x'.repeat(200_000) }];
  const { trials, problems } = await readFiles({
    'trials.jsonl': [line('a', { steps }), line('b', { steps })],
  });
  expect(problems).toEqual([]);
  expect(trials.map(({ task, steps: [step] }) => [task, step?.text.length])).toEqual([
    ['a', 200_000],
    ['b', 200_000],
  ]);
});

test('a file whose every line holds a NaN, as Python writes it, is recognised, and the score is unknown', async () => {
  const text = ['a', 'b'].map((task) => `{"task_id":"${task}","attempt":1,"outcome":"pass","score":NaN}\n`);
  const { trials, problems } = await readFiles({ 'trials.jsonl': text.join('') });
  expect(problems).toEqual([]);
  expect(trials.map(({ task, outcome, score }) => [task, outcome, score])).toEqual([
    ['a', 'pass', null],
    ['b', 'pass', null],
  ]);
});
