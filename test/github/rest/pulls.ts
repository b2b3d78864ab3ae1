/** Pull requests: opening, reading, reviewing, merging. */
import { z } from 'zod';
import { notFound, Refusal, unprocessable, validationFailed } from '../refusal.ts';
import { page } from '../server/page.ts';
import {
  created,
  noContent,
  ok,
  pullOf,
  type Reply,
  type RepositoryCall,
  type Route,
  read,
  repoRoute,
} from '../server/route.ts';
import { repoHtml } from '../shapes/address.ts';
import { commitShape, fileChangeShape } from '../shapes/commit.ts';
import { fullPullShape, pullShape, reviewShape } from '../shapes/pull.ts';
import { userShape } from '../shapes/user.ts';
import { editIssue, setIssueState } from '../world/issue.ts';
import { computeMergeable, mergePull, updatePullBranch } from '../world/merge.ts';
import type { Issue } from '../world/model.ts';
import { openPull, requestReviewers, submitReview } from '../world/pull.ts';
import { closePull } from '../world/pull-sync.ts';
import { cause, findUser } from '../world/world.ts';
import { sorted } from './issues.ts';

const READ = { pull_requests: 'read' } as const;
const WRITE = { pull_requests: 'write' } as const;

function list(call: RepositoryCall): Reply {
  const { query, repository, world } = call;
  const state = query.get('state') ?? 'open';
  const [head, base] = [query.get('head'), query.get('base')];
  const chosen = [...repository.issues.values()].filter(
    ({ state: own, pull }) =>
      pull !== undefined &&
      (state === 'all' || own === state) &&
      // A head without an owner filters nothing, on GitHub as here.
      (head === null || !head.includes(':') || pull.head.label === head) &&
      (base === null || pull.base.ref === base),
  );
  const { items, headers } = page(call, sorted(call, chosen));
  const pulls = items.flatMap((issue) =>
    issue.pull === undefined ? [] : [pullShape(world, repository, issue, issue.pull)],
  );
  return ok(pulls, headers);
}

const pullInput = z.object({
  title: z.string().optional(),
  head: z.string(),
  base: z.string(),
  body: z.string().nullable().optional(),
  draft: z.boolean().optional(),
  maintainer_can_modify: z.boolean().optional(),
});

async function create(call: RepositoryCall): Promise<Reply> {
  const { world, repository, actor } = call;
  if (actor.kind === 'workflow' && !repository.actionsMayOpenPulls) {
    throw new Refusal(403, 'GitHub Actions is not permitted to create or approve pull requests.');
  }
  const input = read(call, pullInput);
  if (input.title === undefined || input.title.trim() === '') {
    throw validationFailed({ resource: 'PullRequest', field: 'title', code: 'missing_field' });
  }
  const issue = await openPull(world, repository, actor, {
    ...input,
    title: input.title,
    maintainerCanModify: input.maintainer_can_modify,
  });
  return created(await fullPullShape(world, repository, issue, issue.pull));
}

/** The first look at a pull request starts the trial merge in the background; until then nobody knows. */
async function get(call: RepositoryCall): Promise<Reply> {
  const { world, repository } = call;
  const { issue, pull } = pullOf(call);
  const body = await fullPullShape(world, repository, issue, pull);
  if (pull.mergeable === null && issue.state === 'open') world.background(computeMergeable(repository, pull));
  return ok(body);
}

const pullChange = z.object({
  title: z.string().optional(),
  body: z.string().nullable().optional(),
  state: z.enum(['open', 'closed']).optional(),
  base: z.string().optional(),
  maintainer_can_modify: z.boolean().optional(),
});

async function reopen(call: RepositoryCall, issue: Issue): Promise<void> {
  const { world, repository, actor } = call;
  const { pull } = pullOf(call);
  const head = await pull.head.repository?.git.ref(`refs/heads/${pull.head.ref}`);
  if (pull.mergedAt !== null || head === undefined) {
    throw validationFailed({
      resource: 'PullRequest',
      field: 'state',
      code: 'invalid',
      message: 'state cannot be changed.',
    });
  }
  setIssueState(world, repository, actor, issue, 'open', null);
}

async function update(call: RepositoryCall): Promise<Reply> {
  const { world, repository, actor } = call;
  const { issue, pull } = pullOf(call);
  const input = read(call, pullChange);
  if (input.base !== undefined) {
    const sha = repository.git.ref(`refs/heads/${input.base}`);
    if (sha === undefined)
      throw validationFailed({ resource: 'PullRequest', field: 'base', code: 'invalid' });
    pull.base = { ref: input.base, sha };
  }
  editIssue(world, repository, actor, issue, { title: input.title, body: input.body });
  if (input.state === 'closed' && issue.state === 'open') {
    await closePull(world, repository, issue, cause(actor), null);
  }
  if (input.state === 'open' && issue.state === 'closed') await reopen(call, issue);
  return ok(await fullPullShape(world, repository, issue, pull));
}

const mergeInput = z.object({
  merge_method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
  sha: z.string().optional(),
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
});

async function merge(call: RepositoryCall): Promise<Reply> {
  const { world, repository, actor } = call;
  const { issue, pull } = pullOf(call);
  const input = read(call, mergeInput);
  const sha = await mergePull(world, repository, actor, issue, pull, {
    method: input.merge_method,
    sha: input.sha,
    title: input.commit_title,
    message: input.commit_message,
  });
  return ok({ sha, merged: true, message: 'Pull Request successfully merged' });
}

const EVENTS = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' } as const;
const reviewInput = z.object({
  event: z.enum(['APPROVE', 'REQUEST_CHANGES', 'COMMENT']).optional(),
  body: z.string().optional(),
});

function review(call: RepositoryCall): Reply {
  const { world, repository, actor } = call;
  const { issue, pull } = pullOf(call);
  const input = read(call, reviewInput);
  const state = input.event === undefined ? 'PENDING' : EVENTS[input.event];
  if ((state === 'CHANGES_REQUESTED' || state === 'COMMENTED') && (input.body ?? '') === '') {
    throw unprocessable('Unprocessable Entity');
  }
  const made = submitReview(world, repository, actor, issue, pull, { state, body: input.body ?? '' });
  return ok(reviewShape(world, repository, issue, made));
}

export const pullRoutes: Route[] = [
  repoRoute('pulls/list', READ, list),
  repoRoute('pulls/create', WRITE, create, { role: 'read', content: true }),
  repoRoute('pulls/get', READ, get),
  repoRoute('pulls/update', WRITE, update),
  repoRoute('pulls/list-files', READ, async (call) => {
    const { world, repository } = call;
    const { pull } = pullOf(call);
    const base = (await repository.git.mergeBase(pull.base.sha, pull.head.sha)) ?? pull.base.sha;
    const { items, headers } = page(call, await repository.git.diff(base, pull.head.sha));
    return ok(
      items.map((file) => fileChangeShape(world, repository, file, pull.head.sha)),
      headers,
    );
  }),
  repoRoute('pulls/list-commits', READ, async (call) => {
    const { world, repository } = call;
    const { pull } = pullOf(call);
    const commits = (await repository.git.log(pull.head.sha, { base: pull.base.sha })).reverse();
    const { items, headers } = page(call, commits);
    return ok(
      items.map((commit) => commitShape(world, repository, commit)),
      headers,
    );
  }),
  repoRoute('pulls/check-if-merged', READ, (call) => {
    if (pullOf(call).pull.mergedAt === null) throw notFound();
    return noContent;
  }),
  repoRoute('pulls/merge', { contents: 'write' }, merge),
  repoRoute('pulls/update-branch', WRITE, async (call) => {
    const { issue, pull } = pullOf(call);
    const input = read(call, z.object({ expected_head_sha: z.string().optional() }));
    await updatePullBranch(call.world, call.repository, call.actor, pull, input.expected_head_sha);
    const url = repoHtml(call.world, call.repository, `/pull/${issue.number}`);
    return { status: 202, body: { message: 'Updating pull request branch.', url } };
  }),
  repoRoute('pulls/list-requested-reviewers', READ, (call) =>
    ok({ users: pullOf(call).pull.requestedReviewers.map((user) => userShape(call.world, user)), teams: [] }),
  ),
  repoRoute('pulls/request-reviewers', WRITE, async (call) => {
    const { world, repository, actor } = call;
    const { issue, pull } = pullOf(call);
    const input = read(call, z.object({ reviewers: z.array(z.string()).default([]) }));
    const reviewers = input.reviewers.map((login) => findUser(world, login));
    await requestReviewers(world, repository, actor, issue, pull, reviewers);
    return created(pullShape(world, repository, issue, pull));
  }),
  repoRoute('pulls/list-reviews', READ, (call) => {
    const { issue, pull } = pullOf(call);
    const { items, headers } = page(call, pull.reviews);
    return ok(
      items.map((one) => reviewShape(call.world, call.repository, issue, one)),
      headers,
    );
  }),
  repoRoute('pulls/create-review', WRITE, review, { role: 'read', content: true }),
];
