/** The whole state of one stand-in, and the bus on which every change is announced. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Violation } from '../contract/contract.ts';
import { GitRepository } from '../git/repository.ts';
import { notFound } from '../refusal.ts';
import type { Settings } from '../settings.ts';
import type { WebhookEvent } from '../webhooks/names.ts';
import type { Actor, App, Installation, Repository, Role, User } from './model.ts';

/** Something that happened: sent to apps as a webhook, and to Actions as a trigger. */
export interface Happening {
  event: WebhookEvent | 'workflow_dispatch' | 'schedule';
  action?: string;
  repository?: Repository;
  installation?: Installation;
  sender: User;
  /** The event's own part of the payload; repository, sender and installation are added on delivery. */
  payload: Record<string, unknown>;
  /** Only this app gets it (a re-requested check run goes to its maker). */
  only?: App;
  /** Caused by a workflow's GITHUB_TOKEN: no workflow starts from it. */
  byWorkflow?: boolean;
  /** What a workflow started by this event would run at. */
  at?: { ref: string; sha: string; headRepository?: Repository; pull?: number };
}

interface Token {
  actor: Actor;
  expiresAt: Date;
}

export interface World {
  readonly settings: Settings;
  /** Everything on disk is below this directory. */
  readonly dir: string;
  /** Base addresses without a slash at the end; known once the servers listen. */
  readonly urls: { root: string; storage: string };
  readonly users: Map<string, User>;
  readonly apps: Map<number, App>;
  readonly installations: Map<number, Installation>;
  readonly repositories: Map<string, Repository>;
  readonly tokens: Map<string, Token>;
  readonly violations: Violation[];
  nextId(): number;
  emit(happening: Happening): void;
  onHappening(listener: (happening: Happening) => void): void;
  /** Runs work in the background; `stop` waits for it and a failure in it fails the test. */
  background(work: Promise<unknown>): void;
  settled(): Promise<void>;
}

export function createWorld(settings: Settings, dir: string): World {
  const listeners: ((happening: Happening) => void)[] = [];
  const pending = new Set<Promise<unknown>>();
  // Ids start high and are shared, so that a number used in the wrong place finds nothing.
  let lastId = 1_000_000;
  const world: World = {
    settings,
    dir,
    urls: { root: '', storage: '' },
    users: new Map(),
    apps: new Map(),
    installations: new Map(),
    repositories: new Map(),
    tokens: new Map(),
    violations: [],
    nextId: () => ++lastId,
    emit: (happening) => {
      for (const listener of listeners) listener(happening);
    },
    onHappening: (listener) => listeners.push(listener),
    background: (work) => {
      const tracked = work
        .catch((error: unknown) => {
          const problems = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
          world.violations.push({ side: 'response', of: 'work in the background', problems });
        })
        .finally(() => pending.delete(tracked));
      pending.add(tracked);
    },
    settled: async () => {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
  mkdirSync(join(dir, 'repositories'), { recursive: true });
  mkdirSync(join(dir, 'artifacts'), { recursive: true });
  return world;
}

export function addUser(world: World, login: string, type: User['type'] = 'User'): User {
  const known = world.users.get(login.toLowerCase());
  if (known !== undefined) return known;
  const id = world.nextId();
  const email = `${id}+${login}@users.noreply.github.com`;
  const user: User = { id, login, type, email, token: `ghp_${login}_${id}`, createdAt: new Date() };
  world.users.set(login.toLowerCase(), user);
  world.tokens.set(user.token, { actor: { kind: 'user', user }, expiresAt: new Date(8.64e15) });
  return user;
}

export function findUser(world: World, login: string): User {
  const user = world.users.get(login.toLowerCase());
  if (user === undefined) throw notFound();
  return user;
}

const DEFAULT_LABELS: readonly [string, string, string][] = [
  ['bug', 'd73a4a', "Something isn't working"],
  ['documentation', '0075ca', 'Improvements or additions to documentation'],
  ['enhancement', 'a2eeef', 'New feature or request'],
];

export async function addRepository(
  world: World,
  owner: User,
  name: string,
  more: { private?: boolean; defaultBranch?: string; parent?: Repository } = {},
): Promise<Repository> {
  const git = new GitRepository(join(world.dir, 'repositories', owner.login, `${name}.git`));
  const defaultBranch = more.defaultBranch ?? more.parent?.defaultBranch ?? 'main';
  await git.init(defaultBranch);
  const now = new Date();
  const labels = DEFAULT_LABELS.map(([label, color, description]) => ({
    id: world.nextId(),
    name: label,
    color,
    description,
  }));
  const repository: Repository = {
    id: world.nextId(),
    owner,
    name,
    private: more.private ?? false,
    description: null,
    defaultBranch,
    parent: more.parent ?? null,
    git,
    collaborators: new Map([[owner.login.toLowerCase(), 'admin']]),
    rules: [],
    labels: new Map(labels.map((label) => [label.name, label])),
    issues: new Map(),
    comments: new Map(),
    checkRuns: new Map(),
    workflows: new Map(),
    runs: new Map(),
    artifacts: new Map(),
    signed: new Set(),
    secrets: {},
    variables: {},
    actionsMayOpenPulls: true,
    mergeMethods: ['merge', 'squash', 'rebase'],
    deleteBranchOnMerge: false,
    archived: false,
    createdAt: now,
    updatedAt: now,
    pushedAt: now,
  };
  world.repositories.set(fullName(repository).toLowerCase(), repository);
  return repository;
}

export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`;
}

export function findRepository(world: World, owner: string, name: string): Repository {
  const repository = world.repositories.get(`${owner}/${name}`.toLowerCase());
  if (repository === undefined) throw notFound();
  return repository;
}

/** A user's role in a repository. An app's bot has none: GitHub answers `none` for it. */
export function roleOf(repository: Repository, user: User): Role {
  return repository.collaborators.get(user.login.toLowerCase()) ?? 'none';
}

/** Who is written down as the author of what the actor does. */
export function userOf(actor: Actor): User {
  switch (actor.kind) {
    case 'installation':
      return actor.installation.app.bot;
    case 'app':
      return actor.app.bot;
    case 'user':
    case 'workflow':
      return actor.user;
    case 'anonymous':
      throw notFound();
  }
}

/** The app behind an actor, for `performed_via_github_app`. */
export function appOf(actor: Actor): App | null {
  if (actor.kind === 'installation') return actor.installation.app;
  // What GITHUB_TOKEN does, the App GitHub Actions has done.
  return actor.kind === 'app' || actor.kind === 'workflow' ? actor.app : null;
}

/** What an event's cause means for workflows: GITHUB_TOKEN starts none. */
export function cause(actor: Actor): { sender: User; byWorkflow: boolean } {
  return { sender: userOf(actor), byWorkflow: actor.kind === 'workflow' };
}
