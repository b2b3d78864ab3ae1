/**
 * The end of a campaign: the record, the ledger, the pull request, and nothing left behind.
 */

import { campaignPath, type EvidenceLinks, TRAJECTORIES_FILE } from '../../evidence/links.ts';
import { pullRequestFile, renderPullRequest } from '../../evidence/pull-request.ts';
import { serialiseTrajectories, trajectoryLines } from '../../evidence/trajectory.ts';
import type { CampaignContext } from '../context.ts';
import { StepFailure } from '../engine/engine.ts';
import { LEDGER_FILE, ledgerText } from '../ledger/ledger.ts';
import { LEDGER_README_FILE, ledgerReadme } from '../ledger/ledger-readme.ts';
import { improvementBranch, putStack } from '../propose/candidates.ts';
import { buildRecord } from './build-record.ts';
import { type Settled, settle } from './collect.ts';
import type { Draft } from './draft.ts';
import type { CampaignRecord, Ending } from './record.ts';
import { digestOf, serialiseRecord } from './serialise.ts';

/** Writes what a campaign found. Candidate branches are removed however it ended. */
export async function publish(
  context: CampaignContext,
  draft: Draft,
  ending: Ending,
): Promise<CampaignRecord> {
  const { durable, deps } = context;
  deps.report({ kind: 'stage', stage: 'publishing', detail: ending.kind.replaceAll('_', ' ') });
  const finishedAt = await durable.step('finish', async () => deps.now().toISOString());
  const raw = await withBranch(context, draft, buildRecord(context, draft, ending, finishedAt));
  const settled = withDigests(await durable.step('collect trajectories', () => settle(context, draft, raw)));
  const published = await propose(context, draft, settled);
  // What the host lets nobody remove stays: the campaign has ended all the same.
  await durable.step('clean up', () => cleanUp(context)).catch(refusalOf);
  return published;
}

/** The record with the hashes of what is written beside it. */
export function withDigests({ record, trajectories }: Settled): Settled {
  const kept = trajectories.length === 0 ? null : digestOf(serialiseTrajectories(trajectories));
  const text = record.pull_request === null ? null : digestOf(pullRequestFile(record));
  return { record: { ...record, files: { trajectories: kept, pull_request: text } }, trajectories };
}

/** The ledger first, then the pull request, which claims nothing that the ledger does not hold. */
async function propose(context: CampaignContext, draft: Draft, settled: Settled): Promise<CampaignRecord> {
  const { record } = settled;
  let links: EvidenceLinks | null = null;
  // Where not one trial was read there is nothing to remember, and a repository stays as it was.
  if (draft.prepared !== null && record.spent.agent.trials > 0) {
    const commit = await context.durable
      .step('write the ledger', () => writeLedger(context, settled))
      .catch(refusalOf);
    if (commit instanceof StepFailure) return unwritten(record, commit);
    links = linksOf(settled, commit);
  }
  const opening = await openPullRequest(context, draft, record, links).catch(refusalOf);
  if (record.pull_request === null) return record;
  if (opening instanceof StepFailure) return { ...record, ending: unopened(opening, record.pull_request) };
  return { ...record, pull_request: { ...record.pull_request, url: opening } };
}

/** Without its lines in the ledger a claim could not be checked, so none is made. */
function unwritten(record: CampaignRecord, refusal: StepFailure): CampaignRecord {
  const branch = record.pull_request?.branch;
  const kept = branch === undefined ? '' : ` The edits are on the branch ${branch}.`;
  const reason = `${refusal.message} Without the ledger nothing could be checked, so nothing is proposed.${kept}`;
  return { ...record, ending: { kind: 'failed', reason } };
}

/** The host's refusal as a value; anything else is the engine's business. */
function refusalOf(error: unknown): StepFailure {
  if (error instanceof StepFailure) return error;
  throw error;
}

/** What was proven is not lost with the pull request: the branch stays, and the ledger says what it is. */
function unopened(
  refusal: StepFailure,
  { branch }: NonNullable<CampaignRecord['pull_request']>,
): CampaignRecord['ending'] {
  const reason = `${refusal.message} The edits are proven and stay on the branch ${branch}: open a pull request from it by hand; its text is in the ledger.`;
  return { kind: 'failed', reason };
}

/** Ends what still runs and removes the campaign's candidate branches. Safe to repeat. */
async function cleanUp(context: CampaignContext): Promise<null> {
  const { forge, input } = context;
  // A run that has ended needs no stopping, and GitHub answers a cancellation of one with an error.
  await forge.stopEvaluations([...context.open.values()]);
  for (const branch of await forge.listBranches(`self-harness/${input.id}/`))
    await forge.deleteBranch(branch);
  return null;
}

/** Puts the accepted edits on their branch, one commit an edit. */
async function withBranch(
  context: CampaignContext,
  { prepared, final }: Draft,
  record: CampaignRecord,
): Promise<CampaignRecord> {
  if (prepared === null || final === null || record.ending.kind !== 'opened') return record;
  const branch = improvementBranch(context.input.id);
  const commits = await context.durable
    .step('put the branch', () => putStack(context, prepared, branch, final.stack))
    .catch(refusalOf);
  if (commits instanceof StepFailure) {
    const reason = `${commits.message} The edits are proven, and their branch could not be made.`;
    return { ...record, ending: { kind: 'failed', reason } };
  }
  const { title } = renderPullRequest(record);
  return { ...record, pull_request: { branch, commits: [...commits], title, url: null } };
}

async function openPullRequest(
  { durable, forge }: CampaignContext,
  { prepared }: Draft,
  record: CampaignRecord,
  links: EvidenceLinks | null,
): Promise<string | null> {
  if (prepared === null || record.pull_request === null) return null;
  const { branch } = record.pull_request;
  const { title, body } = renderPullRequest(record, { links });
  const { labels, reviewers, draft } = prepared.config.pull_request;
  const pull = await durable.step('open the pull request', () =>
    forge.openPullRequest({ branch, base: prepared.base.branch, title, body, labels, reviewers, draft }),
  );
  return pull.url;
}

async function writeLedger({ forge }: CampaignContext, { record, trajectories }: Settled): Promise<string> {
  const text = serialiseRecord(record);
  const files = new Map([
    [LEDGER_README_FILE, ledgerReadme()],
    [campaignPath(record.id, 'campaign.json'), text],
  ]);
  if (trajectories.length > 0)
    files.set(campaignPath(record.id, TRAJECTORIES_FILE), serialiseTrajectories(trajectories));
  if (record.pull_request !== null)
    files.set(campaignPath(record.id, 'pull-request.md'), pullRequestFile(record));
  return forge.writeLedger({
    message: `Campaign ${record.id}: ${record.ending.kind.replaceAll('_', ' ')}\n\n[skip ci]`,
    append: new Map([[LEDGER_FILE, ledgerText(record, digestOf(text))]]),
    files,
  });
}

/** Runs on GitHub say where the repository is on the web. Locally nothing is. */
function linksOf({ record, trajectories }: Settled, ledgerCommit: string): EvidenceLinks | null {
  for (const { url } of record.evaluations) {
    const repositoryUrl = /^(https?:\/\/[^/]+\/[^/]+\/[^/]+)\/actions\//.exec(url ?? '')?.[1];
    if (repositoryUrl !== undefined) {
      return { repositoryUrl, ledgerCommit, lines: trajectoryLines(trajectories) };
    }
  }
  return null;
}
