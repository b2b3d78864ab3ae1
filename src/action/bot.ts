/**
 * The bot inside a job: one token instead of an App's installations, and a database that ends with the job.
 */
import type { Octokit } from '@octokit/rest';
import { z } from 'zod';
import type { Bot } from '../app/bot.ts';
import { startAftermath } from '../app/campaigns/aftermath.ts';
import { STEP_ATTEMPTS, worksOf } from '../app/work.ts';
import { type Engine, openEngine } from '../campaign/engine/engine.ts';
import { translated } from '../forge/github/failure.ts';
import { sendWritesOnce } from '../forge/github/writes/single-writes.ts';
import { budgetWrites, countWrites } from '../forge/github/writes/write-budget.ts';
import { pacedOctokit, writeLimits } from '../forge/github/writes/write-pace.ts';
import type { JobEnvironment } from './environment.ts';
import type { JobLog } from './log.ts';
import { jobProgress } from './progress.ts';

/** An event, and the campaign or review that it starts. */
const CONCURRENCY = 2;

export interface JobBotOptions {
  readonly job: JobEnvironment;
  readonly env: NodeJS.ProcessEnv;
  /** Directory of the SQLite file. */
  readonly data: string;
  readonly log: JobLog;
  redact(text: string): Promise<string>;
}

/** Opens the engine on `data`, and takes up what an earlier process left there. */
export async function openJobBot({ job, env, data, log, redact }: JobBotOptions): Promise<Bot> {
  const octokit = clientOf(job, env, log);
  let engine: Engine | null = null;
  let login: Promise<string> | null = null;
  const bot: Bot = {
    job: { url: job.run.url, attempt: job.run.attempt },
    client: async () => octokit,
    login() {
      login ??= whoAmI(octokit);
      return login;
    },
    engine() {
      if (engine === null) throw new Error('the engine is not open yet');
      return engine;
    },
    now: () => new Date(),
    redact,
    log: (message) => log.line(message),
  };
  engine = await openEngine(
    {
      dataDirectory: data,
      databaseUrl: null,
      concurrency: CONCURRENCY,
      stepAttempts: STEP_ATTEMPTS,
      onFailedStep: (step, message) => log.line(`${step} failed and will be tried again: ${message}`),
      onBroken: (work, reason) => startAftermath(bot, work, reason),
    },
    worksOf(bot, env, jobProgress(log)),
  );
  return bot;
}

/** Probot's client, as the server has it: throttled, retrying, and counted by our own budget of writes. */
function clientOf({ token, apiUrl }: JobEnvironment, env: NodeJS.ProcessEnv, log: JobLog): Octokit {
  const Client = pacedOctokit(env);
  const quiet = () => {};
  const client = new Client({
    auth: { token },
    baseUrl: apiUrl.replace(/\/+$/, ''),
    log: { debug: quiet, info: quiet, warn: (text) => log.line(text), error: (text) => log.line(text) },
  }) as unknown as Octokit;
  sendWritesOnce(client);
  budgetWrites(client, countWrites(writeLimits(env)).of(0));
  return client;
}

const Viewer = z.object({ viewer: z.object({ login: z.string() }) });

/** GitHub tells the token of a job who it is by GraphQL alone: REST's `GET /user` is for people. */
async function whoAmI(octokit: Octokit): Promise<string> {
  const answer = await translated('say whose the token is', () => octokit.graphql('{ viewer { login } }'));
  return Viewer.parse(answer).viewer.login;
}
