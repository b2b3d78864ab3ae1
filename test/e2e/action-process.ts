/** The action's own process, started as the runner starts it, by a test that plays the runner. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Fixture } from '../github/fixture.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PERMISSIONS = {
  actions: 'write',
  checks: 'write',
  contents: 'write',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
} as const;
/** Not an id that the stand-in gives. */
const RUN_ID = '77';

interface ActionEvent {
  readonly name: string;
  readonly payload: object;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ActionProcess {
  log(): string;
  kill(signal: NodeJS.Signals): void;
  /** Exit code and how long it took (ms); null where a signal ended it. */
  ended(): Promise<number | null>;
}

export interface ActionPlace {
  readonly temp: string;
  start(event: ActionEvent): Promise<ActionProcess>;
  /** The step after a cancelled one, with the state that one left. */
  startPost(event: ActionEvent): Promise<ActionProcess>;
  /** A file the runner reads: `output`, `summary` or `state`. */
  file(name: string): Promise<string>;
  remove(): Promise<void>;
}

export async function actionPlace({ github, repo }: Fixture): Promise<ActionPlace> {
  const temp = await mkdtemp(path.join(tmpdir(), 'self-harness-runner-'));
  const at = (name: string) => path.join(temp, name);
  for (const name of ['output', 'summary', 'state']) await writeFile(at(name), '');
  const token = repo.workflowToken(PERMISSIONS);
  const start = async (script: string, event: ActionEvent, state: Record<string, string>) => {
    await writeFile(at('event.json'), JSON.stringify(event.payload));
    return startProcess(path.join(ROOT, 'action', script), {
      PATH: process.env.PATH ?? '',
      HOME: temp,
      CI: 'true',
      ...inputsWith(token, event.inputs ?? {}),
      GITHUB_REPOSITORY: repo.fullName,
      GITHUB_API_URL: github.api,
      GITHUB_SERVER_URL: github.url,
      GITHUB_EVENT_NAME: event.name,
      GITHUB_EVENT_PATH: at('event.json'),
      GITHUB_RUN_ID: RUN_ID,
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_OUTPUT: at('output'),
      GITHUB_STEP_SUMMARY: at('summary'),
      GITHUB_STATE: at('state'),
      RUNNER_TEMP: temp,
      SELF_HARNESS_POLL_SECONDS: '0.3',
      ...event.env,
      ...state,
    });
  };
  return {
    temp,
    start: (event) => start('main.js', event, {}),
    startPost: async (event) => {
      const [, data] = /^data=(.+)$/m.exec(await readFile(at('state'), 'utf8')) ?? [];
      return start('post.js', event, data === undefined ? {} : { STATE_data: data });
    },
    file: (name) => readFile(at(name), 'utf8'),
    remove: () => rm(temp, { recursive: true, force: true }),
  };
}

/** `INPUT_…` as the runner makes them of action.yml and `with:`. */
function inputsWith(token: string, given: Readonly<Record<string, string>>): Record<string, string> {
  const file = parse(readFileSync(path.join(ROOT, 'action.yml'), 'utf8'));
  const declared: Record<string, { default?: string }> = file.inputs;
  const entries = Object.entries(declared).map(([name, input]) => [
    `INPUT_${name.toUpperCase()}`,
    (given[name] ?? input.default ?? '').replace(/\$\{\{ github\.token \}\}/, token),
  ]);
  return Object.fromEntries(entries);
}

function startProcess(script: string, env: Record<string, string>): ActionProcess {
  const child = spawn(process.execPath, [script], { env });
  let text = '';
  const keep = (data: Buffer) => {
    text += data.toString('utf8');
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { log: () => text, kill: (signal) => void child.kill(signal), ended: () => closed };
}
