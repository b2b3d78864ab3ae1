import { describe, expect, test } from 'vitest';
import { cellEvidence, runEvidence } from '../../../src/validation/compare/exchange.ts';
import { randomFrom } from '../../../src/validation/random.ts';

/** Every way to choose `size` of `items`. */
function subsets<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) =>
    subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]),
  );
}

describe('evidence by single runs', () => {
  test.each([[[1, 0, 1, 0, 0]], [[1, 1, 1]], [[0.2, 0.9, 0.4, 0.4]]])(
    'has expectation 1 over all dealings of %j',
    (scores) => {
      for (const size of [1, 2]) {
        const dealt = subsets([...scores.keys()], size).map((own) => {
          const candidate = own.map((index) => scores[index] ?? 0);
          const baseline = scores.filter((_, index) => !own.includes(index));
          return cellEvidence([{ baseline, candidate }]);
        });
        for (const side of ['better', 'worse'] as const)
          expect(dealt.reduce((sum, one) => sum + one[side], 0) / dealt.length).toBeCloseTo(1, 9);
      }
    },
  );

  test('grows with tasks that turn, and stays 1 where nothing differs', () => {
    const turned = Array.from({ length: 10 }, () => ({ baseline: [0, 0], candidate: [1, 1] }));
    expect(cellEvidence(turned).better).toBeGreaterThan(100);
    expect(cellEvidence(turned).worse).toBeLessThan(0.1);
    expect(cellEvidence([{ baseline: [1, 1], candidate: [1, 1] }])).toEqual({ better: 1, worse: 1 });
  });
});

describe('evidence by whole runs', () => {
  const run = (rate: number, seed: number) => {
    const random = randomFrom([seed]);
    return new Map(
      Array.from({ length: 30 }, (_, task) => [`t${task}`, random.next() < rate ? 1 : 0] as const),
    );
  };

  test('has expectation 1 over all labellings of the runs', () => {
    const runs = [0.3, 0.5, 0.8, 0.4, 0.6].map((rate, seed) => run(rate, seed));
    const all = subsets([0, 1, 2, 3, 4], 2).map((own) =>
      runEvidence(
        runs.filter((_, index) => !own.includes(index)),
        runs.filter((_, index) => own.includes(index)),
      ),
    );
    const mean = all.reduce((sum, one) => sum + (one?.better ?? 0), 0) / all.length;
    expect(mean).toBeCloseTo(1, 9);
  });

  test('cannot be given for one run a side, and never exceeds the number of labellings', () => {
    expect(runEvidence([run(0.3, 1)], [run(0.9, 2)])).toBeNull();
    const found = runEvidence([run(0.2, 1), run(0.2, 2)], [run(0.9, 3), run(0.9, 4)]);
    expect(found?.better).toBeGreaterThan(1);
    expect(found?.better).toBeLessThanOrEqual(6);
  });

  test('is not fooled by one bad hour that single runs take for an effect', () => {
    const [bad, good] = [run(0.2, 5), run(0.8, 6)];
    const byRuns = runEvidence([bad, good], [good, good]);
    const byCells = cellEvidence(
      [...good.keys()].map((task) => ({
        baseline: [bad.get(task) ?? 0, good.get(task) ?? 0],
        candidate: [good.get(task) ?? 0, good.get(task) ?? 0],
      })),
    );
    expect(byCells.better).toBeGreaterThan(20);
    expect(byRuns?.better ?? 0).toBeLessThan(20);
  });
});
