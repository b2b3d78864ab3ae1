/**
 * The ledger: one line an edit tried and one a campaign ended, append-only, in the user's own repository.
 */
import { z } from 'zod';
import type { Forge } from '../../forge/forge.ts';
import { LEDGER_BRANCH } from '../../forge/ledger-write.ts';
import { Proposal } from '../../proposing/proposal.ts';
import { orderedJson } from '../../traces/ordered-json.ts';
import { type CampaignRecord, Decision, Ending } from '../record/record.ts';

export { LEDGER_BRANCH };
export const LEDGER_FILE = 'ledger.jsonl';

const EditLine = z.object({
  version: z.literal(1),
  kind: z.literal('edit'),
  campaign: z.string(),
  candidate: z.string(),
  harness_hash: z.string(),
  proposal: Proposal,
  decision: Decision,
  reason: z.string(),
  e_value: z.number().nullable(),
});

const CampaignLine = z.object({
  version: z.literal(1),
  kind: z.literal('campaign'),
  campaign: z.string(),
  finished_at: z.string(),
  ending: Ending,
  /** Hash-free list of the held-out tasks that gated a decision in this campaign. */
  held_out: z.array(z.string()),
  gated: z.boolean(),
  trials: z.number().int().nonnegative(),
  /** SHA-256 of the text of campaign.json, which holds the hashes of the files beside it. */
  record_sha256: z.string().optional(),
});

export const LedgerLine = z.discriminatedUnion('kind', [EditLine, CampaignLine]);
export type LedgerLine = z.infer<typeof LedgerLine>;

export interface Ledger {
  readonly lines: readonly LedgerLine[];
  /** Lines that are not of a known schema: kept, never rewritten, reported. */
  readonly unreadable: number;
}

export async function readLedger(forge: Forge): Promise<Ledger> {
  return parseLedger((await forge.readFile(LEDGER_BRANCH, LEDGER_FILE)) ?? '');
}

/** Reads ledger.jsonl; a line of a later version is counted and otherwise left alone. */
export function parseLedger(text: string): Ledger {
  const lines: LedgerLine[] = [];
  let unreadable = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const parsed = LedgerLine.safeParse(parseJson(line));
    if (parsed.success) lines.push(parsed.data);
    else unreadable += 1;
  }
  return { lines, unreadable };
}

/** Ids of proposals that were tried and rejected, or refused by a guard: not proposed again by themselves. */
export function rejectedProposals(ledger: Ledger): Proposal[] {
  return ledger.lines.flatMap((line) =>
    line.kind === 'edit' && (line.decision === 'rejected' || line.decision === 'refused')
      ? [line.proposal]
      : [],
  );
}

/** The proposals of these ids that the ledger knows. */
export function proposalsOf(ledger: Ledger, ids: ReadonlySet<string>): Proposal[] {
  return ledger.lines.flatMap((line) =>
    line.kind === 'edit' && ids.has(line.proposal.id) ? [line.proposal] : [],
  );
}

/** How many campaigns have gated a decision on a held-out set that shares tasks with this one. */
export function heldOutUses(ledger: Ledger, heldOut: readonly string[]): number {
  const tasks = new Set(heldOut);
  return ledger.lines.filter(
    (line) => line.kind === 'campaign' && line.gated && line.held_out.some((task) => tasks.has(task)),
  ).length;
}

/** The lines a campaign adds; `digest` is of its campaign.json. */
export function ledgerLines(record: CampaignRecord, digest?: string): LedgerLine[] {
  const edits = record.candidates.map(
    (candidate): LedgerLine => ({
      version: 1,
      kind: 'edit',
      campaign: record.id,
      candidate: candidate.id,
      harness_hash: record.hashes.harness,
      proposal: candidate.proposal,
      decision: candidate.decision,
      reason: candidate.reason,
      e_value: candidate.verdict?.e_value ?? null,
    }),
  );
  const end: LedgerLine = {
    version: 1,
    kind: 'campaign',
    campaign: record.id,
    finished_at: record.finished_at,
    ending: record.ending,
    held_out: record.splits.held_out,
    gated: record.candidates.some((candidate) => candidate.verdict !== null),
    trials: record.spent.agent.trials,
    ...(digest === undefined ? {} : { record_sha256: digest }),
  };
  return [...edits, end];
}

/** The same lines as text, whatever the order of the record's keys: the ledger knows by it what it holds already. */
export function ledgerText(record: CampaignRecord, digest?: string): string {
  return ledgerLines(record, digest).map(orderedJson).join('\n');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
