import { Refusal } from '../refusal.ts';
import { parseNodeId } from '../shapes/address.ts';
import { grants } from '../world/app.ts';
import { type Files, writeCommit } from '../world/commit.ts';
import type { Repository } from '../world/model.ts';
import { setDraft } from '../world/pull.ts';
import { moveBranch } from '../world/push.ts';
import { roleOf } from '../world/world.ts';
import type { GraphqlContext } from './execute.ts';
import { commitNode, pullNode, refNode } from './objects.ts';
import { GraphqlProblem } from './problem.ts';
import { issueByNode, visibleRepository } from './queries.ts';

function assertMay({ actor }: GraphqlContext, repository: Repository, permission: string): void {
  const allowed =
    actor.kind === 'installation' || actor.kind === 'workflow'
      ? grants(actor.permissions, permission, 'write')
      : actor.kind === 'user' && ['write', 'maintain', 'admin'].includes(roleOf(repository, actor.user));
  if (!allowed) throw new GraphqlProblem('FORBIDDEN', 'Resource not accessible by integration');
}

interface FileAddition {
  path: string;
  contents: string;
}

interface CreateCommitInput {
  clientMutationId?: string | null;
  branch: { id?: string | null; repositoryNameWithOwner?: string | null; branchName?: string | null };
  expectedHeadOid: string;
  message: { headline: string; body?: string | null };
  fileChanges?: {
    additions?: readonly FileAddition[] | null;
    deletions?: readonly { path: string }[] | null;
  } | null;
}

/** The repository and branch that a CommittableBranch names, by id or by names. */
function findBranch(
  context: GraphqlContext,
  branch: CreateCommitInput['branch'],
): { repository: Repository; name: string } {
  const byId = branch.id === undefined || branch.id === null ? undefined : parseNodeId(branch.id)?.id;
  const [repositoryName, ref] =
    byId === undefined ? [branch.repositoryNameWithOwner, branch.branchName] : byId.split(':', 2);
  if (typeof repositoryName !== 'string' || typeof ref !== 'string') {
    throw new GraphqlProblem(
      'UNPROCESSABLE',
      'A branch must be given by id, or by repositoryNameWithOwner and branchName',
    );
  }
  return { repository: visibleRepository(context, repositoryName), name: ref.replace(/^refs\/heads\//, '') };
}

function filesOf(input: CreateCommitInput): Files {
  const additions = (input.fileChanges?.additions ?? []).map(({ path, contents }): [string, Buffer] => [
    path,
    Buffer.from(contents, 'base64'),
  ]);
  const deletions = (input.fileChanges?.deletions ?? []).map(({ path }): [string, null] => [path, null]);
  return Object.fromEntries([...additions, ...deletions]);
}

function staleData(expected: string): GraphqlProblem {
  return new GraphqlProblem(
    'STALE_DATA',
    `Expected branch to point to "${expected}" but it did not.  Pull and try again.`,
  );
}

async function assertDeletable(repository: Repository, head: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    if (content === null && (await repository.git.entry(head, path)) === undefined) {
      throw new GraphqlProblem(
        'NOT_FOUND',
        `A path was requested for deletion which does not exist: ${path}`,
      );
    }
  }
}

/** One signed commit on a branch that must still be where the caller saw it. */
async function createCommitOnBranch({ input }: { input: CreateCommitInput }, context: GraphqlContext) {
  const { world, actor } = context;
  const { repository, name } = findBranch(context, input.branch);
  assertMay(context, repository, 'contents');
  const head = repository.git.ref(`refs/heads/${name}`);
  if (head === undefined) {
    throw new GraphqlProblem('NOT_FOUND', `Branch "${name}" not found in repository "${repository.name}".`);
  }
  if (head !== input.expectedHeadOid) throw staleData(input.expectedHeadOid);
  const files = filesOf(input);
  await assertDeletable(repository, head, files);
  const { headline, body } = input.message;
  const message = typeof body === 'string' && body !== '' ? `${headline}\n\n${body}` : headline;
  const oid = await writeCommit(repository, actor, head, message, files);
  // GitHub signs every commit that is made this way, also a user's.
  repository.signed.add(oid);
  try {
    await moveBranch(world, repository, actor, { branch: name, to: oid, expected: head });
  } catch (error) {
    if (error instanceof Refusal && error.message === 'Reference update failed') throw staleData(head);
    throw error;
  }
  const graph = { world, repository };
  return {
    clientMutationId: input.clientMutationId ?? null,
    commit: commitNode(graph, await repository.git.commit(oid)),
    ref: refNode(graph, `refs/heads/${name}`),
  };
}

interface UpdateRefsInput {
  clientMutationId?: string | null;
  repositoryId: string;
  refUpdates: readonly {
    name: string;
    beforeOid?: string | null;
    afterOid: string;
    force?: boolean | null;
  }[];
}

/** Moves branches, each only from where the caller saw it. */
async function updateRefs({ input }: { input: UpdateRefsInput }, context: GraphqlContext) {
  const { world, actor } = context;
  const repository = [...world.repositories.values()].find(
    (one) => String(one.id) === parseNodeId(input.repositoryId)?.id,
  );
  if (repository === undefined) {
    const message = `Could not resolve to a node with the global id of '${input.repositoryId}'`;
    throw new GraphqlProblem('NOT_FOUND', message);
  }
  assertMay(context, repository, 'contents');
  for (const { name, beforeOid, afterOid, force } of input.refUpdates) {
    try {
      await moveBranch(world, repository, actor, {
        branch: name.replace(/^refs\/heads\//, ''),
        to: afterOid,
        force: force === true,
        expected: beforeOid ?? undefined,
      });
    } catch (error) {
      if (error instanceof Refusal && error.message === 'Reference update failed')
        throw new GraphqlProblem('STALE_DATA', `Reference "${name}" is not at "${beforeOid}"`);
      throw error;
    }
  }
  return { clientMutationId: input.clientMutationId ?? null };
}

function draftMutation(draft: boolean) {
  return async (
    { input }: { input: { pullRequestId: string; clientMutationId?: string | null } },
    context: GraphqlContext,
  ) => {
    const found = issueByNode(context.world, input.pullRequestId);
    if (found?.issue.pull === undefined) {
      throw new GraphqlProblem(
        'NOT_FOUND',
        `Could not resolve to a node with the global id of '${input.pullRequestId}'`,
      );
    }
    const { repository, issue } = found;
    assertMay(context, repository, 'pull_requests');
    await setDraft(context.world, repository, context.actor, issue, found.issue.pull, draft);
    const pullRequest = pullNode({ world: context.world, repository }, issue, found.issue.pull);
    return { clientMutationId: input.clientMutationId ?? null, pullRequest };
  };
}

/** Fields of Mutation. */
export const mutations = {
  createCommitOnBranch,
  updateRefs,
  markPullRequestReadyForReview: draftMutation(false),
  convertPullRequestToDraft: draftMutation(true),
};
