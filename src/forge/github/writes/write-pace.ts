/**
 * How fast the bot may write, as the operator says it. Without a word it keeps to github.com: Octokit's throttling
 * sends one write at a time, 1 s apart, 3 s where people are notified, and the write budget keeps below GitHub's
 * numbers a minute and an hour. A GitHub Enterprise Server has no rate limits unless its administrator switches
 * them on, and then of its own choice; there this pace only costs time.
 */
import Bottleneck from 'bottleneck';
import { ProbotOctokit } from 'probot';
import { WRITE_LIMITS, type WriteLimits } from './write-budget.ts';

const INTERVAL = 'SELF_HARNESS_WRITE_INTERVAL_MS';
const PER_MINUTE = 'SELF_HARNESS_WRITES_PER_MINUTE';
const PER_HOUR = 'SELF_HARNESS_WRITES_PER_HOUR';

/**
 * Probot's client with the pause that `SELF_HARNESS_WRITE_INTERVAL_MS` asks for (ms, notifying writes too);
 * Octokit's own pauses where the variable is not set.
 * @throws Error when the value is no number of milliseconds
 */
export function pacedOctokit(env: NodeJS.ProcessEnv): typeof ProbotOctokit {
  const interval = numberOf(env, INTERVAL, 0);
  if (interval === null) return ProbotOctokit;
  // As the plugin makes its own, but for the time.
  const group = (id: string) => new Bottleneck.Group({ id, maxConcurrent: 1, minTime: interval });
  const write = group('self-harness-write');
  const notifications = group('self-harness-notifications');
  // A function, because plain defaults would lose to the throttle options that Probot itself brings.
  return ProbotOctokit.defaults((options: ConstructorParameters<typeof ProbotOctokit>[0]) => ({
    ...options,
    throttle: { ...options?.throttle, write, notifications },
  }));
}

/**
 * Writes an installation may make, from `SELF_HARNESS_WRITES_PER_MINUTE` and `SELF_HARNESS_WRITES_PER_HOUR`;
 * a little less than github.com allows where they are not set.
 * @throws Error when a value is no number of writes
 */
export function writeLimits(env: NodeJS.ProcessEnv): WriteLimits {
  return {
    perMinute: numberOf(env, PER_MINUTE, 1) ?? WRITE_LIMITS.perMinute,
    perHour: numberOf(env, PER_HOUR, 1) ?? WRITE_LIMITS.perHour,
  };
}

/** More than any server takes; it keeps what is counted with within a database's integers. */
const MOST = 1_000_000;

/** A whole number from `least` to `MOST`, null where the variable is not set. */
function numberOf(env: NodeJS.ProcessEnv, name: string, least: number): number | null {
  const text = env[name]?.trim() ?? '';
  if (text === '') return null;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && value <= MOST) return value;
  throw new Error(
    `${name} is “${text}”: give a whole number from ${least} to ${MOST}, or leave it out for the pace of github.com.`,
  );
}
