import { describe, expect, it } from 'vitest';
import { parseAggregate } from '../../src/traces/formats/swe/swebench-report.ts';
import { outcomes, readFixture, told } from './fixture.ts';
import { readFiles } from './folder.ts';

describe('SWE-bench reports', () => {
  it('take ids from the aggregate and reasons from the reports', async () => {
    const { trials, trial, problems } = await readFixture('swe-bench');
    expect(outcomes(trials)).toEqual({ pass: 1, fail: 4, invalid: 2 });
    expect(trial('a__a-1')).toMatchObject({ outcome: 'pass', score: 1, run: 'run.1', model: 'acme__coder' });
    expect(trial('a__a-2').reason).toBe('1 tests still fail (FAIL_TO_PASS)');
    expect(trial('a__a-3').reason).toBe('1 tests that passed before fail now (PASS_TO_PASS)');
    expect(trial('a__a-4')).toMatchObject({ outcome: 'fail', reason: 'empty patch', fault: 'agent' });
    expect(problems).toEqual([]);
  });

  it('ask the log why an instance has no report', async () => {
    const { trial } = await readFixture('swe-bench');
    expect(trial('a__a-5')).toMatchObject({ outcome: 'fail', reason: 'the patch does not apply' });
    expect(trial('a__a-6')).toMatchObject({
      outcome: 'invalid',
      reason: 'the tests timed out',
      fault: 'unknown',
    });
    expect(trial('a__a-7')).toMatchObject({ outcome: 'invalid', reason: 'evaluation error' });
  });

  it('name the failing tests and count the others', async () => {
    const { trial } = await readFixture('swe-bench');
    expect(trial('a__a-3').verifier).toEqual({
      message: '1 of 1 FAIL_TO_PASS and 0 of 1 PASS_TO_PASS succeed',
      tests: [
        { name: 'test_old', status: 'fail', message: 'PASS_TO_PASS' },
        { name: 'test_new', status: 'pass', message: null },
      ],
    });
  });

  it('have no instance without a name', () => {
    expect([
      ...(parseAggregate({ submitted_ids: ['', 'a__a-1', 7, null], resolved_ids: [''] })?.submitted ?? []),
    ]).toEqual(['a__a-1']);
  });

  it('leave predictions that nobody judged as a problem that says what to do', async () => {
    const { trials, problems } = await readFixture('swe-bench-predictions');
    expect(trials).toEqual([]);
    expect(problems).toEqual([
      expect.stringMatching(/preds.json: 2 predictions and no evaluation.*upload the report/),
    ]);
  });
});

describe('SWE-agent', () => {
  it('reads moves, the end and the name of the task', async () => {
    const { trial, problems } = await readFixture('swe-agent');
    const run = trial('x__y-7');
    expect(run).toMatchObject({
      outcome: 'invalid',
      reason: 'no verdict',
      stop: 'cost_limit',
      model: 'gpt-4o',
      // The folder's name is no run's: the evaluation that judged it is called otherwise.
      run: null,
      costUsd: 2.5,
      instruction: 'Fix the bug',
      tokens: { input: 90000, output: 1200, cacheRead: null },
    });
    expect(told(run.steps)).toEqual([
      'system: SETTING',
      'user: Fix the bug',
      'agent: Look first. | open(open src/a.py\n) → [File: src/a.py]',
      'agent: I forgot → Your last output did not use any tool calls!',
      'agent: done | submit(submit) → diff --git',
    ]);
    expect(problems).toEqual([expect.stringContaining('1 of 4 steps are no objects')]);
  });

  it('reads a run that never moved', async () => {
    expect((await readFixture('swe-agent')).trial('z__z-1')).toMatchObject({
      stop: 'context_limit',
      steps: [],
    });
  });
});

describe('mini-swe-agent', () => {
  it('joins answers to calls and tells the exit code', async () => {
    const { trial } = await readFixture('mini-swe-agent');
    const run = trial('m__m-1');
    expect(run).toMatchObject({
      stop: 'step_limit',
      model: 'anthropic/claude-sonnet-4-5',
      tokens: { input: 110, cacheRead: 140, output: 15 },
      startedAt: '2026-01-02T03:04:05.500Z',
    });
    expect(told(run.steps).slice(2)).toEqual([
      'agent: Let me look | bash({"command":"ls"}) → a.py',
      'agent: | bash({"command":"pytest"}) → 1 failed !exit code 1',
    ]);
  });

  it('reads the bare message lists of the first releases', async () => {
    const { trial } = await readFixture('mini-swe-agent');
    expect(told(trial('fix').steps).slice(2)).toEqual([
      expect.stringMatching(/^agent: Look:[\s\S]*\| bash\(cat a.py\) → <returncode>1/),
      expect.stringMatching(/\| bash\(echo COMPLETE\w+\) → diff --git$/),
    ]);
  });
});

describe('SWE-bench verdicts', () => {
  const trajectory = {
    trajectory: [{ action: 'submit', observation: '', response: 'done', thought: 'done' }],
    history: [],
    info: { exit_status: 'submitted' },
  };

  it('find the trajectory of their instance', async () => {
    const { trials } = await readFiles({
      'acme.run.json': {
        submitted_ids: ['x__y-1', 'x__y-2'],
        resolved_ids: ['x__y-1'],
        unresolved_ids: ['x__y-2'],
      },
      'trajectories/x__y-1/x__y-1.traj': trajectory,
      'mini/x__y-2.traj.json': {
        info: { mini_version: '2.0', exit_status: 'LimitsExceeded' },
        messages: [{ role: 'user', content: 'Fix it' }],
      },
    });
    expect(
      trials.map(({ task, outcome, stop, steps }) => [task, outcome, stop, steps.length]).toSorted(),
    ).toEqual([
      ['x__y-1', 'pass', 'finished', 1],
      ['x__y-2', 'fail', 'step_limit', 1],
    ]);
  });
});
