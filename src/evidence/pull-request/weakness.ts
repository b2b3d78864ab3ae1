/**
 * Weaknesses: what recurs in the failing trials, with their traces.
 */
import type { Weakness } from '../../mining/weakness.ts';
import { count, counted } from '../figure.ts';
import { linked, trialUrl } from '../links.ts';
import { inlineCode } from '../markdown/code.ts';
import { prose, summaryProse } from '../markdown/prose.ts';
import { fold } from '../markdown/table.ts';
import { excerpts } from './excerpt.ts';
import type { Section, Telling } from './section.ts';

const MAX_LINKS = 12;
const MAX_WEAKNESSES = 20;

/** A weakness with links to its trials and the excerpts of at most `most` of them; `titled` where its title stands above. */
export function weaknessText(telling: Telling, weakness: Weakness, most: number, titled = false): string {
  const name = inlineCode(weakness.id);
  const lead = titled
    ? `${name}: ${sizeOf(weakness)}.`
    : `**Seen in the traces** as ${name}: ${prose(weakness.title)} ${sizeOf(weakness)}.`;
  return [lead + trialLinks(telling, weakness), ...excerpts(telling, weakness, most)].join('\n\n');
}

function sizeOf(weakness: Weakness): string {
  return `${counted(weakness.trials.length, 'failing held-in trial')} of ${counted(weakness.tasks.length, 'task')}`;
}

function trialLinks({ record, links }: Telling, weakness: Weakness): string {
  if (links === null) return '';
  const urls = weakness.trials.flatMap((trial) => trialUrl(links, record.id, trial) ?? []);
  if (urls.length === 0) return '';
  const shown = urls.slice(0, MAX_LINKS).map((url, index) => linked(`trace ${index + 1}`, url));
  return ` Kept in the ledger: ${shown.join(', ')}${urls.length > shown.length ? ' and more' : ''}.`;
}

/** Where no edit was kept, what was found is told by itself. */
export function weaknessesSection(telling: Telling): Section {
  const { record } = telling;
  const shown = record.final === null ? record.weaknesses.slice(0, MAX_WEAKNESSES) : [];
  const text = (most: number) => () => {
    if (shown.length === 0) return '';
    const folds = shown.map((weakness) =>
      fold(
        `${summaryProse(weakness.title)} ${sizeOf(weakness)}${weakness.addressable ? '' : ', on no declared surface'}`,
        weaknessText(telling, weakness, most, true),
      ),
    );
    const more = record.weaknesses.length - shown.length;
    const rest = more === 0 ? [] : [`${count(more)} more in campaign.json.`];
    return ['### Weaknesses found', ...folds, ...rest].join('\n\n');
  };
  return { rank: 20, forms: [text(2), text(1), text(0)] };
}
