/**
 * What a pruning campaign tries: deletions of what the bot added, and of rules that say again what others say.
 */
import type { Weakness } from '../../mining/weakness.ts';
import { pruneProposals } from '../../proposing/catalog/prune.ts';
import type { Proposal } from '../../proposing/proposal.ts';
import { contentsMap, type Foundation } from '../context.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Proposed } from './propose.ts';

export interface PruneAsk {
  readonly ledger: Ledger;
  /** Ids of proposals that people refused. */
  readonly refused: ReadonlySet<string>;
  readonly weaknesses: readonly Weakness[];
}

/** Deletions that still apply, at most `proposer.candidates`, best first. */
export function prunings(foundation: Foundation, { ledger, refused, weaknesses }: PruneAsk): Proposed {
  const tried = ledger.lines.flatMap((line) =>
    line.kind === 'edit' && (line.decision === 'rejected' || line.decision === 'refused')
      ? [line.proposal.id]
      : [],
  );
  const proposals = pruneProposals({
    surfaces: foundation.config.surfaces,
    contents: contentsMap(foundation),
    accepted: acceptedProposals(ledger),
    weaknesses,
    refused: new Set([...refused, ...tried]),
  });
  return {
    proposals: proposals.slice(0, foundation.config.proposer.candidates),
    label: 'catalog',
    model: null,
    usage: { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: null },
    notes: [],
  };
}

/** Proposals that campaigns accepted, the oldest first. */
export function acceptedProposals(ledger: Ledger): Proposal[] {
  return ledger.lines.flatMap((line) =>
    line.kind === 'edit' && line.decision === 'accepted' ? [line.proposal] : [],
  );
}
