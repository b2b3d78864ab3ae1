/**
 * Pull requests of the bot, found by their branch, which belongs to one campaign, and by who opened them.
 */
import { ForgeError, type PullRequest, type PullRequestDraft } from '../forge.ts';
import { translated, unlessRefused } from './failure.ts';
import type { GitHubRepository } from './github.ts';

export async function readPullRequest(place: GitHubRepository, branch: string): Promise<PullRequest | null> {
  const { octokit, owner, repo } = place;
  const { data } = await translated('list pull requests', () =>
    octokit.rest.pulls.list({ owner, repo, head: `${owner}:${branch}`, state: 'all', per_page: 100 }),
  );
  const own = data.filter((one) => isOwn(place, one));
  const pull = own.find((one) => one.state === 'open') ?? own[0];
  if (pull === undefined) return null;
  const state = pull.state === 'open' ? 'open' : pull.merged_at === null ? 'closed' : 'merged';
  return {
    number: pull.number,
    url: pull.html_url,
    state,
    branch,
    head: pull.head.sha,
    title: pull.title,
    body: pull.body ?? '',
  };
}

/**
 * Whether the bot opened it, from this repository. Whoever may read can open one between branches that exist, and say
 * in it what they like.
 */
function isOwn({ speaker, owner, repo }: GitHubRepository, { user, head }: Listed): boolean {
  if (head.repo?.full_name.toLowerCase() !== `${owner}/${repo}`.toLowerCase()) return false;
  return speaker === undefined ? user?.type === 'Bot' : user?.login === speaker;
}

interface Listed {
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly head: { readonly repo: { readonly full_name: string } | null };
}

/**
 * The open pull request of a branch, made where there is none. Labels and reviewers are asked for each time: a process
 * may have died between. One that GitHub refuses (a reviewer who left) costs itself, not the pull request.
 */
export async function openPullRequest(
  place: GitHubRepository,
  draft: PullRequestDraft,
): Promise<PullRequest> {
  const { octokit, owner, repo } = place;
  const existing = await readPullRequest(place, draft.branch);
  const pull = existing?.state === 'open' ? existing : await createPullRequest(place, draft);
  if (draft.labels.length > 0) {
    await unlessRefused(nobody, () =>
      translated('label the pull request', () =>
        octokit.rest.issues.addLabels({ owner, repo, issue_number: pull.number, labels: [...draft.labels] }),
      ),
    );
  }
  if (draft.reviewers.length > 0) {
    await unlessRefused(nobody, () =>
      translated('ask for reviews', () =>
        octokit.rest.pulls.requestReviewers({
          owner,
          repo,
          pull_number: pull.number,
          reviewers: [...draft.reviewers],
        }),
      ),
    );
  }
  return pull;
}

async function createPullRequest(
  { octokit, owner, repo }: GitHubRepository,
  { branch, base, title, body, draft }: PullRequestDraft,
): Promise<PullRequest> {
  const { data: pull } = await translated('open the pull request', () =>
    octokit.rest.pulls.create({ owner, repo, head: branch, base, title, body, draft }),
  );
  return { number: pull.number, url: pull.html_url, state: 'open', branch, head: pull.head.sha, title, body };
}

/** The pull request itself shows what it has not got. */
const nobody = () => {};

export async function updatePullRequest(
  place: GitHubRepository,
  branch: string,
  change: { readonly title?: string; readonly body?: string },
): Promise<void> {
  const { octokit, owner, repo } = place;
  const number = await numberOf(place, branch);
  await translated('update the pull request', () =>
    octokit.rest.pulls.update({ owner, repo, pull_number: number, ...change }),
  );
}

export async function closePullRequest(place: GitHubRepository, branch: string): Promise<void> {
  const { octokit, owner, repo } = place;
  const number = await numberOf(place, branch);
  await translated('close the pull request', () =>
    octokit.rest.pulls.update({ owner, repo, pull_number: number, state: 'closed' }),
  );
}

async function numberOf(place: GitHubRepository, branch: string): Promise<number> {
  const pull = await readPullRequest(place, branch);
  if (pull === null) throw new ForgeError(`there is no pull request of ${branch}.`);
  return pull.number;
}
