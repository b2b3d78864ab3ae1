/**
 * From weaknesses to candidates: proposals are applied to the base, guarded, and put on branches.
 */
import { createTwoFilesPatch } from 'diff';
import { type Config, protectedGlobs } from '../../config/schema.ts';
import { plainLine } from '../../evidence/markdown/plain.ts';
import type { CommitPlan } from '../../forge/forge.ts';
import { applyEdits } from '../../harness/apply.ts';
import { isValueEdit } from '../../harness/edit.ts';
import { guard } from '../../harness/guards.ts';
import { harnessHash } from '../../harness/hash.ts';
import type { Surface, SurfaceContents } from '../../harness/surface.ts';
import { areAlternatives } from '../../proposing/catalog/alternatives.ts';
import type { Proposal } from '../../proposing/proposal.ts';
import { type CampaignContext, contentsMap, type Foundation, type Prepared } from '../context.ts';
import type { Candidate } from '../record/record.ts';

/** A commit on a candidate branch must not start the user's push workflows. */
const SKIP_CI = '[skip ci]';

export type Applied =
  | { readonly ok: true; readonly surface: Surface; readonly content: string; readonly diff: string }
  | { readonly ok: false; readonly reason: string };

/** Applies one proposal to the contents and asks the guards. A refusal is a value with its reason. */
export function applyProposal(
  config: Config,
  contents: SurfaceContents,
  proposal: Proposal,
  tasks: readonly string[],
  ownTexts: readonly string[] = [],
): Applied {
  const surface = config.surfaces.find((one) => one.id === proposal.surface);
  const before = surface === undefined ? undefined : contents.get(surface.id);
  if (surface === undefined || before === undefined) {
    return { ok: false, reason: `there is no surface "${proposal.surface}"` };
  }
  const applied = applyEdits(surface, before, proposal.edits);
  if (!applied.ok) return { ok: false, reason: `the edit does not apply: ${applied.failure.message}` };
  const checked = guard(proposal, {
    surface,
    before,
    after: applied.content,
    protectedGlobs: protectedGlobs(config),
    tasks: { ids: tasks },
    ownTexts,
    limits: {
      maxAddedChars: config.edits.max_added_chars,
      allowLinks: config.edits.allow_links,
      allowCommands: config.edits.allow_commands,
    },
  });
  if (!checked.ok) return { ok: false, reason: `guard "${checked.guard}": ${checked.reason}` };
  const diff = createTwoFilesPatch(
    `a/${surface.path}`,
    `b/${surface.path}`,
    before,
    applied.content,
    '',
    '',
    {
      context: 3,
    },
  );
  return { ok: true, surface, content: applied.content, diff: diff.replace(/^=+\n/, '') };
}

/** A model's words must close no issue and mention nobody when the branch is merged. */
function commitMessage(proposal: Proposal, trailer: string): string {
  return `${plainLine(proposal.title)}\n\n${plainLine(proposal.hypothesis)}\n\n${trailer}`;
}

/** A branch of the campaign's own at the base's content: what the baseline arm runs. */
export async function makeBaseline(
  context: CampaignContext,
  foundation: Foundation,
): Promise<Prepared['baseline']> {
  const name = candidateBranch(context.input.id, 'baseline');
  const message = `Baseline of campaign ${context.input.id}\n\n${SKIP_CI}`;
  const { commits } = await context.forge.putBranch(name, foundation.base.commit, [
    { message, files: new Map() },
  ]);
  return { branch: name, commit: commits.at(-1) ?? foundation.base.commit };
}

/** Puts one proposal on its branch, or records why it was refused. */
export async function makeCandidate(
  context: CampaignContext,
  prepared: Prepared,
  proposal: Proposal,
  id: string,
  tasks: readonly string[],
  ownTexts: readonly string[] = [],
): Promise<Candidate> {
  const contents = contentsMap(prepared);
  const applied = applyProposal(prepared.config, contents, proposal, tasks, ownTexts);
  const blank = {
    id,
    proposal,
    branch: null,
    commit: null,
    harness_hash: null,
    diff: '',
    verdict: null,
    basis: null,
  };
  if (!applied.ok) return { ...blank, decision: 'refused', reason: applied.reason };
  const name = candidateBranch(context.input.id, id);
  const message = commitMessage(proposal, SKIP_CI);
  const branch = await context.forge.putBranch(name, prepared.base.commit, [
    { message, files: new Map([[applied.surface.path, applied.content]]) },
  ]);
  const after = new Map(contents).set(applied.surface.id, applied.content);
  return {
    ...blank,
    decision: 'unresolved',
    reason: 'not yet tried',
    branch: name,
    commit: branch.commits.at(-1) ?? prepared.base.commit,
    harness_hash: harnessHash(prepared.config.surfaces, after),
    diff: applied.diff,
  };
}

/** Several proposals one on the other, as far as they apply together; of alternatives the first. */
export interface Stack {
  readonly applied: readonly Candidate[];
  readonly conflicts: readonly { readonly candidate: string; readonly reason: string }[];
  readonly harnessHash: string;
  /** One commit a proposal: path and whole content. */
  readonly plans: readonly { readonly proposal: Proposal; readonly path: string; readonly content: string }[];
}

/** @param ownTexts rules the bot added earlier, which it may take back */
export function stack(
  foundation: Foundation,
  candidates: readonly Candidate[],
  tasks: readonly string[],
  ownTexts: readonly string[] = [],
): Stack {
  const contents = new Map(contentsMap(foundation));
  const applied: Candidate[] = [];
  const conflicts: { candidate: string; reason: string }[] = [];
  const plans: { proposal: Proposal; path: string; content: string }[] = [];
  for (const candidate of candidates) {
    const chosen = applied.find(({ proposal }) => areAlternatives(proposal, candidate.proposal));
    if (chosen !== undefined) {
      const reason = `Accepted alone, but ${chosen.id} turns the same value, and only one of them can be had.`;
      conflicts.push({ candidate: candidate.id, reason });
      continue;
    }
    const one = applyProposal(foundation.config, contents, candidate.proposal, tasks, ownTexts);
    if (!one.ok) {
      const reason = `Accepted alone, but it does not apply beside the others: ${one.reason}.`;
      conflicts.push({ candidate: candidate.id, reason });
      continue;
    }
    contents.set(one.surface.id, one.content);
    applied.push(candidate);
    plans.push({ proposal: candidate.proposal, path: one.surface.path, content: one.content });
  }
  return { applied, conflicts, plans, harnessHash: harnessHash(foundation.config.surfaces, contents) };
}

/** Puts a stack on a branch: one commit an edit. `trial` branches skip the user's push workflows. */
export async function putStack(
  context: CampaignContext,
  prepared: Prepared,
  name: string,
  one: Stack,
  purpose: 'trial' | 'pull_request',
): Promise<readonly string[]> {
  const plans = commitPlans(one, purpose === 'trial' ? SKIP_CI : campaignTrailer(context.input.id));
  const branch = await context.forge.putBranch(name, prepared.base.commit, plans);
  return branch.commits;
}

/** One commit an edit, each ending in `trailer`. */
export function commitPlans(one: Stack, trailer: string): CommitPlan[] {
  return one.plans.map(({ proposal, path, content }) => ({
    message: commitMessage(proposal, trailer),
    files: new Map([[path, content]]),
  }));
}

/** Last line of every commit of a pull request: says which campaign made it. */
export function campaignTrailer(campaign: string): string {
  return `Self-Harness-Campaign: ${campaign}`;
}

/** The text that accepted edits put into surfaces: what the bot added and may take back. */
export function textsAdded(proposals: readonly Proposal[]): string[] {
  return proposals.flatMap((proposal) =>
    proposal.edits.flatMap((edit) => {
      if (isValueEdit(edit))
        return edit.op !== 'remove' && typeof edit.value === 'string' ? [edit.value] : [];
      return edit.op === 'delete' ? [] : [edit.text];
    }),
  );
}

export function candidateBranch(campaign: string, id: string): string {
  return `self-harness/${campaign}/${id}`;
}

/** The branch the pull request is opened from. */
export function improvementBranch(campaign: string): string {
  return `self-harness/improve-${campaign}`;
}
