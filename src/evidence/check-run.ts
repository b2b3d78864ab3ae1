/**
 * The check run on a pull request: a verdict, notes on the changed lines, and buttons.
 */
import type { CampaignRecord, Candidate } from '../campaign/record/record.ts';
import type { EditVerdict } from '../validation/experiment/verdict.ts';
import { eValue } from './figure.ts';
import { cellProse, prose } from './markdown/prose.ts';
import { table } from './markdown/table.ts';
import { visibleLine } from './markdown/visible.ts';
import { effectCells, keptCandidates, mechanismWords, pathOf } from './pull-request/edits.ts';
import type { Stale } from './pull-request/stale.ts';
import { verdictText } from './pull-request/verdict.ts';
import { renderPullRequest } from './pull-request.ts';

/** What GitHub takes as `output` and `actions` of a check run, with its own limits kept. */
export interface CheckRun {
  readonly conclusion: 'success' | 'failure' | 'neutral';
  readonly title: string;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  readonly actions: readonly CheckAction[];
}

interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: 'notice' | 'warning';
  /** Plain text: GitHub shows it as it is. */
  readonly title: string;
  readonly message: string;
}

/** Limits of GitHub: label 20 characters, description 40, identifier 20. */
interface CheckAction {
  readonly label: string;
  readonly description: string;
  readonly identifier: 'extend' | 'revalidate';
}

/** GitHub takes 50 annotations a request. */
const MAX_ANNOTATIONS = 50;
const REVALIDATE: CheckAction = {
  label: 'Re-validate',
  description: 'Run the gate again on this branch',
  identifier: 'revalidate',
};
const EXTEND: CheckAction = {
  label: 'Extend',
  description: 'Give unresolved edits more trials',
  identifier: 'extend',
};

/**
 * The check run of a campaign: on the head of its own pull request, or on the base commit where it opened none.
 *
 * @param texts the surfaces at the commit of the check, by path: which lines an edit's own lines have become there.
 * Edits of paths that are not in it get no annotation.
 * @param stale what changed on the base since the figures were measured
 */
export function renderCheckRun(
  record: CampaignRecord,
  texts: ReadonlyMap<string, string> = new Map(),
  stale: Stale | null = null,
): CheckRun {
  const { final, ending } = record;
  const open = record.candidates.some(
    ({ decision, verdict }) => decision === 'unresolved' && verdict?.reason === 'budget_ended',
  );
  const old = stale === null ? '' : 'These figures are stale: what they were measured on has changed since.';
  return {
    conclusion:
      ending.kind === 'failed'
        ? 'failure'
        : final === null || !final.confirmed || stale !== null
          ? 'neutral'
          : 'success',
    title: renderPullRequest(record).title,
    summary: [unopened(record), old, verdictText(record), decisionsTable(record)]
      .filter(Boolean)
      .join('\n\n'),
    annotations: keptCandidates(record)
      .flatMap((candidate) => annotationsOf(candidate, texts))
      .slice(0, MAX_ANNOTATIONS),
    // What is open can be extended only while no pull request is: one at a time.
    actions: final === null ? (open ? [EXTEND] : []) : ending.kind === 'opened' ? [REVALIDATE] : [],
  };
}

/** The check run of `/harness validate`: the gate's word on a pull request that anybody may have written. */
export function renderVerdictCheck(verdict: EditVerdict): CheckRun {
  const titles = {
    accept: `Makes some task better: evidence ${eValue(verdict.e_value)} of ${eValue(verdict.threshold)}`,
    reject: 'Rejected',
    unresolved: `Not proven yet: evidence ${eValue(verdict.e_value)} of ${eValue(verdict.threshold)}`,
  } as const;
  const [heldIn, heldOut] = effectCells(verdict);
  const rows = [
    ['Effect on held-in tasks', heldIn],
    ['Effect on held-out tasks', heldOut],
    ['Runs without a verdict, with it / without it', `${verdict.invalid.on} / ${verdict.invalid.off}`],
  ];
  return {
    conclusion:
      verdict.verdict === 'accept' ? 'success' : verdict.verdict === 'reject' ? 'failure' : 'neutral',
    title: titles[verdict.verdict],
    summary: [prose(verdict.words), table(['Points, with their 95 % interval', ''], rows)].join('\n\n'),
    annotations: [],
    actions: verdict.verdict === 'unresolved' ? [EXTEND, REVALIDATE] : [REVALIDATE],
  };
}

/** One note on each run of lines that an edit adds, where those lines stand in the text of the check's commit. */
function annotationsOf(
  { id, proposal, diff, verdict }: Candidate,
  texts: ReadonlyMap<string, string>,
): Annotation[] {
  const path = pathOf(diff);
  const lines = path === null ? undefined : texts.get(path)?.split('\n');
  if (path === null || lines === undefined) return [];
  const gain = verdict === null ? '' : ` ${verdict.words}`;
  return addedRuns(diff).flatMap(({ start, text }) => {
    const at = placeOf(text, lines, start);
    if (at === null) return [];
    return {
      path,
      start_line: at,
      end_line: at + text.length - 1,
      annotation_level: 'notice' as const,
      title: visibleLine(`${id}: ${mechanismWords(proposal.mechanism)}`),
      message: visibleLine(`${proposal.hypothesis}${gain}`).slice(0, 2_000),
    };
  });
}

/** Paths that the kept edits change: `renderCheckRun` wants their texts. */
export function editedPaths(record: CampaignRecord): string[] {
  const paths = keptCandidates(record).flatMap(({ diff }) => pathOf(diff) ?? []);
  return [...new Set(paths)];
}

/** The line, from 1, at which a run of lines stands; the nearest to `expected` of several, null where none does. */
function placeOf(run: readonly string[], lines: readonly string[], expected: number): number | null {
  const places = [...lines.keys()]
    .filter((index) => run.every((text, offset) => lines[index + offset] === text))
    .map((index) => index + 1);
  return places.sort((a, b) => Math.abs(a - expected) - Math.abs(b - expected))[0] ?? null;
}

/** Runs of added lines as [first, last], numbered in the new file. */
export function addedLines(diff: string): [number, number][] {
  return addedRuns(diff).map(({ start, text }) => [start, start + text.length - 1]);
}

function addedRuns(diff: string): { readonly start: number; readonly text: string[] }[] {
  const runs: { start: number; text: string[] }[] = [];
  let line = 0;
  let inHunk = false;
  for (const text of diff.split('\n')) {
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)/.exec(text);
    if (hunk !== null) {
      line = Number(hunk[1]);
      inHunk = true;
    } else if (inHunk && text.startsWith('+')) {
      const last = runs.at(-1);
      if (last !== undefined && last.start + last.text.length === line) last.text.push(text.slice(1));
      else runs.push({ start: line, text: [text.slice(1)] });
      line += 1;
    } else if (inHunk && text.startsWith(' ')) line += 1;
  }
  return runs;
}

/** A short answer under the comment that asked for a campaign. */
export function renderAnswer(record: CampaignRecord): string {
  const url = record.pull_request?.url ?? null;
  return [
    unopened(record),
    verdictText(record),
    url === null ? '' : `Pull request: ${url}`,
    decisionsTable(record),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A verdict speaks of the edits alone; what kept proven ones from being proposed is said first. */
function unopened({ ending, final }: CampaignRecord): string {
  return ending.kind === 'failed' && final !== null ? `**${prose(ending.reason)}**` : '';
}

function decisionsTable({ candidates }: CampaignRecord): string {
  const rows = candidates.map(({ id, proposal, decision, reason }) => [
    `**${id}** ${cellProse(proposal.title)}`,
    decision,
    cellProse(reason),
  ]);
  return table(['Edit', 'Decision', 'Why'], rows);
}
