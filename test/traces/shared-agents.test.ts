import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasShared, outcomes, read, SHARED } from './fixture.ts';

describe.skipIf(!hasShared)('real traces', () => {
  const expected = hasShared ? JSON.parse(readFileSync(`${SHARED}EXPECTED.json`, 'utf8')) : {};

  it('tau-bench: sierra gpt-4o airline', async () => {
    const { trials, problems } = await read(`${SHARED}tau-bench/sierra-tau-bench`);
    const {
      tasks,
      trials: count,
      reward_1,
      tasks_with_mixed_outcomes,
    } = expected['tau-bench/sierra-tau-bench gpt-4o-airline'];
    expect(problems).toEqual([]);
    expect(trials).toHaveLength(count);
    const byTask = Map.groupBy(trials, ({ task }) => task);
    expect(byTask.size).toBe(tasks);
    expect(outcomes(trials)).toEqual({ pass: reward_1, fail: count - reward_1 });
    const mixed = [...byTask.values()].filter(
      (group) => new Set(group.map(({ outcome }) => outcome)).size > 1,
    );
    expect(mixed).toHaveLength(tasks_with_mixed_outcomes);
    for (const group of byTask.values()) expect(group.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(trials.every(({ steps }) => steps.length > 0)).toBe(true);
  });

  it('tau2: four runs that all failed', async () => {
    const { trials, problems } = await read(`${SHARED}tau-bench/activegraph-tau2`);
    expect(problems).toEqual([]);
    expect(outcomes(trials)).toEqual({ fail: 4 });
    expect(trials.map(({ task }) => task).toSorted()).toEqual([
      'airline/8',
      'mock/create_task_1',
      'mock/update_task_1',
      'mock/update_task_with_user_tools',
    ]);
  });

  it('SWE-bench: vexp', async () => {
    const { trials, problems } = await read(`${SHARED}swe-bench/vexp`);
    const { instances, resolved, report_json_files, empty_patch } = expected['swe-bench/vexp'];
    expect(problems).toEqual([]);
    expect(trials).toHaveLength(instances);
    expect(outcomes(trials)).toEqual({ pass: resolved, fail: instances - resolved });
    expect(trials.filter(({ verifier }) => verifier !== null)).toHaveLength(report_json_files);
    expect(trials.filter(({ reason }) => reason === 'empty patch')).toHaveLength(empty_patch);
    // A known case of good fix and broken neighbours.
    expect(trials.find(({ task }) => task === 'psf__requests-5414')?.reason).toMatch(
      /8 tests that passed before/,
    );
  });

  it('SWE-agent and mini-swe-agent: trajectories without verdicts', async () => {
    const { trials, problems } = await read(`${SHARED}swe-agent`);
    expect(outcomes(trials)).toEqual({ invalid: 13 });
    expect(trials.every(({ reason, steps }) => reason === 'no verdict' && steps.length > 2)).toBe(true);
    expect(trials.filter(({ stop }) => stop === 'finished')).toHaveLength(11);
    expect(problems).toEqual([expect.stringContaining('1 predictions and no evaluation')]);
  });

  it('promptfoo: two passes, two failures, two crashing graders, two provider errors', async () => {
    const { trials, problems } = await read(`${SHARED}promptfoo`);
    expect(problems).toEqual([]);
    expect(outcomes(trials)).toEqual({ pass: 2, fail: 2, invalid: 4 });
    expect(trials.map(({ fault, attempt }) => [fault, attempt])).toEqual([
      [null, 1],
      [null, 2],
      ['agent', 1],
      ['agent', 2],
      ['verifier', 1],
      ['verifier', 2],
      ['environment', 1],
      ['environment', 2],
    ]);
  });

  it('Claude Code: a trial for each session', async () => {
    const { trials, problems } = await read(`${SHARED}claude-code`);
    expect(trials).toHaveLength(16);
    expect(new Set(trials.map(({ task }) => task)).size).toBe(16);
    expect(trials.every(({ steps, model }) => steps.length > 0 && model !== null)).toBe(true);
    expect(problems).toEqual([expect.stringContaining('5 of 19 lines are no Claude Code events')]);
  });

  it('Langfuse: ten frameworks, all with a user, an agent and tokens', async () => {
    const { trials, problems } = await read(`${SHARED}langfuse`);
    expect(problems).toEqual([]);
    expect(outcomes(trials)).toEqual({ invalid: 9, fail: 1 });
    for (const { steps, tokens, model } of trials) {
      expect(new Set(steps.map(({ role }) => role))).toContain('user');
      expect(new Set(steps.map(({ role }) => role))).toContain('agent');
      expect(tokens.output).toBeGreaterThan(0);
      expect(model).not.toBeNull();
    }
    const called = trials.filter(({ steps }) => steps.some(({ toolCalls }) => toolCalls.length > 0));
    expect(called.length).toBeGreaterThanOrEqual(4);
    for (const { steps } of called) expect(steps.some(({ observation }) => observation !== '')).toBe(true);
  });
});
