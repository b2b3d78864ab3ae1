/**
 * How sure it is that the edits help, apart from how much: two questions, two answers.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import { count, counted, eValue, points } from '../figure.ts';
import { keptCandidates } from './edits.ts';

/** What the experiment proved; null where nothing was accepted. */
export function sureLine(record: CampaignRecord): string | null {
  const { final, settings } = record;
  if (final === null) return null;
  if (settings.rule === 'paper')
    return '**How sure.** This is the published rule: neither split lost a pass and one of them gained. It gives no error rate. `gate.rule: sequential` does.';
  return `**How sure.** ${settings.margin === null ? improvement(record) : deletion(final, settings.margin)}`;
}

function improvement(record: CampaignRecord): string {
  const { settings } = record;
  const kept = keptCandidates(record);
  const values = kept.flatMap(({ verdict }) => verdict?.e_value ?? []);
  const least = Math.min(...values);
  const of =
    kept.length === 1
      ? `its evidence (an e-value) reached ${eValue(least)}`
      : `the weakest evidence (an e-value) reached ${eValue(least)}`;
  return `That ${kept.length === 1 ? 'the edit makes' : 'each edit makes'} some task better is proven: ${of}, and ${eValue(1 / settings.alpha)} was needed. At most ${oneIn(settings.alpha)} campaigns accepts any edit that makes no task better, however often one looks.`;
}

function deletion({ figures }: NonNullable<CampaignRecord['final']>, margin: number): string {
  const [low] = figures.pass.overall.interval ?? [null];
  const fresh = low === null ? '' : ` In the fresh runs the interval begins at ${points(low)}.`;
  return `A deletion need not help, it must not harm: that it costs more than ${marginWords(margin)} was ruled out.${fresh}`;
}

/** '5 points' of 0.05. */
export function marginWords(margin: number): string {
  return counted(Number((100 * margin).toFixed(1)), 'point');
}

function oneIn(chance: number): string {
  return `1 of ${count(Math.floor(1 / chance + 1e-9))}`;
}
