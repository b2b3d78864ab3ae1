/**
 * A weakness with its evidence, as an answer to `/harness explain`: the excerpts of the pull request, by itself.
 */
import type { CampaignRecord } from '../campaign/record/record.ts';
import type { Weakness } from '../mining/weakness.ts';
import { inlineCode } from './markdown/code.ts';
import { prose } from './markdown/prose.ts';
import { fitted, type Section } from './pull-request/section.ts';
import { weaknessText } from './pull-request/weakness.ts';

/** Trials whose excerpts are shown, and how many are where room is short. */
const TRIALS = [5, 2, 0];

/** Text for one comment: excerpts give way where it would be too long, weaknesses never do. */
export function renderExplanation(record: CampaignRecord, weaknesses: readonly Weakness[]): string {
  return fitted(
    weaknesses.map((weakness): Section => {
      const form = (most: number) => () =>
        [
          `### ${prose(weakness.title)}`,
          `${actedOn(weakness)} Found by campaign ${inlineCode(record.id)}.`,
          weaknessText({ record, links: null }, weakness, most, true),
        ].join('\n\n');
      return { rank: 0, forms: TRIALS.map(form) };
    }),
  );
}

function actedOn({ addressable, surfaces }: Weakness): string {
  if (!addressable) return 'No declared surface could act on it.';
  return `Surfaces that could act on it: ${surfaces.map(inlineCode).join(', ')}.`;
}
