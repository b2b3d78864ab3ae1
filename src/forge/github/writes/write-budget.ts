/**
 * The bot's own limit on what it writes. GitHub allows 80 content-creating requests a minute and 500 an hour to one
 * installation and answers more with a secondary limit that grows with every try; Octokit's throttling knows no
 * hourly number. So requests are counted here, and one too many waits instead of failing.
 */
import type { Octokit } from '@octokit/rest';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

export interface WriteLimits {
  readonly perMinute: number;
  readonly perHour: number;
}

/** GitHub's 80 and 500, less a reserve for retries that Octokit makes itself and for writes on their way. */
export const WRITE_LIMITS: WriteLimits = { perMinute: 70, perHour: 450 };

/** The count of one installation. */
export interface WriteBudget {
  /** Resolves when one more write is within the limits, and counts it. Callers of a process are served in order. */
  take(): Promise<void>;
}

/** GitHub counts each installation by itself. */
export interface WriteBudgets {
  /** The same count whenever the same installation is asked for. */
  of(installation: number): WriteBudget;
  close(): Promise<void>;
}

export interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const SYSTEM: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
};

/** Counts the writes of this process. */
export function countWrites(limits: WriteLimits = WRITE_LIMITS, clock: Clock = SYSTEM): WriteBudgets {
  return eachByItself(() => {
    let taken: number[] = [];
    return async () => {
      for (;;) {
        const now = clock.now();
        taken = taken.filter((at) => at > now - HOUR_MS);
        const wait = waitFor(taken, limits, now);
        if (wait <= 0) break;
        await clock.sleep(wait);
      }
      taken.push(clock.now());
    };
  });
}

/**
 * One budget an installation.
 * @param counter makes what resolves when one more write of an installation fits, and counts it
 */
export function eachByItself(
  counter: (installation: number) => () => Promise<void>,
  close: () => Promise<void> = async () => {},
): WriteBudgets {
  const budgets = new Map<number, WriteBudget>();
  return {
    of(installation) {
      const budget = budgets.get(installation) ?? inOrder(counter(installation));
      budgets.set(installation, budget);
      return budget;
    },
    close,
  };
}

function inOrder(grant: () => Promise<void>): WriteBudget {
  let last: Promise<void> = Promise.resolve();
  return {
    take() {
      const granted = last.then(grant);
      last = granted.catch(() => {});
      return granted;
    },
  };
}

/** How long (ms) until one more write is within both windows. `taken` are the moments of writes, oldest first. */
function waitFor(taken: readonly number[], limits: WriteLimits, now: number): number {
  const until = (window: number, limit: number) => {
    // The write that must have left the window before another fits.
    const blocking = taken[taken.length - limit];
    return blocking === undefined ? 0 : blocking + window - now;
  };
  return Math.max(until(MINUTE_MS, limits.perMinute), until(HOUR_MS, limits.perHour));
}

/** Counts the writes of a client, and makes them wait where one too many would be asked for. */
export function budgetWrites(octokit: Pick<Octokit, 'hook'>, budget: WriteBudget): void {
  octokit.hook.before('request', async (options) => {
    if (isWrite(options.method, options.url, options.query)) await budget.take();
  });
}

/** Whether a request may create content: every change counts, since GitHub does not say which it counts. */
export function isWrite(method: string, url: string, query: unknown): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  if (url.endsWith('/graphql')) return typeof query === 'string' && /^\s*mutation\b/.test(query);
  return !url.endsWith('/access_tokens');
}
