/**
 * The forge on GitHub, by REST. Facts it stands on are in docs/github.md; every effect is looked for before it is
 * made, so that a campaign that died between an effect and its note of it does not make it twice.
 */

import type { Octokit } from '@octokit/rest';
import { speaksPlans } from '../../eval/speaks-plans.ts';
import {
  type Branch,
  type CommitPlan,
  type EvaluationHandle,
  type EvaluationOrder,
  type EvaluationState,
  type Forge,
  ForgeError,
} from '../forge.ts';
import {
  evaluationState,
  evaluationTraces,
  pastEvaluations,
  startEvaluation,
  stopEvaluations,
} from './evaluations.ts';
import { translated } from './failure.ts';
import { closePullRequest, openPullRequest, readPullRequest, updatePullRequest } from './pull-requests.ts';
import { deleteBranch, putBranch, readTextFile, tipOf, walkTree, writeLedger } from './writes/git-data.ts';

/** What the functions of this folder work on. */
export interface GitHubRepository {
  readonly octokit: Octokit;
  readonly owner: string;
  readonly repo: string;
  /** Login whose comments are the bot's own, where the client may be a person's and not an App's. */
  readonly speaker?: string;
}

/** Opens a repository for an installation's client. Nothing is asked until a method is called. */
export function openGitHubForge(place: GitHubRepository): Forge {
  const { octokit, owner, repo } = place;
  return {
    repository: `${owner}/${repo}`,
    async base() {
      const { data } = await translated('read the repository', () => octokit.rest.repos.get({ owner, repo }));
      const commit = await tipOf(place, data.default_branch);
      if (commit === null) throw new ForgeError(`${owner}/${repo} has no commit yet.`, 'Push one to begin.');
      return { branch: data.default_branch, commit };
    },
    readFile: (ref, path) => readTextFile(place, ref, path),
    listFiles: (ref) => walkTree(place, ref),
    putBranch: (name: string, parent: string, plans: readonly CommitPlan[], from?: string): Promise<Branch> =>
      putBranch(place, { name, parent, plans, from }),
    deleteBranch: (name) => deleteBranch(place, name),
    async listBranches(prefix) {
      // Matching refs come in one answer: the endpoint has no pages.
      const { data } = await translated('list branches', () =>
        octokit.rest.git.listMatchingRefs({ owner, repo, ref: `heads/${prefix}` }),
      );
      return data.map((ref) => ref.ref.replace('refs/heads/', '')).sort();
    },
    async runsPlans(commit, workflow) {
      if (workflow === null) return false;
      const text = await readTextFile(place, commit, `.github/workflows/${workflow}`);
      return text !== null && speaksPlans(text);
    },
    startEvaluation: (order: EvaluationOrder): Promise<EvaluationHandle> => startEvaluation(place, order),
    // GitHub is asked, not waited for: the campaign sleeps between two looks and a webhook wakes it.
    evaluationState: (handle: EvaluationHandle): Promise<EvaluationState> => evaluationState(place, handle),
    evaluationTraces: (handle) => evaluationTraces(place, handle),
    pastEvaluations: (workflow, artifacts, limit) => pastEvaluations(place, workflow, artifacts, limit),
    stopEvaluations: (handles) => stopEvaluations(place, handles),
    openPullRequest: (draft) => openPullRequest(place, draft),
    readPullRequest: (branch) => readPullRequest(place, branch),
    updatePullRequest: (branch, change) => updatePullRequest(place, branch, change),
    closePullRequest: (branch) => closePullRequest(place, branch),
    writeLedger: (write) => writeLedger(place, write),
  };
}
