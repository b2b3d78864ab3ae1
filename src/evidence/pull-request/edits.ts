/**
 * The table of edits: each with what asked for it, what it gained on both splits, and what it costs.
 */
import type { CampaignRecord, Candidate } from '../../campaign/record/record.ts';
import type { Comparison, Verdict } from '../../validation/verdict.ts';
import { change, confidence, counted, percent, ratio } from '../figure.ts';
import { cellCode } from '../markdown/code.ts';
import { cellProse } from '../markdown/prose.ts';
import { table } from '../markdown/table.ts';
import { clipped } from '../markdown/visible.ts';
import type { Section, Telling } from './section.ts';

const MAX_TITLE = 160;

/** The edits of the branch, in the order of its commits. */
export function keptCandidates(record: CampaignRecord): Candidate[] {
  return (record.final?.candidates ?? []).flatMap(
    (id) => record.candidates.find((candidate) => candidate.id === id) ?? [],
  );
}

export function editsSection({ record }: Telling): Section {
  return { rank: 90, forms: [() => editsText(record)] };
}

const HEADER = [
  'Edit',
  'Held-in failures that asked for it',
  'Held-in',
  'Held-out',
  'Tasks gained / lost',
  'Tokens of a run',
];

function editsText(record: CampaignRecord): string {
  const kept = keptCandidates(record);
  const { final, splits, settings } = record;
  if (final === null || kept.length === 0) return '';
  const rows = kept.map((candidate) => editRow(record, candidate));
  if (kept.length > 1) rows.push(['**All together**', '', ...verdictCells(final.verdict)]);
  const notes = [
    ...(kept.length > 1 ? ['Each edit was first measured alone, then all of them together.'] : []),
    `Pass rate before → after, then the change in points with its ${confidence(settings.alpha)} interval, which holds at any stopping time.`,
    `Held-in: the ${counted(splits.held_in.length, 'task')} whose failures edits are drawn from. Held-out: ${counted(splits.held_out.length, 'task')} that only ${splits.held_out.length === 1 ? 'judges' : 'judge'}.`,
    'The change compares runs of the same task, so it can differ a little from the difference of the two rates.',
  ];
  return ['### What changes', '', table(HEADER, rows), '', `<sub>${notes.join(' ')}</sub>`].join('\n');
}

function editRow(record: CampaignRecord, candidate: Candidate): string[] {
  const { id, proposal, diff, verdict } = candidate;
  const place = pathOf(diff) ?? proposal.surface;
  return [
    `**${id}** ${cellProse(clipped(proposal.title, MAX_TITLE))}<br>in ${cellCode(clipped(place, MAX_TITLE))}`,
    `${mechanismWords(proposal.mechanism)}:<br>${asked(record, candidate)}`,
    ...verdictCells(verdict),
  ];
}

/** The file that a diff changes. */
export function pathOf(diff: string): string | null {
  return /^\+\+\+ b\/(.*?)\t?$/m.exec(diff)?.[1] ?? null;
}

/** How many failing trials of how many tasks the proposal's weaknesses count. */
function asked(record: CampaignRecord, { proposal }: Candidate): string {
  const weaknesses = record.weaknesses.filter((weakness) => proposal.weaknesses.includes(weakness.id));
  const trials = new Set(weaknesses.flatMap((weakness) => weakness.trials)).size;
  const tasks = new Set(weaknesses.flatMap((weakness) => weakness.tasks)).size;
  return trials === 0
    ? 'none: it takes something away'
    : `${counted(trials, 'trial')} of ${counted(tasks, 'task')}`;
}

function verdictCells(verdict: Verdict | null): string[] {
  if (verdict === null) return ['not run', 'not run', '', ''];
  const { splits, flips, spend } = verdict;
  const each = (tokens: number | null, trials: number) =>
    tokens === null || trials === 0 ? null : tokens / trials;
  const tokens = ratio(
    each(spend.baseline.tokens, spend.baseline.trials),
    each(spend.candidate.tokens, spend.candidate.trials),
  );
  return [
    before(splits.held_in),
    before(splits.held_out),
    `${flips.gained.length} / ${flips.lost.length}`,
    tokens === null ? 'not measured' : unbroken(tokens),
  ];
}

/** '36.8 % → 45.7 %' and, below, the change with its interval. */
export function before(comparison: Comparison): string {
  const { baseline, candidate } = comparison;
  if (baseline.n === 0 || candidate.n === 0) return 'no trials';
  const rates = `${percent(baseline.pass / baseline.n)} → ${percent(candidate.pass / candidate.n)}`;
  return `${unbroken(rates)}<br>${unbroken(change(comparison))}`;
}

/** Figures that a narrow column must not break. */
export function unbroken(figures: string): string {
  return figures.replaceAll(' ', '&nbsp;');
}

/** A mechanism of the closed vocabulary as words. */
export function mechanismWords(mechanism: string): string {
  return mechanism.replaceAll('_', ' ');
}
