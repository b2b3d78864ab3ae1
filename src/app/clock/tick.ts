/**
 * What the bot does by the clock: schedules every tick, a survey and a reconciliation from time to time.
 */
import type { Octokit } from '@octokit/rest';
import type { Bot } from '../bot.ts';
import { refreshDashboard } from '../dashboard/dashboard.ts';
import { reconcile } from './reconcile.ts';
import { remindSilent } from './remind.ts';
import { startDue } from './schedule.ts';
import { type SurveyedRepository, survey } from './survey.ts';

export interface TickOptions {
  /** Between two looks at the schedules (ms). */
  readonly everyMs: number;
  /** Between two surveys, each followed by a reconciliation (ms). */
  readonly reconcileMs: number;
  /** How long a run that ended may wait for its webhook (ms). */
  readonly graceMs: number;
}

/** A minute is the grain of cron; ten keep the requests of a survey few. */
const TICK_SECONDS = 60;
const RECONCILE_SECONDS = 600;

/** From `SELF_HARNESS_TICK_SECONDS` and `SELF_HARNESS_RECONCILE_SECONDS`. */
export function tickOptions(env: NodeJS.ProcessEnv): TickOptions {
  const seconds = (name: string, fallback: number) => {
    const value = Number(env[name] ?? fallback);
    return (Number.isFinite(value) && value > 0 ? value : fallback) * 1000;
  };
  const reconcileMs = seconds('SELF_HARNESS_RECONCILE_SECONDS', RECONCILE_SECONDS);
  return {
    everyMs: seconds('SELF_HARNESS_TICK_SECONDS', TICK_SECONDS),
    reconcileMs,
    graceMs: Math.min(2 * 60_000, reconcileMs),
  };
}

export interface Ticker {
  /** Does one round now; a round that is under way is waited for instead. */
  tick(): Promise<void>;
  stop(): void;
}

/** A pull request of the bot that nobody answers is brought to mind, once, and what the dashboard missed is mended. */
async function lookAfter(bot: Bot, repositories: readonly SurveyedRepository[]): Promise<void> {
  for (const { installation, owner, repo, config } of repositories) {
    if (config === null) continue;
    if (config.pull_request.dashboard) await refreshDashboard(bot, { installation, owner, repo });
    try {
      await remindSilent(bot, { installation, owner, repo });
    } catch (error) {
      bot.log(`${owner}/${repo} was not reminded: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** Ticks at once and then every `everyMs`. A round that fails is logged, and the next one tries again. */
export function startTicking(bot: Bot, app: () => Promise<Octokit>, options: TickOptions): Ticker {
  let repositories: readonly SurveyedRepository[] = [];
  let surveyed: Date | null = null;
  /** When the last look began that saw all deliveries. */
  let lastLook: Date | null = null;
  let round: Promise<void> | null = null;

  const look = async (began: Date) => {
    const client = await app();
    repositories = await survey(bot, client);
    surveyed = began;
    const found = await reconcile(bot, client, repositories, lastLook, options.graceMs);
    if (found.complete) lastLook = began;
    await lookAfter(bot, repositories);
    if (found.deliveries + found.runs > 0) {
      bot.log(`Found again: ${found.deliveries} lost deliveries, ${found.runs} eval runs that ended unseen.`);
    }
  };
  const once = async () => {
    const began = bot.now();
    const isDue = surveyed === null || began.getTime() - surveyed.getTime() >= options.reconcileMs;
    // What cannot be looked at now keeps no schedule waiting.
    if (isDue) await look(began).catch(failed);
    await startDue(bot, repositories);
  };
  const failed = (error: unknown) =>
    bot.log(`A round of the clock failed: ${error instanceof Error ? error.message : error}`);
  const tick = () => {
    round ??= once()
      .catch(failed)
      .finally(() => {
        round = null;
      });
    return round;
  };
  const timer = setInterval(() => void tick(), options.everyMs);
  timer.unref();
  void tick();
  return { tick, stop: () => clearInterval(timer) };
}
