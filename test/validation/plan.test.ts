import { describe, expect, test } from 'vitest';
import { planReport } from '../../src/validation/gate-report.ts';
import { isHopeless, planGate, renderPlan } from '../../src/validation/plan.ts';
import { arm, tasksOf, trials } from './cells.ts';

/** 24 tasks, three attempts: a third always pass, a third never, a third flip. */
const baseline = arm('baseline', {
  ...tasksOf(8, 'PPP', 'easy'),
  ...tasksOf(8, 'FFF', 'hard'),
  ...tasksOf(8, 'PFP', 'flaky'),
});
const asked = { baseline, gains: [0.1, 0.3], passes: [2, 6], seed: 3 };

describe('the plan', () => {
  const plan = planGate(asked);

  test('knows the tasks, and finds larger gains and larger budgets easier', () => {
    expect(plan).toMatchObject({ tasks: 24, attempts: 3 });
    expect(plan?.rate).toBeCloseTo(5 / 9);
    const chance = (gain: number, passes: number) =>
      plan?.cells.find((cell) => cell.gain === gain && cell.passes === passes)?.probability ?? -1;
    expect(chance(0.3, 6)).toBeGreaterThan(chance(0.1, 6));
    expect(chance(0.3, 6)).toBeGreaterThan(chance(0.3, 2));
    expect(chance(0.3, 6)).toBeGreaterThan(0.8);
    expect(plan?.flaky.map(({ task }) => task)).toContain('flaky00');
  });

  test('says it in a sentence, and the same seed says the same', () => {
    expect(plan?.sentence).toMatch(
      /^With your 24 tasks and 3 attempts you will find \+30 points .* times in 10 within 6 passes \(144 candidate trials at most\)\.$/,
    );
    expect(planGate(asked)).toEqual(plan);
    if (plan !== null)
      expect(renderPlan(plan)).toMatch(
        /gain +2 passes \(48 trials\) +6 passes \(144 trials\)\n +\+10 points/,
      );
  });

  test('calls a budget hopeless that could not even find twenty points', () => {
    const tiny = planGate({
      baseline: arm('baseline', tasksOf(3, 'PF')),
      passes: [1],
      gains: [0.2],
      candidates: 8,
    });
    expect(tiny === null || isHopeless(tiny, 1)).toBe(true);
    expect(tiny?.sentence).toContain('not even +20 points');
    expect(plan === null || isHopeless(plan, 6, 0.3)).toBe(false);
  });

  test('has nothing to say without a valid attempt, and refuses an impossible α', () => {
    expect(planGate({ baseline: arm('baseline', { a: 'ii' }) })).toBeNull();
    expect(() => planGate({ baseline, alpha: 2 })).toThrow(/alpha/);
  });

  test('reads a set of trials, or says why it cannot', () => {
    const options = { gains: [0.3], passes: [2] };
    const report = planReport(trials('before', tasksOf(6, 'PF')), options);
    expect(report).toMatchObject({ ok: true, plan: { tasks: 6, attempts: 2 } });
    expect(planReport(trials('before', { a: 'ii' }), options)).toMatchObject({
      ok: false,
      refusal: { kind: 'empty' },
    });
    expect(planReport([], { alpha: 0 })).toMatchObject({ ok: false, refusal: { kind: 'bad_option' } });
  });
});
