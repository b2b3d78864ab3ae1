/**
 * The table of edits: each with what asked for it, what it gained on both splits, and what it costs.
 */
import type { CampaignRecord, Candidate } from '../../campaign/record/record.ts';
import type { EditVerdict } from '../../validation/experiment/verdict.ts';
import { counted, effect, times } from '../figure.ts';
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
  'Failures that asked for it',
  'Effect, held-in',
  'Effect, held-out',
  'Tokens of a run',
];

function editsText(record: CampaignRecord): string {
  const kept = keptCandidates(record);
  const { final, splits } = record;
  if (final === null || kept.length === 0) return '';
  const notes = [
    'Effect: points of the pass rate that the edit adds, with its 95 % interval, measured while the other edits were switched on and off beside it.',
    ...(kept.some(({ verdict }) => verdict?.moved === 'score')
      ? ['Where an edit moved the share of checks passed and not the pass rate, the effect is on that share.']
      : []),
    `Held-in: the ${counted(splits.held_in.length, 'task')} whose failures edits are drawn from. Held-out: ${counted(splits.held_out.length, 'task')} that only ${splits.held_out.length === 1 ? 'judges' : 'judge'}.`,
  ];
  return [
    '### What changes',
    '',
    table(
      HEADER,
      kept.map((candidate) => editRow(record, candidate)),
    ),
    '',
    `<sub>${notes.join(' ')}</sub>`,
  ].join('\n');
}

function editRow(record: CampaignRecord, candidate: Candidate): string[] {
  const { id, proposal, diff, verdict } = candidate;
  const place = pathOf(diff) ?? proposal.surface;
  return [
    `**${id}** ${cellProse(clipped(proposal.title, MAX_TITLE))}<br>in ${cellCode(clipped(place, MAX_TITLE))}`,
    `${mechanismWords(proposal.mechanism)}:<br>${asked(record, candidate)}`,
    ...effectCells(verdict),
    unbroken(times(verdict?.cost.tokens ?? null) ?? 'not measured'),
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

/** Effects on held-in and on held-out tasks, of the outcome that the edit moved. */
export function effectCells(verdict: EditVerdict | null): [heldIn: string, heldOut: string] {
  if (verdict === null) return ['not run', 'not run'];
  const of = verdict.moved === 'score' ? (verdict.score_effect ?? verdict.effect) : verdict.effect;
  const name = verdict.moved === 'score' ? '<br>of the checks' : '';
  return [`${unbroken(effect(of.held_in))}${name}`, `${unbroken(effect(of.held_out))}${name}`];
}

/** Figures that a narrow column must not break. */
export function unbroken(figures: string): string {
  return figures.replaceAll(' ', '&nbsp;');
}

/** A mechanism of the closed vocabulary as words. */
export function mechanismWords(mechanism: string): string {
  return mechanism.replaceAll('_', ' ');
}
