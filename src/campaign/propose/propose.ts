/**
 * Proposals from the catalog and, where one is configured, from a model, in one ranking.
 */
import type { Weakness } from '../../mining/weakness.ts';
import type { Model, ModelUsage } from '../../model/model.ts';
import { NO_USAGE } from '../../model/usage.ts';
import { catalogProposals } from '../../proposing/catalog/catalog.ts';
import { undoEdits } from '../../proposing/catalog/undo.ts';
import { representativeDigests, representativeTrials } from '../../proposing/model/model-evidence.ts';
import { proposeWithModel } from '../../proposing/model/model-proposer.ts';
import { novelProposals } from '../../proposing/novelty.ts';
import type { Proposal } from '../../proposing/proposal.ts';
import { rankProposals } from '../../proposing/rank.ts';
import { type CampaignContext, contentsMap, type Prepared } from '../context.ts';
import type { Gathered } from '../evaluate/dispatch.ts';
import { findTrials } from '../evaluate/find-trials.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { applyProposal } from './candidates.ts';

export interface Proposed {
  /** At most `proposer.candidates`, best first. */
  readonly proposals: readonly Proposal[];
  readonly label: 'self' | 'external' | 'catalog';
  readonly model: string | null;
  readonly usage: {
    readonly calls: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly costUsd: number | null;
  };
  /** What was declined or dropped, and why. */
  readonly notes: readonly string[];
}

export interface ProposeInput {
  readonly weaknesses: readonly Weakness[];
  readonly rejected: readonly Proposal[];
  readonly ledger: Ledger;
  readonly baseline: readonly Gathered[];
  /** All task ids: none may be copied into the harness. */
  readonly tasks: readonly string[];
  /** What the model was asked before, in this campaign. */
  readonly spent: ModelUsage;
}

export async function propose(
  context: CampaignContext,
  prepared: Prepared,
  input: ProposeInput,
): Promise<Proposed> {
  const { config } = prepared;
  const catalog = catalogProposals({
    weaknesses: input.weaknesses,
    surfaces: config.surfaces,
    contents: contentsMap(prepared),
    refused: new Set(input.rejected.map((proposal) => proposal.id)),
  });
  const model = context.deps.openModel(config, input.spent);
  const byModel = model.name === null ? NOT_ASKED : await askModel(context, prepared, input, model);
  const novel = novelProposals([...catalog, ...byModel.proposals], input.rejected);
  return {
    proposals: rankProposals(novel, input.weaknesses, { limit: config.proposer.candidates }),
    label: model.name === null ? 'catalog' : model.name === config.agent.model ? 'self' : 'external',
    model: model.name,
    usage: model.name === null ? NO_USAGE : model.spent(),
    notes: byModel.notes,
  };
}

interface ByModel {
  readonly proposals: readonly Proposal[];
  readonly notes: readonly string[];
}

const NOT_ASKED: ByModel = { proposals: [], notes: [] };

/** The model's proposals, each of which applies and passes the guards; a decline or a failure becomes a note. */
async function askModel(
  context: CampaignContext,
  prepared: Prepared,
  input: ProposeInput,
  model: Model,
): Promise<ByModel> {
  const { config } = prepared;
  const { redact } = context.deps;
  const contents = contentsMap(prepared);
  const cited = input.weaknesses.flatMap((weakness) => weakness.evidence.map((evidence) => evidence.trial));
  const wanted = new Set([...representativeTrials(input.weaknesses).values(), ...cited]);
  const trials = await findTrials(context, config, input.baseline, wanted);
  const find = (id: string) => trials.get(id);
  const result = await proposeWithModel(
    model,
    {
      weaknesses: input.weaknesses,
      digests: await representativeDigests(input.weaknesses, find, redact),
      surfaces: config.surfaces,
      contents,
      attempts: input.ledger.lines.filter((line) => line.kind === 'edit'),
      candidates: config.proposer.candidates,
      maxAddedChars: config.edits.max_added_chars,
    },
    {
      redact,
      find,
      check: (proposal) => {
        const applied = applyProposal(config, contents, proposal, input.tasks);
        return applied.ok ? null : applied.reason;
      },
    },
  );
  if (result.kind === 'declined') return { proposals: [], notes: [`The model declined: ${result.reason}`] };
  if (result.kind === 'failed')
    return { proposals: [], notes: [`The model brought nothing: ${result.message}`] };
  const refused = result.refused.map(
    (one) => `The model's proposal "${one.title}" was refused: ${one.reason}`,
  );
  return { proposals: result.proposals.map((proposal) => withUndo(prepared, proposal)), notes: refused };
}

/** Without the way back, a value that a model set could never be pruned. */
function withUndo(prepared: Prepared, proposal: Proposal): Proposal {
  const surface = prepared.config.surfaces.find((one) => one.id === proposal.surface);
  const before = prepared.contents[proposal.surface];
  if (proposal.undo !== undefined || surface === undefined || before === undefined) return proposal;
  const undo = undoEdits(surface, before, proposal.edits);
  return undo === undefined ? proposal : { ...proposal, undo };
}
