/**
 * The branch and the body of the bot's pull request made again from the ledger: without an edit that was dropped,
 * or on a base that has moved. The branch moves once; a reset to the base in between would close the pull request.
 */

import type { Foundation } from '../../campaign/context.ts';
import { matteringPaths } from '../../campaign/evaluate/comparable.ts';
import { prepare } from '../../campaign/evaluate/prepare.ts';
import { LEDGER_BRANCH, readLedger } from '../../campaign/ledger/ledger.ts';
import { recall } from '../../campaign/ledger/memory.ts';
import { campaignTrailer, commitPlans, stack, textsAdded } from '../../campaign/propose/candidates.ts';
import type { CampaignRecord, Candidate } from '../../campaign/record/record.ts';
import { CONFIG_PATH, type Config } from '../../config/schema.ts';
import { campaignPath, type EvidenceLinks, TRAJECTORIES_FILE } from '../../evidence/links.ts';
import type { Stale } from '../../evidence/pull-request/stale.ts';
import { renderPullRequest } from '../../evidence/pull-request.ts';
import { parseTrajectories, trajectoryLines } from '../../evidence/trajectory.ts';
import type { Forge } from '../../forge/forge.ts';
import type { GitHubRepository } from '../../forge/github/github.ts';
import { compareBranches, type PullDetail } from '../../forge/github/pull-detail.ts';
import { tipOf } from '../../forge/github/writes/git-data.ts';
import type { Bot } from '../bot.ts';
import { putCampaignCheck } from '../campaigns/campaign-check.ts';

export interface RebuildInput {
  readonly bot: Bot;
  readonly place: GitHubRepository;
  readonly forge: Forge;
  readonly pull: PullDetail;
  readonly record: CampaignRecord;
}

export type Rebuilt =
  | { readonly kind: 'rebuilt'; readonly stale: Stale | null; readonly kept: readonly string[] }
  /** No edit is left, or one does not apply any more: the branch stays as it is. */
  | { readonly kind: 'impossible'; readonly reason: string };

/**
 * Puts the edits that nobody refused on the newest base where the surfaces are unchanged, else where the branch
 * stands, and writes the body for what is left. Where a person gave the pull request another base than the default
 * branch, it stays where it stands as well.
 */
export async function rebuild({ bot, place, forge, pull, record }: RebuildInput): Promise<Rebuilt> {
  const { refused } = await recall(forge);
  const kept = keptCandidates(record, new Set(refused));
  if (kept.length === 0) return { kind: 'impossible', reason: 'No edit is left in it.' };
  const base = await forge.base();
  const prepared = await prepare(forge, bot.now());
  const stale = await staleness(forge, record, base.commit, prepared.ok ? prepared.foundation.config : null);
  const foundation =
    prepared.ok && pull.base === base.branch && !touchesSurface(stale, prepared.foundation.config)
      ? prepared.foundation
      : await whereItStands({ bot, place, forge, pull });
  if (foundation === null)
    return { kind: 'impossible', reason: 'The base of its branch has no valid config.' };
  const made = stack(foundation, kept, tasksOf(record), await ownTexts(forge));
  const [conflict] = made.conflicts;
  if (conflict !== undefined) {
    return { kind: 'impossible', reason: `${conflict.candidate}: ${conflict.reason}` };
  }
  const plans = commitPlans(made, campaignTrailer(record.id));
  const { commits } = await forge.putBranch(pull.branch, foundation.base.commit, plans, pull.head);
  const view = withoutRefused(record, kept, commits);
  const links = await linksOf(place, forge, pull, record.id);
  const { title, body } = renderPullRequest(view, { links, stale });
  const note = droppedNote(record, kept);
  const text = await bot.redact(note === '' ? body : `${note}\n\n${body}`);
  if (text !== pull.body || title !== pull.title)
    await forge.updatePullRequest(pull.branch, { title, body: text });
  const head = commits.at(-1);
  if (head !== undefined) await putCampaignCheck({ bot, place, forge, record: view, head, stale });
  return { kind: 'rebuilt', stale, kept: kept.map((candidate) => candidate.id) };
}

/** The edits of the record's final branch that nobody has refused, in the order of its commits. */
export function keptCandidates(record: CampaignRecord, refused: ReadonlySet<string>): Candidate[] {
  return (record.final?.candidates ?? []).flatMap((id) => {
    const candidate = record.candidates.find((one) => one.id === id);
    return candidate === undefined || refused.has(candidate.proposal.id) ? [] : [candidate];
  });
}

/** What the bot added to the surfaces in all campaigns, as the ledger tells it. */
export async function ownTexts(forge: Forge): Promise<string[]> {
  const { lines } = await readLedger(forge);
  return textsAdded(
    lines.flatMap((line) => (line.kind === 'edit' && line.decision === 'accepted' ? [line.proposal] : [])),
  );
}

export function tasksOf({ splits }: CampaignRecord): string[] {
  return [...splits.held_in, ...splits.held_out, ...splits.sealed];
}

/** A record as if it had been made without the refused edits. Its figures stay: they are of all edits together. */
function withoutRefused(
  record: CampaignRecord,
  kept: readonly Candidate[],
  commits: readonly string[],
): CampaignRecord {
  const { final, pull_request: pull } = record;
  if (final === null || pull === null) return record;
  const candidates = kept.map((candidate) => candidate.id);
  return { ...record, pull_request: { ...pull, commits: [...commits] }, final: { ...final, candidates } };
}

function droppedNote(record: CampaignRecord, kept: readonly Candidate[]): string {
  const ids = new Set(kept.map((candidate) => candidate.id));
  const dropped = (record.final?.candidates ?? []).filter((id) => !ids.has(id));
  if (dropped.length === 0) return '';
  const which = dropped.map((id) => `**${id}**`).join(', ');
  return `> [!NOTE]\n> ${which} was taken out of this pull request on request. The figures of all edits together were measured with it: comment \`/harness validate\` to measure what is left.`;
}

/** What changed on the base since the figures were measured; null where nothing that matters did. */
async function staleness(
  forge: Forge,
  record: CampaignRecord,
  tip: string,
  config: Config | null,
): Promise<Stale | null> {
  if (tip === record.base.commit) return null;
  const [then, now] = await Promise.all([forge.listFiles(record.base.commit), forge.listFiles(tip)]);
  const before = new Map(then.map((file) => [file.path, file.blob]));
  const after = new Map(now.map((file) => [file.path, file.blob]));
  const paths = new Set([...before.keys(), ...after.keys()]);
  const matters = config === null ? (path: string) => path === CONFIG_PATH : matteringPaths(config);
  const changed = [...paths].filter((path) => matters(path) && before.get(path) !== after.get(path)).sort();
  return changed.length === 0 ? null : { head: tip, changed };
}

function touchesSurface(stale: Stale | null, config: Config): boolean {
  const changed = new Set(stale?.changed);
  return config.surfaces.some((surface) => changed.has(surface.path));
}

/** The foundation at the commit where the branch left the base. */
async function whereItStands({
  bot,
  place,
  forge,
  pull,
}: Omit<RebuildInput, 'record'>): Promise<Foundation | null> {
  const compared = await compareBranches(place, pull.base, pull.branch);
  if (compared === null) return null;
  const base = { branch: pull.base, commit: compared.mergeBase };
  const prepared = await prepare({ ...forge, base: async () => base }, bot.now());
  return prepared.ok ? prepared.foundation : null;
}

/** Permanent links into the ledger as it stands now. */
async function linksOf(
  place: GitHubRepository,
  forge: Forge,
  pull: PullDetail,
  campaign: string,
): Promise<EvidenceLinks | null> {
  const repositoryUrl = /^(https?:\/\/.+)\/pull\/\d+$/.exec(pull.url)?.[1];
  const ledgerCommit = await tipOf(place, LEDGER_BRANCH);
  if (repositoryUrl === undefined || ledgerCommit === null) return null;
  const text = await forge.readFile(ledgerCommit, campaignPath(campaign, TRAJECTORIES_FILE));
  const lines = trajectoryLines(text === null ? [] : parseTrajectories(text));
  return { repositoryUrl, ledgerCommit, lines };
}
