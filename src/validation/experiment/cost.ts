/**
 * What runs cost with a change, as a share of what they cost without: a geometric mean over tasks of the ratios of
 * their means, so that no single expensive task decides.
 */
import type { CostRatios } from './verdict.ts';

interface Measured {
  readonly tokens?: number | null;
  readonly usd?: number | null;
  readonly ms?: number | null;
}

export interface CostBook {
  add(task: number, on: Measured, off: Measured): void;
  ratios(): CostRatios;
}

interface Sums {
  on: number;
  onRuns: number;
  off: number;
  offRuns: number;
}

export function openCostBook(): CostBook {
  const books = {
    tokens: new Map<number, Sums>(),
    usd: new Map<number, Sums>(),
    ms: new Map<number, Sums>(),
  };
  return {
    add: (task, on, off) => {
      for (const kind of ['tokens', 'usd', 'ms'] as const) {
        const sums = books[kind].get(task) ?? { on: 0, onRuns: 0, off: 0, offRuns: 0 };
        books[kind].set(task, sums);
        const [a, b] = [on[kind] ?? null, off[kind] ?? null];
        if (a !== null) {
          sums.on += a;
          sums.onRuns += 1;
        }
        if (b !== null) {
          sums.off += b;
          sums.offRuns += 1;
        }
      }
    },
    ratios: () => ({ tokens: ratio(books.tokens), usd: ratio(books.usd), time: ratio(books.ms) }),
  };
}

function ratio(book: ReadonlyMap<number, Sums>): number | null {
  let [logs, tasks] = [0, 0];
  for (const { on, onRuns, off, offRuns } of book.values()) {
    // A task whose runs cost nothing says nothing of a ratio.
    if (on <= 0 || off <= 0) continue;
    logs += Math.log(on / onRuns / (off / offRuns));
    tasks += 1;
  }
  return tasks === 0 ? null : Math.exp(logs / tasks);
}
