/** An experiment on tasks whose outcomes are given by a function. */
import type { Split } from '../../../src/validation/cell.ts';
import { type Block, editsOn, type Side } from '../../../src/validation/experiment/block.ts';
import {
  type Examination,
  type ExperimentSettings,
  examine,
  nextPasses,
  type Observation,
  type ObservedBlock,
} from '../../../src/validation/experiment/experiment.ts';

export function settings(over: Partial<ExperimentSettings> = {}): ExperimentSettings {
  const tasks = Array.from({ length: 40 }, (_, index) => `t${String(index).padStart(2, '0')}`);
  return {
    edits: [
      { id: 'c1', aims: [] },
      { id: 'c2', aims: [] },
    ],
    conflicts: [],
    splits: new Map(
      tasks.map((task, index): [string, Split] => [task, index % 4 === 3 ? 'held_out' : 'held_in']),
    ),
    alpha: 0.05,
    alphaHarm: 0.05,
    outcome: 'both',
    passes: 12,
    extraPasses: 8,
    blocksPerPass: 8,
    margin: null,
    vetoes: { cost: null, time: null },
    seed: 3,
    ...over,
  };
}

export type Outcome = (on: readonly string[], task: string, block: Block, side: Side) => Observation;

export function observed(
  blocks: readonly Block[],
  of: ExperimentSettings,
  outcome: Outcome,
): ObservedBlock[] {
  const order = of.edits.map(({ id }) => id);
  return blocks.map((block) => {
    const side = (which: Side) =>
      new Map(
        block.tasks.map((task) => [task, outcome(editsOn(block, which, order), task, block, which)] as const),
      );
    return { block, first: side('first'), second: side('second') };
  });
}

/** Runs pass by pass until it is over. */
export function run(of: ExperimentSettings, outcome: Outcome): { state: Examination; seen: ObservedBlock[] } {
  const seen: ObservedBlock[] = [];
  let state = examine(of, [], seen);
  while (!state.over) {
    const blocks = nextPasses(of, state, 1);
    seen.push(...observed(blocks, of, outcome));
    state = examine(of, [], seen);
  }
  return { state, seen };
}

/** Pass or fail, nothing graded. */
export const verdict = (pass: boolean): Observation => ({ pass: pass ? 1 : 0, score: pass ? 1 : 0 });
