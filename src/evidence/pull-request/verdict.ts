/**
 * The first lines: what changes, what it gained, how sure that is and what it costs, in plain words.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import type { Verdict } from '../../validation/verdict.ts';
import { confidence, count, counted, duration, percent, points, rate, ratio, usd } from '../figure.ts';
import { inlineCode } from '../markdown/code.ts';
import { prose } from '../markdown/prose.ts';
import { clipped } from '../markdown/visible.ts';
import type { Section, Telling } from './section.ts';
import { gainLine, marginWords, sureLine } from './sureness.ts';

export function verdictSection({ record }: Telling): Section {
  return { rank: 100, forms: [() => verdictText(record)] };
}

/** The verdict by itself: for a check run or an answer. */
export function verdictText(record: CampaignRecord): string {
  const { final } = record;
  if (final === null) {
    return [`**${endingWords(record)}**`, baselineWords(record), spentWords(record)]
      .filter(Boolean)
      .join('\n\n');
  }
  const edits = final.candidates.length;
  return [
    headline(edits, final),
    bullets([
      gainLine(final),
      sureLine(edits, final),
      sealedLine(record),
      flipsLine(record, final.verdict),
      [costLine(final.verdict), spentWords(record)].filter(Boolean).join(' '),
    ]),
  ].join('\n\n');
}

/** Lost tasks that are named at the top. */
const MAX_LOST = 6;

type Final = NonNullable<CampaignRecord['final']>;

function headline(edits: number, { verdict: { overall }, settings }: Final): string {
  const { baseline, candidate } = overall;
  const number = edits === 1 ? 'One' : capital(NUMBERS[edits] ?? count(edits));
  const fixed =
    "The model and the eval stay as they are: only the files below change, and the repository's own eval was run on both versions.";
  if (baseline.n === 0 || candidate.n === 0)
    return `**${number} ${noun(edits, settings)} for the agent's harness.** ${fixed}`;
  const before = `${percent(baseline.pass / baseline.n)} (${count(baseline.pass)} of ${counted(baseline.n, 'trial')})`;
  const after = `${percent(candidate.pass / candidate.n)} (${count(candidate.pass)} of ${count(candidate.n)})`;
  if (settings.margin !== undefined) {
    return `**${number} ${noun(edits, settings)} from the agent's harness: its pass rate goes from ${before} to ${after}, and a loss of more than ${marginWords(settings.margin)} is ruled out with ${confidence(settings.alpha)} confidence.** ${fixed}`;
  }
  // Rates weigh tasks by their trials, the test does not: they may differ in the last digit.
  const up = candidate.pass / candidate.n > baseline.pass / baseline.n;
  const raise = up ? (edits === 1 ? 'raises' : 'raise') : edits === 1 ? 'takes' : 'take';
  return `**${number} ${noun(edits, settings)} to the agent's harness ${raise} its pass rate from ${before} to ${after}.** ${fixed}`;
}

function noun(edits: number, { margin }: Final['settings']): string {
  const one = margin === undefined ? 'edit' : 'deletion';
  return edits === 1 ? one : `${one}s`;
}

const NUMBERS: Readonly<Record<number, string>> = {
  2: 'two',
  3: 'three',
  4: 'four',
  5: 'five',
  6: 'six',
  7: 'seven',
  8: 'eight',
  9: 'nine',
};

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** The one figure that nothing was selected on; few tasks say little, and that is said too. */
function sealedLine({ sealed, splits, settings }: CampaignRecord): string | null {
  if (sealed === null || sealed.delta === null) return null;
  const { baseline, candidate, delta, interval: range } = sealed;
  const tasks = counted(splits.sealed.length, 'task');
  const change = `${points(delta)} points`;
  const sure =
    range === null
      ? ''
      : ` (with ${confidence(settings.alpha)} confidence between ${points(range[0])} and ${points(range[1])}${range[0] <= 0 && range[1] >= 0 ? ': too few runs to tell by themselves' : ''})`;
  return `**Unseen tasks.** ${tasks} that no decision looked at, read once at the end: ${rate(baseline)} → ${rate(candidate)}, ${change}${sure}.`;
}

function flipsLine({ splits }: CampaignRecord, { flips }: Verdict): string {
  const { gained, lost } = flips;
  const tasks = counted(splits.held_in.length + splits.held_out.length, 'task');
  const won = `Of ${tasks}, ${count(gained.length)} that mostly failed now mostly ${gained.length === 1 ? 'passes' : 'pass'}`;
  if (lost.length === 0) return `**Tasks.** ${won}; none went the other way.`;
  const names = lost.slice(0, MAX_LOST).map((task) => inlineCode(clipped(task, 80)));
  const more = lost.length > names.length ? ` and ${count(lost.length - names.length)} more` : '';
  return `**Tasks.** ${won}; ${count(lost.length)} went the other way, by chance or by the change: ${names.join(', ')}${more}.`;
}

function costLine({ spend }: Verdict): string | null {
  const { baseline, candidate } = spend;
  const each = (total: number | null, trials: number) =>
    total === null || trials === 0 ? null : total / trials;
  const of = (read: (spend: Verdict['spend']['baseline']) => number | null) =>
    ratio(each(read(baseline), baseline.trials), each(read(candidate), candidate.trials));
  const parts = [
    [of((one) => one.tokens), 'the tokens'],
    [of((one) => one.costUsd), 'the money'],
    [of((one) => one.durationMs), 'the time'],
  ].flatMap(([factor, what]) => (factor === null ? [] : [`${factor} ${what}`]));
  return parts.length === 0
    ? '**Cost.**'
    : `**Cost.** A run with the change takes ${listed(parts)} of one without.`;
}

/** What it took to find out. */
function spentWords({ spent, final }: CampaignRecord): string {
  const { trials, tokens, cost_usd: cost } = spent.agent;
  if (trials === 0) return '';
  const parts = [
    counted(trials, 'trial'),
    ...(tokens === null ? [] : [`${count(tokens)} tokens`]),
    ...(cost === null || cost === 0 ? [] : [usd(cost)]),
    duration(spent.duration_ms),
  ];
  return `${final === null ? 'Finding that out' : 'Finding and proving it'} took ${listed(parts)}.`;
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function bullets(lines: readonly (string | null)[]): string {
  return lines
    .filter((line) => line !== null && line !== '')
    .map((line) => `- ${line}`)
    .join('\n');
}

function endingWords(record: CampaignRecord): string {
  const words = {
    opened: 'Edits were accepted.',
    nothing_to_fix: 'There is nothing to change.',
    nothing_accepted: 'No edit is proposed.',
    unresolved: 'No edit could be proven yet.',
    cancelled: 'The campaign was cancelled.',
    failed: 'The campaign failed.',
  } as const;
  return `${words[record.ending.kind]} ${prose(record.ending.reason)}`;
}

function baselineWords({ baseline }: CampaignRecord): string {
  if (baseline === null) return '';
  const { held_in: inside, held_out: outside } = baseline;
  return `As it is, the agent passes ${rate(inside)} of the held-in and ${rate(outside)} of the held-out trials.`;
}
