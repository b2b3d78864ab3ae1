/**
 * The comparison of two folders on real repeats: agents of Terminal-Bench 1, five runs of 80 tasks each.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readAllTraces } from '../../src/traces/read/read.ts';
import type { Trial } from '../../src/traces/trial.ts';
import type { GateVerdict } from '../../src/validation/compare/compare.ts';
import { gateReport } from '../../src/validation/compare/gate-report.ts';
import { randomFrom, shuffled } from '../../src/validation/random.ts';

export type Agents = ReadonlyMap<string, readonly Trial[]>;

/** Trials by agent, steps dropped, the five runs told apart; null where the data is not there. */
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

export interface SameAgent {
  readonly edits: number;
  readonly draws: number;
  /** Share of draws called better though both sides are the same agent: by cells, by whole runs, by the paper's rule. */
  readonly perCell: number;
  readonly perRun: number;
  readonly paper: number;
}

/** Draws two of an agent's runs against two or three others of the SAME agent. */
export function compareWithItself(agents: Agents, draws: number, seed: number): SameAgent[] {
  const names = [...agents.keys()];
  return [1, 4].map((edits) => {
    const counts = { perCell: 0, perRun: 0, paper: 0 };
    for (let index = 0; index < draws; index += 1) {
      const random = randomFrom([seed, index]);
      const trials = agents.get(names[random.below(names.length)] ?? '') ?? [];
      const runs = shuffled([...new Set(trials.map(runOf))].sort(), [seed, index, 1]);
      const pick = (from: number, to: number) => {
        const own = new Set(runs.slice(from, to));
        return trials.filter((trial) => own.has(runOf(trial)));
      };
      const ask = (rule: 'sequential' | 'paper'): GateVerdict | null => {
        const report = gateReport(pick(2, 5), pick(0, 2), { candidates: edits, rule });
        return report.ok ? report.verdict : null;
      };
      const verdict = ask('sequential');
      if (verdict?.per_cell.verdict === 'accept') counts.perCell += 1;
      if (verdict?.per_run?.verdict === 'accept') counts.perRun += 1;
      if (ask('paper')?.verdict === 'accept') counts.paper += 1;
    }
    return {
      edits,
      draws,
      perCell: counts.perCell / draws,
      perRun: counts.perRun / draws,
      paper: counts.paper / draws,
    };
  });
}

function runOf({ run, source }: Trial): string {
  return run ?? source.path.split('/').slice(0, -1).join('/');
}

/** The verdicts on two pairs of different agents, all five repeats, as one candidate of one and of four. */
export function compareAgents(
  agents: Agents,
): { pair: string; candidates: number; verdict: string; words: string }[] {
  const pairs = [
    ['20250923_droid_claude-4-sonnet', '20250923_droid_claude-4-1-opus'],
    ['20250829_goose_claude-4-sonnet', '20250711_openhands_claude-4-sonnet'],
  ] as const;
  return pairs.flatMap(([baseline, candidate]) =>
    [1, 4].map((candidates) => {
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
