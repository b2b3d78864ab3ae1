import { describe, expect, it } from 'vitest';
import { parseTau2 } from '../../src/traces/formats/tau/tau2.ts';
import { outcomes, readFixture, told } from './fixture.ts';

describe('tau-bench', () => {
  it('counts tries of a task, also where a resumed run repeats a number', async () => {
    const { trials, problems } = await readFixture('tau-bench');
    expect(outcomes(trials)).toEqual({ pass: 1, fail: 2, invalid: 2 });
    expect(trials.filter(({ task }) => task === '0').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(problems).toEqual([expect.stringContaining('1 of 6 results have no task_id')]);
  });

  it('tells a runner error from a failed conversation', async () => {
    const { trial } = await readFixture('tau-bench');
    expect(trial('1')).toMatchObject({
      outcome: 'invalid',
      fault: 'environment',
      stop: 'error',
      score: null,
    });
    expect(trial('2')).toMatchObject({ outcome: 'invalid', reason: 'no reward' });
    expect(trial('0', 3)).toMatchObject({ outcome: 'fail', reason: 'the conversation did not end' });
  });

  it('reads the conversation', async () => {
    const { trial } = await readFixture('tau-bench');
    expect(trial('0', 1)).toMatchObject({ instruction: 'You are Mia.', run: 'gpt-4o-retail', model: null });
    expect(told(trial('0', 1).steps)).toEqual([
      'system: Policy',
      'user: Hi',
      'agent: | get_user({"id":"u1"}) → {"name":"Mia"}',
      'agent: Hello 0',
    ]);
  });
});

describe('tau2', () => {
  it('reads every end of a simulation', async () => {
    const { trials, trial } = await readFixture('tau2/json-form');
    expect(outcomes(trials)).toEqual({ pass: 1, fail: 3, invalid: 4 });
    expect(trial('telecom/b', 1)).toMatchObject({ outcome: 'invalid', fault: 'environment', stop: 'error' });
    expect(trial('telecom/b', 2)).toMatchObject({ outcome: 'fail', fault: 'agent', stop: 'step_limit' });
    expect(trial('telecom/c', 1)).toMatchObject({
      outcome: 'invalid',
      stop: 'context_limit',
      fault: 'unknown',
    });
    expect(trials.find(({ id }) => id === 'tau2:s6')?.reason).toBe('no verdict');
  });

  it('blames the simulated user where the review does', async () => {
    const { trial } = await readFixture('tau2/json-form');
    expect(trial('telecom/c', 2)).toMatchObject({ outcome: 'fail', fault: 'environment' });
  });

  it('shows only the checks that the reward is made of', async () => {
    const { trial } = await readFixture('tau2/json-form');
    const failed = trial('telecom/[mms|no_signal]', 2);
    expect(failed.reason).toBe('lost on DB');
    expect(failed.verifier).toEqual({
      message: 'DB 0 × NL_ASSERTION 1',
      tests: [
        { name: 'DB', status: 'fail', message: 'the database is not in the expected state' },
        { name: 'NL_ASSERTION says sorry', status: 'pass', message: null },
      ],
    });
  });

  it("keeps the user's tools and tokens apart from the agent's", async () => {
    const { trial } = await readFixture('tau2/json-form');
    const run = trial('telecom/[mms|no_signal]', 1);
    expect(run.tokens).toEqual({ input: 70, cacheRead: 30, cacheWrite: null, output: 10 });
    expect(run.costUsd).toBe(0.01);
    expect(told(run.steps)).toEqual([
      'agent: Hi!',
      'user: | check_phone({}) → no signal',
      'agent: | cancel({"id":1}) → Error: no such booking !Error: no such booking',
    ]);
  });

  it('reads the folder form, and from the index what has no file', async () => {
    const { trials, trial, problems } = await readFixture('tau2/dir-form');
    expect(trials).toHaveLength(3);
    expect(trial('telecom/[mms|no_signal]', 1).steps).toHaveLength(3);
    expect(trial('telecom/b', 1)).toMatchObject({ outcome: 'invalid', fault: 'environment', steps: [] });
    expect(problems).toEqual([expect.stringContaining('1 simulations of the index have no file')]);
  });

  it('does not take an impossible trial number for an attempt', () => {
    const simulation = (trial: number) => ({
      id: `s${trial}`,
      task_id: 'a',
      termination_reason: 'user_stop',
      trial,
    });
    const value = { info: {}, simulations: [simulation(2), simulation(1e18), simulation(-5)] };
    const { trials } = parseTau2(value, 'results.json', { passThreshold: 1, skipSteps: false });
    expect(trials.map(({ attempt }) => attempt)).toEqual([3, 1, 1]);
  });

  it('counts a simulation once that is in both forms', async () => {
    expect((await readFixture('tau2')).trials).toHaveLength(8);
  });
});
