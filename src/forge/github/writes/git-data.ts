/**
 * Files, commits and branches by GitHub's git database. Commits are made first and a branch is pointed at them in
 * one move: a branch created at its parent and grown afterwards would start the user's push workflows for a commit
 * that has no `[skip ci]`. Commits made by an App without naming an author are signed.
 */

import { type Branch, type CommitPlan, DEFAULT_BRANCH, ForgeError, type ListedFile } from '../../forge.ts';
import { LEDGER_BRANCH, type LedgerWrite, ledgerFiles } from '../../ledger-write.ts';
import { orNull, statusOf, translated } from '../failure.ts';
import type { GitHubRepository } from '../github.ts';
import { moveBranchFrom } from './move-branch.ts';

const LEDGER_TRIES = 5;

/** Git's modes of a file. */
const FILE = '100644' as const;
const EXECUTABLE = '100755' as const;

/** The commit a branch points at, null where there is none. */
export async function tipOf(
  { octokit, owner, repo }: GitHubRepository,
  branch: string,
): Promise<string | null> {
  try {
    return (await octokit.rest.git.getRef({ owner, repo, ref: `heads/${branch}` })).data.object.sha;
  } catch (error) {
    // 409: the repository has no commit at all.
    if (statusOf(error) === 404 || statusOf(error) === 409) return null;
    return translated(`read the branch ${branch}`, () => Promise.reject(error));
  }
}

/** Text of a file at a commit or branch, null where there is none. */
export async function readTextFile(
  { octokit, owner, repo }: GitHubRepository,
  ref: string,
  path: string,
): Promise<string | null> {
  // Without a ref GitHub reads the default branch.
  const at = ref === DEFAULT_BRANCH ? {} : { ref };
  const found = await orNull(`read ${path}`, () =>
    octokit.rest.repos.getContent({ owner, repo, path, ...at, mediaType: { format: 'raw' } }),
  );
  // With the raw media type the body is the file itself, whatever the type of the JSON answer says.
  const data: unknown = found?.data;
  return typeof data === 'string' ? data : null;
}

/** All blobs of a commit, sorted by path. A tree too large for one answer is walked directory by directory. */
export async function walkTree(place: GitHubRepository, ref: string): Promise<ListedFile[]> {
  const files = await treeFiles(place, ref, '', true);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function treeFiles(
  place: GitHubRepository,
  sha: string,
  prefix: string,
  recursive: boolean,
): Promise<ListedFile[]> {
  const { octokit, owner, repo } = place;
  const { data } = await translated('list the files of the repository', () =>
    octokit.rest.git.getTree({ owner, repo, tree_sha: sha, ...(recursive ? { recursive: 'true' } : {}) }),
  );
  if (recursive && data.truncated) return treeFiles(place, sha, prefix, false);
  const files: ListedFile[] = [];
  for (const entry of data.tree) {
    if (entry.path === undefined || entry.sha === undefined || entry.sha === null) continue;
    const path = `${prefix}${entry.path}`;
    if (entry.type === 'blob') files.push({ path, blob: entry.sha, mode: entry.mode });
    else if (entry.type === 'tree' && !recursive)
      files.push(...(await treeFiles(place, entry.sha, `${path}/`, true)));
  }
  return files;
}

interface BranchPlan {
  readonly name: string;
  readonly parent: string;
  readonly plans: readonly CommitPlan[];
  /** Where the branch must still be. */
  readonly from: string | undefined;
}

/** Makes the plans' commits on `parent` and points the branch at the last. The same plans again change nothing. */
export async function putBranch(
  place: GitHubRepository,
  { name, parent, plans, from }: BranchPlan,
): Promise<Branch> {
  const before = await commitsSince(place, parent, name);
  if (before !== null && sameMessages(before, plans)) {
    return { name, commits: before.map((commit) => commit.sha) };
  }
  const edits = plans.some(({ files }) => files.size > 0);
  const executable = edits ? await executables(place, parent) : new Set<string>();
  const commits: string[] = [];
  let tip = parent;
  for (const plan of plans) {
    tip = await commitFiles(place, tip, plan, executable);
    commits.push(tip);
  }
  if (from === undefined) await pointBranch(place, name, tip, true);
  else await moveBranchFrom(place, name, { from, to: tip });
  return { name, commits };
}

/** Of a client: what was asked last, since the branches of a campaign have one parent. */
const asked = new WeakMap<GitHubRepository['octokit'], { commit: string; paths: Promise<Set<string>> }>();

/** Paths that are executable at a commit: a tree is written with modes, and an edit must not take one away. */
function executables(place: GitHubRepository, commit: string): Promise<Set<string>> {
  const known = asked.get(place.octokit);
  if (known?.commit === commit) return known.paths;
  const paths = walkTree(place, commit).then(
    (files) => new Set(files.flatMap(({ path, mode }) => (mode === EXECUTABLE ? [path] : []))),
  );
  asked.set(place.octokit, { commit, paths });
  paths.catch(() => asked.delete(place.octokit));
  return paths;
}

/** Commits of a branch after `parent`, oldest first; null where the branch is not there or does not descend from it. */
async function commitsSince(
  { octokit, owner, repo }: GitHubRepository,
  parent: string,
  branch: string,
): Promise<{ sha: string; message: string }[] | null> {
  const found = await orNull(`compare ${branch} with its parent`, () =>
    octokit.rest.repos.compareCommitsWithBasehead({ owner, repo, basehead: `${parent}...${branch}` }),
  );
  if (found === null || found.data.behind_by > 0) return null;
  return found.data.commits.map((commit) => ({ sha: commit.sha, message: commit.commit.message }));
}

function sameMessages(commits: readonly { message: string }[], plans: readonly CommitPlan[]): boolean {
  // Branch names carry the campaign and messages the edit, so equal messages are the same plans.
  return (
    commits.length === plans.length &&
    plans.every((plan, i) => commits[i]?.message === plan.message.trimEnd())
  );
}

async function commitFiles(
  { octokit, owner, repo }: GitHubRepository,
  parent: string | null,
  plan: CommitPlan,
  executable: ReadonlySet<string> = new Set(),
): Promise<string> {
  return translated(`make the commit "${plan.message.split('\n')[0]}"`, async () => {
    const tree = [...plan.files].map(([path, content]) => ({
      path,
      mode: executable.has(path) ? EXECUTABLE : FILE,
      type: 'blob' as const,
      content,
    }));
    const base = parent === null ? {} : { base_tree: parent };
    // GitHub refuses a tree of no entries: a commit that changes nothing has its parent's tree.
    const made =
      parent !== null && tree.length === 0
        ? await octokit.rest.git
            .getCommit({ owner, repo, commit_sha: parent })
            .then(({ data }) => data.tree.sha)
        : await octokit.rest.git.createTree({ owner, repo, tree, ...base }).then(({ data }) => data.sha);
    const commit = await octokit.rest.git.createCommit({
      owner,
      repo,
      message: plan.message,
      tree: made,
      parents: parent === null ? [] : [parent],
    });
    return commit.data.sha;
  });
}

async function pointBranch(
  place: GitHubRepository,
  name: string,
  sha: string,
  force: boolean,
): Promise<void> {
  const { octokit, owner, repo } = place;
  try {
    await octokit.rest.git.createRef({ owner, repo, ref: `refs/heads/${name}`, sha });
  } catch (error) {
    const exists = statusOf(error) === 422 && error instanceof Error && /already exists/i.test(error.message);
    if (!exists) await translated(`create the branch ${name}`, () => Promise.reject(error));
    await translated(`move the branch ${name}`, () =>
      octokit.rest.git.updateRef({ owner, repo, ref: `heads/${name}`, sha, force }),
    );
  }
}

export async function deleteBranch({ octokit, owner, repo }: GitHubRepository, name: string): Promise<void> {
  try {
    await octokit.rest.git.deleteRef({ owner, repo, ref: `heads/${name}` });
  } catch (error) {
    const status = statusOf(error);
    const gone =
      status === 404 || (status === 422 && error instanceof Error && /does not exist/i.test(error.message));
    if (!gone) await translated(`delete the branch ${name}`, () => Promise.reject(error));
  }
}

/** Appends by fast-forward; a concurrent writer makes it read and try again. */
export async function writeLedger(place: GitHubRepository, write: LedgerWrite): Promise<string> {
  const { octokit, owner, repo } = place;
  for (let attempt = 1; ; attempt++) {
    const parent = await tipOf(place, LEDGER_BRANCH);
    const files = await ledgerFiles(write, async (file) =>
      parent === null ? null : readTextFile(place, parent, file),
    );
    if (files === null && parent !== null) return parent;
    const commit = await commitFiles(place, parent, { message: write.message, files: files ?? new Map() });
    try {
      if (parent === null)
        await octokit.rest.git.createRef({ owner, repo, ref: `refs/heads/${LEDGER_BRANCH}`, sha: commit });
      else
        await octokit.rest.git.updateRef({
          owner,
          repo,
          ref: `heads/${LEDGER_BRANCH}`,
          sha: commit,
          force: false,
        });
      return commit;
    } catch (error) {
      if (statusOf(error) !== 422) return translated('write the ledger', () => Promise.reject(error));
      if (attempt === LEDGER_TRIES) {
        throw new ForgeError(
          `the ledger branch moved ${LEDGER_TRIES} times while it was being written.`,
          null,
          true,
        );
      }
    }
  }
}
