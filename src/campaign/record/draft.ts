/**
 * The campaign record while it grows. Rebuilt from the steps' results on every replay, so it needs no storage.
 */
import type { Trajectory } from '../../evidence/trajectory.ts';
import type { Cell, Split } from '../../validation/cell.ts';
import { BASE_ARM, type Block } from '../../validation/experiment/block.ts';
import type { Examination } from '../../validation/experiment/experiment.ts';
import type { Prepared, SplitMap } from '../context.ts';
import { settledCells } from '../evaluate/cells.ts';
import type { Gathered } from '../evaluate/dispatch.ts';
import type { Final } from '../experiment/final.ts';
import type { ExperimentBasis } from '../experiment/settings.ts';
import { verdictOf } from '../experiment/words.ts';
import type { Proposed } from '../propose/propose.ts';
import type { Study } from '../propose/study.ts';
import type { Candidate, Decision, GateSettings } from './record.ts';

export class Draft {
  prepared: Prepared | null = null;
  splits: SplitMap = new Map();
  heldOutUses = 0;
  study: Study | null = null;
  proposed: Proposed | null = null;
  candidates: readonly Candidate[] = [];
  settings: GateSettings | null = null;
  conflicts: readonly (readonly string[])[] = [];
  /** Of the experiment, in order. */
  readonly blocks: Block[] = [];
  final: Final | null = null;
  /** Trajectories that the campaign which this one extends has kept. */
  trajectoriesBefore: readonly Trajectory[] = [];
  /** Trials of the campaign that this one extends. */
  trialsBefore = 0;
  readonly notes: string[] = [];
  /** Filled by the campaign's context while evaluations end. */
  readonly gathered: readonly Gathered[];

  constructor(gathered: readonly Gathered[]) {
    this.gathered = gathered;
  }

  /** Cells that count: a valid rerun in the place of an invalid cell. */
  cells(): Cell[] {
    return settledCells(this.gathered);
  }

  baselineCells(): Cell[] {
    return this.cells().filter((cell) => cell.arm === BASE_ARM);
  }

  lastBaselineAttempt(): number {
    return this.baselineCells().reduce((most, cell) => Math.max(most, cell.attempt), 0);
  }

  /** Trials this campaign spent so far, invalid ones and reruns included; those of the one it extends are not its. */
  trials(): number {
    return this.gathered.reduce((total, one) => total + one.evaluation.trials, 0) - this.trialsBefore;
  }

  tasksOf(split: Split): string[] {
    return [...this.splits].filter(([, of]) => of === split).map(([task]) => task);
  }

  /** What the experiment stands on. @throws before there are settings */
  basis(): ExperimentBasis {
    const { settings, candidates, conflicts, splits } = this;
    if (settings === null) throw new Error('the experiment has no settings yet');
    return { settings, candidates, conflicts, splits };
  }

  /** Writes the verdicts into the candidates. `ended`: nothing more is run. */
  judge({ standings }: Examination, ended: boolean): void {
    const { settings } = this.basis();
    const byId = new Map(standings.map((standing) => [standing.id, standing]));
    this.candidates = this.candidates.map((candidate) => {
      const standing = byId.get(candidate.id);
      if (standing === undefined) return candidate;
      const verdict = verdictOf(standing, { settings, ended });
      return { ...candidate, verdict, decision: DECISIONS[verdict.verdict], reason: verdict.words };
    });
  }
}

const DECISIONS = {
  accept: 'accepted',
  reject: 'rejected',
  unresolved: 'unresolved',
} as const satisfies Record<string, Decision>;
