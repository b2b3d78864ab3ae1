/**
 * The rules side by side: each takes one candidate of a draw and says whether it accepts, after how many trials.
 */
import jstat from 'jstat';
import { difference, type ScheduledBlock, scheduleBlocks } from '../../src/validation/block.ts';
import type { Cell, Split } from '../../src/validation/cell.ts';
import { eProcess } from '../../src/validation/e-process.ts';
import { judge } from '../../src/validation/gate.ts';
import { ALPHA, CANDIDATES, type Draw, HELD_IN, HISTORY, MAX_PASSES, TASKS } from './population.ts';

export interface Answer {
  readonly accepted: boolean;
  /** Candidate trials run. */
  readonly trials: number;
  /** Baseline trials run for it, shared by the candidates of a campaign. */
  readonly baseline: number;
}

export const RuleName = ['paper', 't-test', 'gate', 'gate+history', 'by pass', 'oracle'] as const;
export type RuleName = (typeof RuleName)[number];

/** What every rule says of one candidate of a draw. */
export function answers(draw: Draw, candidate: number, seed: number): Record<RuleName, Answer> {
  const withHistory = gate(draw, candidate, { history: true, seed });
  return {
    paper: paper(draw, candidate),
    't-test': pairedT(draw, candidate),
    gate: gate(draw, candidate, { history: false, seed }).everyPair,
    'gate+history': withHistory.everyPair,
    'by pass': withHistory.byPass,
    oracle: oracle(draw, candidate),
  };
}

function paper(draw: Draw, candidate: number): Answer {
  const repeats = 2;
  const gains = [0, 0];
  for (let task = 0; task < TASKS; task += 1) {
    const split = task < HELD_IN ? 0 : 1;
    gains[split] = (gains[split] ?? 0) + taskGain(draw, candidate, task, repeats);
  }
  const accepted = gains.every((gain) => gain >= 0) && gains.some((gain) => gain > 0);
  return { accepted, trials: repeats * TASKS, baseline: repeats * TASKS };
}

/** One-sided paired t-test of task means at α/K over five repeats. */
function pairedT(draw: Draw, candidate: number): Answer {
  const repeats = 5;
  const gains = Array.from(
    { length: TASKS },
    (_, task) => taskGain(draw, candidate, task, repeats) / repeats,
  );
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / TASKS;
  const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / (TASKS - 1);
  const accepted = mean > 0 && mean / Math.sqrt(variance / TASKS) >= T_CRITICAL;
  return { accepted, trials: repeats * TASKS, baseline: repeats * TASKS };
}

const T_CRITICAL = jstat.studentt.inv(1 - ALPHA / CANDIDATES, TASKS - 1);

/** Wald's test by one who knows every task's pass rate with and without the edit: a bound, not a rule. */
function oracle(draw: Draw, candidate: number): Answer {
  const miss = 0.05;
  let log = 0;
  let trials = 0;
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    for (let task = 0; task < TASKS; task += 1) {
      const passed = draw.candidates[candidate]?.[task]?.[pass] === 1;
      const [before, after] = [draw.base[task] ?? 0, draw.edited[task] ?? 0];
      trials += 1;
      log += passed ? Math.log(after / before) : Math.log1p(-after) - Math.log1p(-before);
      if (log >= Math.log(CANDIDATES / ALPHA)) return { accepted: true, trials, baseline: 0 };
      if (log <= Math.log(miss)) return { accepted: false, trials, baseline: 0 };
    }
  }
  return { accepted: false, trials, baseline: 0 };
}

interface GateRun {
  readonly history: boolean;
  readonly seed: number;
}

/**
 * The product's own `judge` after every pass, as campaigns call it (`byPass`); and the same with its acceptance
 * condition looked at after every pair, once every task was seen (`everyPair`).
 */
function gate(draw: Draw, candidate: number, run: GateRun): { byPass: Answer; everyPair: Answer } {
  const looks = acceptances(draw, candidate, run);
  let everyPair: Answer | null = null;
  const baseline = cells('baseline', draw.baseline, MAX_PASSES);
  const edited = cells('c1', draw.candidates[candidate] ?? [], MAX_PASSES);
  const history = run.history ? cells('baseline', draw.history, HISTORY) : [];
  for (let passes = 1; passes <= MAX_PASSES; passes += 1) {
    const accepted = looks.next().value;
    if (typeof accepted === 'number') everyPair ??= answer(true, accepted);
    const verdict = judge({
      rule: 'sequential',
      baseline: baseline.slice(0, passes * TASKS),
      candidate: edited.slice(0, passes * TASKS),
      history,
      splits: SPLITS,
      candidates: CANDIDATES,
      alpha: ALPHA,
      budget: { maxPasses: MAX_PASSES, trialsLeft: null },
      seed: run.seed,
    });
    if (verdict.next === 'stop') {
      const byPass = answer(verdict.verdict === 'accept', passes * TASKS);
      return { byPass, everyPair: everyPair ?? byPass };
    }
  }
  throw new Error('a gate without budget must stop');
}

/** A gate runs one fresh baseline trial beside every candidate trial. */
function answer(accepted: boolean, trials: number): Answer {
  return { accepted, trials, baseline: trials };
}

/**
 * For each pass, the number of pairs at which the e-value first stood at the bar with every guard met and
 * every task seen; null while it has not. Lazy, because most candidates are dropped after two or three passes.
 */
function* acceptances(draw: Draw, candidate: number, run: GateRun): Generator<number | null> {
  const blocks = schedule(draw, candidate, run);
  const gains = { held_in: 0, held_out: 0, sealed: 0 };
  let seen = 0;
  let accepted: number | null = null;
  for (const { e, broken } of eProcess(blocks, TARGETS)) {
    const block = blocks[seen];
    if (block === undefined) break;
    gains[SPLITS.get(block.task) ?? 'held_in'] += difference(block);
    seen += 1;
    const standing = gains.held_in > -1e-9 && gains.held_out > -1e-9 && broken <= 1;
    if (seen >= TASKS && standing && e >= TARGETS.better) accepted ??= seen;
    if (seen % TASKS === 0) yield accepted;
  }
}

const TARGETS = { better: CANDIDATES / ALPHA, worse: 1 / ALPHA };

function schedule(draw: Draw, candidate: number, { history, seed }: GateRun): ScheduledBlock[] {
  const byPass = (outcomes: readonly (readonly number[])[]) =>
    new Map(NAMES.map((name, task) => [name, new Map(outcomes[task]?.map((score, i) => [i + 1, [score]]))]));
  return scheduleBlocks(
    {
      candidate: byPass(draw.candidates[candidate] ?? []),
      baseline: byPass(draw.baseline),
      history: history
        ? new Map(NAMES.map((name, task) => [name, [...(draw.history[task] ?? [])]]))
        : new Map(),
    },
    { tasks: NAMES, plannedPasses: MAX_PASSES, seed },
  );
}

const NAMES = Array.from({ length: TASKS }, (_, task) => `task-${String(task).padStart(2, '0')}`);
const SPLITS: ReadonlyMap<string, Split> = new Map(
  NAMES.map((name, task) => [name, task < HELD_IN ? 'held_in' : 'held_out']),
);

/** Cells pass by pass, so that the first n·TASKS are those of n passes. */
function cells(arm: string, outcomes: readonly (readonly number[])[], passes: number): Cell[] {
  return Array.from({ length: passes * TASKS }, (_, index) => {
    const [pass, task] = [Math.floor(index / TASKS), index % TASKS];
    const score = outcomes[task]?.[pass] ?? 0;
    return {
      arm,
      task: NAMES[task] ?? '',
      attempt: pass + 1,
      outcome: score === 1 ? 'pass' : 'fail',
      score,
      tokens: null,
      costUsd: null,
      durationMs: null,
      trial: `${arm}-${index}`,
      message: null,
    };
  });
}

function taskGain(draw: Draw, candidate: number, task: number, repeats: number): number {
  let gain = 0;
  for (let attempt = 0; attempt < repeats; attempt += 1) {
    gain += (draw.candidates[candidate]?.[task]?.[attempt] ?? 0) - (draw.baseline[task]?.[attempt] ?? 0);
  }
  return gain;
}
