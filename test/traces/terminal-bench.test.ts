import { describe, expect, test } from 'vitest';
import { readFiles } from './folder.ts';

const record = (task: string, more: object = {}) => ({
  id: `id-${task}`,
  trial_name: `${task}.2-of-5.run-1`,
  task_id: task,
  instruction: 'Do it.',
  is_resolved: true,
  failure_mode: 'unset',
  parser_results: { test_a: 'passed' },
  recording_path: null,
  total_input_tokens: 0,
  total_output_tokens: 0,
  trial_started_at: '2026-01-01T00:00:00+00:00',
  trial_ended_at: '2026-01-01T00:10:00+00:00',
  agent_started_at: '2026-01-01T00:01:00+00:00',
  agent_ended_at: '2026-01-01T00:09:00+00:00',
  test_started_at: null,
  test_ended_at: null,
  ...more,
});

const metadata = { run_id: 'run-1', agent_name: 'goose', model_name: 'p/m' };

async function readOne(more: object) {
  const { trials } = await readFiles({ 'results.json': record('t', more) });
  const [trial] = trials;
  if (trial === undefined) throw new Error('no trial');
  return trial;
}

test('a record is read with its names; 0 tokens were not measured', async () => {
  expect(await readOne({})).toMatchObject({
    id: 'terminal-bench:id-t',
    run: 'run-1',
    task: 't',
    attempt: 2,
    outcome: 'pass',
    reason: null,
    tokens: { input: null, cacheRead: null, cacheWrite: null, output: null },
    instruction: 'Do it.',
    phases: [{ name: 'agent', finishedAt: '2026-01-01T00:09:00.000Z' }],
    stop: 'finished',
  });
});

describe('the verdict', () => {
  test.each<[string, object, object]>([
    [
      'true passes despite a timeout',
      { failure_mode: 'agent_timeout' },
      { outcome: 'pass', stop: 'timeout', reason: 'passed despite agent_timeout' },
    ],
    [
      'false fails',
      { is_resolved: false, parser_results: { a: 'failed', b: 'passed' } },
      { outcome: 'fail', fault: 'agent', reason: 'failed a' },
    ],
    [
      'false after a timeout fails',
      { is_resolved: false, failure_mode: 'agent_timeout' },
      { outcome: 'fail', stop: 'timeout' },
    ],
    [
      'false without an agent fails through no fault of it',
      { is_resolved: false, failure_mode: 'agent_installation_failed' },
      { outcome: 'fail', fault: 'environment' },
    ],
    [
      'null after parse_error',
      { is_resolved: null, failure_mode: 'parse_error', parser_results: null },
      { outcome: 'invalid', fault: 'verifier', reason: 'parse_error' },
    ],
    [
      'null after test_timeout',
      { is_resolved: null, failure_mode: 'test_timeout' },
      { outcome: 'invalid', fault: 'verifier' },
    ],
    [
      'null after unknown_agent_error',
      { is_resolved: null, failure_mode: 'unknown_agent_error' },
      { outcome: 'invalid', fault: 'unknown', stop: 'error' },
    ],
    [
      'null without a reason',
      { is_resolved: null, failure_mode: null },
      { outcome: 'invalid', reason: 'no verdict was given' },
    ],
  ])('%s', async (_, more, expected) => {
    expect(await readOne(more)).toMatchObject(expected);
  });
});

describe('layouts', () => {
  const trial = 'run-1/t/t.2-of-5.run-1';

  test('a trial in its own file and in the run’s counts once; the run’s metadata name the agent', async () => {
    const { trials } = await readFiles({
      'run-1/results.json': { id: 'r', results: [record('t'), record('u')], n_resolved: 2 },
      'run-1/run_metadata.json': metadata,
      [`${trial}/results.json`]: record('t'),
    });
    expect(trials.map(({ task, agent, model }) => [task, agent, model])).toEqual([
      ['t', 'goose', 'p/m'],
      ['u', 'goose', 'p/m'],
    ]);
  });

  test('loose trials find the metadata above them', async () => {
    const { trials } = await readFiles({
      'run-1/run_metadata.json': metadata,
      [`${trial}/results.json`]: record('t'),
    });
    expect(trials).toMatchObject([{ agent: 'goose' }]);
  });

  test('a run-level file alone, under any name, and without metadata', async () => {
    const { trials } = await readFiles({
      '2025-08-29__07-37-19_results.json': { id: 'r', results: [record('t')] },
    });
    expect(trials).toMatchObject([{ task: 't', agent: null }]);
  });

  test('older records are named by uuid and know no run', async () => {
    const { id: _, ...old } = record('t', { uuid: 'old', trial_name: 't.3-of-5' });
    expect((await readFiles({ 'x.json': old })).trials).toMatchObject([
      { id: 'terminal-bench:old', attempt: 3, run: null },
    ]);
  });

  test('what was on the terminal is the trajectory, without its colours; the tests’ screen explains a failure', async () => {
    const { trials } = await readFiles({
      [`${trial}/results.json`]: record('t', { is_resolved: false }),
      [`${trial}/commands.txt`]: "['ls', 'Enter']\n",
      [`${trial}/panes/post-agent.txt`]: Buffer.from(
        '\x1b[0;32mroot\x1b[0m# ls\r\n\x1b]0;title\x07file \xff\n',
        'latin1',
      ),
      [`${trial}/panes/post-test.txt`]: '1 failed\n',
    });
    expect(trials).toMatchObject([
      {
        verifier: { message: '1 failed' },
        steps: [
          { role: 'user', text: 'Do it.' },
          {
            role: 'agent',
            toolCalls: [{ name: 'send_keys', arguments: "['ls', 'Enter']" }],
            observation: 'root# ls\nfile \ufffd',
          },
        ],
      },
    ]);
  });
});

test('a broken record is a problem and hides no other', async () => {
  const { trials, problems } = await readFiles({
    'r.json': { results: [record('t'), { ...record('u'), is_resolved: 'yes' }] },
  });
  expect(trials.map(({ task }) => task)).toEqual(['t']);
  expect(problems).toEqual([{ path: 'r.json', message: expect.stringContaining('record 2: is_resolved') }]);
});
