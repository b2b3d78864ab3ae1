/**
 * What a campaign leaves on disk and says at its end.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pc from 'picocolors';
import { LEDGER_BRANCH, LEDGER_FILE } from '../campaign/ledger/ledger.ts';
import type { CampaignRecord, Candidate } from '../campaign/record/record.ts';
import { serialiseRecord } from '../campaign/record/serialise.ts';
import { campaignPath, TRAJECTORIES_FILE } from '../evidence/links.ts';
import { pullRequestFile } from '../evidence/pull-request.ts';
import { renderReport } from '../evidence/report.ts';
import { parseTrajectories } from '../evidence/trajectory.ts';
import { gitIn, readBlob } from '../forge/local/git.ts';
import { localDataDirectory } from '../forge/local/local.ts';
import type { Comparison } from '../validation/experiment/verdict.ts';

/** Where `improve` writes when nothing else is asked: inside the git directory, so the tree stays clean. */
export async function outcomeDirectory(repo: string, campaign: string): Promise<string> {
  return path.join(await localDataDirectory(repo), 'campaigns', campaign);
}

/**
 * Writes campaign.json, report.html and, where there are some, trajectories.jsonl, pull-request.md and ledger.jsonl
 * into `directory`. What the ledger of the local repository that the record names holds of the campaign is written as
 * it stands there, so that `ledger verify` can check the copy as well.
 */
export async function writeOutcome(record: CampaignRecord, directory: string): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const stored = await storedIn(record);
  const files = new Map<string, string>([
    ['campaign.json', serialiseRecord(record)],
    ['report.html', renderReport(record, parseTrajectories(stored.trajectories ?? ''))],
  ]);
  if (stored.trajectories !== null) files.set(TRAJECTORIES_FILE, stored.trajectories);
  if (record.pull_request !== null) files.set('pull-request.md', pullRequestFile(record));
  const { pull_request: pull } = record;
  // Only after the ledger was written is it known where the pull request is.
  const written = serialiseRecord({ ...record, pull_request: pull === null ? null : { ...pull, url: null } });
  if (stored.ledger !== null && stored.campaign === written) {
    files.set('campaign.json', written);
    files.set(LEDGER_FILE, stored.ledger);
  }
  for (const [name, content] of files) await writeFile(path.join(directory, name), content);
  return [...files.keys()].map((name) => path.join(directory, name));
}

interface StoredFiles {
  readonly campaign: string | null;
  readonly trajectories: string | null;
  readonly ledger: string | null;
}

async function storedIn({ repository, id }: CampaignRecord): Promise<StoredFiles> {
  try {
    const git = gitIn(repository);
    const read = (file: string) => readBlob(git, LEDGER_BRANCH, file);
    return {
      campaign: await read(campaignPath(id, 'campaign.json')),
      trajectories: await read(campaignPath(id, TRAJECTORIES_FILE)),
      ledger: await read(LEDGER_FILE),
    };
  } catch {
    // The repository is gone, or the campaign ran elsewhere: the report then has no reader.
    return { campaign: null, trajectories: null, ledger: null };
  }
}

/** The last lines: what was found, what was accepted and rejected and why. */
export function summarise(record: CampaignRecord): string {
  const lines = [
    '',
    pc.bold(`Campaign ${record.id}: ${record.ending.kind.replaceAll('_', ' ')}`),
    record.ending.reason,
    '',
  ];
  if (record.weaknesses.length > 0) {
    lines.push('Weaknesses found in held-in trials:');
    for (const weakness of record.weaknesses) {
      const act = weakness.addressable ? '' : ' (no declared surface acts on it)';
      lines.push(
        `  ${weakness.title}: ${weakness.trials.length} trials of ${weakness.tasks.length} tasks${act}`,
      );
    }
    lines.push('');
  }
  lines.push(...apartLines(record));
  for (const candidate of record.candidates) lines.push(candidateLine(candidate));
  if (record.candidates.length > 0) lines.push('');
  if (record.final !== null) {
    const { pass } = record.final.figures;
    lines.push('Fresh runs at the end, without the kept edits → with them:');
    lines.push(rateLine('all tasks', pass.overall));
    for (const [name, one] of [
      ['held-in', pass.held_in],
      ['held-out', pass.held_out],
      ['sealed', pass.sealed],
    ] as const)
      if (one !== null) lines.push(rateLine(name, one));
    lines.push('');
  }
  const { trials, evaluations } = record.spent.agent;
  const invalid = record.outcomes.invalid;
  lines.push(
    `Spent ${trials} trials in ${evaluations} dispatches, ${(record.spent.duration_ms / 1000).toFixed(0)} s. ${invalid} runs ended without a verdict and are not counted. Seed ${record.settings.seed}.`,
  );
  return lines.join('\n');
}

function apartLines(record: CampaignRecord): string[] {
  if (record.set_apart.length === 0) return [];
  const lines = ['Set apart, with no edit proposed:'];
  const kinds = Map.groupBy(record.set_apart, (one) => one.kind);
  for (const [kind, group] of kinds) {
    const tasks = [...new Set(group.map((one) => one.task))];
    const names = tasks.slice(0, 4).join(', ') + (tasks.length > 4 ? ` and ${tasks.length - 4} more` : '');
    lines.push(`  ${kind.replaceAll('_', ' ')}: ${names}`);
  }
  return [...lines, ''];
}

function candidateLine(candidate: Candidate): string {
  const colour = { accepted: pc.green, rejected: pc.red, unresolved: pc.yellow, refused: pc.yellow }[
    candidate.decision
  ];
  return `  ${colour(candidate.decision.padEnd(10))} ${candidate.id}  ${candidate.proposal.title}. ${candidate.reason}`;
}

function rateLine(name: string, comparison: Comparison): string {
  const { baseline, candidate, delta, interval } = comparison;
  const change = delta === null ? '' : `  ${points(delta)} points`;
  const range = interval === null ? '' : ` [${points(interval[0])}, ${points(interval[1])}]`;
  return `  ${name.padEnd(9)}  ${percent(baseline.pass, baseline.n)} → ${percent(candidate.pass, candidate.n)}${change}${range}`;
}

function percent(pass: number, n: number): string {
  return n === 0 ? 'no trials' : `${((100 * pass) / n).toFixed(1)} % (${pass}/${n})`;
}

function points(delta: number): string {
  return `${delta >= 0 ? '+' : '−'}${Math.abs(100 * delta).toFixed(1)}`;
}
