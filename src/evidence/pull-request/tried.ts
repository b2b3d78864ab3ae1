/**
 * What was tried and is not in the branch, and why: half of the evidence.
 */
import type { CampaignRecord, Candidate } from '../../campaign/record/record.ts';
import type { VerdictReason } from '../../validation/verdict.ts';
import { count, counted } from '../figure.ts';
import { cellProse } from '../markdown/prose.ts';
import { table } from '../markdown/table.ts';
import { clipped } from '../markdown/visible.ts';
import { before, mechanismWords, unbroken } from './edits.ts';
import type { Section, Telling } from './section.ts';

/** What the gate refused an edit for, in short. */
const REJECTED: Readonly<Partial<Record<VerdictReason, string>>> = {
  harm_proven: 'rejected: it does harm',
  futile: 'rejected: no gain in reach',
  cost_veto: 'rejected: costs too much',
  latency_veto: 'rejected: takes too long',
};

function decisionWords({ decision, verdict }: Candidate, leftOut: boolean): string {
  if (leftOut) return 'left out';
  if (decision === 'refused') return 'refused by a guard, not run';
  if (decision === 'rejected') return REJECTED[verdict?.reason ?? 'guard_failed'] ?? 'rejected';
  return verdict?.reason === 'budget_ended' ? 'unresolved: the budget ended first' : decision;
}

/** Forms: with the reason in full, clipped, and as a count. */
export function triedSection({ record }: Telling): Section {
  const rest = record.candidates.filter(
    (candidate) => record.final?.candidates.includes(candidate.id) !== true,
  );
  const text = (longest: number, most: number) => () => {
    if (rest.length === 0) return '';
    const shown = rest.slice(0, most);
    const rows = shown.map((candidate) => triedRow(record, candidate, longest));
    const more = rest.length - shown.length;
    return [
      '### Tried and not kept',
      '',
      table(['Edit', 'Held-in', 'Held-out', 'Decision and why'], rows),
      ...(more === 0 ? [] : ['', `${count(more)} more in campaign.json.`]),
    ].join('\n');
  };
  const short = () =>
    rest.length === 0
      ? ''
      : `### Tried and not kept\n\n${counted(rest.length, 'edit')}, told with the reasons in campaign.json.`;
  return { rank: 40, forms: [text(600, 40), text(200, 40), text(200, 10), short] };
}

function triedRow(record: CampaignRecord, candidate: Candidate, longest: number): string[] {
  const { id, proposal, verdict } = candidate;
  const leftOut = record.final?.left_out.some((one) => one.candidate === id) === true;
  return [
    `**${id}** ${cellProse(clipped(proposal.title, 160))}<br>for ${mechanismWords(proposal.mechanism)}`,
    verdict === null ? 'not run' : before(verdict.splits.held_in),
    verdict === null ? 'not run' : before(verdict.splits.held_out),
    // Unbroken, so that a narrow screen leaves the reason room.
    `**${unbroken(decisionWords(candidate, leftOut))}**<br>${cellProse(clipped(candidate.reason, longest))}`,
  ];
}
