import { describe, expect, it } from 'vitest';
import { hasShared, outcomes, read, readFixture, SHARED, told } from './fixture.ts';
import { readFiles } from './folder.ts';

describe('promptfoo', () => {
  it('counts repeats as attempts of one test case, and each row once over its three renderings', async () => {
    const { trials, problems } = await readFixture('promptfoo/repeats');
    expect(outcomes(trials)).toEqual({ pass: 2, fail: 2, invalid: 2 });
    const adds = trials.filter(({ task }) => task.startsWith('adds') && trials[0]?.task === task);
    expect(adds.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [1, 'pass'],
      [2, 'fail'],
    ]);
    expect(problems).toEqual([expect.stringContaining('1 of 7 rows have no verdict')]);
  });

  it('tells equal descriptions with other variables apart', async () => {
    const { trials } = await readFixture('promptfoo/repeats');
    expect(new Set(trials.filter(({ task }) => task.startsWith('adds')).map(({ task }) => task)).size).toBe(
      2,
    );
  });

  it('blames a crashing grader on the verifier, but only where nothing else failed', async () => {
    const { trials } = await readFixture('promptfoo/repeats');
    const crashed = trials.find(({ task }) => task.startsWith('grader throws'));
    expect(crashed).toMatchObject({ outcome: 'invalid', fault: 'verifier' });
    const both = trials.find(({ task }) => task.startsWith('one grader throws'));
    expect(both).toMatchObject({ outcome: 'fail', fault: 'agent' });
    expect(both?.verifier?.tests.map(({ name, status }) => [name, status])).toContainEqual(['has y', 'fail']);
  });

  it('reads a provider error as no verdict, with nothing measured', async () => {
    const { trials } = await readFixture('promptfoo/repeats');
    expect(trials.find(({ task }) => task.startsWith('provider error'))).toMatchObject({
      outcome: 'invalid',
      fault: 'environment',
      reason: 'evaluation error: Error: 503 Service Unavailable',
      stop: 'error',
      costUsd: null,
      tokens: { input: null, output: null },
    });
  });

  it('keeps tokens, cost, cache hits and what was said', async () => {
    const { trials } = await readFixture('promptfoo/repeats');
    expect(trials[0]).toMatchObject({
      tokens: { input: 40, cacheRead: 60, cacheWrite: null, output: 20 },
      costUsd: 0.002,
      model: 'openai:gpt-5-mini',
      cached: false,
    });
    expect(told(trials[0]?.steps ?? [])).toEqual(['user: Answer: 1+1', 'agent: out 0']);
    expect(trials.find(({ cached }) => cached)?.task).toMatch(/^adds/);
  });

  it('reads its JUnit file where there is nothing better', async () => {
    const { trials, trial } = await readFixture('promptfoo/junit-only');
    expect(trials).toHaveLength(3);
    expect(trial('adds', 2).outcome).toBe('fail');
    expect(trial('loops')).toMatchObject({ outcome: 'invalid', fault: 'unknown' });
  });

  it('reads the table of version 2, a run and a task for each prompt', async () => {
    const { trials } = await readFixture('promptfoo/version-2');
    expect(trials.map(({ outcome, model }) => [outcome, model])).toEqual([
      ['pass', 'openai:a'],
      ['fail', 'openai:b'],
    ]);
    expect(trials.map(({ task }) => task)).toEqual(['first [openai:a]', 'first [openai:b]']);
    expect(new Set(trials.map(({ run }) => run)).size).toBe(2);
  });
});

/** One row: test `testIdx` under column `promptIdx`. */
function row(testIdx: number, more: Record<string, unknown> = {}) {
  return {
    promptIdx: 0,
    testIdx,
    prompt: { raw: 'Answer: x', label: 'Answer: {{q}}' },
    provider: { id: 'openai:gpt-5-mini', label: '' },
    vars: { q: 'x' },
    testCase: { vars: { q: 'x' } },
    response: { output: 'y' },
    success: true,
    score: 1,
    failureReason: 0,
    gradingResult: { pass: true, score: 1, reason: 'All assertions passed', componentResults: [] },
    ...more,
  };
}

async function readRows(rows: readonly unknown[]) {
  const file = { evalId: 'eval-1', results: { version: 3, prompts: [], results: rows } };
  return readFiles({ 'out.json': file });
}

describe('the verdict of a promptfoo row', () => {
  const half = (success: boolean) =>
    row(0, {
      success,
      score: 0.9,
      failureReason: success ? 0 : 1,
      gradingResult: {
        pass: success,
        score: 0.9,
        reason: success ? 'All assertions passed' : 'Expected output to contain "2"',
        componentResults: [
          { pass: true, score: 1, reason: 'Assertion passed', assertion: { type: 'is-json' } },
          {
            pass: success,
            score: success ? 1 : 0,
            reason: 'Expected output to contain "2"',
            assertion: { type: 'contains', value: '2' },
          },
        ],
      },
    });

  it('is that of the assertions, never the mean score', async () => {
    const { trials } = await readRows([half(false)]);
    expect(trials[0]).toMatchObject({ outcome: 'fail', score: null });
    expect(trials[0]?.verifier?.tests).toEqual([
      { name: 'is-json', status: 'pass', message: null },
      {
        name: 'contains 2',
        status: 'fail',
        message: 'Expected output to contain "2"',
        expected: '2',
        actual: null,
      },
    ]);
  });

  it('keeps the score where the test sets a threshold on it', async () => {
    const { trials } = await readRows([
      { ...half(true), testCase: { description: 'a', threshold: 0.8, vars: {} } },
    ]);
    expect(trials[0]).toMatchObject({ outcome: 'pass', score: 0.9 });
  });

  it('has the judge’s comment as a check, and the members of an assert-set one by one', async () => {
    const { trials } = await readRows([
      row(0, {
        success: false,
        failureReason: 1,
        gradingResult: {
          pass: false,
          reason: 'Aggregate score 0.50 < 1 threshold',
          componentResults: [
            {
              pass: false,
              reason: 'Aggregate score 0.50 < 1 threshold',
              componentResults: [
                { pass: true, reason: 'Assertion passed', assertion: { type: 'is-json' } },
                {
                  pass: false,
                  reason: 'The answer is rude.',
                  assertion: { type: 'llm-rubric', value: 'is polite', metric: 'tone' },
                },
              ],
            },
          ],
        },
      }),
    ]);
    expect(trials[0]?.verifier?.tests.map(({ name, status, message }) => [name, status, message])).toEqual([
      ['is-json', 'pass', null],
      ['tone', 'fail', 'The answer is rude.'],
    ]);
    expect(trials[0]?.reason).toBe('The answer is rude.');
  });

  it('says why the model stopped and what it was allowed', async () => {
    const { trials } = await readRows([
      row(0, {
        prompt: { raw: 'p', label: 'p', config: { max_tokens: 60 } },
        response: { output: '{"a":', finishReason: 'length' },
      }),
    ]);
    expect(trials[0]).toMatchObject({ finishReason: 'length', outputLimit: 60, stop: 'token_limit' });
  });
});

describe('what a promptfoo row is a trial of', () => {
  const ids = async (rows: readonly unknown[]) =>
    (await readRows(rows)).trials.map(({ task, attempt }) => `${task}#${attempt}`);

  it('keeps a described case’s id when its variables are reworded', async () => {
    const described = (q: string) => [
      row(0, { vars: { q }, testCase: { description: 'greets', vars: { q } } }),
    ];
    expect(await ids(described('Say hello'))).toEqual(['greets#1']);
    expect(await ids(described('Please say hello'))).toEqual(['greets#1']);
  });

  it('numbers cases without a description, whatever their variables say, and whatever ended first', async () => {
    const cases = (a: string, b: string) => [row(1, { vars: { q: b } }), row(0, { vars: { q: a } })];
    expect(await ids(cases('1+1', '2+2'))).toEqual(['test 2 (q)#1', 'test 1 (q)#1']);
    expect(await ids(cases('one and one', 'two and two'))).toEqual(['test 2 (q)#1', 'test 1 (q)#1']);
  });

  it('takes the id that the author gave in the metadata or in a variable', async () => {
    expect(await ids([row(0, { testCase: { metadata: { id: 'T-7' } } })])).toEqual(['T-7#1']);
    expect(await ids([row(0, { vars: { q: 'x', case_id: 12 } })])).toEqual(['12#1']);
  });

  it.each([
    ['providers', [{ provider: { id: 'a:x' } }, { provider: { id: 'b:y' } }], ['t [a:x]#1', 't [b:y]#1']],
    [
      'models of one provider told apart by label',
      [{ provider: { id: 'a:x', label: 'cold' } }, { provider: { id: 'a:x', label: 'hot' } }],
      ['t [cold]#1', 't [hot]#1'],
    ],
    [
      'prompts named by file',
      [{ prompt: { label: 'p/a.txt: You are…' } }, { prompt: { label: 'p/b.txt: You are…' } }],
      ['t [p/a.txt]#1', 't [p/b.txt]#1'],
    ],
    [
      'prompts without a name, whose text may change',
      [{ prompt: { label: 'Be nice: {{q}}' } }, { prompt: { label: 'Be curt: {{q}}' } }],
      ['t [prompt 1]#1', 't [prompt 2]#1'],
    ],
    ['two alike but for their settings', [{}, {}], ['t [prompt 1]#1', 't [prompt 2]#1']],
  ])('never mixes several %s', async (_, columns, expected) => {
    const rows = columns.map((column, promptIdx) =>
      row(0, { testCase: { description: 't' }, promptIdx, ...column }),
    );
    expect(await ids(rows)).toEqual(expected);
    const { trials } = await readRows(rows);
    expect(new Set(trials.map(({ run }) => run)).size).toBe(2);
  });
});

describe.skipIf(!hasShared)('a real promptfoo file', () => {
  it('reads as it was counted', async () => {
    const { trials, problems } = await read(`${SHARED}home-made/mdma-promptfoo.json`);
    expect(problems).toEqual([]);
    expect(outcomes(trials)).toEqual({ pass: 22, fail: 3 });
    expect(new Set(trials.map(({ task }) => task)).size).toBe(25);
  });
});
