/**
 * Issues and pull requests that the App opened, found on GitHub and never remembered.
 */
import type { DashboardPull } from '../../evidence/dashboard.ts';
import { translated } from '../../forge/github/failure.ts';
import type { GitHubRepository } from '../../forge/github/github.ts';
import type { Bot } from '../bot.ts';

export interface OwnIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly open: boolean;
  /** Set where it is a pull request. */
  readonly pull: DashboardPull | null;
}

/** All of them, newest first. By author: a marker in a body proves nothing, since anybody can copy it. */
export async function ownIssues(
  bot: Bot,
  { octokit, owner, repo }: GitHubRepository,
  state: 'open' | 'all',
): Promise<OwnIssue[]> {
  const creator = await bot.login();
  const issues = await translated('list issues', () =>
    octokit.paginate(octokit.rest.issues.listForRepo, { owner, repo, creator, state, per_page: 100 }),
  );
  return issues.flatMap((issue) => {
    if (issue.user?.login !== creator) return [];
    const open = issue.state === 'open';
    const merged = issue.pull_request?.merged_at;
    const pull: DashboardPull | null =
      issue.pull_request === undefined
        ? null
        : { url: issue.html_url, state: open ? 'open' : merged == null ? 'closed' : 'merged' };
    return [{ number: issue.number, title: issue.title, body: issue.body ?? '', open, pull }];
  });
}
