/**
 * The rows of the bench and what is counted in each. A repetition depends on its number and the seed alone.
 */
import type { ExperimentSettings } from '../../src/validation/experiment/experiment.ts';
import { confirms } from '../../src/validation/experiment/head-to-head.ts';
import { type Simulation, simulateCampaign, simulateFinal } from '../../src/validation/power/simulate.ts';
import { type Random, randomFrom } from '../../src/validation/random.ts';
import { drawWorld, TASKS, WORLDS, type World, type WorldName } from './worlds.ts';

export const ALPHA = 0.05;
const PASSES = 12;
const EXTRA = 8;
const BASELINE = 3;
const FINAL = 3;
const SHOCK = 0.1;

/** `campaign`: looks after dispatches, as the product does. `every pass`: looks after each, as the sketch does. */
export type Way = 'campaign' | 'every pass' | 'one at a time' | 'paper';

export interface Row {
  readonly world: WorldName;
  readonly edits: number;
  readonly shock: number;
  readonly blocks: number;
  readonly way: Way;
}

export interface Counts {
  campaigns: number;
  /** Campaigns that accepted an edit that changes nothing for the better. */
  anyFalse: number;
  /** Sum over campaigns of the share of good edits that were accepted. */
  found: number;
  /** Campaigns that accepted any good edit. */
  foundAny: number;
  overfit: number;
  trials: number;
  groups: number;
  dispatches: number;
  /** Campaigns whose final confirmed, and those of them whose interval holds the truth. */
  opened: number;
  covered: number;
}

const worlds = Object.keys(WORLDS) as WorldName[];
const usual = { shock: 0, blocks: 8 } as const;

export const ROWS: readonly Row[] = [
  ...worlds.flatMap((world) =>
    [4, 7].flatMap((edits): Row[] => [
      { ...usual, world, edits, way: 'campaign' },
      { ...usual, world, edits, way: 'every pass' },
      { ...usual, world, edits, shock: SHOCK, way: 'campaign' },
      { ...usual, world, edits, way: 'one at a time' },
      { ...usual, world, edits, way: 'paper' },
    ]),
  ),
  ...([4, 2, 1] as const).flatMap((blocks) =>
    [4, 7].flatMap((edits) =>
      (['none', 'clusters'] as const).map(
        (world): Row => ({ ...usual, blocks, world, edits, way: 'campaign' }),
      ),
    ),
  ),
];

export function emptyCounts(): Counts {
  return {
    campaigns: 0,
    anyFalse: 0,
    found: 0,
    foundAny: 0,
    overfit: 0,
    trials: 0,
    groups: 0,
    dispatches: 0,
    opened: 0,
    covered: 0,
  };
}

export interface Share {
  readonly seed: number;
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

export function countShare({ seed, row: index, from, to }: Share): Counts {
  const row = ROWS[index];
  if (row === undefined) throw new RangeError(`no row ${index}`);
  const counts = emptyCounts();
  for (let repetition = from; repetition < to; repetition += 1) {
    // The same worlds in every row of a world and a number of edits, whatever tries them.
    const draw = [seed, worlds.indexOf(row.world), row.edits, repetition];
    const random = randomFrom(draw);
    const world = drawWorld(row.world, row.edits, random, random.below(2 ** 31));
    add(counts, row, world, randomFrom([...draw, 1]), random.below(2 ** 31));
  }
  return counts;
}

function add(counts: Counts, row: Row, world: World, random: Random, seed: number): void {
  const simulation = simulationOf(row, world, random, seed);
  const end =
    row.way === 'paper'
      ? byPaper(simulation)
      : row.way === 'one at a time'
        ? oneAtATime(simulation)
        : together(simulation);
  const accepted = new Set(end.accepted);
  const isAccepted = world.good.map((_, edit) => accepted.has(nameOf(edit)));
  const good = world.good.filter(Boolean).length;
  const right = isAccepted.filter((one, edit) => one && world.good[edit]).length;
  counts.campaigns += 1;
  counts.anyFalse += isAccepted.some((one, edit) => one && !world.good[edit]) ? 1 : 0;
  counts.found += good === 0 ? 0 : right / good;
  counts.foundAny += right > 0 ? 1 : 0;
  counts.overfit += end.overfit;
  counts.trials += end.trials;
  counts.groups += end.groups;
  counts.dispatches += end.dispatches;
  if (row.way === 'campaign' && end.accepted.length > 0) addFinal(counts, simulation, end);
}

interface End {
  readonly accepted: readonly string[];
  readonly overfit: number;
  readonly trials: number;
  readonly groups: number;
  readonly dispatches: number;
  /** Gain that the experiment promised. */
  readonly expected: number;
}

function together(simulation: Simulation): End {
  const { examination, trials, groups } = simulateCampaign(simulation);
  const { accepted, standings, dispatches } = examination;
  return {
    accepted,
    overfit: standings.filter(({ decision }) => decision === 'overfit').length,
    trials,
    groups,
    dispatches: 1 + dispatches,
    expected: standings
      .filter(({ decision }) => decision === 'accepted')
      .reduce((sum, { effect }) => sum + (effect.overall?.mean ?? 0), 0),
  };
}

/** Each edit against the baseline by itself, with the same e-process at α/K. */
function oneAtATime(simulation: Simulation): End {
  const { settings, baselinePasses } = simulation;
  const alone = settings.edits.map((edit, index) =>
    simulateCampaign({
      ...simulation,
      settings: {
        ...settings,
        edits: [edit],
        alpha: settings.alpha / settings.edits.length,
        seed: settings.seed + index,
      },
    }),
  );
  const baseline = baselinePasses * TASKS;
  return {
    accepted: alone.flatMap(({ examination }) => examination.accepted),
    overfit: 0,
    trials: baseline + alone.reduce((sum, { trials }) => sum + trials - baseline, 0),
    groups: baselinePasses + alone.reduce((sum, { groups }) => sum + groups - baselinePasses, 0),
    dispatches: 1 + alone.reduce((sum, { examination }) => sum + examination.dispatches, 0),
    expected: 0,
  };
}

/** Neither split's pass count falls and one rises, over two repeats of both (Zhang et al., arXiv 2606.09498). */
function byPaper({ settings, agent, random }: Simulation): End {
  const repeats = 2;
  const count = (on: readonly string[]) => {
    const passes = { held_in: 0, held_out: 0, sealed: 0 };
    for (const [task, split] of settings.splits)
      for (let repeat = 0; repeat < repeats; repeat += 1)
        if (random.next() < Math.min(0.99, Math.max(0.01, agent.rate(on, task)))) passes[split] += 1;
    return passes;
  };
  const before = count([]);
  const accepted = settings.edits
    .map(({ id }) => id)
    .filter((id) => {
      const after = count([id]);
      const [heldIn, heldOut] = [after.held_in - before.held_in, after.held_out - before.held_out];
      return heldIn >= 0 && heldOut >= 0 && heldIn + heldOut > 0;
    });
  const runs = repeats * (1 + settings.edits.length);
  return { accepted, overfit: 0, trials: runs * TASKS, groups: runs, dispatches: runs, expected: 0 };
}

function addFinal(counts: Counts, simulation: Simulation, { accepted, expected }: End): void {
  const figures = simulateFinal(simulation, accepted, FINAL);
  if (figures === null || !confirms(figures.pass.overall, expected)) return;
  counts.opened += 1;
  const { agent, settings } = simulation;
  const rate = (on: readonly string[], task: string) => Math.min(0.99, Math.max(0.01, agent.rate(on, task)));
  const tasks = [...settings.splits.keys()];
  const truth = tasks.reduce((sum, task) => sum + rate(accepted, task) - rate([], task), 0) / tasks.length;
  const [low, high] = figures.pass.overall.interval ?? [0, 0];
  if (low <= truth && truth <= high) counts.covered += 1;
}

function simulationOf(row: Row, world: World, random: Random, seed: number): Simulation {
  const settings: ExperimentSettings = {
    edits: world.aims.map((aims, edit) => ({ id: nameOf(edit), aims: aims.map(taskOf) })),
    conflicts: [],
    splits: new Map(
      Array.from({ length: TASKS }, (_, task) => [
        taskOf(task),
        world.heldOut.has(task) ? 'held_out' : 'held_in',
      ]),
    ),
    alpha: ALPHA,
    alphaHarm: ALPHA,
    outcome: 'pass',
    passes: PASSES,
    extraPasses: EXTRA,
    blocksPerPass: row.blocks,
    margin: null,
    vetoes: { cost: null, time: null },
    seed,
  };
  const flags = (on: readonly string[]) => world.good.map((_, edit) => on.includes(nameOf(edit)));
  return {
    settings,
    agent: {
      rate: (on, task) => world.rate(flags(on), Number(task.slice(1))),
      invalidShare: (on) => world.invalidShare(flags(on)),
    },
    baselinePasses: BASELINE,
    shock: row.shock,
    random,
    ...(row.way === 'campaign' ? {} : { passesOf: () => 1 }),
  };
}

function nameOf(edit: number): string {
  return `e${edit}`;
}

function taskOf(task: number): string {
  return `t${String(task).padStart(2, '0')}`;
}
