/**
 * The forge port: the place where a repository lives and its evaluations run. `local/` answers it with git,
 * worktrees and a spawned command; `github/` with REST and GraphQL. One contract suite runs against both.
 *
 * Every effect carries a key and is idempotent by it: asked twice (a crash, a replay), it happens once.
 * An expected failure is a `ForgeError`; anything else thrown is a bug or a passing fault worth a retry.
 */

import type { EvalPlan } from '../eval/plan.ts';
import type { EvalRequest } from '../eval/request.ts';
import type { Source } from '../traces/read/read.ts';
import type { LedgerWrite } from './ledger-write.ts';

export interface EvaluationOrder {
  /** Unique in the campaign, such as 'c1-p2': names the evaluation's directory or finds its run. */
  readonly key: string;
  /** Branch of this campaign alone whose tip is evaluated, and the commit that tip must be. */
  readonly branch: string;
  readonly commit: string;
  /** One arm, which any eval can run; or a plan of many arms, which takes an eval with our runner. */
  readonly request: EvalRequest | EvalPlan;
  /** How many evaluations of this branch were ordered before, in this campaign. */
  readonly ordinal: number;
  /** From the config of the base branch, never from the branch under test. */
  readonly how: {
    readonly command: string | null;
    readonly workflow: string | null;
    readonly artifacts: string;
  };
  /** Of the whole evaluation; locally, of each run of the command. */
  readonly timeoutMs: number;
}

/** Names a started evaluation; JSON, so that a campaign can be resumed with it. */
export interface EvaluationHandle {
  readonly key: string;
  readonly id: string;
  /** Page for a person, or null. */
  readonly url: string | null;
  readonly order: EvaluationOrder;
}

export type EvaluationState =
  | {
      readonly status: 'running';
      /** Groups of a plan that have ended, of all, where the host tells it. */
      readonly groups?: { readonly done: number; readonly of: number };
    }
  /** It ended with a verdict on its trials; `exit` is the conclusion in the host's words. */
  | { readonly status: 'completed'; readonly exit: string; readonly durationMs: number }
  /** It ended without being able to say anything: cancelled, timed out, could not start. */
  | {
      readonly status: 'broken';
      readonly reason: string;
      readonly mend: string | null;
      /** It may go better another time: somebody or something else cancelled it. */
      readonly passing: boolean;
      readonly durationMs: number;
    };

/** A commit to be made: one edit, one commit. Paths are in the repository, contents whole files. */
export interface CommitPlan {
  readonly message: string;
  readonly files: ReadonlyMap<string, string>;
}

export interface Branch {
  readonly name: string;
  /** Commit ids in order, one a plan; the last is the tip. */
  readonly commits: readonly string[];
}

export interface PullRequestDraft {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly draft: boolean;
}

export interface PullRequest {
  /** Number on GitHub, 0 where the host has none. */
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly branch: string;
  readonly head: string;
  readonly title: string;
  readonly body: string;
}

export interface ListedFile {
  readonly path: string;
  readonly blob: string;
  /** Git's, such as `120000` for a symbolic link, where the host tells it. */
  readonly mode?: string | undefined;
}

/** The tip of the repository's default branch, whatever its name. */
export const DEFAULT_BRANCH = 'HEAD';

export interface Forge {
  /** Name to print: 'owner/name' or the directory. */
  readonly repository: string;

  /** The base branch and its tip. */
  base(): Promise<{ readonly branch: string; readonly commit: string }>;
  /** Text of a file at a commit or branch, or at DEFAULT_BRANCH; null where there is none. */
  readFile(ref: string, path: string): Promise<string | null>;
  /** Paths of all files at a commit or branch with their blob ids, sorted by path. */
  listFiles(ref: string): Promise<readonly ListedFile[]>;

  /**
   * Makes `name` point at `plans` on top of `parent`. Asked again with the same plans it changes nothing.
   * @param from the commit it must still be at, where others push to it too: a branch that was moved stays
   */
  putBranch(name: string, parent: string, plans: readonly CommitPlan[], from?: string): Promise<Branch>;
  /** Removes a branch; no error where there is none. */
  deleteBranch(name: string): Promise<void>;
  /** Names of the branches under a prefix, sorted. */
  listBranches(prefix: string): Promise<readonly string[]>;

  /** Whether the eval, as it stands at a commit, carries out plans of many arms; else it runs one arm at a time. */
  runsPlans(commit: string, workflow: string | null): Promise<boolean>;
  startEvaluation(order: EvaluationOrder): Promise<EvaluationHandle>;
  /** How it stands now. May wait up to `waitMs` for an end. */
  evaluationState(handle: EvaluationHandle, waitMs: number): Promise<EvaluationState>;
  /** Where its traces are, for the trace reader. */
  evaluationTraces(handle: EvaluationHandle): Promise<readonly Source[]>;
  /**
   * Ended evaluations of the base branch that the repository ran by itself, newest first: baseline history that
   * cost nothing. At most `limit`; none where the host keeps none.
   */
  pastEvaluations(workflow: string, artifacts: string, limit: number): Promise<readonly EvaluationHandle[]>;
  /** Ends evaluations that still run, and frees what they hold. */
  stopEvaluations(handles: readonly EvaluationHandle[]): Promise<void>;

  /** Opens a pull request, or returns the open one of the same branch. */
  openPullRequest(draft: PullRequestDraft): Promise<PullRequest>;
  readPullRequest(branch: string): Promise<PullRequest | null>;
  updatePullRequest(
    branch: string,
    change: { readonly title?: string; readonly body?: string },
  ): Promise<void>;
  closePullRequest(branch: string): Promise<void>;

  /** Appends to the ledger branch by fast-forward and returns its new tip. */
  writeLedger(write: LedgerWrite): Promise<string>;
}

/** A failure the host told us about, with what to do. `passing` ones are worth another try. */
export class ForgeError extends Error {
  override readonly name = 'ForgeError';
  readonly mend: string | null;
  readonly passing: boolean;
  constructor(message: string, mend: string | null = null, passing = false) {
    super(mend === null ? message : `${message} ${mend}`);
    this.mend = mend;
    this.passing = passing;
  }
}
