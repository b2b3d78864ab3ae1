/**
 * Worktrees of commits under test.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SimpleGit } from 'simple-git';
import { ForgeError } from '../forge.ts';

/** Git keeps one list of worktrees and reads all of it on every change: two changes at once trip over each other. */
let lastChange: Promise<unknown> = Promise.resolve();

/** Makes a worktree of a commit, in place of what is there. */
export async function addWorktree(git: SimpleGit, directory: string, commit: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(path.dirname(directory), { recursive: true });
  // --force: an evaluation that is run again finds the entry of its removed predecessor.
  await oneAtATime(() =>
    git.raw('worktree', 'add', '--force', '--detach', '--quiet', directory, commit),
  ).catch((error: unknown) => {
    throw new ForgeError(`git could not make a worktree at ${directory}: ${String(error)}`, null, true);
  });
}

/** Drops git's entries of worktrees whose directories are gone. */
export async function pruneWorktrees(git: SimpleGit): Promise<void> {
  await oneAtATime(() => git.raw('worktree', 'prune'));
}

function oneAtATime<T>(change: () => Promise<T>): Promise<T> {
  const next = lastChange.then(change, change);
  lastChange = next.catch(() => undefined);
  return next;
}

/**
 * One worktree a commit, for all plans of this process: making one takes longer than many an eval. A plan has it
 * for itself, and leaves it as it was.
 */
export class SharedWorktrees {
  readonly #git: SimpleGit;
  readonly #directory: string;
  readonly #made = new Set<string>();
  /** Ends when nobody uses the commit's worktree any more. */
  readonly #users = new Map<string, Promise<unknown>>();

  constructor(git: SimpleGit, directory: string) {
    this.#git = git;
    this.#directory = directory;
  }

  /** Calls `use` with a worktree of the commit, when nobody else has it. */
  use<T>(commit: string, use: (worktree: string) => Promise<T>): Promise<T> {
    const worktree = path.join(this.#directory, commit);
    const turn = async () => {
      // What an earlier process left may be anything.
      if (!this.#made.has(commit) || !existsSync(worktree)) {
        await addWorktree(this.#git, worktree, commit);
        this.#made.add(commit);
      }
      return use(worktree);
    };
    const before = this.#users.get(commit) ?? Promise.resolve();
    const next = before.then(turn, turn);
    this.#users.set(
      commit,
      next.catch(() => undefined),
    );
    return next;
  }

  /** Removes them all, and what an earlier process that was killed has left. */
  async remove(): Promise<void> {
    await Promise.all(this.#users.values());
    await rm(this.#directory, { recursive: true, force: true });
    this.#made.clear();
    await pruneWorktrees(this.#git);
  }
}
