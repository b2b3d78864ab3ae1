/** What people do on GitHub outside the bot's sight, as functions for tests. */
import type { Actions } from '../actions/actions.ts';
import { announceCheck } from '../world/check.ts';
import { createComment, deleteComment, editComment } from '../world/comment.ts';
import { commitToBranch, type Files, writeCommit } from '../world/commit.ts';
import { addLabels, createIssue, editIssue, setIssueState } from '../world/issue.ts';
import { mergePull } from '../world/merge.ts';
import type {
  Actor,
  Artifact,
  BranchRule,
  CheckRun,
  Comment,
  Issue,
  Permissions,
  Pull,
  Repository,
  Review,
  Role,
  Run,
} from '../world/model.ts';
import { openPull, submitReview } from '../world/pull.ts';
import { closePull } from '../world/pull-sync.ts';
import { moveBranch } from '../world/push.ts';
import { addRepository, addUser, cause, fullName, type World } from '../world/world.ts';

export interface RepositoryInput {
  owner: string;
  name: string;
  /** The first commit on the default branch. */
  files?: Files;
  private?: boolean;
  defaultBranch?: string;
  /** Whether the owner is an organization. */
  organization?: boolean;
}

interface PullInput {
  /** Login of who opens it; the owner if left out. */
  by?: string;
  title: string;
  /** `branch`, or `owner:branch` for a branch of a fork. */
  head: string;
  base?: string;
  body?: string;
  draft?: boolean;
}

type PullRequest = Issue & { pull: Pull };

/** A repository as tests see it. Every function acts as the named user, the owner if left out. */
export interface RepositoryHandle {
  readonly repository: Repository;
  readonly fullName: string;
  /** The bare repository on disk. */
  readonly dir: string;
  setRole(login: string, role: Role): void;
  setRules(rules: readonly (Pick<BranchRule, 'pattern' | 'kind'> & Partial<BranchRule>)[]): void;
  setSecrets(secrets: Readonly<Record<string, string>>): void;
  /** The setting "Allow GitHub Actions to create and approve pull requests". */
  allowActionsToOpenPulls(allowed: boolean): void;
  /** Commits files to a branch, which is made from the default branch if need be; returns the commit. */
  pushCommit(input: { branch?: string; message?: string; files: Files; by?: string }): Promise<string>;
  deleteBranch(branch: string, by?: string): Promise<void>;
  /** Points a branch at a commit by force. */
  forceBranch(branch: string, sha: string, by?: string): Promise<void>;
  branches(): Promise<string[]>;
  head(branch?: string): Promise<string>;
  /** A file's text at a branch or commit; undefined where there is none. */
  file(path: string, ref?: string): Promise<string | undefined>;
  fork(login: string): Promise<RepositoryHandle>;
  openIssue(input: { title: string; body?: string; labels?: readonly string[]; by?: string }): Issue;
  /** Edits the text, as a person does who ticks a box in it. */
  editIssue(number: number, change: { title?: string; body?: string; by?: string }): void;
  openPullRequest(input: PullInput): Promise<PullRequest>;
  issue(number: number): Issue;
  pull(number: number): PullRequest;
  pulls(state?: 'open' | 'closed' | 'all'): PullRequest[];
  comments(number: number): Comment[];
  comment(number: number, body: string, by?: string): Comment;
  editComment(comment: Comment, body: string, by?: string): void;
  deleteComment(comment: Comment, by?: string): void;
  label(number: number, labels: readonly string[], by?: string): void;
  review(number: number, state: Review['state'], body: string, by: string): Review;
  merge(number: number, options?: { method?: 'merge' | 'squash' | 'rebase'; by?: string }): Promise<string>;
  close(number: number, by?: string): Promise<void>;
  reopen(number: number, by?: string): void;
  runs(): Run[];
  artifacts(): Artifact[];
  /** Starts a workflow by hand, as the button on the page does. */
  dispatch(
    workflow: string,
    options?: { ref?: string; inputs?: Record<string, unknown>; by?: string },
  ): Promise<number>;
  rerun(run: number, options?: { failedOnly?: boolean; by?: string }): void;
  cancelRun(run: number): void;
  /** A GITHUB_TOKEN, for a test that plays the runner itself. */
  workflowToken(permissions: Permissions): string;
  expireArtifact(artifact: Artifact): void;
  checks(sha?: string): CheckRun[];
  /** Presses "Re-run" on a check, or one of its buttons. */
  rerequestCheck(check: CheckRun, by?: string): void;
  pressCheckButton(check: CheckRun, identifier: string, by?: string): void;
  /** Fires the workflows with `on: schedule`. */
  runSchedules(): void;
}

export interface Surroundings {
  world: World;
  actions: Actions;
}

/** Creates a repository with its first commit, which is history already: nobody is told and nothing runs. */
export async function createRepository({ world }: Surroundings, input: RepositoryInput): Promise<Repository> {
  const owner = addUser(world, input.owner, input.organization === true ? 'Organization' : 'User');
  const repository = await addRepository(world, owner, input.name, input);
  if (input.files !== undefined) {
    const oid = await writeCommit(
      repository,
      { kind: 'user', user: owner },
      null,
      'Initial commit',
      input.files,
    );
    repository.git.moveRef(`refs/heads/${repository.defaultBranch}`, oid);
  }
  return repository;
}

export function repositoryHandle(surroundings: Surroundings, repository: Repository): RepositoryHandle {
  return {
    ...gitControls(surroundings, repository),
    ...talkControls(surroundings, repository),
    ...actionControls(surroundings, repository),
  };
}

function actorOf(world: World, repository: Repository, login: string | undefined): Actor {
  return { kind: 'user', user: login === undefined ? repository.owner : addUser(world, login) };
}

async function forkOf(
  { world, actions }: Surroundings,
  repository: Repository,
  login: string,
): Promise<RepositoryHandle> {
  const fork = await addRepository(world, addUser(world, login), repository.name, { parent: repository });
  for (const { name } of repository.git.refs('refs/heads/')) await fork.git.fetch(repository.git, name, name);
  return repositoryHandle({ world, actions }, fork);
}

function gitControls(surroundings: Surroundings, repository: Repository) {
  const { world } = surroundings;
  const actor = (login?: string) => actorOf(world, repository, login);
  const head = async (branch = repository.defaultBranch) => {
    const oid = repository.git.ref(`refs/heads/${branch}`);
    if (oid === undefined) throw new Error(`${fullName(repository)} has no branch ${branch}`);
    return oid;
  };
  return {
    repository,
    fullName: fullName(repository),
    dir: repository.git.dir,
    head,
    setRole: (login, role) => {
      addUser(world, login);
      if (role === 'none') repository.collaborators.delete(login.toLowerCase());
      else repository.collaborators.set(login.toLowerCase(), role);
    },
    setRules: (rules) => {
      repository.rules = rules.map((rule) => ({ source: 'ruleset', bypass: [], ...rule }));
    },
    setSecrets: (secrets) => {
      repository.secrets = { ...secrets };
    },
    allowActionsToOpenPulls: (allowed) => {
      repository.actionsMayOpenPulls = allowed;
    },
    pushCommit: ({ branch = repository.defaultBranch, message = 'Change files', files, by }) =>
      commitToBranch(world, repository, actor(by), { branch, message, files }),
    deleteBranch: (branch, by) => moveBranch(world, repository, actor(by), { branch, to: null }),
    forceBranch: (branch, sha, by) =>
      moveBranch(world, repository, actor(by), { branch, to: sha, force: true }),
    branches: async () =>
      repository.git.refs('refs/heads/').map(({ name }) => name.slice('refs/heads/'.length)),
    file: async (path, ref = repository.defaultBranch) => {
      const oid = await repository.git.resolve(ref);
      const entry = oid === undefined ? undefined : await repository.git.entry(oid, path);
      return entry === undefined ? undefined : (await repository.git.blob(entry.oid)).toString();
    },
    fork: (login) => forkOf(surroundings, repository, login),
  } satisfies Partial<RepositoryHandle>;
}

function talkControls({ world }: Surroundings, repository: Repository) {
  const actor = (login?: string) => actorOf(world, repository, login);
  const issue = (number: number): Issue => {
    const found = repository.issues.get(number);
    if (found === undefined)
      throw new Error(`${fullName(repository)} has no issue or pull request ${number}`);
    return found;
  };
  const pull = (number: number): PullRequest => {
    const found = issue(number);
    if (found.pull === undefined) throw new Error(`${fullName(repository)}#${number} is no pull request`);
    return found as PullRequest;
  };
  return {
    issue,
    pull,
    openIssue: ({ by, ...input }) => createIssue(world, repository, actor(by), input),
    editIssue: (number, { by, ...change }) => editIssue(world, repository, actor(by), issue(number), change),
    openPullRequest: ({ by, base = repository.defaultBranch, ...input }) =>
      openPull(world, repository, actor(by), { ...input, base }),
    pulls: (state = 'all') =>
      [...repository.issues.values()].filter(
        (one): one is PullRequest => one.pull !== undefined && (state === 'all' || one.state === state),
      ),
    comments: (number) => [...repository.comments.values()].filter((one) => one.issue.number === number),
    comment: (number, body, by) => createComment(world, repository, actor(by), issue(number), body),
    editComment: (comment, body, by) => editComment(world, repository, actor(by), comment, body),
    deleteComment: (comment, by) => deleteComment(world, repository, actor(by), comment),
    label: (number, labels, by) => addLabels(world, repository, actor(by), issue(number), labels),
    review: (number, state, body, by) =>
      submitReview(world, repository, actor(by), issue(number), pull(number).pull, { state, body }),
    merge: (number, { method = 'merge', by } = {}) =>
      mergePull(world, repository, actor(by), pull(number), pull(number).pull, { method }),
    close: async (number, by) => {
      if (issue(number).pull === undefined)
        setIssueState(world, repository, actor(by), issue(number), 'closed', null);
      else await closePull(world, repository, issue(number), cause(actor(by)), null);
    },
    reopen: (number, by) => setIssueState(world, repository, actor(by), issue(number), 'open', null),
  } satisfies Partial<RepositoryHandle>;
}

function actionControls({ world, actions }: Surroundings, repository: Repository) {
  const actor = (login?: string) => actorOf(world, repository, login);
  return {
    runs: () => [...repository.runs.values()],
    artifacts: () => [...repository.artifacts.values()],
    dispatch: async (workflow, { ref = repository.defaultBranch, inputs = {}, by } = {}) => {
      await actions.syncWorkflows(repository);
      return actions.dispatch(repository, actor(by), `.github/workflows/${workflow}`, ref, inputs);
    },
    rerun: (run, { failedOnly = false, by } = {}) => actions.rerun(repository, run, actor(by), failedOnly),
    cancelRun: (run) => actions.cancel(repository, run),
    workflowToken: (permissions) => actions.token(repository, permissions),
    expireArtifact: (artifact) => {
      artifact.expired = true;
    },
    checks: (sha) =>
      [...repository.checkRuns.values()].filter((one) => sha === undefined || one.headSha === sha),
    rerequestCheck: (check, by) => announceCheck(world, repository, actor(by), check, 'rerequested'),
    pressCheckButton: (check, identifier, by) =>
      announceCheck(world, repository, actor(by), check, 'requested_action', {
        requested_action: { identifier },
      }),
    runSchedules: () => world.emit({ event: 'schedule', repository, sender: repository.owner, payload: {} }),
  } satisfies Partial<RepositoryHandle>;
}
