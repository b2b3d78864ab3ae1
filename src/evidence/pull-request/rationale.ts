/**
 * Edit by edit: why, what is hoped for, what may go wrong, the diff, and the traces that asked for it.
 */
import type { Candidate } from '../../campaign/record/record.ts';
import { fenced } from '../markdown/code.ts';
import { prose, summaryProse } from '../markdown/prose.ts';
import { fold } from '../markdown/table.ts';
import { clipped } from '../markdown/visible.ts';
import { keptCandidates } from './edits.ts';
import type { Section, Telling } from './section.ts';
import { weaknessText } from './weakness.ts';

const MAX_DIFF = 6_000;
const MAX_PROSE = 1_200;
const MAX_TITLE = 160;

/** Forms: with three excerpts a weakness, with one, without excerpts, without diffs. */
export function rationaleSections(telling: Telling): Section[] {
  const { record } = telling;
  const kept = keptCandidates(record);
  if (kept.length === 0) return [];
  const heading: Section = {
    rank: 90,
    forms: [() => (kept.length === 1 ? '### Why' : '### Why, edit by edit')],
  };
  const each = kept.map(
    (candidate): Section => ({
      rank: 20,
      forms: [
        () => editFold(telling, candidate, { excerpts: 3, diff: true }),
        () => editFold(telling, candidate, { excerpts: 1, diff: true }),
        () => editFold(telling, candidate, { excerpts: 0, diff: true }),
        () => editFold(telling, candidate, { excerpts: 0, diff: false }),
      ],
    }),
  );
  return [heading, ...each];
}

interface Amount {
  readonly excerpts: number;
  readonly diff: boolean;
}

function editFold(telling: Telling, candidate: Candidate, amount: Amount): string {
  const { record } = telling;
  const { proposal, verdict } = candidate;
  const only = record.final?.candidates.length === 1;
  const parts = [
    prose(clipped(proposal.hypothesis, MAX_PROSE)),
    proposal.expected_effect === ''
      ? ''
      : `**Expected:** ${prose(clipped(proposal.expected_effect, MAX_PROSE))}`,
    proposal.risks.length === 0
      ? ''
      : `**Risks:**\n${proposal.risks
          .slice(0, 5)
          .map((risk) => `- ${prose(clipped(risk, 300))}`)
          .join('\n')}`,
    verdict === null ? '' : `**Verdict:** ${prose(verdict.words)}`,
    diffText(candidate, amount.diff),
  ];
  const weaknesses = record.weaknesses.filter((weakness) => proposal.weaknesses.includes(weakness.id));
  for (const weakness of weaknesses) parts.push(weaknessText(telling, weakness, amount.excerpts));
  const origin = proposal.origin === 'catalog' ? 'from the catalog' : 'proposed by a model';
  const summary = `<b>${candidate.id}</b> ${summaryProse(clipped(proposal.title, MAX_TITLE))} · ${origin}`;
  return fold(summary, parts.filter((part) => part !== '').join('\n\n'), only);
}

function diffText({ diff }: Candidate, shown: boolean): string {
  if (diff === '') return '';
  if (!shown || diff.length > MAX_DIFF) return 'The diff is under “Files changed”, one commit an edit.';
  return fenced(diff.trimEnd(), 'diff').trimEnd();
}
