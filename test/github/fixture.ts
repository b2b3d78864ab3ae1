/** A small agent repository with an eval workflow, and Octokit as the bot would have it. */
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import type { RepositoryHandle } from './control/repository.ts';
import { type GitHub, type StartOptions, startGitHub } from './start.ts';
import type { App, Installation } from './world/model.ts';

export const EVAL_WORKFLOW = `
name: eval
on:
  workflow_dispatch:
    inputs:
      self_harness: { required: false, default: '' }
  push:
    branches: [main]
jobs:
  eval:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
      - run: node eval/run.js
        env:
          SELF_HARNESS_REQUEST: \${{ inputs.self_harness }}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: traces-\${{ github.run_attempt }}
          path: traces
`;

/** Writes one trial whose outcome depends on the prompt, and echoes the request. */
const EVAL_SCRIPT = `
const fs = require('node:fs');
const prompt = fs.readFileSync('agent/prompt.md', 'utf8');
fs.mkdirSync('traces', { recursive: true });
const outcome = prompt.includes('verify') ? 'pass' : 'fail';
fs.writeFileSync('traces/trials.jsonl', JSON.stringify({ task_id: 't1', attempt: 1, outcome }) + '\\n');
fs.writeFileSync('traces/self-harness.json', process.env.SELF_HARNESS_REQUEST || '{}');
fs.writeFileSync('traces/.hidden', 'not uploaded');
`;

const FILES = {
  'agent/prompt.md': 'You are an agent.\n',
  'eval/run.js': EVAL_SCRIPT,
  '.github/workflows/eval.yml': EVAL_WORKFLOW,
} as const;

const PERMISSIONS = {
  actions: 'write',
  checks: 'write',
  contents: 'write',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
} as const;

const EVENTS = [
  'check_run',
  'issue_comment',
  'issues',
  'pull_request',
  'pull_request_review',
  'push',
  'workflow_run',
  'create',
  'delete',
] as const;

export interface Fixture {
  github: GitHub;
  repo: RepositoryHandle;
  app: App;
  /** Installs the App on the repository, where that was left for later. */
  install(): Installation;
  readonly installation: Installation;
  /** As the installation. */
  readonly bot: Octokit;
  /** As the app itself, by JWT. */
  asApp: Octokit;
  /** As a user. */
  as(login: string): Octokit;
}

const OWN = { owner: 'octo', repo: 'agent' } as const;

export { OWN };

export async function createFixture(
  options: StartOptions & {
    hookUrl?: string;
    files?: Readonly<Record<string, string>>;
    /** false: `install` does it later. */
    installed?: boolean;
  } = {},
): Promise<Fixture> {
  const { hookUrl, files, installed = true, ...rest } = options;
  const github = await startGitHub(rest);
  const hook = hookUrl === undefined ? {} : { hookUrl, hookSecret: 'development' };
  const app = github.createApp({ slug: 'self-harness', permissions: PERMISSIONS, events: EVENTS, ...hook });
  const repo = await github.createRepo({ owner: 'octo', name: 'agent', files: { ...FILES, ...files } });
  let installation: Installation | null = null;
  const install = () => {
    installation ??= github.install(app, [repo]);
    return installation;
  };
  const installationNow = () => {
    if (installation === null) throw new Error('the App is not installed yet');
    return installation;
  };
  let bot: Octokit | null = null;
  if (installed) install();
  const auth = { appId: app.id, privateKey: app.privateKey };
  const base = { baseUrl: github.api, authStrategy: createAppAuth, log: silent };
  return {
    github,
    repo,
    app,
    install,
    get installation() {
      return installationNow();
    },
    get bot() {
      bot ??= new Octokit({ ...base, auth: { ...auth, installationId: installationNow().id } });
      return bot;
    },
    asApp: new Octokit({ ...base, auth }),
    as: (login) => new Octokit({ baseUrl: github.api, auth: github.user(login).token, log: silent }),
  };
}

const nothing = () => {};
export const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Asks again and again until there is an answer; fails after `timeout` ms. */
export async function until<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  timeout = 15_000,
): Promise<T> {
  const end = Date.now() + timeout;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing after ${timeout} ms`);
}
