/**
 * The bot put together: Probot receives, the engine works, GitHub remembers.
 */
import type { Octokit } from '@octokit/rest';
import type { Probot } from 'probot';
import { type Engine, openEngine } from '../campaign/engine.ts';
import { budgetWrites, createWriteBudget } from '../forge/github/write-budget.ts';
import { createRedactor } from '../traces/redact.ts';
import type { Bot } from './bot.ts';
import { startTicking, tickOptions } from './tick.ts';
import { STEP_ATTEMPTS, worksOf } from './work.ts';
import { writeLimits } from './write-pace.ts';

export interface ServerOptions {
  readonly dataDirectory: string;
  readonly databaseUrl: string | null;
  readonly env: NodeJS.ProcessEnv;
  now?(): Date;
}

export interface BotServer {
  readonly bot: Bot;
  readonly engine: Engine;
  stop(): Promise<void>;
}

/** Campaigns at once in one process: they wait far more than they work. */
const CONCURRENCY = 20;

/** Opens the engine for a Probot app and takes up what an earlier process left. */
export async function startBot(probot: Probot, options: ServerOptions): Promise<BotServer> {
  const redactor = createRedactor({ env: options.env });
  const redact = async (text: string) => (await redactor.redact(text)).text;
  const limits = writeLimits(options.env);
  const clients = new Map<number, Promise<Octokit>>();
  let engine: Engine | null = null;
  let login: Promise<string> | null = null;
  const bot: Bot = {
    client(installation) {
      // Probot's client refreshes its own token and throttles; one a installation keeps its limits in one place.
      const known =
        clients.get(installation) ??
        probot.auth(installation).then((authenticated) => {
          const client = authenticated as unknown as Octokit;
          budgetWrites(client, createWriteBudget(limits));
          return client;
        });
      clients.set(installation, known);
      return known;
    },
    login() {
      login ??= probot.auth().then(async (client) => {
        const { data } = await client.rest.apps.getAuthenticated();
        return `${data?.slug ?? 'self-harness-bot'}[bot]`;
      });
      return login;
    },
    engine() {
      if (engine === null) throw new Error('the engine is not open yet');
      return engine;
    },
    now: () => options.now?.() ?? new Date(),
    redact,
    log: (message) => probot.log.info(message),
  };
  engine = await openEngine(
    {
      dataDirectory: options.dataDirectory,
      databaseUrl: options.databaseUrl,
      concurrency: CONCURRENCY,
      stepAttempts: STEP_ATTEMPTS,
      onFailedStep: (step, message) => probot.log.warn(`${step} failed and will be tried again: ${message}`),
    },
    worksOf(bot, options.env),
  );
  const opened = engine;
  const app = () => probot.auth().then((client) => client as unknown as Octokit);
  const ticker = startTicking(bot, app, tickOptions(options.env));
  const stop = async () => {
    ticker.stop();
    await opened.stop();
  };
  return { bot, engine: opened, stop };
}
