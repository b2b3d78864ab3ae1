import jstat from 'jstat';
import { describe, expect, it } from 'vitest';
import type { Split } from '../../../src/validation/cell.ts';
import {
  compareHeadToHead,
  confirms,
  dealFinal,
  STACK,
} from '../../../src/validation/experiment/head-to-head.ts';
import { studentQuantile } from '../../../src/validation/experiment/student.ts';
import { verdict } from './builders.ts';

const TASKS = ['a', 'b', 'c', 'd', 'e', 'f'];
const SPLITS = new Map<string, Split>(
  TASKS.map((task, index) => [task, index < 3 ? 'held_in' : index < 5 ? 'held_out' : 'sealed']),
);

function final(passes: number, stack: (task: string) => boolean, base: (task: string) => boolean) {
  const blocks = dealFinal({
    tasks: TASKS,
    passes,
    blocks: 8,
    from: 1,
    fromPass: 1,
    dispatch: 1,
    seed: 1,
  });
  const observed = blocks.map((block) => {
    const side = (which: 'first' | 'second') => {
      const on = block.heads.includes(STACK) === (which === 'first');
      return new Map(block.tasks.map((task) => [task, verdict((on ? stack : base)(task))] as const));
    };
    return { block, first: side('first'), second: side('second') };
  });
  return compareHeadToHead(observed, SPLITS);
}

describe('the final', () => {
  it('runs every task of every split once a pass, on both arms', () => {
    const figures = final(
      2,
      () => true,
      () => false,
    );
    expect(figures?.pass.overall).toMatchObject({
      baseline: { pass: 0, n: 12 },
      candidate: { pass: 12, n: 12 },
    });
    expect(figures?.pass.overall.delta).toBeCloseTo(1, 9);
    expect(figures?.pass.sealed).toMatchObject({ candidate: { pass: 2, n: 2 } });
    expect(figures?.flips).toEqual({ gained: TASKS, lost: [] });
    expect(figures?.passes).toBe(2);
  });

  it('counts a task that went the other way', () => {
    const figures = final(
      3,
      (task) => task !== 'a',
      (task) => task === 'a',
    );
    expect(figures?.flips).toEqual({ gained: ['b', 'c', 'd', 'e', 'f'], lost: ['a'] });
    expect(figures?.pass.overall.delta).toBeCloseTo(4 / 6);
  });

  it('confirms what it shows again, and nothing that it contradicts', () => {
    const of = (delta: number, low: number, high: number) => ({
      baseline: { pass: 1, n: 2 },
      candidate: { pass: 1, n: 2 },
      delta,
      interval: [low, high] as [number, number],
    });
    expect(confirms(of(0.3, 0.1, 0.5), 0.3)).toBe(true);
    expect(confirms(of(0.15, -0.05, 0.35), 0.3)).toBe(true);
    expect(confirms(of(0.05, -0.1, 0.2), 0.3)).toBe(false);
    expect(confirms(of(-0.2, -0.3, -0.1), 0.3)).toBe(false);
  });
});

describe("Student's quantile", () => {
  it.each([1, 2, 3, 5, 10, 30, 200])('is the one of another library at %i degrees of freedom', (freedom) => {
    for (const p of [0.9, 0.975, 0.995])
      expect(Math.abs(studentQuantile(p, freedom) / jstat.studentt.inv(p, freedom) - 1)).toBeLessThan(0.005);
  });
});
