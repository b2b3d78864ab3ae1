import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScheduledBlock } from '../../src/validation/block.ts';
import { type EState, eProcess, START } from '../../src/validation/e-process.ts';
import { randomFrom } from '../../src/validation/random.ts';

const TARGETS = { better: 80, worse: 20 };

function run(blocks: readonly ScheduledBlock[], targets = TARGETS): EState[] {
  return [...eProcess(blocks, targets)];
}

function last(blocks: readonly ScheduledBlock[], targets = TARGETS): EState {
  return run(blocks, targets).at(-1) ?? START;
}

/** A block in which the score at `alone` stands alone for the candidate (or, with `flip`, for the baseline). */
function blockOf(
  task: number,
  scores: readonly number[],
  alone: number,
  ahead: number | null,
  flip: boolean,
): ScheduledBlock {
  const own = scores.slice(alone, alone + 1);
  const rest = scores.filter((_, index) => index !== alone);
  const sides = flip ? { candidate: rest, baseline: own } : { candidate: own, baseline: rest };
  return { task: `t${task}`, pass: 1, ahead, ...sides };
}

const score = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));
const anyBlock = fc
  .record({
    task: fc.nat(4),
    scores: fc.array(score, { minLength: 2, maxLength: 5 }),
    alone: fc.nat(4),
    ahead: fc.option(fc.double({ min: 0, max: 60, noNaN: true })),
    flip: fc.boolean(),
  })
  .map(({ task, scores, alone, ahead, flip }) => ({
    task,
    scores,
    alone: alone % scores.length,
    ahead,
    flip,
  }));
const toBlock = (b: { task: number; scores: number[]; alone: number; ahead: number | null; flip: boolean }) =>
  blockOf(b.task, b.scores, b.alone, b.ahead, b.flip);

describe('the e-process', () => {
  test('is bounded by a fair game: averaged over which cell stands alone, the next value is the one before', () => {
    fc.assert(
      fc.property(fc.array(anyBlock, { maxLength: 25 }), anyBlock, (past, next) => {
        const before = last(past.map(toBlock));
        const after = next.scores.map((_, alone) => last([...past, { ...next, alone }].map(toBlock)));
        const mean = after.reduce((sum, { bound }) => sum + bound, 0) / after.length;
        expect(mean / before.bound).toBeCloseTo(1, 8);
        for (const { e, bound } of [before, ...after]) expect(e).toBeLessThanOrEqual(bound * (1 + 1e-12));
      }),
      { numRuns: 300 },
    );
  });

  test('grows with the score that stands alone for the candidate, so that a worse edit cannot profit', () => {
    fc.assert(
      fc.property(fc.array(anyBlock, { maxLength: 25 }), anyBlock, (past, next) => {
        const order = next.scores
          .map((_, i) => i)
          .sort((a, b) => (next.scores[a] ?? 0) - (next.scores[b] ?? 0));
        const values = order.map((alone) => last([...past, { ...next, alone, flip: false }].map(toBlock)).e);
        for (let i = 1; i < values.length; i += 1) {
          expect(values[i] ?? 0).toBeGreaterThanOrEqual((values[i - 1] ?? 0) * (1 - 1e-9));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('with the arms exchanged the two e-values change places', () => {
    const targets = { better: 20, worse: 20 };
    fc.assert(
      fc.property(fc.array(anyBlock, { minLength: 1, maxLength: 40 }), (blocks) => {
        const one = last(blocks.map(toBlock), targets);
        const other = last(
          blocks.map((b) => toBlock({ ...b, flip: !b.flip })),
          targets,
        );
        expect(other.harm).toBeCloseTo(one.e, 8);
        expect(other.e).toBeCloseTo(one.harm, 8);
      }),
    );
  });

  test('a tie moves nothing', () => {
    fc.assert(
      fc.property(fc.array(anyBlock, { maxLength: 25 }), fc.nat(4), score, (past, task, same) => {
        const before = last(past.map(toBlock));
        const after = last([...past.map(toBlock), blockOf(task, [same, same, same], 0, 5, false)]);
        expect(after.e).toBe(before.e);
        expect(after.harm).toBe(before.harm);
      }),
    );
  });

  test('a stopped and continued run gives what an unbroken one gives', () => {
    fc.assert(
      fc.property(fc.array(anyBlock, { minLength: 2, maxLength: 40 }), fc.nat(), (blocks, at) => {
        const all = blocks.map(toBlock);
        const stop = 1 + (at % (all.length - 1));
        expect(run(all.slice(0, stop))).toEqual(run(all).slice(0, stop));
      }),
    );
  });

  test('never leaves the numbers: finite, at least 0, for any run', () => {
    fc.assert(
      fc.property(fc.array(anyBlock, { maxLength: 60 }), (blocks) => {
        for (const { e, harm, information } of run(blocks.map(toBlock))) {
          for (const value of [e, harm, information]) expect(Number.isFinite(value) && value >= 0).toBe(true);
        }
      }),
    );
  });

  test('keeps α when looked at after every pair and stopped at the best moment', () => {
    const runs = 2000;
    let crossed = 0;
    for (let seed = 0; seed < runs; seed += 1) {
      const blocks = nullRun(seed, { tasks: 20, passes: 8, history: 1 });
      if (run(blocks, { better: 20, worse: 20 }).some(({ e }) => e >= 20)) crossed += 1;
    }
    // α = 5 %; three standard errors of 2,000 runs are 1.5 points.
    expect(crossed / runs).toBeLessThan(0.05 + 0.015);
    // And it is no rule that never speaks.
    expect(crossed).toBeGreaterThan(0);
  });

  test('goes on past the plan: ten points on every task are found in the end', () => {
    const blocks = nullRun(5, { tasks: 30, passes: 40, history: 0, gain: 0.3, planned: 1 });
    const states = run(blocks);
    expect(states.slice(0, 30).every(({ e }) => e < 80)).toBe(true);
    expect(states.at(-1)?.e).toBeGreaterThanOrEqual(80);
  });
});

interface Simulated {
  readonly tasks: number;
  readonly passes: number;
  readonly history: number;
  readonly gain?: number;
  readonly planned?: number;
}

/** Pass or fail at a rate of its own for each task; `gain` more for the candidate. */
function nullRun(
  seed: number,
  { tasks, passes, history, gain = 0, planned = passes }: Simulated,
): ScheduledBlock[] {
  const random = randomFrom([seed]);
  const rates = Array.from({ length: tasks }, () => random.next());
  const blocks: ScheduledBlock[] = [];
  for (let pass = 1; pass <= passes; pass += 1) {
    for (const [task, rate] of rates.entries()) {
      const outcome = (p: number): number => (random.next() < p ? 1 : 0);
      const ahead = pass > planned ? null : 0.5 * ((planned - pass + 1) * tasks - task - 1);
      const baseline = Array.from({ length: 1 + (pass === 1 ? history : 0) }, () => outcome(rate));
      blocks.push({ task: `t${task}`, pass, ahead, candidate: [outcome(rate + gain)], baseline });
    }
  }
  return blocks;
}
