/**
 * One run of durable work: its steps remembered, its waits over. A run is taken up again and again, and what it has
 * behind it comes from the database each time.
 *
 * The database holds at most a thousand attempts of steps a run, and refuses the next: a campaign of long evaluations
 * waits more often than that. So a wait that is over is not counted, and a look that found nothing leaves nothing.
 */
import { ForgeError } from '../../forge/forge.ts';
import type { Durable } from '../context.ts';

/** An attempt of a step, as far as the database's is looked at. */
interface Attempt {
  readonly workflowRunId: string;
  readonly stepName: string;
  readonly kind: string;
  readonly status: string;
}

/** What a run had behind it when it was taken up. */
export interface Past {
  /** Steps whose outcome is remembered. */
  readonly done: Set<string>;
  /** How often a step has failed. */
  readonly failures: Map<string, number>;
  /** Waits that are over, and those that are not. */
  readonly waited: Set<string>;
  readonly waiting: Set<string>;
}

export function emptyPast(): Past {
  return { done: new Set(), failures: new Map(), waited: new Set(), waiting: new Set() };
}

/** Notes an attempt. Returns whether the engine must hear of it: of a wait that is over it need not. */
export function note(past: Past, { stepName, kind, status }: Attempt): boolean {
  const isWait = kind === 'signal-wait';
  if (status === 'running') {
    if (isWait) past.waiting.add(stepName);
  } else if (status === 'failed') past.failures.set(stepName, (past.failures.get(stepName) ?? 0) + 1);
  else if (isWait) past.waited.add(stepName);
  else past.done.add(stepName);
  return !(isWait && past.waited.has(stepName));
}

/** A step failed in an expected way that trying again cannot mend. Carries the host's words. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
}

/** What the engine gives a run; openworkflow's own, as far as it is used. */
interface Steps {
  run<T>(
    config: { name: string; retryPolicy: { maximumAttempts: number; maximumInterval: '5m' } },
    effect: () => Promise<T>,
  ): Promise<T>;
  waitForSignal(options: { name: string; signal: string; timeout: number }): Promise<unknown>;
}

export interface DurableOptions {
  readonly steps: Steps;
  readonly past: Past;
  /** Of the work: what wakes it. */
  readonly id: string;
  /** Attempts of a step that throws something unexpected. */
  readonly attempts: number;
  /** Hears of every step that failed and will be tried again. */
  readonly failed: (step: string, message: string) => void;
}

/** Longest pause between two looks (ms). */
const LONGEST_PAUSE_MS = 10 * 60_000;
const PAUSE_GROWTH = 1.5;

export function durableOf({ steps, past, id, attempts, failed }: DurableOptions): Durable {
  const step: Durable['step'] = async (name, effect) => {
    const isLast = (past.failures.get(name) ?? 0) + 1 >= attempts;
    const outcome = await steps.run(
      // The last attempt answers instead of failing, so that the work can say what became of it.
      { name, retryPolicy: { maximumAttempts: attempts, maximumInterval: '5m' } },
      () => settle(effect, isLast ? attempts : null, (message) => failed(name, message)),
    );
    if (!outcome.ok) throw new StepFailure(outcome.message);
    return outcome.value;
  };
  const poll: Durable['poll'] = async (name, pauseMs, look) => {
    if (past.done.has(name)) return step(name, () => Promise.reject(new Error('remembered')));
    for (let turn = 1; ; turn++) {
      const wait = `${name} #${turn}`;
      if (past.waited.has(wait)) continue;
      if (!past.waiting.has(wait)) {
        const found = await look().catch((error) => step(name, () => Promise.reject(error)));
        if (found !== null) return step(name, async () => found);
      }
      const timeout = Math.min(pauseMs * PAUSE_GROWTH ** (turn - 1), LONGEST_PAUSE_MS);
      await steps.waitForSignal({ name: wait, signal: id, timeout });
    }
  };
  return { step, poll };
}

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/**
 * A failure the host told us about is an answer, not a reason to try again; so is one that stayed.
 * @param triedOften how often it was tried where this is the last time, else null
 */
async function settle<T>(
  effect: () => Promise<T>,
  triedOften: number | null,
  failed: (message: string) => void,
): Promise<Settled<T>> {
  try {
    return { ok: true, value: await effect() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ForgeError && !error.passing) return { ok: false, message };
    if (triedOften !== null) return { ok: false, message: `${message} (tried ${triedOften} times)` };
    failed(message);
    throw error;
  }
}
