/** All that a model is told when it is asked for proposals. */
import type { Surface, SurfaceContents } from '../../harness/surface.ts';
import type { Weakness } from '../../mining/weakness.ts';
import type { Proposal } from '../proposal.ts';

/** An edit that was tried before, and what became of it, as the ledger has it. */
export interface PastAttempt {
  readonly proposal: Pick<Proposal, 'title' | 'mechanism' | 'surface' | 'edits'>;
  /** 'rejected', 'refused', 'unresolved', … */
  readonly decision: string;
  readonly reason: string;
}

export interface ProposalBrief {
  /** Ranked, the gravest first. */
  readonly weaknesses: readonly Weakness[];
  /** What one representative trial did, by weakness id; weaknesses without one are shown by their quotes. */
  readonly digests: ReadonlyMap<string, string>;
  readonly surfaces: readonly Surface[];
  readonly contents: SurfaceContents;
  /** Oldest first. */
  readonly attempts: readonly PastAttempt[];
  /** K: proposals asked for at most. */
  readonly candidates: number;
  /** Characters one proposal may add. */
  readonly maxAddedChars: number;
}

/** The weaknesses a proposal can be about. */
export function addressable(brief: Pick<ProposalBrief, 'weaknesses'>): Weakness[] {
  return brief.weaknesses.filter((weakness) => weakness.addressable);
}
