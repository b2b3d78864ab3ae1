/**
 * The numbers behind `analyze`: what was read, how often it passed of what, why trials are invalid, which
 * tasks nobody solves, and how much two equal runs differ by chance.
 *
 * Trials are added one at a time and not kept, so a summary of any number of trials stays small.
 */
import type { Fault, Outcome, Trial } from '../trial.ts';

/** A pass rate with its denominator. */
export interface Rate {
  readonly pass: number;
  readonly of: number;
  /** pass / of, 0..1; null where there is nothing to divide by. */
  readonly rate: number | null;
}

export interface InvalidGroup {
  /** The reason, with what differs from trial to trial (numbers, ids) as `#`. */
  readonly reason: string;
  readonly fault: Fault;
  readonly trials: number;
}

/** A task that was tried at least twice and that no one solved. */
export interface UnsolvedTask {
  readonly task: string;
  readonly trials: number;
  /** How many agents and models tried. */
  readonly agents: number;
  /** The verifier's message where it is the same every time: then the verifier is a suspect. */
  readonly message: string | null;
}

/** How much equal runs differ: over tasks that one agent and model tried more than once, with verdicts. */
export interface Noise {
  /** Tasks (of one agent and model) with at least two verdicts. */
  readonly repeated: number;
  /** Those among them that both passed and failed. */
  readonly mixed: number;
  /**
   * Chance that two attempts of a task disagree, 0..1: the mean over tasks of 2k(n−k)/(n(n−1)) for k passes
   * of n, which is unbiased.
   */
  readonly disagreement: number;
  /**
   * Standard deviation, from chance alone, of the pass rate of one pass over these tasks: the root of the
   * mean of the tasks' unbiased variances k(n−k)/(n(n−1)), divided by the root of the number of tasks.
   */
  readonly runDeviation: number;
}

export interface Summary {
  readonly trials: number;
  readonly tasks: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Copies of other results: counted above, left out of the rates and of the noise. */
  readonly cached: number;
  readonly passRate: {
    /** Of trials with a verdict (pass or fail): the agent's rate. */
    readonly ofVerdicts: Rate;
    /** Of all trials but skipped ones: what a user of the whole system sees. */
    readonly ofAll: Rate;
  };
  readonly invalid: readonly InvalidGroup[];
  readonly unsolved: readonly UnsolvedTask[];
  /** null where nothing was repeated. */
  readonly noise: Noise | null;
  /** USD over trials that name a cost, and how many do. */
  readonly cost: { readonly usd: number; readonly trials: number };
}

export interface Summing {
  add(trial: Trial): void;
  summary(): Summary;
}

interface TaskTally {
  verdicts: number;
  passes: number;
  readonly agents: Map<string, { passes: number; verdicts: number }>;
  /** What all its failures said, particulars taken out, as `same`; undefined before the first, null once they differ. */
  same: string | null | undefined;
  /** One of those messages as it stood. */
  message: string | null;
}

/**
 * A summary that grows trial by trial. `redact` takes secrets out of reasons and messages before they are
 * cut short and their numbers blanked: afterwards no rule would recognise what is left of a secret.
 */
export function startSummary(redact: (text: string) => string): Summing {
  const outcomes: Record<Outcome, number> = { pass: 0, fail: 0, invalid: 0, skipped: 0 };
  const tasks = new Map<string, TaskTally>();
  const invalid = new Map<string, { reason: string; fault: Fault; trials: number }>();
  let cached = 0;
  const fresh = { pass: 0, fail: 0, invalid: 0, skipped: 0 };
  const cost = { usd: 0, trials: 0 };

  function add(trial: Trial): void {
    outcomes[trial.outcome]++;
    const tally = tasks.get(trial.task) ?? {
      verdicts: 0,
      passes: 0,
      agents: new Map(),
      same: undefined,
      message: null,
    };
    tasks.set(trial.task, tally);
    if (trial.costUsd !== null) {
      cost.usd += trial.costUsd;
      cost.trials++;
    }
    if (trial.outcome === 'invalid') {
      const fault = trial.fault ?? 'unknown';
      const reason = withoutParticulars(redact(trial.reason ?? 'no reason given'));
      const key = `${fault}\0${reason}`;
      const group = invalid.get(key) ?? { reason, fault, trials: 0 };
      invalid.set(key, { ...group, trials: group.trials + 1 });
    }
    if (trial.cached) {
      cached++;
      return;
    }
    fresh[trial.outcome]++;
    if (trial.outcome === 'pass' || trial.outcome === 'fail') addVerdict(tally, trial, redact);
  }

  return {
    add,
    summary: () => ({
      trials: outcomes.pass + outcomes.fail + outcomes.invalid + outcomes.skipped,
      tasks: tasks.size,
      outcomes: { ...outcomes },
      cached,
      passRate: {
        ofVerdicts: rate(fresh.pass, fresh.pass + fresh.fail),
        ofAll: rate(fresh.pass, fresh.pass + fresh.fail + fresh.invalid),
      },
      invalid: [...invalid.values()].toSorted((a, b) => b.trials - a.trials || compare(a.reason, b.reason)),
      unsolved: unsolvedOf(tasks),
      noise: noiseOf(tasks),
      cost: { ...cost },
    }),
  };
}

/** The summary of trials in hand; see `startSummary`. */
export function summarise(trials: Iterable<Trial>, redact: (text: string) => string): Summary {
  const summing = startSummary(redact);
  for (const trial of trials) summing.add(trial);
  return summing.summary();
}

function addVerdict(tally: TaskTally, trial: Trial, redact: (text: string) => string): void {
  const passed = trial.outcome === 'pass';
  const key = `${trial.agent ?? ''}\0${trial.model ?? ''}`;
  const own = tally.agents.get(key) ?? { passes: 0, verdicts: 0 };
  tally.agents.set(key, { passes: own.passes + Number(passed), verdicts: own.verdicts + 1 });
  tally.verdicts++;
  if (passed) tally.passes++;
  else {
    const message = failureMessage(trial, redact);
    const same = message === null ? null : withoutParticulars(message);
    tally.same = tally.same === undefined || tally.same === same ? same : null;
    // Of messages that differ in numbers only, the same one is shown whatever the order of trials.
    if (message !== null && (tally.message === null || message < tally.message)) tally.message = message;
  }
}

/** Verifiers print whole logs; a secret that this cuts in two is cut again, far away from here. */
const MAX_MESSAGE = 20_000;

/** What the verifier said, as far as it can be the same twice: its message and the names of failing tests. */
function failureMessage(trial: Trial, redact: (text: string) => string): string | null {
  const failing =
    trial.verifier?.tests.filter(({ status }) => status === 'fail').map(({ name }) => name) ?? [];
  const message = trial.verifier?.message ?? null;
  if (message === null && failing.length === 0) return null;
  const told = [message, ...failing].filter((part) => part !== null).join('; ');
  return redact(told.slice(0, MAX_MESSAGE)).slice(0, 300);
}

function unsolvedOf(tasks: ReadonlyMap<string, TaskTally>): UnsolvedTask[] {
  return [...tasks]
    .filter(([, { verdicts, passes }]) => verdicts >= 2 && passes === 0)
    .map(([task, { verdicts, agents, same, message }]) => ({
      task,
      trials: verdicts,
      agents: agents.size,
      message: same === null ? null : message,
    }))
    .toSorted((a, b) => b.agents - a.agents || b.trials - a.trials || compare(a.task, b.task));
}

function noiseOf(tasks: ReadonlyMap<string, TaskTally>): Noise | null {
  const repeated = [...tasks.values()]
    .flatMap(({ agents }) => [...agents.values()])
    .filter(({ verdicts }) => verdicts >= 2);
  if (repeated.length === 0) return null;
  const variances = repeated.map(({ passes, verdicts: n }) => (passes * (n - passes)) / (n * (n - 1)));
  const sum = variances.reduce((total, variance) => total + variance, 0);
  return {
    repeated: repeated.length,
    mixed: variances.filter((variance) => variance > 0).length,
    disagreement: (2 * sum) / repeated.length,
    runDeviation: Math.sqrt(sum) / repeated.length,
  };
}

function rate(pass: number, of: number): Rate {
  return { pass, of, rate: of === 0 ? null : pass / of };
}

/** A message with what differs from trial to trial taken out, so that equal causes read equal. */
function withoutParticulars(message: string): string {
  const line = message.trim().replaceAll(/\s+/g, ' ').slice(0, 300);
  return line
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f-]{20,}\b|\b[0-9a-f]{12,}\b/gi, '#')
    .replaceAll(/\d+(?:[.,:]\d+)*/g, '#');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
