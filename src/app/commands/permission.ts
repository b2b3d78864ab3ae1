/**
 * Who may command. Asked of GitHub each time: being the author of a pull request proves nothing, since a read-only
 * user may open one between existing branches.
 */
import { orNull } from '../../forge/github/failure.ts';
import type { GitHubRepository } from '../../forge/github/github.ts';
import type { Permission } from './command.ts';

const WRITERS = new Set(['admin', 'maintain', 'write']);

export type Standing = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

/** Whether a user may give a command. Bots never may: two bots answering each other do not end. */
export async function mayCommand(
  { octokit, owner, repo }: GitHubRepository,
  user: { readonly login: string; readonly isBot: boolean },
  needs: Permission,
): Promise<Standing> {
  if (user.isBot) return { allowed: false, reason: 'Commands of bots are not obeyed.' };
  if (needs === 'read') return { allowed: true };
  const found = await orNull(`read the permission of ${user.login}`, () =>
    octokit.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username: user.login }),
  );
  // `permission` folds maintain into write and triage into read; `role_name` is exact, custom roles included.
  const level = found?.data.permission ?? 'none';
  if (WRITERS.has(level)) return { allowed: true };
  const has = level === 'none' ? 'has no permission' : `has ${level} permission`;
  return {
    allowed: false,
    reason: `This needs write permission in ${owner}/${repo}; \`${user.login}\` ${has}.`,
  };
}
