/**
 * How long a decision takes on a large eval.
 */
import { editsOn } from '../../src/validation/experiment/block.ts';
import {
  type ExperimentSettings,
  examine,
  nextPasses,
  type ObservedBlock,
} from '../../src/validation/experiment/experiment.ts';
import { randomFrom } from '../../src/validation/random.ts';

const TASKS = 3_000;
const EDITS = 7;
const PASSES = 12;

/** Seconds of one `examine` over all blocks. */
export function secondsToDecide(seed: number): number {
  const random = randomFrom([seed, 9]);
  const names = Array.from({ length: TASKS }, (_, task) => `task-${task}`);
  const settings: ExperimentSettings = {
    edits: Array.from({ length: EDITS }, (_, edit) => ({
      id: `e${edit}`,
      aims: names.slice(300 * edit, 300 * edit + 300),
    })),
    conflicts: [],
    splits: new Map(names.map((name, task) => [name, task % 4 === 3 ? 'held_out' : 'held_in'])),
    alpha: 0.05,
    alphaHarm: 0.05,
    outcome: 'pass',
    passes: PASSES,
    extraPasses: 8,
    blocksPerPass: 8,
    margin: null,
    vetoes: { cost: null, time: null },
    seed,
  };
  const order = settings.edits.map(({ id }) => id);
  const none = examine(settings, [], []);
  // One dispatch of all passes: no edit is settled before the end, so that every pass counts.
  const observed = nextPasses(settings, none, PASSES).map((block): ObservedBlock => {
    const side = (which: 'first' | 'second') => {
      const on = editsOn(block, which, order).length;
      return new Map(
        block.tasks.map((task) => {
          const pass = random.next() < 0.4 + 0.02 * on ? 1 : 0;
          return [task, { pass, score: pass }] as const;
        }),
      );
    };
    return { block, first: side('first'), second: side('second') };
  });
  const started = performance.now();
  examine(settings, [], observed);
  return (performance.now() - started) / 1000;
}
