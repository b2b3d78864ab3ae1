/**
 * Pull requests as GitHub tells them: who opened one, from where, what its branch holds. The truth the bot acts
 * on; what it remembers itself may be behind.
 */
import { orNull, translated } from './failure.ts';
import type { GitHubRepository } from './github.ts';

export interface PullDetail {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly branch: string;
  readonly head: string;
  /** Branch it wants to go into. */
  readonly base: string;
  /** The head lives in another repository, or in one that is gone. */
  readonly fork: boolean;
  readonly author: string;
  readonly authorIsBot: boolean;
  /** RFC 3339. */
  readonly updatedAt: string;
}

interface BranchCommit {
  readonly sha: string;
  readonly message: string;
  /** Login of the account its author's address belongs to, null where there is none. */
  readonly author: string | null;
  /** As `author`, of who made this commit out of it: another one where somebody has amended or rebased it. */
  readonly committer: string | null;
}

/** GitHub itself: what an App commits by the API, or a person on its pages, is signed by it. */
export const GITHUB = 'web-flow';
/** noreply@github.com, or the same at an Enterprise Server; a person's is 7+name@users.noreply.github.com. */
const GITHUB_EMAIL = /^(?:noreply|web-flow)@/;

/** A branch beside another: where they parted, and what it has since. */
export interface Comparison {
  readonly mergeBase: string;
  /** Commits of the other branch that this one does not have. */
  readonly behind: number;
  readonly commits: readonly BranchCommit[];
}

/** A pull request by number; null where there is none. */
export async function readPull(place: GitHubRepository, number: number): Promise<PullDetail | null> {
  const { octokit, owner, repo } = place;
  const found = await orNull(`read pull request ${number}`, () =>
    octokit.rest.pulls.get({ owner, repo, pull_number: number }),
  );
  return found === null ? null : detailOf(place, found.data);
}

/** All open pull requests, the newest first. */
export async function openPulls(place: GitHubRepository): Promise<PullDetail[]> {
  const { octokit, owner, repo } = place;
  const pulls = await translated('list pull requests', () =>
    octokit.paginate(octokit.rest.pulls.list, { owner, repo, state: 'open', per_page: 100 }),
  );
  return pulls.map((pull) => detailOf(place, pull));
}

interface RawPull {
  readonly number: number;
  readonly html_url: string;
  readonly title: string;
  readonly body: string | null;
  readonly state: string;
  readonly merged_at: string | null;
  readonly updated_at: string;
  readonly head: {
    readonly ref: string;
    readonly sha: string;
    readonly repo: { readonly full_name: string } | null;
  };
  readonly base: { readonly ref: string };
  readonly user: { readonly login: string; readonly type: string } | null;
}

function detailOf({ owner, repo }: GitHubRepository, pull: RawPull): PullDetail {
  return {
    number: pull.number,
    url: pull.html_url,
    title: pull.title,
    body: pull.body ?? '',
    state: pull.state === 'open' ? 'open' : pull.merged_at === null ? 'closed' : 'merged',
    branch: pull.head.ref,
    head: pull.head.sha,
    base: pull.base.ref,
    fork: pull.head.repo?.full_name.toLowerCase() !== `${owner}/${repo}`.toLowerCase(),
    author: pull.user?.login ?? '',
    authorIsBot: pull.user?.type === 'Bot',
    updatedAt: pull.updated_at,
  };
}

/** GitHub gives an empty object for an account that is gone. */
function loginOf(account: object | null): string | null {
  const login: unknown = account === null ? null : Reflect.get(account, 'login');
  return typeof login === 'string' ? login : null;
}

/** What `head` has that `base` has not; null where one of them is not there. Names or commits. */
export async function compareBranches(
  { octokit, owner, repo }: GitHubRepository,
  base: string,
  head: string,
): Promise<Comparison | null> {
  const found = await orNull(`compare ${head} with ${base}`, () =>
    octokit.rest.repos.compareCommitsWithBasehead({
      owner,
      repo,
      basehead: `${base}...${head}`,
      per_page: 100,
    }),
  );
  if (found === null) return null;
  return {
    mergeBase: found.data.merge_base_commit.sha,
    behind: found.data.behind_by,
    commits: found.data.commits.map((commit) => ({
      sha: commit.sha,
      message: commit.commit.message,
      author: loginOf(commit.author),
      committer: GITHUB_EMAIL.test(commit.commit.committer?.email ?? '') ? GITHUB : loginOf(commit.committer),
    })),
  };
}
