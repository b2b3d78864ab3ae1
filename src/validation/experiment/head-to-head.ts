/**
 * The final: the stack of accepted edits against the base, fresh, after the last decision. Nothing in it was selected
 * on, so its figures are the ones a pull request quotes.
 *
 * Its blocks are those of an experiment with one edit, the stack, on all tasks, sealed ones too.
 */
import type { Split } from '../cell.ts';
import { randomFrom } from '../random.ts';
import { type Block, dealPass } from './block.ts';
import { openChannel } from './channel.ts';
import { type BlockDifference, type Effect, effectOf } from './effect.ts';
import type { Observation, ObservedBlock } from './experiment.ts';

/** The stack, as the one edit of its blocks. */
export const STACK = 'stack';

/** Passing (or the share of checks passed) of both arms over the tasks that both have. */
export interface SideBySide {
  /** Sum of outcomes and number of runs. */
  readonly base: { readonly sum: number; readonly n: number };
  readonly stack: { readonly sum: number; readonly n: number };
  /** stack − base, each task weighing the same. */
  readonly effect: Effect;
}

export type BySplit = Readonly<Record<'overall' | Split, SideBySide | null>>;

export interface HeadToHead {
  readonly pass: BySplit;
  /** Shares of checks passed; null where no graded outcome was seen. */
  readonly score: BySplit | null;
  /** Evidence that the stack makes some task better, and worse. */
  readonly e: number;
  readonly harm: number;
  readonly invalid: { readonly base: number; readonly stack: number };
  /** Tasks whose majority outcome changed. */
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  readonly passes: number;
}

/** Deals `passes` passes of the final, as one dispatch. */
export function dealFinal({
  tasks,
  passes,
  blocks,
  from,
  fromPass,
  dispatch,
  seed,
}: {
  readonly tasks: readonly string[];
  readonly passes: number;
  readonly blocks: number;
  readonly from: number;
  readonly fromPass: number;
  readonly dispatch: number;
  readonly seed: number;
}): Block[] {
  const dealt: Block[] = [];
  for (let step = 0; step < passes; step += 1) {
    dealt.push(
      ...dealPass({
        pass: fromPass + step,
        dispatch,
        tasks,
        live: [STACK],
        standing: [],
        conflicts: [],
        blocks,
        from: from + dealt.length,
        seed: randomFrom([seed, 4]).below(2 ** 31),
      }),
    );
  }
  return dealt;
}

/** Compares the two arms of a final. */
export function compareHeadToHead(
  observed: readonly ObservedBlock[],
  splits: ReadonlyMap<string, Split>,
): HeadToHead {
  const tasks = [...new Set(observed.flatMap(({ block }) => block.tasks))].sort();
  const index = new Map(tasks.map((task, position) => [task, position]));
  const aims = [new Uint8Array(tasks.length)];
  const channel = openChannel({ tasks: tasks.length, aims, leastVariance: 0.15 });
  const pairs: Pair[] = [];
  const invalid = { base: 0, stack: 0 };
  for (const { block, first, second } of observed) {
    const stackFirst = block.heads.includes(STACK);
    const differences: (number | null)[] = [];
    for (const task of block.tasks) {
      const [stack, base] = stackFirst
        ? [first.get(task), second.get(task)]
        : [second.get(task), first.get(task)];
      if (base === undefined || base.pass === null) invalid.base += 1;
      if (stack === undefined || stack.pass === null) invalid.stack += 1;
      const pair = pairOf(block.block, index.get(task) ?? 0, base, stack);
      if (pair !== null) pairs.push(pair);
      const up = pair === null ? null : pair.stack.pass - pair.base.pass;
      differences.push(up === null ? null : stackFirst ? up : -up);
    }
    channel.observe({
      block: block.block,
      tasks: block.tasks.map((task) => index.get(task) ?? 0),
      differences,
      outcomes: block.tasks.map(() => []),
      tossed: [0],
      heads: [stackFirst],
    });
  }
  const graded = pairs.some(({ base, stack }) => base.score !== base.pass || stack.score !== stack.pass);
  const bySplit = (read: (one: Valid) => number): BySplit => {
    const of = (split: Split | null): SideBySide | null =>
      sideBySide(
        pairs.filter(({ task }) => split === null || splits.get(tasks[task] ?? '') === split),
        read,
      );
    return { overall: of(null), held_in: of('held_in'), held_out: of('held_out'), sealed: of('sealed') };
  };
  return {
    pass: bySplit((one) => one.pass),
    score: graded ? bySplit((one) => one.score) : null,
    e: Math.exp(channel.gain(0)),
    harm: Math.exp(channel.harm(0)),
    invalid,
    ...flips(pairs, tasks),
    passes: new Set(observed.map(({ block }) => block.pass)).size,
  };
}

/**
 * Whether the final confirms the experiment: not where the stack is worse, and not where "no gain" is possible and the
 * gain is under a third of what the experiment said.
 *
 * @param expected gain the experiment promised, on the same outcome (1 = 100 points)
 */
export function confirms({ mean, low, high }: Effect, expected: number): boolean {
  if (high < 0) return false;
  return low > 0 || mean >= Math.max(0, expected) / 3;
}

interface Valid {
  readonly pass: number;
  readonly score: number;
}

interface Pair {
  readonly block: number;
  readonly task: number;
  readonly base: Valid;
  readonly stack: Valid;
}

function pairOf(
  block: number,
  task: number,
  base: Observation | undefined,
  stack: Observation | undefined,
): Pair | null {
  const [a, b] = [validOf(base), validOf(stack)];
  return a === null || b === null ? null : { block, task, base: a, stack: b };
}

function validOf(one: Observation | undefined): Valid | null {
  return one === undefined || one.pass === null ? null : { pass: one.pass, score: one.score ?? one.pass };
}

function sideBySide(pairs: readonly Pair[], read: (one: Valid) => number): SideBySide | null {
  const differences: BlockDifference[] = pairs.map(({ block, task, base, stack }) => ({
    block,
    task,
    value: read(stack) - read(base),
  }));
  const effect = effectOf(differences);
  if (effect === null) return null;
  const sum = (side: 'base' | 'stack') => pairs.reduce((total, pair) => total + read(pair[side]), 0);
  return {
    base: { sum: sum('base'), n: pairs.length },
    stack: { sum: sum('stack'), n: pairs.length },
    effect,
  };
}

function flips(pairs: readonly Pair[], tasks: readonly string[]): Pick<HeadToHead, 'gained' | 'lost'> {
  const [gained, lost]: [string[], string[]] = [[], []];
  for (const [task, of] of Map.groupBy(pairs, (pair) => pair.task)) {
    const share = (side: 'base' | 'stack') => of.reduce((sum, pair) => sum + pair[side].pass, 0) / of.length;
    const [before, after] = [share('base'), share('stack')];
    const name = tasks[task];
    if (name === undefined) continue;
    if (before < 0.5 && after > 0.5) gained.push(name);
    if (before > 0.5 && after < 0.5) lost.push(name);
  }
  return { gained: gained.sort(), lost: lost.sort() };
}
