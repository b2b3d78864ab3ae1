/**
 * From proposals to candidates: applied to the base, guarded, and several put one on the other.
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

/** One proposal as a candidate: what it changes, or why a guard refused it. */
export function makeCandidate(
  foundation: Foundation,
  proposal: Proposal,
  id: string,
  { tasks, ownTexts, aims }: CandidateOptions,
): Candidate {
  const contents = contentsMap(foundation);
  const applied = applyProposal(foundation.config, contents, proposal, tasks, ownTexts);
  const blank = { id, proposal, aims: [...aims], verdict: null };
  if (!applied.ok)
    return { ...blank, decision: 'refused', reason: applied.reason, harness_hash: null, diff: '' };
  const after = new Map(contents).set(applied.surface.id, applied.content);
  return {
    ...blank,
    decision: 'unresolved',
    reason: 'not yet tried',
    harness_hash: harnessHash(foundation.config.surfaces, after),
    diff: applied.diff,
  };
}

export interface CandidateOptions {
  /** All task ids: none may be copied into the harness. */
  readonly tasks: readonly string[];
  /** Rules the bot added earlier, which a pruning may take back. */
  readonly ownTexts: readonly string[];
  /** Held-in tasks whose failures asked for the edit. */
  readonly aims: readonly string[];
}

/** Several proposals one on the other, as far as they apply together; of alternatives the first. */
export interface Stack {
  readonly applied: readonly Candidate[];
  readonly conflicts: readonly { readonly candidate: string; readonly reason: string }[];
  readonly harnessHash: string;
  /** Whole files that differ from the base, by path. */
  readonly files: Readonly<Record<string, string>>;
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
      const reason = `${chosen.id} turns the same value, and only one of them can be had.`;
      conflicts.push({ candidate: candidate.id, reason });
      continue;
    }
    const one = applyProposal(foundation.config, contents, candidate.proposal, tasks, ownTexts);
    if (!one.ok) {
      const reason = `It does not apply beside the others: ${one.reason}.`;
      conflicts.push({ candidate: candidate.id, reason });
      continue;
    }
    contents.set(one.surface.id, one.content);
    applied.push(candidate);
    plans.push({ proposal: candidate.proposal, path: one.surface.path, content: one.content });
  }
  return {
    applied,
    conflicts,
    plans,
    files: Object.fromEntries(plans.map(({ path, content }) => [path, content])),
    harnessHash: harnessHash(foundation.config.surfaces, contents),
  };
}

/** Puts a stack on the branch of a pull request: one commit an edit. */
export async function putStack(
  context: CampaignContext,
  prepared: Prepared,
  name: string,
  one: Stack,
): Promise<readonly string[]> {
  const plans = commitPlans(one, campaignTrailer(context.input.id));
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

/** The branch the pull request is opened from. */
export function improvementBranch(campaign: string): string {
  return `self-harness/improve-${campaign}`;
}
