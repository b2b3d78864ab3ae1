/**
 * The pause between two writes of one installation. Octokit's throttling keeps github.com's advice: one write at a
 * time, 1 s apart, 3 s where people are notified. A GitHub Enterprise Server has no rate limits unless its
 * administrator switches them on, and there the pause only costs time.
 */
import Bottleneck from 'bottleneck';
import { ProbotOctokit } from 'probot';

const WRITE_INTERVAL = 'SELF_HARNESS_WRITE_INTERVAL_MS';

/**
 * Probot's client with the pause that `SELF_HARNESS_WRITE_INTERVAL_MS` asks for (ms, notifying writes too);
 * Octokit's own pauses where the variable is not set.
 * @throws Error when the value is no number of milliseconds
 */
export function pacedOctokit(env: NodeJS.ProcessEnv): typeof ProbotOctokit {
  const text = env[WRITE_INTERVAL]?.trim() ?? '';
  if (text === '') return ProbotOctokit;
  const interval = Number(text);
  if (!Number.isFinite(interval) || interval < 0) {
    throw new Error(
      `${WRITE_INTERVAL} is “${text}”: give the milliseconds between two writes, or leave it out for the pace of github.com.`,
    );
  }
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
