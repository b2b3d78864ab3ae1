/**
 * Check runs: one a subject, found again and edited. GitHub shows the newest of a name, so asking again is a new
 * subject and takes the place of the old one.
 */
import { bounded } from './bounded.ts';
import { statusOf, translated } from './failure.ts';
import type { GitHubRepository } from './github.ts';

export interface CheckAnnotation {
  readonly path: string;
  /** Lines from 1, at the commit of the check. */
  readonly startLine: number;
  readonly endLine: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
}

/** A button: GitHub takes a label of 20 characters, a description of 40, an identifier of 20. */
interface CheckButton {
  readonly label: string;
  readonly description: string;
  readonly identifier: string;
}

export interface Check {
  readonly name: string;
  readonly head: string;
  /** What it was made for: comes back with a pressed button. */
  readonly subject: string;
  /** null while it runs. */
  readonly conclusion: 'success' | 'failure' | 'neutral' | 'action_required' | null;
  readonly title: string;
  readonly summary: string;
  /** The first 50 are shown: GitHub takes no more in one request. */
  readonly annotations: readonly CheckAnnotation[];
  readonly buttons: readonly CheckButton[];
}

const MAX_ANNOTATIONS = 50;
const MAX_TITLE = 200;

/** Writes the check run of this subject on this commit, or edits the one that is there. */
export async function putCheck(place: GitHubRepository, check: Check): Promise<void> {
  const { octokit, owner, repo } = place;
  const existing = await ownCheck(place, check);
  const summary = bounded(check.summary);
  const title = check.title.slice(0, MAX_TITLE);
  // GitHub adds annotations to those that are there, so an edit that says the same again must not send them.
  if (existing?.summary === summary && existing.conclusion === check.conclusion) return;
  const output = {
    title,
    summary,
    annotations: check.annotations.slice(0, MAX_ANNOTATIONS).map((one) => ({
      path: one.path,
      start_line: one.startLine,
      end_line: one.endLine,
      annotation_level: one.level,
      title: one.title,
      message: one.message,
    })),
  };
  const change = {
    owner,
    repo,
    external_id: check.subject,
    actions: check.buttons.map((button) => ({ ...button })),
    output,
    ...(check.conclusion === null
      ? { status: 'in_progress' as const }
      : { status: 'completed' as const, conclusion: check.conclusion }),
  };
  try {
    if (existing === null) {
      await octokit.rest.checks.create({ ...change, name: check.name, head_sha: check.head });
    } else {
      await octokit.rest.checks.update({ ...change, check_run_id: existing.id });
    }
  } catch (error) {
    // Only an App may make one. What a person's token speaks for says the same in a comment.
    const isPerson = statusOf(error) === 403 && /authenticate via a GitHub App/i.test(String(error));
    if (!isPerson) await translated('write a check run', () => Promise.reject(error));
  }
}

async function ownCheck({ octokit, owner, repo }: GitHubRepository, check: Check) {
  const { data } = await translated('list check runs', () =>
    octokit.rest.checks.listForRef({
      owner,
      repo,
      ref: check.head,
      check_name: check.name,
      filter: 'all',
      per_page: 100,
    }),
  );
  const found = data.check_runs.find((run) => run.external_id === check.subject);
  if (found === undefined) return null;
  return { id: found.id, conclusion: found.conclusion, summary: found.output.summary };
}
