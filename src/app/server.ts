/**
 * The bot put together: Probot receives, the engine works, GitHub remembers.
 */
import type { Octokit } from '@octokit/rest';
import type { Probot } from 'probot';
import { type Engine, openEngine } from '../campaign/engine/engine.ts';
import { sendWritesOnce } from '../forge/github/writes/single-writes.ts';
import { budgetWrites, countWrites, type WriteBudgets } from '../forge/github/writes/write-budget.ts';
import { writeLimits } from '../forge/github/writes/write-pace.ts';
import { createRedactor } from '../traces/redact/redact.ts';
import type { Bot } from './bot.ts';
import { startAftermath } from './campaigns/aftermath.ts';
import { startTicking, tickOptions } from './clock/tick.ts';
import { STEP_ATTEMPTS, worksOf } from './work.ts';

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
  const budgets = await openBudgets(probot, options);
  const clients = new Map<number, () => Promise<Octokit>>();
  let engine: Engine | null = null;
  const bot: Bot = {
    client(installation) {
      // Probot's client refreshes its own token and throttles; one a installation keeps its limits in one place.
      const known =
        clients.get(installation) ??
        keptUnlessFailed(async () => {
          const client = (await probot.auth(installation)) as unknown as Octokit;
          sendWritesOnce(client);
          budgetWrites(client, budgets.of(installation));
          return client;
        });
      clients.set(installation, known);
      return known();
    },
    login: keptUnlessFailed(async () => {
      const client = await probot.auth();
      const { data } = await client.rest.apps.getAuthenticated();
      return `${data?.slug ?? 'self-harness-bot'}[bot]`;
    }),
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
      async onBroken(work, reason) {
        probot.log.error(`${work.workflow} ${work.id} broke off: ${reason}`);
        await startAftermath(bot, work, reason);
      },
    },
    worksOf(bot, options.env),
  );
  const opened = engine;
  const app = () => probot.auth().then((client) => client as unknown as Octokit);
  const ticker = startTicking(bot, app, tickOptions(options.env));
  const stop = async () => {
    ticker.stop();
    await opened.stop();
    await budgets.close();
  };
  return { bot, engine: opened, stop };
}

/** Replicas share one database, and with it one count of what they write. */
async function openBudgets(probot: Probot, { databaseUrl, env }: ServerOptions): Promise<WriteBudgets> {
  const limits = writeLimits(env);
  if (databaseUrl === null) return countWrites(limits);
  const { shareWrites } = await import('../forge/github/writes/shared-write-budget.ts');
  return shareWrites(databaseUrl, limits, (message) => probot.log.warn(message));
}

/** The answer of a question that is asked once; one that failed is asked again, so that a bad moment does not stay. */
function keptUnlessFailed<T>(ask: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | null = null;
  return () => {
    kept ??= ask().catch((error) => {
      kept = null;
      throw error;
    });
    return kept;
  };
}
