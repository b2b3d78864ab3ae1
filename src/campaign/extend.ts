/**
 * The loop of a campaign that extends another: no baseline of its own, no mining, no new edits.
 */

import { splitMap } from '../evidence/split-map.ts';
import { NO_USAGE } from '../model/usage.ts';
import type { CampaignContext, Prepared } from './context.ts';
import { CampaignFailure } from './failure.ts';
import { heldOutUses, type Ledger } from './ledger/ledger.ts';
import { recall } from './ledger/memory.ts';
import { makeCandidate, textsAdded } from './propose/candidates.ts';
import { acceptedProposals } from './propose/prunings.ts';
import type { Draft } from './record/draft.ts';
import type { Candidate, Ending } from './record/record.ts';
import { decide } from './validate/decide.ts';
import { readExtension } from './validate/extension.ts';

/** Gives the unresolved edits of an ended campaign more passes. */
export async function extendCampaign(
  context: CampaignContext,
  prepared: Prepared,
  draft: Draft,
  { campaign, ledger }: { readonly campaign: string; readonly ledger: Ledger },
): Promise<Ending> {
  const extended = await context.durable.step('read what is extended', () =>
    readExtension(context, prepared, campaign),
  );
  if (!extended.ok) throw new CampaignFailure(extended.reason);
  const { record, open, before, history, historyTo, gathered } = extended.extension;
  context.gathered.push(...gathered);
  draft.trialsBefore = gathered.reduce((total, one) => total + one.evaluation.trials, 0);
  draft.splits = splitMap(record.splits);
  draft.heldOutUses = heldOutUses(ledger, record.splits.held_out);
  draft.study = {
    weaknesses: record.weaknesses,
    setApart: record.set_apart,
    agent: record.agent.name,
    usage: NO_USAGE,
    notes: [],
  };
  draft.settings = record.settings;
  draft.notes.push(
    `This campaign goes on where ${record.id} ended: its first ${before.passes} passes are that campaign's, and count in what was spent.`,
  );
  const tasks = [...draft.splits.keys()];
  const memory = await context.durable.step('recall', () => recall(context.forge));
  const ownTexts = record.settings.margin === undefined ? [] : textsAdded(acceptedProposals(ledger));
  const candidates: Candidate[] = [];
  for (const candidate of record.candidates) {
    if (!open.includes(candidate.id) && candidate.decision !== 'accepted') {
      candidates.push(candidate);
      continue;
    }
    const made = await context.durable.step(`make ${candidate.id}`, () =>
      makeCandidate(context, prepared, candidate.proposal, candidate.id, tasks, ownTexts),
    );
    if (made.harness_hash !== candidate.harness_hash) {
      throw new CampaignFailure(
        `${candidate.id} of ${record.id} cannot be made again as it was: ${made.reason}. \`/harness improve\` starts afresh.`,
      );
    }
    // Its old branch is gone; commit and verdict are of the same content.
    const { verdict, basis, decision, reason } = candidate;
    candidates.push({ ...made, verdict, basis, decision, reason });
  }
  draft.candidates = candidates;
  return decide(context, prepared, draft, {
    candidates: candidates.filter((candidate) => open.includes(candidate.id)),
    settings: record.settings,
    weaknesses: record.weaknesses,
    history,
    historyTo,
    before,
    ownTexts,
    refused: new Set(memory.refused),
  });
}
