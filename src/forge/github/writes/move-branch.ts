/**
 * A branch moved only from where it was seen. REST moves a branch from wherever it is, so that a person's commit that
 * came in between would be lost; GraphQL takes the commit it must still be at.
 */
import { ForgeError } from '../../forge.ts';
import { translated } from '../failure.ts';
import type { GitHubRepository } from '../github.ts';

const MOVE = `mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }`;

/** @throws ForgeError, worth another look, where the branch is no longer at `from` */
export async function moveBranchFrom(
  { octokit, owner, repo }: GitHubRepository,
  branch: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  const { data } = await translated('read the repository', () => octokit.rest.repos.get({ owner, repo }));
  const name = `refs/heads/${branch}`;
  const input = {
    repositoryId: data.node_id,
    refUpdates: [{ name, beforeOid: from, afterOid: to, force: true }],
  };
  try {
    await octokit.graphql(MOVE, { input });
  } catch (error) {
    // Octokit's class for what GraphQL answers is none of ours to import.
    if (!(error instanceof Error) || error.name !== 'GraphqlResponseError')
      return translated(`move the branch ${branch}`, () => Promise.reject(error));
    const { data: ref } = await translated(`read the branch ${branch}`, () =>
      octokit.rest.git.getRef({ owner, repo, ref: `heads/${branch}` }),
    );
    // A process died between the move and its note of it.
    if (ref.object.sha === to) return;
    if (ref.object.sha !== from)
      throw new ForgeError(`the branch ${branch} has moved meanwhile.`, null, true);
    if (!/doesn't exist on type/i.test(error.message))
      throw new ForgeError(`GitHub would not move the branch ${branch}: ${error.message}.`);
    // An Enterprise Server that does not know the mutation: it was still there a moment ago.
    await translated(`move the branch ${branch}`, () =>
      octokit.rest.git.updateRef({ owner, repo, ref: `heads/${branch}`, sha: to, force: true }),
    );
  }
}
