/**
 * Blocks: some tasks run under an arm and under its complement, side by side. The block is the unit of evidence.
 *
 * The tasks of a pass are dealt at random. Every edit under test tosses a fair coin: heads it is on in the first arm,
 * tails in the second; what is accepted is on in both, what is dropped in neither. A fold-over of a factorial design
 * (Box, Hunter and Hunter, "Statistics for Experimenters", ch. 5 and 6), dealt by coins so that nothing but the coin
 * decides which arm an edit sits in.
 */
import { z } from 'zod';
import { randomFrom, shuffled } from '../random.ts';

export const Block = z.object({
  /** Number of the block in its campaign, from 1. */
  block: z.number().int().positive(),
  /** Pass over the tasks that it belongs to, from 1. */
  pass: z.number().int().positive(),
  /** Dispatch that ran it, from 1: decisions are made after a dispatch. */
  dispatch: z.number().int().positive(),
  tasks: z.array(z.string()),
  /** Edits under test then. */
  live: z.array(z.string()),
  /** Those of them that tossed a coin here: of a conflict group only one does. */
  tossed: z.array(z.string()),
  /** Those of them whose coin fell heads: on in the first arm. */
  heads: z.array(z.string()),
  /** Accepted edits: on in both arms. */
  standing: z.array(z.string()),
  /** A coin as well: the second arm runs first. */
  swapped: z.boolean(),
});
export type Block = z.infer<typeof Block>;

export type Side = 'first' | 'second';

/** The edits that are on in an arm of a block, in the campaign's order of edits. */
export function editsOn(block: Block, side: Side, order: readonly string[]): string[] {
  const heads = new Set(block.heads);
  const standing = new Set(block.standing);
  const tossed = new Set(block.tossed);
  return order.filter(
    (edit) => standing.has(edit) || (tossed.has(edit) && heads.has(edit) === (side === 'first')),
  );
}

/** Names the arm with these edits on: `baseline`, `c1`, `c1-c3`. Arms with the same edits are one arm. */
export function armName(edits: readonly string[]): string {
  return edits.length === 0 ? BASE_ARM : edits.join('-');
}

/** The arm without any edit. */
export const BASE_ARM = 'baseline';

export interface Dealing {
  readonly pass: number;
  readonly dispatch: number;
  readonly tasks: readonly string[];
  /** Edits to test. */
  readonly live: readonly string[];
  readonly standing: readonly string[];
  /** Groups of edits of which at most one may be on, such as two values of one setting. */
  readonly conflicts: readonly (readonly string[])[];
  readonly blocks: number;
  /** Number of the first block. */
  readonly from: number;
  readonly seed: number;
}

/** Tasks that a block holds at least. */
const SMALLEST_BLOCK = 3;

/** Deals one pass: which tasks share a block, and every coin, all drawn from the seed and the pass. */
export function dealPass(dealing: Dealing): Block[] {
  const { pass, dispatch, live, standing, conflicts, seed } = dealing;
  const order = shuffled([...dealing.tasks].sort(), [seed, pass, 1]);
  const random = randomFrom([seed, pass, 2]);
  const count = Math.max(1, Math.min(dealing.blocks, Math.floor(order.length / SMALLEST_BLOCK)));
  const blocks: Block[] = [];
  for (let index = 0; index < count; index += 1) {
    const tasks = slice(order, index, count);
    if (tasks.length === 0) continue;
    const sitting = new Set(
      conflicts.flatMap((group) => {
        if (group.some((edit) => standing.includes(edit))) return group;
        const able = group.filter((edit) => live.includes(edit));
        const plays = able[random.below(Math.max(1, able.length))];
        return able.filter((edit) => edit !== plays);
      }),
    );
    const tossed = live.filter((edit) => !sitting.has(edit));
    const heads = tossed.filter(() => random.next() < 0.5);
    const swapped = random.next() < 0.5;
    const block = dealing.from + blocks.length;
    blocks.push({
      block,
      pass,
      dispatch,
      tasks,
      live: [...live],
      tossed,
      heads,
      standing: [...standing],
      swapped,
    });
  }
  return blocks;
}

function slice(order: readonly string[], index: number, count: number): string[] {
  const [least, more] = [Math.floor(order.length / count), order.length % count];
  const from = index * least + Math.min(index, more);
  return order.slice(from, from + least + (index < more ? 1 : 0));
}
