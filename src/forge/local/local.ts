/**
 * The forge on this machine: a git repository, worktrees, and the eval command of the config.
 * Its own state lives in the git directory, where it is never tracked and never makes the tree dirty.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SimpleGit } from 'simple-git';
import { z } from 'zod';
import {
  type Branch,
  type CommitPlan,
  type Forge,
  ForgeError,
  type PullRequest,
  type PullRequestDraft,
} from '../forge.ts';
import { LEDGER_BRANCH, type LedgerWrite, ledgerFiles } from '../ledger-write.ts';
import { tracesDirectory } from './evaluation.ts';
import { Evaluations } from './evaluations.ts';
import { commitFiles, gitIn, listBlobs, readBlob, resolveCommit, type Signature } from './git.ts';

/** Every try reads the branch anew; one of several writers at once gets through each time. */
const LEDGER_TRIES = 20;

const StoredPull = z.object({
  number: z.number(),
  url: z.string(),
  state: z.enum(['open', 'closed', 'merged']),
  branch: z.string(),
  head: z.string(),
  title: z.string(),
  body: z.string(),
});

export interface LocalForge extends Forge {
  /** Where evaluations, worktrees and the campaign database live. */
  readonly dataDirectory: string;
  /** Ends every evaluation of this process and removes every worktree: for Ctrl-C. */
  abort(): Promise<void>;
  /** Removes the worktrees that plans shared, when nothing is to be evaluated any more. */
  release(): Promise<void>;
}

export interface LocalForgeOptions {
  /** Date on the bot's commits, RFC 3339. */
  readonly commitDate: string;
  /** Evaluations that run at once. */
  readonly parallel: number;
}

/** The data directory of a repository, made on first use. @throws ForgeError outside a git repository. */
export async function localDataDirectory(directory: string): Promise<string> {
  let common: string;
  try {
    common = await gitIn(directory).revparse('--git-common-dir');
  } catch {
    throw new ForgeError(
      `${directory} is not a git repository.`,
      'Run it inside one, or name one with --repo.',
    );
  }
  const data = path.join(path.resolve(directory, common), 'self-harness');
  await mkdir(data, { recursive: true });
  return data;
}

/**
 * Opens the repository at `directory`.
 * @throws ForgeError when it is no git repository, has no commit, a detached HEAD, or uncommitted changes.
 */
export async function openLocalForge(directory: string, options: LocalForgeOptions): Promise<LocalForge> {
  const data = await localDataDirectory(directory);
  const git = gitIn(directory);
  const top = await git.revparse('--show-toplevel');
  const branch = (await git.raw('branch', '--show-current')) || null;
  if (branch === null) {
    throw new ForgeError(`${top} has a detached HEAD.`, 'Check out the branch that should be improved.');
  }
  if ((await resolveCommit(git, branch)) === null) {
    throw new ForgeError(`${top} has no commit yet.`, 'Commit the agent and its eval first.');
  }
  const state = new Evaluations(gitIn(top), data, options.parallel);
  const by: Signature = {
    name: 'self-harness-bot',
    email: 'self-harness-bot@localhost',
    date: options.commitDate,
  };
  const repository = new LocalRepository(gitIn(top), data, branch, by);
  return {
    repository: top,
    dataDirectory: data,
    base: () => repository.base(),
    readFile: (ref, file) => readBlob(gitIn(top), ref, file),
    listFiles: (ref) => listBlobs(gitIn(top), ref),
    putBranch: (name, parent, plans) => repository.putBranch(name, parent, plans),
    deleteBranch: (name) => repository.deleteBranch(name),
    listBranches: (prefix) => repository.listBranches(prefix),
    // The local eval is started by our own runner.
    runsPlans: async () => true,
    startEvaluation: (order) => state.start(order),
    evaluationState: (handle, waitMs) => state.state(handle, waitMs),
    evaluationTraces: async (handle) => [{ location: tracesDirectory(state.place(handle.order)) }],
    // Locally nothing evaluates by itself.
    pastEvaluations: async () => [],
    stopEvaluations: (handles) => state.stop(handles),
    openPullRequest: (draft) => repository.openPullRequest(draft),
    readPullRequest: (name) => repository.readPullRequest(name),
    updatePullRequest: (name, change) => repository.changePullRequest(name, change),
    closePullRequest: (name) => repository.changePullRequest(name, { state: 'closed' }),
    writeLedger: (write) => repository.writeLedger(write),
    abort: () => state.abort(),
    release: () => state.release(),
  };
}

/** @throws ForgeError naming the files when tracked files differ from the last commit. */
export async function requireCleanTree(directory: string): Promise<void> {
  const status = await gitIn(directory).status(['--untracked-files=no']);
  if (status.files.length === 0) return;
  const names = status.files.slice(0, 5).map((file) => file.path);
  const more = status.files.length > names.length ? ` and ${status.files.length - names.length} more` : '';
  throw new ForgeError(
    `${directory} has uncommitted changes (${names.join(', ')}${more}).`,
    'Commit or stash them: candidates are built on the last commit, and evidence must name it.',
  );
}

class LocalRepository {
  readonly #git: SimpleGit;
  readonly #data: string;
  readonly #branch: string;
  readonly #by: Signature;

  constructor(git: SimpleGit, data: string, branch: string, by: Signature) {
    this.#git = git;
    this.#data = data;
    this.#branch = branch;
    this.#by = by;
  }

  async base(): Promise<{ branch: string; commit: string }> {
    const commit = await resolveCommit(this.#git, this.#branch);
    if (commit === null) throw new ForgeError(`the branch ${this.#branch} is gone.`);
    return { branch: this.#branch, commit };
  }

  async putBranch(name: string, parent: string, plans: readonly CommitPlan[]): Promise<Branch> {
    const commits: string[] = [];
    let tip = parent;
    for (const plan of plans) {
      tip = await commitFiles(this.#git, tip, plan, this.#by, this.#data);
      commits.push(tip);
    }
    await this.#git.raw('update-ref', `refs/heads/${name}`, tip);
    return { name, commits };
  }

  async deleteBranch(name: string): Promise<void> {
    await this.#git.raw('update-ref', '-d', `refs/heads/${name}`);
  }

  async listBranches(prefix: string): Promise<string[]> {
    const names = await this.#git.raw('for-each-ref', '--format=%(refname:short)', `refs/heads/${prefix}`);
    return names.split('\n').filter((name) => name !== '');
  }

  async openPullRequest(draft: PullRequestDraft): Promise<PullRequest> {
    const open = await this.readPullRequest(draft.branch);
    if (open?.state === 'open') return open;
    const head = await resolveCommit(this.#git, draft.branch);
    if (head === null)
      throw new ForgeError(`there is no branch ${draft.branch} to open a pull request from.`);
    const pull: PullRequest = {
      number: 0,
      url: this.#pullFile(draft.branch),
      state: 'open',
      branch: draft.branch,
      head,
      title: draft.title,
      body: draft.body,
    };
    await this.#writePull(pull);
    return pull;
  }

  async readPullRequest(branch: string): Promise<PullRequest | null> {
    try {
      return StoredPull.parse(JSON.parse(await readFile(this.#pullFile(branch), 'utf8')));
    } catch {
      return null;
    }
  }

  async changePullRequest(
    branch: string,
    change: { readonly title?: string; readonly body?: string; readonly state?: PullRequest['state'] },
  ): Promise<void> {
    const pull = await this.readPullRequest(branch);
    if (pull === null) throw new ForgeError(`there is no pull request of ${branch}.`);
    await this.#writePull({ ...pull, ...change });
  }

  async writeLedger(write: LedgerWrite): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const parent = await resolveCommit(this.#git, LEDGER_BRANCH);
      const files = await ledgerFiles(write, async (file) =>
        parent === null ? null : readBlob(this.#git, parent, file),
      );
      if (files === null && parent !== null) return parent;
      const plan = { message: write.message, files: files ?? new Map() };
      const commit = await commitFiles(this.#git, parent, plan, this.#by, this.#data);
      try {
        // The old value makes this a compare-and-swap: a concurrent writer moved the branch, and is built upon.
        await this.#git.raw('update-ref', `refs/heads/${LEDGER_BRANCH}`, commit, parent ?? '0'.repeat(40));
        return commit;
      } catch (error) {
        if (attempt < LEDGER_TRIES) continue;
        throw new ForgeError(
          `the ledger branch could not be written in ${LEDGER_TRIES} tries: ${String(error)}`,
          null,
          true,
        );
      }
    }
  }

  #pullFile(branch: string): string {
    return path.join(this.#data, 'pulls', `${branch.replaceAll('/', '__')}.json`);
  }

  async #writePull(pull: PullRequest): Promise<void> {
    const file = this.#pullFile(pull.branch);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(pull, null, 2)}\n`);
  }
}
