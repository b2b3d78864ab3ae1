/**
 * A whole campaign in simulation: the experiment's own code on outcomes that are drawn.
 */
import type { Cell } from '../cell.ts';
import { type Block, editsOn, type Side } from '../experiment/block.ts';
import {
  type Examination,
  type ExperimentSettings,
  nextPasses,
  type Observation,
  type ObservedBlock,
  openExperiment,
  passesOfDispatch,
} from '../experiment/experiment.ts';
import { compareHeadToHead, dealFinal, STACK } from '../experiment/head-to-head.ts';
import type { FinalFigures } from '../experiment/verdict.ts';
import type { Random } from '../random.ts';

/** What the campaign does not know: how the agent does with any set of edits on. */
export interface SimulatedAgent {
  /** Chance that a run of a task passes with these edits on; clipped to 1..99 %. */
  rate(on: readonly string[], task: string): number;
  /** Chance that a run which would have failed ends without a verdict. */
  invalidShare?(on: readonly string[]): number;
}

export interface Simulation {
  readonly settings: ExperimentSettings;
  readonly agent: SimulatedAgent;
  /** Passes of the baseline before the experiment. */
  readonly baselinePasses: number;
  /** Standard deviation of what all runs of one group share, such as a bad hour of the provider (1 = 100 points). */
  readonly shock: number;
  readonly random: Random;
  /** Passes until the next look. Default: as a campaign does. */
  readonly passesOf?: (settings: ExperimentSettings, state: Examination) => number;
}

export interface SimulatedEnd {
  readonly examination: Examination;
  /** The baseline's included, the final's not. */
  readonly trials: number;
  /** Runs of the eval command, the baseline's included. */
  readonly groups: number;
}

export function simulateCampaign(simulation: Simulation): SimulatedEnd {
  const { settings, baselinePasses } = simulation;
  const order = settings.edits.map(({ id }) => id);
  const tasks = [...settings.splits.keys()];
  const experiment = openExperiment(settings, baselineOf(simulation, tasks));
  let [trials, groups] = [baselinePasses * tasks.length, baselinePasses];
  let state = experiment.examination();
  while (!state.over) {
    const count = (simulation.passesOf ?? passesOfDispatch)(settings, state);
    const blocks = nextPasses(settings, state, count);
    if (blocks.length === 0) break;
    experiment.observe(
      blocks.map((block) => observed(simulation, block, (side) => editsOn(block, side, order))),
    );
    trials += blocks.reduce((sum, block) => sum + 2 * block.tasks.length, 0);
    groups += 2 * blocks.length;
    state = experiment.examination();
  }
  return { examination: state, trials, groups };
}

/** The fresh comparison of some edits together with the baseline; null where nothing had a verdict. */
export function simulateFinal(
  simulation: Simulation,
  stack: readonly string[],
  passes: number,
): FinalFigures | null {
  const { settings } = simulation;
  const blocks = dealFinal({
    tasks: [...settings.splits.keys()],
    passes,
    blocks: settings.blocksPerPass,
    from: 1,
    fromPass: 1,
    dispatch: 1,
    seed: settings.seed,
  });
  const side = (block: Block, which: Side) =>
    block.heads.includes(STACK) === (which === 'first') ? stack : [];
  return compareHeadToHead(
    blocks.map((block) => observed(simulation, block, (which) => side(block, which))),
    settings.splits,
  );
}

function baselineOf({ agent, baselinePasses, shock, random }: Simulation, tasks: readonly string[]): Cell[] {
  return Array.from({ length: baselinePasses }, (_, pass) => {
    const off = shock * normalDraw(random);
    return tasks.map((task): Cell => {
      const passed = random.next() < clipped(agent.rate([], task) + off);
      return {
        arm: 'baseline',
        task,
        attempt: pass + 1,
        outcome: passed ? 'pass' : 'fail',
        score: passed ? 1 : 0,
        tokens: null,
        costUsd: null,
        durationMs: null,
        trial: `${pass}/${task}`,
        message: null,
      };
    });
  }).flat();
}

function observed(
  { agent, shock, random }: Simulation,
  block: Block,
  onOf: (side: Side) => readonly string[],
): ObservedBlock {
  const side = (which: Side): Map<string, Observation> => {
    const on = onOf(which);
    const off = shock === 0 ? 0 : shock * normalDraw(random);
    const lost = agent.invalidShare?.(on) ?? 0;
    return new Map(
      block.tasks.map((task) => {
        const passed = random.next() < clipped(agent.rate(on, task) + off);
        const pass = passed ? 1 : lost > 0 && random.next() < lost ? null : 0;
        return [task, { pass, score: pass }];
      }),
    );
  };
  return { block, first: side('first'), second: side('second') };
}

/** Box and Muller. */
function normalDraw(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

function clipped(rate: number): number {
  return Math.min(0.99, Math.max(0.01, rate));
}
