/**
 * What was tried and is not in the branch, and why: half of the evidence.
 */
import type { CampaignRecord, Candidate } from '../../campaign/record/record.ts';
import type { EditReason } from '../../validation/experiment/verdict.ts';
import { count, counted } from '../figure.ts';
import { cellProse } from '../markdown/prose.ts';
import { fold, table } from '../markdown/table.ts';
import { clipped } from '../markdown/visible.ts';
import { effectCells, mechanismWords, unbroken } from './edits.ts';
import type { Section, Telling } from './section.ts';

/** Why an edit is not in the branch, in short. */
const DECIDED: Readonly<Partial<Record<EditReason, string>>> = {
  harm_proven: 'rejected: it does harm',
  breaks_runs: 'rejected: runs break',
  overfit: 'rejected: no gain on held-out tasks',
  futile: 'rejected: no gain in reach',
  cost_veto: 'rejected: costs too much',
  latency_veto: 'rejected: takes too long',
  superseded: 'rejected: another value was better',
  budget_ended: 'open: the passes or the budget ended',
};

function decisionWords({ decision, verdict }: Candidate, leftOut: boolean): string {
  if (leftOut) return 'left out';
  if (decision === 'refused') return 'refused by a guard, not run';
  return (verdict === null ? undefined : DECIDED[verdict.reason]) ?? decision;
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
    const body = [
      table(['Edit', 'Effect, held-in', 'Effect, held-out', 'Decision and why'], rows),
      ...(more === 0 ? [] : ['', `${count(more)} more in campaign.json.`]),
    ].join('\n');
    return fold(`<b>Tried and not kept</b>: ${counted(rest.length, 'edit')}`, body);
  };
  const short = () =>
    rest.length === 0
      ? ''
      : `**Tried and not kept:** ${counted(rest.length, 'edit')}, told with the reasons in campaign.json.`;
  return { rank: 40, forms: [text(600, 40), text(200, 40), text(200, 10), short] };
}

function triedRow(record: CampaignRecord, candidate: Candidate, longest: number): string[] {
  const { id, proposal, verdict } = candidate;
  const leftOut = record.final?.left_out.some((one) => one.candidate === id) === true;
  return [
    `**${id}** ${cellProse(clipped(proposal.title, 160))}<br>for ${mechanismWords(proposal.mechanism)}`,
    ...effectCells(verdict),
    // Unbroken, so that a narrow screen leaves the reason room.
    `**${unbroken(decisionWords(candidate, leftOut))}**<br>${cellProse(clipped(candidate.reason, longest))}`,
  ];
}
