/**
 * The pull request's title and body, from the campaign record alone (and, for links, the place of the ledger).
 * It claims nothing that campaign.json does not hold.
 */
import type { CampaignRecord } from '../campaign/record/record.ts';
import { counted, percent } from './figure.ts';
import type { EvidenceLinks } from './links.ts';
import { apartSection } from './pull-request/apart.ts';
import { controlsSection, reproduceSection } from './pull-request/controls.ts';
import { editsSection } from './pull-request/edits.ts';
import { figuresSection } from './pull-request/figures.ts';
import { markerOf, renderMarker } from './pull-request/marker.ts';
import { rationaleSections } from './pull-request/rationale.ts';
import { fitted, type Section } from './pull-request/section.ts';
import { type Stale, staleSection } from './pull-request/stale.ts';
import { triedSection } from './pull-request/tried.ts';
import { verdictSection } from './pull-request/verdict.ts';
import { weaknessesSection } from './pull-request/weakness.ts';

export interface PullRequestOptions {
  /** Where traces can be opened; null locally. */
  readonly links?: EvidenceLinks | null;
  /** Set once base or evaluator have moved. */
  readonly stale?: Stale | null;
}

/** A body is at most 58,000 characters. The title names no text of a trace or of a model. */
export function renderPullRequest(
  record: CampaignRecord,
  { links = null, stale = null }: PullRequestOptions = {},
): { title: string; body: string } {
  const telling = { record, links };
  const marker: Section = { rank: 100, forms: [() => renderMarker(markerOf(record))] };
  const body = fitted([
    staleSection(stale),
    verdictSection(telling),
    editsSection(telling),
    ...rationaleSections(telling),
    weaknessesSection(telling),
    triedSection(telling),
    apartSection(telling),
    figuresSection(telling),
    controlsSection(telling),
    reproduceSection(telling),
    marker,
  ]);
  return { title: titleOf(record), body };
}

/** The pull request as a file: its text without links, since those name the commit that the file is part of. */
export function pullRequestFile(record: CampaignRecord): string {
  const { title, body } = renderPullRequest(record);
  return `# ${title}\n\n${body}\n`;
}

function titleOf({ final, ending, settings }: CampaignRecord): string {
  if (final === null || !final.confirmed) return `Self-Harness campaign: ${ending.kind.replaceAll('_', ' ')}`;
  const { baseline, candidate } = final.figures.pass.overall;
  const what = settings.margin === null ? 'harness edit' : 'harness deletion';
  const edits = counted(final.candidates.length, what);
  if (baseline.n === 0 || candidate.n === 0) return `${edits} for the agent`;
  return `${edits}: pass rate ${percent(baseline.pass / baseline.n)} → ${percent(candidate.pass / candidate.n)}`;
}
