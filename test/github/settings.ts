/** Everything about the stand-in that a test may tune, with defaults near GitHub's own numbers. */

export interface Delays {
  /** Between a change and the delivery of its webhook, in ms. */
  webhook: number;
  /** A run's time in the queue, in ms. */
  queue: number;
  /** Between a run's start and its first step, in ms. */
  start: number;
}

export interface Limits {
  /** Requests an hour and installation or user. */
  perHour: number;
  /** Content-creating requests a minute and an hour. */
  contentPerMinute: number;
  contentPerHour: number;
  /** Points a minute: a read costs 1, a write 5. */
  pointsPerMinute: number;
  /** Requests under way at once. */
  concurrent: number;
}

/** How the server answers a dispatch: as github.com does, or as GHES before 3.21, which knows no run details. */
type DispatchMode = 'github.com' | 'ghes-3.20';

export interface Settings {
  delays: Delays;
  limits: Limits;
  dispatch: DispatchMode;
  /** Jobs that run at once; the others stay queued. */
  runners: number;
  /** Actions that workflows may use beside the built-in ones: `owner/name` to a directory of this machine. */
  actions: Readonly<Record<string, string>>;
  /** Life of an artifact's download URL, in ms; a minute on GitHub. */
  artifactUrlLifetime: number;
  /** Whether artifacts carry a digest; those of upload-artifact before v4 have none. */
  artifactDigest: boolean;
  /** Life of an installation token, in ms; an hour on GitHub. */
  tokenLifetime: number;
  /** How long a webhook's receiver may take, in ms; 10 s on GitHub. */
  webhookTimeout: number;
  /** Seed of every random choice of the stand-in. */
  seed: number;
}

export const defaults: Settings = {
  delays: { webhook: 5, queue: 10, start: 5 },
  limits: { perHour: 5000, contentPerMinute: 80, contentPerHour: 500, pointsPerMinute: 900, concurrent: 100 },
  dispatch: 'github.com',
  runners: 2,
  actions: {},
  artifactUrlLifetime: 60_000,
  artifactDigest: true,
  tokenLifetime: 3_600_000,
  webhookTimeout: 10_000,
  seed: 1,
};
