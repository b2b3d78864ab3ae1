/**
 * What the bot reacts to: webhooks reduced to the few fields used. Parsed at the boundary, stored as durable work.
 */
import { z } from 'zod';
import { DashboardCommand, hasDashboardMarker, tickedCommands } from '../../evidence/dashboard.ts';

const Place = z.object({
  installation: z.number().int(),
  owner: z.string(),
  repo: z.string(),
});

/** The eval workflow may have ended. */
const RunCompleted = Place.extend({
  kind: z.literal('run_completed'),
  run: z.number().int(),
  /** Path of the workflow file, such as `.github/workflows/eval.yml`. */
  workflow: z.string(),
  branch: z.string().nullable(),
  event: z.string(),
  head: z.string(),
  /** The run belongs to a fork's branch: never evaluated, never trusted. */
  fork: z.boolean(),
});

const CommentMade = Place.extend({
  kind: z.literal('comment'),
  comment: z.number().int(),
  issue: z.number().int(),
  isPullRequest: z.boolean(),
  author: z.string(),
  authorIsBot: z.boolean(),
  text: z.string(),
});

const PullRequestChanged = Place.extend({
  kind: z.literal('pull_request'),
  action: z.enum(['opened', 'reopened', 'synchronize', 'closed', 'ready_for_review']),
  number: z.number().int(),
  branch: z.string(),
  head: z.string(),
  base: z.string(),
  fork: z.boolean(),
  merged: z.boolean(),
  actor: z.string(),
  actorIsBot: z.boolean(),
});

const BaseMoved = Place.extend({
  kind: z.literal('push'),
  branch: z.string(),
  head: z.string(),
  /** The branch was not there before. */
  created: z.boolean().default(false),
  actor: z.string(),
  actorIsBot: z.boolean(),
});

const CheckAction = Place.extend({
  kind: z.literal('check_action'),
  head: z.string(),
  /** Identifier of the pressed button, or 'rerequested'. */
  action: z.string(),
  /** What the check run was made for: the bot's own external id. */
  subject: z.string(),
  actor: z.string(),
});

const Installed = Place.extend({ kind: z.literal('installed') });

/** A schedule's moment has come: made by the bot itself. */
const ScheduleDue = Place.extend({
  kind: z.literal('schedule'),
  /** GitHub's number of the repository: stays when it is renamed. */
  repository: z.number().int(),
  /** RFC 3339, to the minute. */
  moment: z.string(),
});

/** The bot's pull request has been silent for long: made by the bot itself, once. */
const PullSilent = Place.extend({ kind: z.literal('silent'), number: z.number().int() });

/** Somebody ticked a box in an open issue that looks like the dashboard. */
const BoxTicked = Place.extend({
  kind: z.literal('box_ticked'),
  issue: z.number().int(),
  /** Login of who opened the issue: only the bot's own is the dashboard. */
  issueAuthor: z.string(),
  command: DashboardCommand,
  author: z.string(),
  authorIsBot: z.boolean(),
  /** When, by GitHub's clock. RFC 3339. */
  at: z.string(),
});

export const AppEvent = z.discriminatedUnion('kind', [
  RunCompleted,
  CommentMade,
  PullRequestChanged,
  BaseMoved,
  CheckAction,
  Installed,
  ScheduleDue,
  PullSilent,
  BoxTicked,
]);
export type AppEvent = z.infer<typeof AppEvent>;
export type EventOf<K extends AppEvent['kind']> = Extract<AppEvent, { kind: K }>;

/**
 * Id of the work of one event of a delivery. A delivery that comes twice is the same work; and an installation is
 * one work whoever tells of it, since two at once would both find that nobody was asked yet, and ask twice.
 */
export function workIdOf(delivery: string, index: number, event: AppEvent): string {
  if (event.kind !== 'installed') return `${delivery}-${index}`;
  return `installed-${event.installation}-${event.owner}/${event.repo}`.toLowerCase();
}

const Repository = z.object({
  name: z.string(),
  full_name: z.string(),
  owner: z.object({ login: z.string() }),
});
const Sender = z.object({ login: z.string(), type: z.string() });
const Common = z.object({
  repository: Repository,
  installation: z.object({ id: z.number().int() }),
  sender: Sender,
});

const WorkflowRun = Common.extend({
  action: z.string(),
  workflow_run: z.object({
    id: z.number().int(),
    path: z.string(),
    head_branch: z.string().nullable(),
    head_sha: z.string(),
    event: z.string(),
    head_repository: z.object({ full_name: z.string() }).nullish(),
  }),
});
const IssueComment = Common.extend({
  action: z.string(),
  issue: z.object({ number: z.number().int(), pull_request: z.object({}).nullish() }),
  comment: z.object({ id: z.number().int(), body: z.string(), user: Sender }),
});
const IssueEdited = Common.extend({
  action: z.literal('edited'),
  issue: z.object({
    number: z.number().int(),
    state: z.string(),
    body: z.string().nullish(),
    updated_at: z.string(),
    user: z.object({ login: z.string() }).nullish(),
  }),
  changes: z.object({ body: z.object({ from: z.string() }).optional() }),
});
const PullRequest = Common.extend({
  action: z.string(),
  pull_request: z.object({
    number: z.number().int(),
    merged: z.boolean().nullish(),
    head: z.object({
      ref: z.string(),
      sha: z.string(),
      repo: z.object({ full_name: z.string() }).nullable(),
    }),
    base: z.object({ ref: z.string() }),
  }),
});
const Push = Common.extend({
  ref: z.string(),
  after: z.string(),
  created: z.boolean(),
  deleted: z.boolean(),
});
const CheckRun = Common.extend({
  action: z.string(),
  check_run: z.object({ head_sha: z.string(), external_id: z.string().nullish() }),
  requested_action: z.object({ identifier: z.string() }).nullish(),
});
const Installation = z.object({
  action: z.string(),
  installation: z.object({ id: z.number().int(), account: z.object({ login: z.string() }).nullish() }),
  repositories: z.array(z.object({ full_name: z.string() })).nullish(),
  repositories_added: z.array(z.object({ full_name: z.string() })).nullish(),
});

/** The events a webhook delivery stands for: none for what the bot does not react to or cannot read. */
export function eventsOf(name: string, payload: unknown): AppEvent[] {
  switch (name) {
    case 'workflow_run':
      return one(WorkflowRun, payload, ({ workflow_run: run, ...common }) =>
        common.action === 'completed'
          ? {
              kind: 'run_completed',
              ...placeOf(common),
              run: run.id,
              workflow: run.path.split('@')[0] ?? run.path,
              branch: run.head_branch,
              event: run.event,
              head: run.head_sha,
              fork: run.head_repository?.full_name !== common.repository.full_name,
            }
          : null,
      );
    case 'issue_comment':
      return one(IssueComment, payload, ({ comment, issue, ...common }) =>
        common.action === 'created'
          ? {
              kind: 'comment',
              ...placeOf(common),
              comment: comment.id,
              issue: issue.number,
              isPullRequest: issue.pull_request !== null && issue.pull_request !== undefined,
              author: comment.user.login,
              authorIsBot: comment.user.type === 'Bot',
              text: comment.body,
            }
          : null,
      );
    case 'issues':
      return boxEvents(payload);
    case 'pull_request':
      return one(PullRequest, payload, pullRequestEvent);
    case 'push':
      return one(Push, payload, ({ ref, after, created, deleted, ...common }) =>
        ref.startsWith('refs/heads/') && !deleted
          ? {
              kind: 'push',
              ...placeOf(common),
              branch: ref.slice('refs/heads/'.length),
              head: after,
              created,
              actor: common.sender.login,
              actorIsBot: common.sender.type === 'Bot',
            }
          : null,
      );
    case 'check_run':
      return one(CheckRun, payload, ({ check_run: check, ...common }) =>
        common.action === 'rerequested' || common.action === 'requested_action'
          ? {
              kind: 'check_action',
              ...placeOf(common),
              head: check.head_sha,
              action: common.requested_action?.identifier ?? 'rerequested',
              subject: check.external_id ?? '',
              actor: common.sender.login,
            }
          : null,
      );
    case 'installation':
    case 'installation_repositories':
      return installedEvents(payload);
    default:
      return [];
  }
}

function pullRequestEvent({ pull_request: pull, ...common }: z.infer<typeof PullRequest>): AppEvent | null {
  const action = PullRequestChanged.shape.action.safeParse(common.action);
  if (!action.success) return null;
  return {
    kind: 'pull_request',
    ...placeOf(common),
    action: action.data,
    number: pull.number,
    branch: pull.head.ref,
    head: pull.head.sha,
    base: pull.base.ref,
    fork: pull.head.repo?.full_name !== common.repository.full_name,
    merged: pull.merged === true,
    actor: common.sender.login,
    actorIsBot: common.sender.type === 'Bot',
  };
}

/** One event a box: each is a command of its own. A box that was ticked before this edit is somebody else's. */
function boxEvents(payload: unknown): AppEvent[] {
  const parsed = IssueEdited.safeParse(payload);
  if (!parsed.success) return [];
  const { issue, changes, ...common } = parsed.data;
  const body = issue.body ?? '';
  if (changes.body === undefined || issue.state !== 'open' || !hasDashboardMarker(body)) return [];
  return tickedCommands(body, changes.body.from).map((command) => ({
    kind: 'box_ticked',
    ...placeOf(common),
    issue: issue.number,
    issueAuthor: issue.user?.login ?? '',
    command,
    author: common.sender.login,
    authorIsBot: common.sender.type === 'Bot',
    at: issue.updated_at,
  }));
}

function installedEvents(payload: unknown): AppEvent[] {
  const parsed = Installation.safeParse(payload);
  if (!parsed.success) return [];
  const { action, installation } = parsed.data;
  if (action !== 'created' && action !== 'added' && action !== 'unsuspend') return [];
  const repositories = parsed.data.repositories_added ?? parsed.data.repositories ?? [];
  return repositories.flatMap(({ full_name: name }) => {
    const [owner, repo] = name.split('/');
    if (owner === undefined || repo === undefined) return [];
    return [{ kind: 'installed' as const, installation: installation.id, owner, repo }];
  });
}

function one<T>(schema: z.ZodType<T>, payload: unknown, make: (value: T) => AppEvent | null): AppEvent[] {
  const parsed = schema.safeParse(payload);
  const event = parsed.success ? make(parsed.data) : null;
  return event === null ? [] : [event];
}

function placeOf(common: z.infer<typeof Common>): z.infer<typeof Place> {
  const { owner, name } = common.repository;
  return { installation: common.installation.id, owner: owner.login, repo: name };
}
