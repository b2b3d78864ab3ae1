/** A repository, the stand-in and the real server, for end-to-end tests that make trouble. */
import { expireLeases } from '../campaign/leases.ts';
import { createFixture, type Fixture, until } from '../github/fixture.ts';
import type { StartOptions } from '../github/start.ts';
import type { Comment } from '../github/world/model.ts';
import { AGENT_FILES, CONFIG, WORKFLOW_WITHOUT_RUNNER } from './agent-repository.ts';
import { type RunningServer, type ServerPlace, serverPlace, UNPACED } from './server.ts';

/** The server's login on the stand-in. */
export const BOT = 'self-harness[bot]';

export interface StageOptions {
  /** A prompt that may be edited beside the knob: more candidates than one mechanism's knob gives. */
  readonly prompt?: boolean;
  /** false: the workflow runs one arm a dispatch and knows nothing of plans. */
  readonly plans?: boolean;
  /** Candidates of the campaign, 4 if left out. */
  readonly candidates?: number;
  /** Of the engine; null for SQLite. */
  readonly databaseUrl?: string | null;
  readonly github?: StartOptions;
  /** Of the repository, instead of the agent's with a config that suits tests. */
  readonly files?: Readonly<Record<string, string>>;
  /** false: the App is there, and nobody has installed it yet. */
  readonly installed?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** `github`: with GitHub's limits, and at the pace they ask for. Otherwise neither, and a campaign takes seconds. */
  readonly pace?: 'github';
}

export interface Stage {
  readonly fixture: Fixture;
  readonly place: ServerPlace;
  /** Where the stand-in's log of requests stood when everything was installed. */
  readonly mark: number;
  /** Requests of the bot since then that change something. */
  writes(): number;
  /** What every server process so far has printed. */
  log(): string;
  /** SIGKILL, and a new process that need not wait for the dead one's lease. */
  killAndRestart(): Promise<void>;
  close(): Promise<void>;
}

/** As on an Enterprise Server, whose administrator has to switch the limits on. */
const UNLIMITED = {
  perHour: 1e6,
  contentPerMinute: 1e6,
  contentPerHour: 1e6,
  pointsPerMinute: 1e6,
  concurrent: 1e6,
};

const PROMPT_SURFACE = `surfaces:
  - { id: prompt, path: agent/prompt.md, kind: markdown }
`;

export async function stage(options: StageOptions = {}): Promise<Stage> {
  const { databaseUrl = null } = options;
  const unhurried = options.pace === 'github';
  const env = {
    ...(unhurried ? {} : UNPACED),
    ...options.env,
    ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
  };
  const place = await serverPlace();
  const config = `${CONFIG.replace('surfaces:\n', options.prompt === true ? PROMPT_SURFACE : 'surfaces:\n')}triggers:\n  workflow_run: false\nproposer:\n  candidates: ${options.candidates ?? 4}\n`;
  const fixture = await createFixture({
    ...(unhurried ? {} : { limits: UNLIMITED }),
    ...options.github,
    hookUrl: place.hookUrl,
    files: options.files ?? {
      ...AGENT_FILES,
      '.github/self-harness.yml': config,
      ...(options.plans === false ? { '.github/workflows/eval.yml': WORKFLOW_WITHOUT_RUNNER } : {}),
    },
    installed: options.installed ?? true,
  });
  fixture.repo.setRole('maintainer', 'write');
  fixture.repo.setRole('reader', 'read');
  // The push that made the repository started an eval: it is to be over before anything is counted.
  await fixture.github.settled();
  const past: string[] = [];
  let server: RunningServer = await place.start(fixture.github, fixture.app, env);
  const mark = fixture.github.log.mark();
  return {
    fixture,
    place,
    mark,
    writes: () => fixture.github.log.counts({ since: mark, actor: BOT }).writes,
    log: () => [...past, server.log()].join('\n--- the next process ---\n'),
    async killAndRestart() {
      await server.kill('SIGKILL');
      past.push(server.log());
      await expireLeases({ dataDirectory: place.data, databaseUrl });
      server = await place.start(fixture.github, fixture.app, env);
    },
    async close() {
      await server.kill('SIGTERM');
      await fixture.github.stop();
      await place.remove();
    },
  };
}

/** Somebody asks for a campaign in a new issue. */
export function askForCampaign({ fixture }: Stage): Comment {
  const issue = fixture.repo.openIssue({ title: 'Make it better', by: 'maintainer' });
  return fixture.repo.comment(issue.number, '/harness improve', 'maintainer');
}

/** Waits until the bot has reacted to the command for the second time, which is the last thing it does. */
export async function answered(on: Stage, command: Comment, timeoutMs = 60_000): Promise<void> {
  await eventually(on, () => (command.reactions.length >= 2 ? true : undefined), timeoutMs);
  await on.fixture.github.settled();
}

/** Waits for something on the stand-in; when it does not come, says what the servers said. */
export async function eventually<T>(
  on: Stage,
  ask: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 60_000,
): Promise<T> {
  return until(ask, timeoutMs).catch((error) => {
    throw new Error(`${error}\n${on.log()}`);
  });
}

/** The bot's comment in an issue or pull request that holds these words; when it does not come, says what did. */
export async function said(on: Stage, issue: number, words: string): Promise<string> {
  const own = () =>
    on.fixture.repo
      .comments(issue)
      .filter((one) => one.user.type === 'Bot')
      .map((one) => one.body);
  return eventually(on, () => own().find((body) => body.includes(words))).catch((error) => {
    throw new Error(`“${words}” was not said. These were:\n${own().join('\n---\n')}\n${error}`);
  });
}

/** What is left on GitHub when a campaign is over, without ids, times and addresses. */
export async function endState({ fixture: { repo } }: Stage, command: Comment): Promise<unknown> {
  const anonymous = (text: string) => text.replaceAll(`c${command.id}`, '<campaign>');
  const pulls = repo.pulls('all');
  const ledger = (await repo.file('ledger.jsonl', 'self-harness/ledger')) ?? '';
  const lines = ledger
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return {
    pulls: await Promise.all(
      pulls.map(async (pull) => ({
        title: pull.title,
        state: pull.state,
        labels: [...pull.labels].map(String),
        branch: anonymous(pull.pull.head.ref),
        harness: await repo.file('agent/harness.yaml', pull.pull.head.ref),
      })),
    ),
    branches: (await repo.branches()).map(anonymous).sort(),
    comments: repo.comments(command.issue.number).filter((one) => one.user.type === 'Bot').length,
    reactions: command.reactions.map((one) => one.content).sort(),
    ledger: lines.map((line) =>
      line.kind === 'edit'
        ? { candidate: line.candidate, decision: line.decision, e_value: line.e_value }
        : { ending: line.ending.kind, trials: line.trials },
    ),
  };
}
