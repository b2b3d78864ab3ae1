/**
 * What stands beside a record: quotes in the trajectories, the text of the pull request, the ledger's lines. What
 * cannot be computed again is bound by hashes: the ledger's line holds that of the record, the record those of the
 * files beside it.
 */
import { pullRequestFile } from '../../evidence/pull-request.ts';
import { citedText, parseTrajectories, type Trajectory } from '../../evidence/trajectory.ts';
import type { Evidence, TrialEnd } from '../../mining/weakness.ts';
import { VERSION } from '../../package.ts';
import { heldOutUses, LEDGER_FILE, type LedgerLine, ledgerLines, parseLedger } from '../ledger/ledger.ts';
import type { CampaignRecord } from '../record/record.ts';
import { digestOf } from '../record/serialise.ts';
import { differences, type Findings } from './finding.ts';

const KEPT = 'the trajectory has';

/** Every quote whose trial was kept stands, to the character, where it says it stands. */
export function trajectoryFindings(record: CampaignRecord, text: string): Findings {
  const bound = digestFindings('trajectories.jsonl', text, record.files?.trajectories);
  try {
    return [...quoteFindings(record, parseTrajectories(text)), ...bound];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ claim: 'trajectories.jsonl', message }, ...bound];
  }
}

function quoteFindings(record: CampaignRecord, trajectories: readonly Trajectory[]): Findings {
  const byTrial = new Map(trajectories.map((one) => [one.trial, one]));
  const findings = record.weaknesses.flatMap(({ id, evidence, ends }) => [
    ...evidence.flatMap((one, index) =>
      citationFindings(`weaknesses.${id}.evidence.${index}`, one, byTrial.get(one.trial)),
    ),
    ...(ends ?? []).flatMap((end, index) =>
      endFindings(`weaknesses.${id}.ends.${index}`, end, byTrial.get(end.trial)),
    ),
  ]);
  const cells = new Map(record.cells.map((cell) => [cell.trial, cell]));
  for (const { trial, arm, task, attempt, outcome, ended } of trajectories) {
    const cell = cells.get(trial);
    const message = ended === undefined ? {} : { message: ended.message };
    const told = { arm, task, attempt, outcome, ...message };
    const own = cell === undefined ? null : { ...told, ...pick(cell, told) };
    findings.push(...differences(`trajectories.${trial}`, told, own, 'the record has'));
  }
  return findings;
}

function citationFindings(claim: string, evidence: Evidence, trajectory: Trajectory | undefined): Findings {
  if (trajectory === undefined) return [];
  const { quote, step, tool } = evidence;
  const findings = differences(`${claim}.quote`, quote, citedText(trajectory, evidence), KEPT);
  const calls = trajectory.steps.find((one) => one.index === step)?.calls ?? [];
  if (tool !== undefined && !calls.includes(tool))
    findings.push(...differences(`${claim}.tool`, tool, calls.join(', '), KEPT));
  return findings;
}

function endFindings(claim: string, end: TrialEnd, trajectory: Trajectory | undefined): Findings {
  if (trajectory?.ended === undefined) return [];
  const { stop, reason } = trajectory.ended;
  return differences(claim, end, { trial: end.trial, steps: trajectory.steps_total, stop, reason }, KEPT);
}

/** The members of `from` that `like` has. */
function pick(from: object, like: object): object {
  return Object.fromEntries(Object.entries(from).filter(([key]) => Object.hasOwn(like, key)));
}

/** Whether this version words a pull request as the one that made the record. */
export function wordsAlike({ bot }: CampaignRecord): boolean {
  return bot === undefined || bot === VERSION;
}

/** The text of the pull request is what the record renders to, line by line; another version's, by its hash. */
export function pullRequestFindings(record: CampaignRecord, text: string): Findings {
  const bound = digestFindings('pull-request.md', text, record.files?.pull_request);
  if (!wordsAlike(record)) return bound;
  const told = text.split('\n');
  const rendered = pullRequestFile(record).split('\n');
  for (let line = 0; line < Math.max(told.length, rendered.length); line++) {
    if (told[line] === rendered[line]) continue;
    const from = sharedLength(told[line] ?? '', rendered[line] ?? '');
    const message = `line ${line + 1} says ${part(told[line], from)}; the record gives ${part(rendered[line], from)}`;
    return [{ claim: 'pull-request.md', message }, ...bound];
  }
  return bound;
}

/**
 * The ledger's lines of this campaign say what its record says, and the record is the one they were written for.
 *
 * @param ledger the text of the whole ledger
 * @param text the text of campaign.json
 */
export function ledgerFindings(record: CampaignRecord, ledger: string, text: string): Findings {
  const { lines, unreadable } = parseLedger(ledger);
  const findings = lineFindings(record, lines, text);
  if (unreadable > 0) {
    const which = unreadable === 1 ? '1 line is' : `${unreadable} lines are`;
    findings.push({ claim: LEDGER_FILE, message: `${which} of no known version` });
  }
  return findings;
}

function lineFindings(record: CampaignRecord, lines: readonly LedgerLine[], text: string): Findings {
  const first = lines.findIndex((line) => line.campaign === record.id);
  const own = lines.filter((line) => line.campaign === record.id);
  if (own.length === 0) return [{ claim: LEDGER_FILE, message: `has no line of campaign ${record.id}` }];
  const digest = own.flatMap((line) => (line.kind === 'campaign' ? (line.record_sha256 ?? []) : [])).at(-1);
  const expected: unknown = JSON.parse(JSON.stringify(ledgerLines(record, digest)));
  const findings = differences(LEDGER_FILE, own, expected, 'the record gives');
  const gated = record.candidates.some((candidate) => candidate.verdict !== null);
  if (gated) {
    const before = heldOutUses({ lines: lines.slice(0, first), unreadable: 0 }, record.splits.held_out);
    const { held_out_uses: uses } = record.splits;
    findings.push(...differences('splits.held_out_uses', uses, before + 1, 'the ledger gives'));
  }
  if (digest === undefined && record.files !== undefined)
    findings.push({ claim: LEDGER_FILE, message: `lacks the SHA-256 of the record of ${record.id}` });
  findings.push(...digestFindings('campaign.json', text, digest));
  return findings;
}

/** Something in a file was changed, be it nothing that could be computed again. */
function digestFindings(file: string, text: string, told: string | null | undefined): Findings {
  if (told === undefined) return [];
  const own = digestOf(text);
  if (own === told) return [];
  const written = told === null ? 'the record knows of no such file' : `it was written with ${told}`;
  return [{ claim: file, message: `was changed: its SHA-256 is ${own}; ${written}` }];
}

/** Characters of a line that are shown before and after the first that differs. */
const BEFORE = 30;
const AFTER = 90;

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

function part(line: string | undefined, from: number): string {
  if (line === undefined) return 'nothing';
  const start = Math.max(0, from - BEFORE);
  const end = from + AFTER;
  return `"${start > 0 ? '…' : ''}${line.slice(start, end)}${end < line.length ? '…' : ''}"`;
}
