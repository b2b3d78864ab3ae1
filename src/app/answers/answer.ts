/**
 * How the bot answers: a reaction at once, one comment a subject that is edited and never repeated, a reaction at
 * the end. Each is looked for before it is made.
 */
import { bounded } from '../../forge/github/bounded.ts';
import { orNull, translated, unlessRefused } from '../../forge/github/failure.ts';
import type { GitHubRepository } from '../../forge/github/github.ts';
import { inTurn } from './turns.ts';

export type Reaction = 'eyes' | 'rocket' | 'confused';

/** Reacts to a comment. GitHub keeps one reaction of a kind a user, so doing it twice is doing it once. */
export async function react(
  { octokit, owner, repo }: GitHubRepository,
  comment: number,
  content: Reaction,
): Promise<void> {
  // A courtesy: what was asked for goes on where the comment is gone, or GitHub lets nobody react.
  await unlessRefused(
    () => {},
    () =>
      translated('react to a comment', () =>
        octokit.rest.reactions.createForIssueComment({ owner, repo, comment_id: comment, content }),
      ),
  );
}

/** The hidden first line that names what a comment of the bot is about. */
function marker(subject: string): string {
  return `<!-- self-harness:${subject} -->`;
}

/** Writes or edits the bot's one comment on a subject in an issue or pull request. Returns its address. */
export function say(place: GitHubRepository, issue: number, subject: string, body: string): Promise<string> {
  const { owner, repo } = place;
  return inTurn(`${owner}/${repo}#${issue} ${subject}`, () => write(place, issue, subject, body));
}

async function write(place: GitHubRepository, issue: number, subject: string, body: string): Promise<string> {
  const { octokit, owner, repo } = place;
  const text = bounded(`${marker(subject)}\n${body}`);
  const existing = await ownComment(place, issue, subject);
  if (existing !== null) {
    if (existing.body === text) return existing.url;
    const { data } = await translated('edit a comment', () =>
      octokit.rest.issues.updateComment({ owner, repo, comment_id: existing.id, body: text }),
    );
    return data.html_url;
  }
  const { data } = await translated('write a comment', () =>
    octokit.rest.issues.createComment({ owner, repo, issue_number: issue, body: text }),
  );
  return data.html_url;
}

async function ownComment(
  { octokit, owner, repo, speaker }: GitHubRepository,
  issue: number,
  subject: string,
): Promise<{ id: number; body: string; url: string } | null> {
  const comments = await orNull('list comments', () =>
    octokit.paginate(octokit.rest.issues.listComments, { owner, repo, issue_number: issue, per_page: 100 }),
  );
  const wanted = marker(subject);
  for (const comment of comments ?? []) {
    // Only an App's comment counts: anybody can copy the marker into their own.
    const own =
      speaker === undefined
        ? comment.user?.type === 'Bot' && comment.performed_via_github_app !== null
        : comment.user?.login === speaker;
    const body = comment.body ?? '';
    if (own && body.startsWith(wanted)) return { id: comment.id, body, url: comment.html_url };
  }
  return null;
}
