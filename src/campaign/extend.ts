/**
 * The loop of a campaign that extends another: no baseline of its own, no mining, no new edits.
 */

import { splitMap } from '../evidence/split-map.ts';
import { NO_USAGE } from '../model/usage.ts';
import type { CampaignContext, Prepared } from './context.ts';
import { decide } from './experiment/decide.ts';
import { readExtension } from './experiment/extension.ts';
import { CampaignFailure } from './failure.ts';
import { heldOutUses, type Ledger } from './ledger/ledger.ts';
import { recall } from './ledger/memory.ts';
import { makeCandidate, textsAdded } from './propose/candidates.ts';
import { acceptedProposals } from './propose/prunings.ts';
import type { Draft } from './record/draft.ts';
import type { Candidate, Ending } from './record/record.ts';

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
  const { record, settings, gathered, trajectories } = extended.extension;
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
  draft.settings = settings;
  draft.conflicts = record.experiment.conflicts;
  draft.blocks.push(...record.experiment.blocks);
  draft.trajectoriesBefore = trajectories;
  draft.notes.push(
    `This campaign goes on where ${record.id} ended: what that campaign ran belongs to it, and counts in what was spent.`,
  );
  const tasks = [...draft.splits.keys()];
  const memory = await context.durable.step('recall', () => recall(context.forge));
  const ownTexts = settings.margin === null ? [] : textsAdded(acceptedProposals(ledger));
  const candidates = record.candidates.map((candidate): Candidate => {
    if (candidate.decision === 'refused') return candidate;
    const { id, proposal, aims } = candidate;
    const made = makeCandidate(prepared, proposal, id, { tasks, ownTexts, aims });
    if (made.harness_hash !== candidate.harness_hash)
      throw new CampaignFailure(
        `${id} of ${record.id} cannot be made again as it was: ${made.reason}. \`/harness improve\` starts afresh.`,
      );
    return candidate;
  });
  draft.candidates = candidates;
  const runnable = candidates.filter(({ decision }) => decision !== 'refused');
  const maker = { foundation: prepared, candidates: runnable, tasks, ownTexts };
  return decide(context, prepared, draft, maker, new Set(memory.refused));
}
