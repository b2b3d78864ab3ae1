/**
 * The first lines: what changes, what it gained, how sure that is and what it costs, in plain words.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import { count, counted, duration, interval, points, rate, times, usd } from '../figure.ts';
import { inlineCode } from '../markdown/code.ts';
import { prose } from '../markdown/prose.ts';
import { clipped } from '../markdown/visible.ts';
import type { Section, Telling } from './section.ts';
import { marginWords, sureLine } from './sureness.ts';

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
  return [
    headline(record, final),
    final.confirmed ? '' : `**${prose(record.ending.reason)}**`,
    bullets([
      gainLine(final),
      sureLine(record),
      splitsLine(record, final),
      flipsLine(record, final),
      [costLine(final), spentWords(record)].filter(Boolean).join(' '),
    ]),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** Lost tasks that are named at the top. */
const MAX_LOST = 6;

type Final = NonNullable<CampaignRecord['final']>;

function headline(record: CampaignRecord, { candidates, figures }: Final): string {
  const edits = candidates.length;
  const { baseline, candidate } = figures.pass.overall;
  const { margin } = record.settings;
  const number = edits === 1 ? 'One' : capital(NUMBERS[edits] ?? count(edits));
  const fixed =
    "The model and the eval stay as they are: only the files below change, and the repository's own eval was run on both versions, side by side.";
  const before = rate(baseline);
  const after = rate(candidate);
  if (margin !== null)
    return `**${number} ${noun(edits, margin)} from the agent's harness: its pass rate goes from ${before} to ${after}, and a loss of more than ${marginWords(margin)} is ruled out.** ${fixed}`;
  const up = candidate.pass / candidate.n > baseline.pass / baseline.n;
  const raise = up ? (edits === 1 ? 'raises' : 'raise') : edits === 1 ? 'takes' : 'take';
  return `**${number} ${noun(edits, margin)} to the agent's harness ${raise} its pass rate from ${before} to ${after}.** ${fixed}`;
}

function noun(edits: number, margin: number | null): string {
  const one = margin === null ? 'edit' : 'deletion';
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

/** How large the gain is, in the fresh runs. */
function gainLine({ figures }: Final): string | null {
  const { delta, interval: range } = figures.pass.overall;
  const parts: string[] = [];
  if (delta !== null && range !== null)
    parts.push(
      `${points(delta)} points of the pass rate, 95 % interval ${points(range[0])} to ${points(range[1])}${spansZero(range)}`,
    );
  const score = figures.score?.overall;
  if (score !== undefined && score.delta !== null && score.interval !== null)
    parts.push(
      `${points(score.delta)} points of the share of checks passed, ${points(score.interval[0])} to ${points(score.interval[1])}`,
    );
  return parts.length === 0
    ? null
    : `**How much.** ${parts.join('; ')}: ${counted(figures.passes, 'fresh run')} of every task on both versions, made after the last decision.`;
}

function spansZero([low, high]: readonly [number, number]): string {
  return low <= 0 && high >= 0 ? ', so these runs alone leave open whether there is a gain' : '';
}

/** The same fresh runs by split; the sealed tasks are the ones that no decision looked at before. */
function splitsLine({ splits }: CampaignRecord, { figures }: Final): string | null {
  const { held_in: inside, held_out: outside, sealed } = figures.pass;
  const parts = [
    ['held-in', splits.held_in.length, inside],
    ['held-out', splits.held_out.length, outside],
    ['sealed', splits.sealed.length, sealed],
  ] as const;
  const told = parts.flatMap(([name, tasks, one]) =>
    one === null || one.delta === null || one.interval === null
      ? []
      : [`${name} (${counted(tasks, 'task')}) ${points(one.delta)} ${interval(one.interval)}`],
  );
  if (told.length === 0) return null;
  const unseen = sealed === null ? '' : ' No decision looked at the sealed ones.';
  return `**Where.** Points by kind of task: ${told.join('; ')}.${unseen}`;
}

function flipsLine({ splits }: CampaignRecord, { figures: { flips } }: Final): string {
  const { gained, lost } = flips;
  const tasks = counted(splits.held_in.length + splits.held_out.length + splits.sealed.length, 'task');
  const won = `Of ${tasks}, ${count(gained.length)} that mostly failed now mostly ${gained.length === 1 ? 'passes' : 'pass'}`;
  if (lost.length === 0) return `**Tasks.** ${won}; none that mostly passed now mostly fails.`;
  const names = lost.slice(0, MAX_LOST).map((task) => inlineCode(clipped(task, 80)));
  const more = lost.length > names.length ? ` and ${count(lost.length - names.length)} more` : '';
  return `**Tasks.** ${won}; ${count(lost.length)} went the other way, by chance or by the change: ${names.join(', ')}${more}.`;
}

function costLine({ figures: { cost } }: Final): string | null {
  const parts = [
    [times(cost.tokens), 'the tokens'],
    [times(cost.usd), 'the money'],
    [times(cost.time), 'the time'],
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
    not_confirmed: 'The edits were not confirmed.',
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
