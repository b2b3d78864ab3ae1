/**
 * Permanent links: a line range of a file on the ledger branch at one commit, which no later commit can change.
 */

/** Where the evidence of a campaign can be opened; null where nothing is on the web. */
export interface EvidenceLinks {
  /** 'https://github.com/owner/name' */
  readonly repositoryUrl: string;
  /** Commit of the ledger branch that holds this campaign. */
  readonly ledgerCommit: string;
  /** Lines of trajectories.jsonl, from 1: of a trial's head and of its steps. */
  readonly lines: TrajectoryLines;
}

export interface TrialLines {
  readonly first: number;
  readonly last: number;
  /** Line of each kept step. */
  readonly steps: ReadonlyMap<number, number>;
}
export type TrajectoryLines = ReadonlyMap<string, TrialLines>;

export const TRAJECTORIES_FILE = 'trajectories.jsonl';

export function campaignPath(campaign: string, file: string): string {
  return `campaigns/${campaign}/${file}`;
}

/** A file of the campaign at the ledger's commit. */
export function fileUrl(links: EvidenceLinks, campaign: string, file: string): string {
  return `${links.repositoryUrl}/blob/${links.ledgerCommit}/${campaignPath(campaign, file)}`;
}

/** The lines of a trial, or of some of its steps; null for a trial that was not kept. */
export function trialUrl(
  links: EvidenceLinks,
  campaign: string,
  trial: string,
  steps: readonly number[] = [],
): string | null {
  const lines = links.lines.get(trial);
  if (lines === undefined) return null;
  const cited = steps.flatMap((step) => lines.steps.get(step) ?? []);
  const [from, to] =
    cited.length === 0 ? [lines.first, lines.last] : [Math.min(...cited), Math.max(...cited)];
  return `${fileUrl(links, campaign, TRAJECTORIES_FILE)}#L${from}${to === from ? '' : `-L${to}`}`;
}

/** A Markdown link of ours; the text alone without an address, or with one in which Markdown could see more. */
export function linked(text: string, url: string | null): string {
  return url !== null && /^https?:\/\/[\w.-]+(?::\d+)?\/[\w./%#?=&+-]*$/.test(url)
    ? `[${text}](${url})`
    : text;
}
