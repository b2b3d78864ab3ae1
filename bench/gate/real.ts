/**
 * The gate on real repeats: agents of Terminal-Bench 1, five runs of 80 tasks each.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readAllTraces } from '../../src/traces/read/read.ts';
import type { Trial } from '../../src/traces/trial.ts';
import type { Cell } from '../../src/validation/cell.ts';
import { judge } from '../../src/validation/gate.ts';
import { gateReport } from '../../src/validation/gate-report.ts';
import { randomFrom, shuffled } from '../../src/validation/random.ts';
import { assignSplits } from '../../src/validation/splits.ts';
import { matchTrials } from '../../src/validation/trial-cells.ts';
import { ALPHA, CANDIDATES } from './population.ts';

const REPEATS = 2;

export type Agents = ReadonlyMap<string, readonly Trial[]>;

/** Trials by agent, steps dropped; null where the data is not there. */
export async function readAgents(root: string): Promise<Agents | null> {
  const names = await readdir(root).catch(() => null);
  if (names === null) return null;
  const agents = new Map<string, Trial[]>();
  for (const name of names.sort()) {
    const { trials } = await readAllTraces([join(root, name)]);
    agents.set(
      name,
      trials.map((trial) => ({ ...trial, steps: [] })),
    );
  }
  return agents;
}

export interface NullResult {
  readonly draws: number;
  /** Draws in which the rule said "better", though both sides are the same agent. */
  readonly gate: number;
  readonly paper: number;
}

/**
 * Draws two of an agent's five repeats against two others of the SAME agent; the fifth serves the gate as history. The
 * gate looks after each of the two passes, with all its bets planned for these two: its most eager setting.
 */
export function compareWithItself(agents: Agents, draws: number, seed: number): NullResult {
  const repeats = [...agents].map(([name, trials]) => ({
    name,
    byTask: Map.groupBy(trials, ({ task }) => task),
  }));
  let gate = 0;
  let paper = 0;
  for (let index = 0; index < draws; index += 1) {
    const random = randomFrom([seed, index]);
    const agent = repeats[random.below(repeats.length)];
    if (agent === undefined) continue;
    const order = shuffled([0, 1, 2, 3, 4], [seed, index, 1]);
    const pick = (from: number, to: number): Trial[] =>
      [...agent.byTask.values()].flatMap((trials) =>
        order.slice(from, to).flatMap((repeat) => trials[repeat] ?? []),
      );
    const cells = matchTrials(pick(REPEATS, 5), pick(0, REPEATS));
    const splits = assignSplits(new Set(cells.candidate.map(({ task }) => task)), {
      key: `${seed}/${index}`,
      sealedFrom: null,
    });
    const ask = (rule: 'sequential' | 'paper', passes: number): boolean => {
      const upTo = (of: readonly Cell[]): Cell[] => of.filter(({ attempt }) => attempt <= passes);
      const verdict = judge({
        rule,
        baseline: upTo(cells.baseline),
        candidate: upTo(cells.candidate),
        history: cells.history,
        splits,
        candidates: CANDIDATES,
        alpha: ALPHA,
        budget: { maxPasses: REPEATS, trialsLeft: null },
        seed: seed + index,
      });
      return verdict.verdict === 'accept';
    };
    if (ask('sequential', 1) || ask('sequential', REPEATS)) gate += 1;
    if (ask('paper', REPEATS)) paper += 1;
  }
  return { draws, gate, paper };
}

/** The verdicts on two pairs of different agents, all five repeats, as one candidate of one and of K. */
export function compareAgents(
  agents: Agents,
): { pair: string; candidates: number; verdict: string; words: string }[] {
  const pairs = [
    ['20250923_droid_claude-4-sonnet', '20250923_droid_claude-4-1-opus'],
    ['20250829_goose_claude-4-sonnet', '20250711_openhands_claude-4-sonnet'],
  ] as const;
  return pairs.flatMap(([baseline, candidate]) =>
    [1, CANDIDATES].map((candidates) => {
      const report = gateReport(agents.get(baseline) ?? [], agents.get(candidate) ?? [], {
        candidates,
        allowModelChange: true,
      });
      const pair = `${baseline.slice(9)} → ${candidate.slice(9)}`;
      return report.ok
        ? { pair, candidates, verdict: report.verdict.verdict, words: report.verdict.words }
        : { pair, candidates, verdict: 'refused', words: report.refusal.message };
    }),
  );
}
