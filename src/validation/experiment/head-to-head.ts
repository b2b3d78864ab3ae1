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
import { openCostBook } from './cost.ts';
import { type BlockDifference, effectOf } from './effect.ts';
import type { Observation, ObservedBlock } from './experiment.ts';
import type { Comparison, ComparisonBySplit, FinalFigures } from './verdict.ts';

/** The stack, as the one edit of its blocks. */
export const STACK = 'stack';

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
        seed: finalSeed(seed),
      }),
    );
  }
  return dealt;
}

/** The final draws coins of its own. */
export function finalSeed(seed: number): number {
  return randomFrom([seed, 4]).below(2 ** 31);
}

/** Compares the two arms of a final; null where no task has a valid run of both. */
export function compareHeadToHead(
  observed: readonly ObservedBlock[],
  splits: ReadonlyMap<string, Split>,
): FinalFigures | null {
  const tasks = [...new Set(observed.flatMap(({ block }) => block.tasks))].sort();
  const index = new Map(tasks.map((task, position) => [task, position]));
  const aims = [new Uint8Array(tasks.length)];
  const channel = openChannel({ tasks: tasks.length, aims, leastVariance: 0.15 });
  const costs = openCostBook();
  const pairs: Pair[] = [];
  const invalid = { baseline: 0, candidate: 0 };
  for (const { block, first, second } of observed) {
    const stackFirst = block.heads.includes(STACK);
    const differences: (number | null)[] = [];
    for (const task of block.tasks) {
      const [stack, base] = stackFirst
        ? [first.get(task), second.get(task)]
        : [second.get(task), first.get(task)];
      if (base === undefined || base.pass === null) invalid.baseline += 1;
      if (stack === undefined || stack.pass === null) invalid.candidate += 1;
      costs.add(index.get(task) ?? 0, stack ?? {}, base ?? {});
      const pair = pairOf(block.block, index.get(task) ?? 0, base, stack);
      if (pair !== null) pairs.push(pair);
      const up = pair === null ? null : pair.candidate.pass - pair.baseline.pass;
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
  const pass = bySplit(pairs, tasks, splits, (one) => one.pass);
  if (pass === null) return null;
  const graded = pairs.some((pair) =>
    [pair.baseline, pair.candidate].some(({ score, pass: passed }) => score !== passed),
  );
  return {
    pass,
    score: graded ? bySplit(pairs, tasks, splits, (one) => one.score) : null,
    e_value: Math.exp(channel.gain(0)),
    harm_e_value: Math.exp(channel.harm(0)),
    invalid,
    flips: flips(pairs, tasks),
    cost: costs.ratios(),
    passes: new Set(observed.map(({ block }) => block.pass)).size,
  };
}

/**
 * Whether the final confirms the experiment: not where the stack is worse, and not where "no gain" is possible and the
 * gain is under a third of what the experiment said.
 *
 * @param expected gain the experiment promised, on the same outcome (1 = 100 points)
 */
export function confirms({ delta, interval }: Comparison, expected: number): boolean {
  if (delta === null || interval === null || interval[1] < 0) return false;
  return interval[0] > 0 || delta >= Math.max(0, expected) / 3;
}

interface Valid {
  readonly pass: number;
  readonly score: number;
}

interface Pair {
  readonly block: number;
  readonly task: number;
  readonly baseline: Valid;
  readonly candidate: Valid;
}

function pairOf(
  block: number,
  task: number,
  base: Observation | undefined,
  stack: Observation | undefined,
): Pair | null {
  const [a, b] = [validOf(base), validOf(stack)];
  return a === null || b === null ? null : { block, task, baseline: a, candidate: b };
}

function validOf(one: Observation | undefined): Valid | null {
  return one === undefined || one.pass === null ? null : { pass: one.pass, score: one.score ?? one.pass };
}

function bySplit(
  pairs: readonly Pair[],
  tasks: readonly string[],
  splits: ReadonlyMap<string, Split>,
  read: (one: Valid) => number,
): ComparisonBySplit | null {
  const of = (split: Split) =>
    comparison(
      pairs.filter(({ task }) => splits.get(tasks[task] ?? '') === split),
      read,
    );
  const overall = comparison(pairs, read);
  return overall === null
    ? null
    : { overall, held_in: of('held_in'), held_out: of('held_out'), sealed: of('sealed') };
}

function comparison(pairs: readonly Pair[], read: (one: Valid) => number): Comparison | null {
  const differences: BlockDifference[] = pairs.map(({ block, task, baseline, candidate }) => ({
    block,
    task,
    value: read(candidate) - read(baseline),
  }));
  const effect = effectOf(differences);
  if (effect === null) return null;
  const sum = (side: 'baseline' | 'candidate') => pairs.reduce((total, pair) => total + read(pair[side]), 0);
  return {
    baseline: { pass: sum('baseline'), n: pairs.length },
    candidate: { pass: sum('candidate'), n: pairs.length },
    delta: effect.mean,
    interval: [effect.low, effect.high],
  };
}

function flips(pairs: readonly Pair[], tasks: readonly string[]): FinalFigures['flips'] {
  const [gained, lost]: [string[], string[]] = [[], []];
  for (const [task, of] of Map.groupBy(pairs, (pair) => pair.task)) {
    const share = (side: 'baseline' | 'candidate') =>
      of.reduce((sum, pair) => sum + pair[side].pass, 0) / of.length;
    const [before, after] = [share('baseline'), share('candidate')];
    const name = tasks[task];
    if (name === undefined) continue;
    if (before < 0.5 && after > 0.5) gained.push(name);
    if (before > 0.5 && after < 0.5) lost.push(name);
  }
  return { gained: gained.sort(), lost: lost.sort() };
}
