import { expect, test } from 'vitest';
import { spendOf, vetoOf } from '../../../src/validation/compare/vetoes.ts';
import { cell } from '../cells.ts';

const limits = { costRatio: 1.5, latencyRatio: 2 };

test('cost is the geometric mean over tasks, so that one dear task does not decide', () => {
  const base = ['a', 'b', 'c', 'd'].map((task) => cell({ task, costUsd: 1 }));
  const dear = ['a', 'b', 'c', 'd'].map((task) => cell({ task, costUsd: task === 'a' ? 4 : 1 }));
  expect(vetoOf(base, dear, limits)).toBeNull();
  const all = base.map((of) => ({ ...of, costUsd: 1.6 }));
  expect(vetoOf(base, all, limits)).toMatchObject({ reason: 'cost_veto', limit: 1.5 });
  expect(vetoOf(base, all, limits)?.ratio).toBeCloseTo(1.6);
});

test('tokens stand in where no price is known, and nothing is vetoed on what was not measured', () => {
  expect(vetoOf([cell({ tokens: 100 })], [cell({ tokens: 200 })], limits)?.reason).toBe('cost_veto');
  expect(vetoOf([cell()], [cell({ costUsd: 9 })], limits)).toBeNull();
  expect(vetoOf([cell({ costUsd: 0 })], [cell({ costUsd: 9 })], limits)).toBeNull();
});

test('null limits veto nothing', () => {
  const none = { costRatio: null, latencyRatio: null };
  expect(
    vetoOf([cell({ costUsd: 1, durationMs: 1 })], [cell({ costUsd: 9, durationMs: 9 })], none),
  ).toBeNull();
});

test('what was spent counts invalid trials too, and keeps "not measured" apart from zero', () => {
  expect(spendOf([cell({ tokens: 5 }), cell({ outcome: 'invalid', tokens: 7 })])).toEqual({
    trials: 2,
    tokens: 12,
    costUsd: null,
    durationMs: null,
  });
});
