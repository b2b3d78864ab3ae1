/**
 * The published rule of Self-Harness (Zhang et al., arXiv 2606.09498): an edit is accepted when neither split's pass
 * count falls and one of them rises. Kept for comparison; it accepts edits that do nothing about 30 % of the time.
 */
import type { Cell, Split } from '../cell.ts';

export interface PaperAnswer {
  readonly met: boolean;
  readonly words: string;
  readonly heldIn: number;
  readonly heldOut: number;
}

/** Compares as many runs of each task as both sides have. */
export function paperRule(
  baseline: readonly Cell[],
  candidate: readonly Cell[],
  splits: ReadonlyMap<string, Split>,
): PaperAnswer {
  const [before, after] = [outcomesByTask(baseline), outcomesByTask(candidate)];
  const change = (split: Split): number => {
    let total = 0;
    for (const [task, own] of after) {
      const other = before.get(task);
      if (other === undefined || splits.get(task) !== split) continue;
      const repeats = Math.min(own.length, other.length);
      const passes = (of: readonly boolean[]) => of.slice(0, repeats).filter(Boolean).length;
      total += passes(own) - passes(other);
    }
    return total;
  };
  const [heldIn, heldOut] = [change('held_in'), change('held_out')];
  const met = heldIn >= 0 && heldOut >= 0 && heldIn + heldOut > 0;
  return {
    met,
    heldIn,
    heldOut,
    words: `The published rule is ${met ? 'met' : 'not met'}: ${signed(heldIn)} passes on held-in tasks, ${signed(heldOut)} on held-out ones. It gives no error rate.`,
  };
}

/** Outcomes of the valid runs, in the order of their attempts. */
function outcomesByTask(cells: readonly Cell[]): Map<string, boolean[]> {
  const valid = cells
    .filter(({ outcome }) => outcome === 'pass' || outcome === 'fail')
    .sort((a, b) => a.attempt - b.attempt);
  return new Map(
    [...Map.groupBy(valid, ({ task }) => task)].map(([task, of]) => [
      task,
      of.map(({ outcome }) => outcome === 'pass'),
    ]),
  );
}

function signed(value: number): string {
  return value < 0 ? `−${-value}` : `+${value}`;
}
