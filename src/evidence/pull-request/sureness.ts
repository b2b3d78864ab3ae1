/**
 * How large a gain is and how sure it is that there is one: two questions, two answers.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import type { Interval } from '../../validation/verdict.ts';
import { confidence, count, counted, eValue, points } from '../figure.ts';

type Final = NonNullable<CampaignRecord['final']>;

/** The estimate with its interval; null where nothing was compared. */
export function gainLine({ verdict, settings }: Final): string | null {
  const { delta, interval } = verdict.overall;
  if (delta === null) return null;
  const name = settings.margin === undefined ? 'Gain' : 'Change';
  const range =
    interval === null
      ? ''
      : `, and with ${confidence(settings.alpha)} confidence between ${between(interval)}`;
  return `**${name}.** ${points(delta)} points on the same tasks${range}.`;
}

export function sureLine(edits: number, final: Final): string {
  const { rule } = final.verdict;
  if (rule === 'paper') {
    return '**How sure.** This is the published rule: neither split lost a pass and one of them gained. It gives no error rate. `gate.rule: sequential` does.';
  }
  return `**How sure.** ${final.settings.margin === undefined ? improvement(edits, final) : deletion(final)}`;
}

function improvement(edits: number, { verdict }: Final): string {
  const { e_value: e, threshold, overall } = verdict;
  const subject =
    edits === 1
      ? 'An edit that helps no task would pass this test'
      : 'Edits that together help no task would pass this test';
  const bar = `${edits === 1 ? 'its' : 'their'} evidence (an e-value) had to reach ${eValue(threshold)} and reached ${eValue(e)}.`;
  return `${subject} in at most ${oneIn(1 / threshold)} campaigns, however often one looks: ${bar}${includesLosses(overall.interval, overall.candidate.n)}`;
}

/** The test asks whether any task does better, the interval how much all of them do: the second takes more runs. */
function includesLosses(interval: Interval | null, trials: number): string {
  if (interval === null || interval[0] > 0) return '';
  return ` The interval above includes losses: ${counted(trials, 'run')} with the change ${trials === 1 ? 'shows' : 'show'} that some tasks do better, and ${trials === 1 ? 'leaves' : 'leave'} open how much that is on average.`;
}

function deletion({ verdict, settings: { margin = 0, alpha } }: Final): string {
  const [low] = verdict.overall.interval ?? [null];
  const since = low === null ? '' : `, since the interval above begins at ${points(low)}`;
  return `A deletion need not help, it must not harm. A loss of more than ${marginWords(margin)} is ruled out${since}; such an interval misses the truth in at most ${oneIn(alpha)} tests, however often one looks.`;
}

/** '5 points' of 0.05. */
export function marginWords(margin: number): string {
  return counted(Number((100 * margin).toFixed(1)), 'point');
}

function between([low, high]: Interval): string {
  return `${points(low)} and ${points(high)}`;
}

function oneIn(chance: number): string {
  return `1 of ${count(Math.floor(1 / chance + 1e-9))}`;
}
