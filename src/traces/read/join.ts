/**
 * Brings together what different files say of one trial: a verdict here, a trajectory there.
 */
import type { Tokens, Trial } from '../trial.ts';

/** What a trajectory knows of its trial. */
export type Trajectory = Pick<
  Trial,
  'agent' | 'model' | 'startedAt' | 'finishedAt' | 'tokens' | 'costUsd' | 'instruction' | 'steps'
> &
  Partial<Pick<Trial, 'phases' | 'stop'>>;

/** The verdict's trial with the trajectory's steps, and with whatever only the trajectory knows. */
export function mergeTrajectory(verdict: Trial, trajectory: Trajectory): Trial {
  return {
    ...verdict,
    agent: verdict.agent ?? trajectory.agent,
    model: verdict.model ?? trajectory.model,
    startedAt: verdict.startedAt ?? trajectory.startedAt,
    finishedAt: verdict.finishedAt ?? trajectory.finishedAt,
    phases: verdict.phases.length > 0 ? verdict.phases : (trajectory.phases ?? []),
    tokens: mergeTokens(verdict.tokens, trajectory.tokens),
    costUsd: verdict.costUsd ?? trajectory.costUsd,
    instruction: verdict.instruction ?? trajectory.instruction,
    stop: verdict.stop === 'unknown' ? (trajectory.stop ?? 'unknown') : verdict.stop,
    steps: trajectory.steps,
  };
}

/** One side's counts, never a mixture: two counters of one run need not agree on what they count. */
function mergeTokens(first: Tokens, second: Tokens): Tokens {
  return first.input === null && first.output === null ? second : first;
}

/** A verdict without steps, and the source it was read from. */
interface Held {
  readonly verdict: Trial;
  readonly place: string;
}

/** Verdicts that wait for their trajectory. */
export interface Verdicts {
  hold(held: Held): void;
  /** Takes out the verdict for a trajectory of the same task and attempt, or undefined. */
  take(trajectory: Trial): Trial | undefined;
  /** Verdicts that nobody took, in the order in which they came. */
  rest(): Iterable<Held>;
}

export function verdicts(): Verdicts {
  const waiting = new Map<string, Trial[]>();
  const held = new Map<string, Held>();

  function drop(verdict: Trial): void {
    const others = waiting.get(cellOf(verdict)) ?? [];
    const at = others.indexOf(verdict);
    if (at >= 0) others.splice(at, 1);
  }

  return {
    hold(added) {
      const { verdict } = added;
      const before = held.get(verdict.id);
      if (before !== undefined && known(before.verdict) >= known(verdict)) return;
      held.set(verdict.id, added);
      if (before !== undefined) drop(before.verdict);
      const key = cellOf(verdict);
      const others = waiting.get(key);
      if (others === undefined) waiting.set(key, [verdict]);
      else others.push(verdict);
    },
    take(trajectory) {
      const chosen = closest(waiting.get(cellOf(trajectory)) ?? [], trajectory);
      if (chosen === undefined) return undefined;
      drop(chosen);
      held.delete(chosen.id);
      return chosen;
    },
    rest: () => held.values(),
  };
}

/** How much a verdict tells: of two with one id, the fuller one is kept (a result beside its job's statistics). */
function known(trial: Trial): number {
  return Object.values(trial).filter((value) => value !== null && value !== 'unknown').length;
}

function cellOf(trial: Trial): string {
  return JSON.stringify([trial.task, trial.attempt]);
}

/**
 * The verdict that fits a trajectory best: none that contradicts it in run or model, then the one that
 * agrees in most, then the one that lies nearest to it. A tie is no answer: a wrong verdict is worse than
 * none.
 */
function closest(candidates: readonly Trial[], trajectory: Trial): Trial | undefined {
  const fitting = candidates.filter((verdict) => !contradicts(verdict, trajectory));
  if (fitting.length <= 1) return fitting[0];
  const ranked = fitting
    .map((verdict) => ({ verdict, rank: rankOf(verdict, trajectory) }))
    .sort((a, b) => b.rank - a.rank);
  const [best, second] = ranked;
  return best !== undefined && second !== undefined && best.rank > second.rank ? best.verdict : undefined;
}

function contradicts(a: Trial, b: Trial): boolean {
  return differ(a.run, b.run) || (differ(a.model, b.model) && differ(a.agent, b.agent));
}

function differ(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && a !== b;
}

function rankOf(verdict: Trial, trajectory: Trial): number {
  const agreements = (['run', 'model', 'agent'] as const).filter(
    (key) => verdict[key] !== null && verdict[key] === trajectory[key],
  ).length;
  return agreements * 1000 + sharedFolders(verdict.source.path, trajectory.source.path);
}

function sharedFolders(a: string, b: string): number {
  const others = b.split('/');
  const first = a.split('/').findIndex((part, i) => part !== others[i]);
  return first < 0 ? others.length : first;
}
