/** What GitHub keeps: users, apps, repositories and what lives in them. Plain data; the rules are beside it. */
import type { GitRepository } from '../git/repository.ts';

export interface User {
  id: number;
  login: string;
  type: 'User' | 'Bot' | 'Organization';
  email: string;
  /** A personal access token, for tests that act as the user through the API. */
  token: string;
  createdAt: Date;
}

/** The roles of GitHub, lowest first. `none` is a stranger, who still reads what is public. */
export const roles = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof roles)[number];

export type Access = 'read' | 'write' | 'admin';
export type Permissions = Readonly<Record<string, Access>>;

export interface App {
  id: number;
  clientId: string;
  clientSecret: string;
  slug: string;
  name: string;
  description: string | null;
  externalUrl: string;
  owner: User;
  bot: User;
  privateKey: string;
  publicKey: string;
  permissions: Permissions;
  events: readonly string[];
  hook: { url: string; secret: string | undefined; contentType: string; active: boolean };
  createdAt: Date;
}

export interface Installation {
  id: number;
  app: App;
  account: User;
  /** Permissions as granted, which may lag behind what the app asks for. */
  permissions: Permissions;
  /** `all`, or ids of repositories. */
  repositories: 'all' | Set<number>;
  suspendedAt: Date | null;
  createdAt: Date;
}

/** Who speaks: an app by its JWT, one of its installations, a user, a workflow's GITHUB_TOKEN, or nobody. */
export type Actor =
  | { kind: 'app'; app: App }
  | {
      kind: 'installation';
      installation: Installation;
      permissions: Permissions;
      repositories: 'all' | Set<number>;
    }
  | { kind: 'user'; user: User }
  | { kind: 'workflow'; repository: Repository; app: App; user: User; permissions: Permissions }
  | { kind: 'anonymous' };

export interface Label {
  id: number;
  name: string;
  color: string;
  description: string | null;
}

export const reactionContents = [
  '+1',
  '-1',
  'laugh',
  'confused',
  'heart',
  'hooray',
  'rocket',
  'eyes',
] as const;
export type ReactionContent = (typeof reactionContents)[number];

export interface Reaction {
  id: number;
  user: User;
  content: ReactionContent;
  createdAt: Date;
}

export interface Comment {
  id: number;
  issue: Issue;
  user: User;
  app: App | null;
  body: string;
  reactions: Reaction[];
  createdAt: Date;
  updatedAt: Date;
}

export interface Review {
  id: number;
  user: User;
  body: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'PENDING';
  commit: string;
  submittedAt: Date;
}

export interface Pull {
  id: number;
  draft: boolean;
  base: { ref: string; sha: string };
  head: { repository: Repository | null; label: string; ref: string; sha: string };
  mergedAt: Date | null;
  mergedBy: User | null;
  mergeCommit: string | null;
  /** Unknown (null) until GitHub has tried the merge in the background, which the first look asks for. */
  mergeable: boolean | null;
  maintainerCanModify: boolean;
  requestedReviewers: User[];
  reviews: Review[];
}

export interface Issue {
  id: number;
  number: number;
  title: string;
  body: string | null;
  user: User;
  app: App | null;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'reopened' | 'not_planned' | 'duplicate' | null;
  labels: Set<string>;
  assignees: User[];
  locked: boolean;
  reactions: Reaction[];
  closedBy: User | null;
  createdAt: Date;
  updatedAt: Date;
  closedAt: Date | null;
  pull?: Pull;
}

interface Annotation {
  path: string;
  start_line: number;
  end_line: number;
  start_column?: number | undefined;
  end_column?: number | undefined;
  annotation_level: 'notice' | 'warning' | 'failure';
  message: string;
  title?: string | undefined;
  raw_details?: string | undefined;
}

export interface CheckRun {
  id: number;
  name: string;
  headSha: string;
  app: App;
  externalId: string;
  detailsUrl: string | null;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
  startedAt: Date | null;
  completedAt: Date | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  annotations: Annotation[];
  actions: { label: string; description: string; identifier: string }[];
}

/** A rule on branches, as a ruleset or a protected branch sets it. */
export interface BranchRule {
  /** Glob over branch names without `refs/heads/`. */
  pattern: string;
  kind:
    | 'creation'
    | 'update'
    | 'deletion'
    | 'required_signatures'
    | 'non_fast_forward'
    | 'pull_request'
    | 'required_status_checks';
  /** A ruleset speaks in 422 with a list of violations, an older protected branch in its own words. */
  source: 'ruleset' | 'protected-branch';
  /** Logins that the rule does not bind. */
  bypass: readonly string[];
  approvals?: number;
  checks?: readonly string[];
}

export interface Workflow {
  id: number;
  path: string;
  name: string;
  state: 'active' | 'disabled_manually' | 'deleted';
  runs: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface Step {
  name: string;
  number: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: 'success' | 'failure' | 'cancelled' | 'skipped' | null;
  startedAt: Date | null;
  completedAt: Date | null;
}

export interface Job {
  id: number;
  /** Its key in the workflow file; the jobs of a matrix share one. */
  key: string;
  name: string;
  attempt: number;
  labels: string[];
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: 'success' | 'failure' | 'cancelled' | 'skipped' | null;
  steps: Step[];
  createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
  outputs: Record<string, string>;
  log: string;
}

export interface Run {
  id: number;
  workflow: Workflow;
  number: number;
  attempt: number;
  event: string;
  branch: string | null;
  sha: string;
  headRepository: Repository;
  status: 'queued' | 'pending' | 'in_progress' | 'completed';
  conclusion: 'success' | 'failure' | 'cancelled' | 'skipped' | 'startup_failure' | null;
  title: string;
  actor: User;
  triggeringActor: User;
  pulls: number[];
  /** All jobs of all attempts. */
  jobs: Job[];
  /** Earlier attempts as they ended. */
  attempts: Run[];
  /** Concurrency group, once known. */
  group: { name: string; cancelInProgress: boolean; queue: 'single' | 'max' } | null;
  createdAt: Date;
  startedAt: Date;
  updatedAt: Date;
}

export interface Artifact {
  id: number;
  name: string;
  run: Run;
  /** Of the run; each attempt may use a name once. */
  attempt: number;
  file: string;
  size: number;
  digest: string | null;
  expired: boolean;
  createdAt: Date;
  expiresAt: Date;
}

export interface Repository {
  id: number;
  owner: User;
  name: string;
  private: boolean;
  description: string | null;
  defaultBranch: string;
  parent: Repository | null;
  git: GitRepository;
  collaborators: Map<string, Role>;
  rules: BranchRule[];
  labels: Map<string, Label>;
  issues: Map<number, Issue>;
  comments: Map<number, Comment>;
  checkRuns: Map<number, CheckRun>;
  workflows: Map<string, Workflow>;
  runs: Map<number, Run>;
  artifacts: Map<number, Artifact>;
  /** Commits that GitHub signed: made through its API by an app, or by GitHub itself. */
  signed: Set<string>;
  secrets: Record<string, string>;
  variables: Record<string, string>;
  /** The setting "Allow GitHub Actions to create and approve pull requests". */
  actionsMayOpenPulls: boolean;
  mergeMethods: readonly ('merge' | 'squash' | 'rebase')[];
  deleteBranchOnMerge: boolean;
  archived: boolean;
  createdAt: Date;
  updatedAt: Date;
  pushedAt: Date;
}
