/** GITHUB_TOKEN: what each run may ask of the API. */
import { randomBytes } from 'node:crypto';
import type { App, Permissions, Repository } from '../world/model.ts';
import type { World } from '../world/world.ts';
import type { Execution } from './execution.ts';

const ALL = ['actions', 'checks', 'contents', 'issues', 'pull_requests', 'statuses'];
const DAY = 86_400_000;

/** Reading, unless the workflow asks for more; never more than reading for a fork. */
function permissionsFor({ file, run, repository }: Execution): Permissions {
  const asked = file.permissions;
  const least = { metadata: 'read', contents: 'read' } as const;
  if (asked === undefined || run.headRepository !== repository) return least;
  if (typeof asked === 'string') {
    const access = asked === 'write-all' ? 'write' : 'read';
    return { metadata: 'read', ...Object.fromEntries(ALL.map((name) => [name, access])) };
  }
  const granted = Object.entries(asked).flatMap(([name, access]) =>
    access === 'none' ? [] : [[name.replaceAll('-', '_'), access] as const],
  );
  return { metadata: 'read', ...Object.fromEntries(granted) };
}

/** A fresh token of the run, which speaks as the bot of `app`: GitHub Actions itself. */
export function createRunToken(world: World, execution: Execution, app: App): string {
  return createWorkflowToken(world, execution.repository, app, permissionsFor(execution));
}

/** A token as a job gets it. */
export function createWorkflowToken(
  world: World,
  repository: Repository,
  app: App,
  permissions: Permissions,
): string {
  const token = `ghs_workflow_${randomBytes(12).toString('hex')}`;
  const actor = { kind: 'workflow', repository, app, user: app.bot, permissions } as const;
  world.tokens.set(token, { actor, expiresAt: new Date(Date.now() + DAY) });
  return token;
}
