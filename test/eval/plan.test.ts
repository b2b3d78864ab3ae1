import { expect, it } from 'vitest';
import { EvalPlan, planHash, planText } from '../../src/eval/plan.ts';

const PLAN: EvalPlan = {
  version: 2,
  campaign: 'c-1',
  key: 'experiment-1',
  seed: 7,
  arms: { baseline: { files: {} }, c1: { files: { 'b.md': 'two', 'a.md': 'one' } } },
  cells: [{ block: 1, arm: 'c1', tasks: ['t2', 't1'], attempt: 4 }],
};

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

it('is the same plan whatever the order of keys a database gives back', () => {
  const turned = EvalPlan.parse(reversed(PLAN));
  expect(planText(turned)).toBe(planText(PLAN));
  expect(planHash(turned)).toBe(planHash(PLAN));
});

it('is another plan where tasks, arms or files differ', () => {
  const [cell] = PLAN.cells;
  if (cell === undefined) throw new Error('the plan has a group');
  const others: EvalPlan[] = [
    { ...PLAN, seed: 8 },
    { ...PLAN, cells: [{ ...cell, tasks: ['t1', 't2'] }] },
    { ...PLAN, arms: { ...PLAN.arms, c1: { files: { 'a.md': 'one' } } } },
  ];
  for (const other of others) expect(planHash(other)).not.toBe(planHash(PLAN));
});

it('names what is wrong with a plan', () => {
  const [cell] = PLAN.cells;
  const problems = (plan: unknown) =>
    EvalPlan.safeParse(plan).error?.issues.map(({ message }) => message) ?? [];
  expect(problems({ ...PLAN, cells: [cell, cell] })).toEqual(['arm "c1" stands twice in block 1']);
  expect(problems({ ...PLAN, cells: [{ ...cell, arm: 'c9' }] })).toEqual(['there is no arm "c9"']);
  expect(problems({ ...PLAN, cells: [{ ...cell, tasks: ['t1', 't1'] }] })).toEqual([
    'block 1 names a task twice',
  ]);
});
