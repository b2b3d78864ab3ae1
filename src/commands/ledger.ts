/**
 * `self-harness ledger verify`: computes every verdict, rate and count again from the stored outcomes and names each
 * claim that does not hold. Exit 0: all hold. 1: one does not. 2: nothing to read.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LEDGER_BRANCH, LEDGER_FILE } from '../campaign/ledger/ledger.ts';
import { CampaignRecord } from '../campaign/record/record.ts';
import {
  ledgerFindings,
  pullRequestFindings,
  trajectoryFindings,
  wordsAlike,
} from '../campaign/verify/files.ts';
import type { Finding, Findings } from '../campaign/verify/finding.ts';
import { recordFindings } from '../campaign/verify/record.ts';
import { TRAJECTORIES_FILE } from '../evidence/links.ts';
import { gitIn, listBlobs, readBlob, resolveCommit } from '../forge/local/git.ts';
import { VERSION } from '../package.ts';
import type { Terminal } from './improve.ts';

export interface LedgerVerifyOptions {
  /** Repository whose ledger branch is read when no path is given. */
  readonly repo: string;
  readonly json: boolean;
}

/** Texts of one campaign, wherever they were found. */
export interface StoredCampaign {
  readonly place: string;
  readonly record: string;
  readonly trajectories: string | null;
  readonly pullRequest: string | null;
  /** The whole ledger; null where only the campaign is at hand. */
  readonly ledger: string | null;
}

export interface Checked {
  readonly place: string;
  readonly campaign: string | null;
  readonly findings: readonly Finding[];
  /** What could not be checked, and why. */
  readonly notes: readonly string[];
}

/** @param paths campaign.json files or directories that hold one; [] for the ledger branch of `options.repo` */
export async function verifyLedger(
  paths: readonly string[],
  options: LedgerVerifyOptions,
  terminal: Terminal,
): Promise<number> {
  const stored = paths.length > 0 ? await storedAt(paths) : await storedInBranch(options.repo);
  if (typeof stored === 'string') {
    terminal.log(`self-harness: ${stored}\n`);
    return 2;
  }
  const checked = stored.map(checkCampaign);
  const broken = checked.filter((one) => one.findings.length > 0);
  if (options.json) {
    terminal.out(`${JSON.stringify({ holds: broken.length === 0, campaigns: checked })}\n`);
  } else {
    for (const one of checked) terminal.out(`${told(one)}\n`);
  }
  return broken.length === 0 ? 0 : 1;
}

/** Checks one campaign; what cannot be read is itself a finding. */
export function checkCampaign(stored: StoredCampaign): Checked {
  const parsed = CampaignRecord.safeParse(parseJson(stored.record));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const claim = `campaign.json ${issue?.path.join('.') ?? ''}`.trim();
    const message = `is not a campaign record of version 1: ${issue?.message ?? 'not JSON'}`;
    return { place: stored.place, campaign: null, findings: [{ claim, message }], notes: [] };
  }
  const record = parsed.data;
  const findings: Findings = [...recordFindings(record)];
  if (stored.trajectories !== null) findings.push(...trajectoryFindings(record, stored.trajectories));
  if (stored.pullRequest !== null) findings.push(...pullRequestFindings(record, stored.pullRequest));
  if (stored.ledger !== null) findings.push(...ledgerFindings(record, stored.ledger, stored.record));
  return { place: stored.place, campaign: record.id, findings, notes: notesOf(record, stored) };
}

/** What was not checked as it might have been. */
function notesOf(record: CampaignRecord, { trajectories, ledger }: StoredCampaign): string[] {
  const notes: string[] = [];
  if (!wordsAlike(record))
    notes.push(
      `version ${record.bot} made it, this is ${VERSION}: the text of the pull request is held against its hash, not rendered again`,
    );
  if (trajectories === null && record.files?.trajectories != null)
    notes.push('trajectories.jsonl is not here: its quotes were not looked up');
  if (ledger === null)
    notes.push('ledger.jsonl is not here: what cannot be computed again was not held against its hash');
  return notes;
}

async function storedAt(paths: readonly string[]): Promise<StoredCampaign[] | string> {
  const stored: StoredCampaign[] = [];
  for (const given of paths) {
    const file = (await isDirectory(given)) ? path.join(given, 'campaign.json') : given;
    const record = await textOf(file);
    if (record === null)
      return `${file} cannot be read. Name a campaign.json, or a directory that holds one.`;
    const beside = (name: string) => textOf(path.join(path.dirname(file), name));
    const [trajectories, pullRequest, above, copy] = await Promise.all([
      beside(TRAJECTORIES_FILE),
      beside('pull-request.md'),
      beside(path.join('..', '..', LEDGER_FILE)),
      beside(LEDGER_FILE),
    ]);
    stored.push({ place: file, record, trajectories, pullRequest, ledger: above ?? copy });
  }
  return stored;
}

async function storedInBranch(repo: string): Promise<StoredCampaign[] | string> {
  const git = gitIn(repo);
  const refs = [`refs/heads/${LEDGER_BRANCH}`, `refs/remotes/origin/${LEDGER_BRANCH}`];
  const tips = await Promise.all(refs.map((ref) => resolveCommit(git, ref)));
  const tip = tips.find((commit) => commit !== null);
  if (tip === undefined || tip === null)
    return `${repo} has no branch ${LEDGER_BRANCH}. Fetch it (\`git fetch origin ${LEDGER_BRANCH}\`), or name a campaign.json.`;
  const files = await listBlobs(git, tip);
  const ledger = await readBlob(git, tip, LEDGER_FILE);
  const stored: StoredCampaign[] = [];
  for (const file of files.filter((one) => /^campaigns\/[^/]+\/campaign\.json$/.test(one.path))) {
    const beside = (name: string) => readBlob(git, tip, path.posix.join(path.posix.dirname(file.path), name));
    stored.push({
      place: file.path,
      record: (await readBlob(git, tip, file.path)) ?? '',
      trajectories: await beside(TRAJECTORIES_FILE),
      pullRequest: await beside('pull-request.md'),
      ledger,
    });
  }
  return stored.length === 0 ? `the branch ${LEDGER_BRANCH} of ${repo} holds no campaign.` : stored;
}

function told({ place, campaign, findings, notes }: Checked): string {
  const lines = [
    ...findings.map(({ claim, message }) => `  ${claim}: ${message}`),
    ...notes.map((note) => `  (${note})`),
  ];
  const claims = findings.length === 1 ? '1 claim is' : `${findings.length} claims are`;
  const answer = findings.length === 0 ? 'every claim is valid.' : `${claims} not valid.`;
  return [`${campaign ?? place}: ${answer}`, ...lines].join('\n');
}

async function isDirectory(place: string): Promise<boolean> {
  return stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function textOf(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
