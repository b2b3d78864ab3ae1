/**
 * The bot put together: Probot receives, the engine works, GitHub remembers.
 */
import type { Octokit } from '@octokit/rest';
import type { Probot } from 'probot';
import { runCampaign } from '../campaign/campaign.ts';
import { CampaignInput, type Durable } from '../campaign/context.ts';
import { type Engine, openEngine } from '../campaign/engine.ts';
import type { CampaignRecord } from '../campaign/record.ts';
import { openGitHubForge } from '../forge/github/github.ts';
import { budgetWrites, createWriteBudget } from '../forge/github/write-budget.ts';
import { modelFor } from '../model/open.ts';
import { createRedactor } from '../traces/redact.ts';
import { type Bot, parseAddress, WORK } from './bot.ts';
import { refreshDashboard } from './dashboard.ts';
import { handle } from './handle.ts';
import { reportEnd, reportStart } from './report.ts';
import { reviewPullRequest } from './review.ts';
import { startTicking, tickOptions } from './tick.ts';

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
const STEP_ATTEMPTS = 10;

/** Opens the engine for a Probot app and takes up what an earlier process left. */
export async function startBot(probot: Probot, options: ServerOptions): Promise<BotServer> {
  const redactor = createRedactor({ env: options.env });
  const redact = async (text: string) => (await redactor.redact(text)).text;
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
          budgetWrites(client, createWriteBudget());
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
    {
      [WORK.event]: async (input, durable) => {
        const done = await handle(bot, input, durable);
        bot.log(done);
        return done;
      },
      [WORK.campaign]: (input, durable) =>
        campaignOnGitHub(bot, options.env, CampaignInput.parse(input), durable),
      [WORK.review]: (input, durable) => reviewPullRequest(bot, options.env, input, durable),
      [WORK.cancellation]: async (input) => input,
    },
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

async function campaignOnGitHub(
  bot: Bot,
  env: NodeJS.ProcessEnv,
  input: CampaignInput,
  durable: Durable,
): Promise<unknown> {
  const where = parseAddress(input.repository);
  const { owner, repo, installation } = where;
  const place = { octokit: await bot.client(installation), owner, repo };
  await durable.step('report the start', () => reportStart(bot, place, input).then(() => null));
  await durable.step('show the start', () => refreshDashboard(bot, where));
  const record = await runCampaign(input, durable, {
    openForge: async () => openGitHubForge(place),
    openModel: (config, before) => modelFor(config, env, { redact: bot.redact, before }),
    redact: bot.redact,
    now: bot.now,
    report: () => {},
    isCancelled: async (id) => (await bot.engine().find(WORK.cancellation, id)) !== null,
    lookMs: 0,
    pauseMs: Number(env.SELF_HARNESS_POLL_SECONDS ?? 30) * 1000,
  });
  await durable.step('report the end', () => reportEnd(bot, place, input, record).then(() => null));
  await durable.step('show the end', () =>
    refreshDashboard(bot, where, { ended: input.id, idle: endedUnwritten(record) }),
  );
  return record;
}

/**
 * How a campaign ended of which the ledger has no line, since not one trial was read; null for every other. Without
 * its name: the same failure day after day is one reason, remembered once.
 */
function endedUnwritten({ ending, spent }: CampaignRecord): string | null {
  if (spent.agent.trials > 0) return null;
  return `The campaign ended as ${ending.kind.replaceAll('_', ' ')}: ${ending.reason}`;
}
