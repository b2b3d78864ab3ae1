/** Builders: cells and trials said in few words. */
import type { Trial } from '../../src/traces/trial.ts';
import { UNKNOWN_TOKENS } from '../../src/traces/trial.ts';
import type { Cell } from '../../src/validation/cell.ts';

/** One cell; a pass unless told otherwise. */
export function cell(over: Partial<Cell> = {}): Cell {
  const outcome = over.outcome ?? 'pass';
  const valid = outcome === 'pass' || outcome === 'fail';
  const base = { arm: 'c1', task: 'a', attempt: 1, outcome, tokens: null, costUsd: null, durationMs: null };
  const score = valid ? (outcome === 'pass' ? 1 : 0) : null;
  const named = { ...base, score, message: null, ...over };
  return { ...named, trial: over.trial ?? `${named.arm}/${named.task}/${named.attempt}` };
}

const LETTERS: Record<string, Cell['outcome']> = { P: 'pass', F: 'fail', i: 'invalid', s: 'skipped' };

/** Cells of an arm from a word a task: P pass, F fail, i invalid, s skipped, '-' no cell; the n-th letter is attempt n. */
export function arm(name: string, tasks: Record<string, string>): Cell[] {
  return Object.entries(tasks).flatMap(([task, word]) =>
    [...word].flatMap((letter, index) => {
      const outcome = LETTERS[letter];
      return outcome === undefined ? [] : [cell({ arm: name, task, attempt: index + 1, outcome })];
    }),
  );
}

/** The same word for `count` tasks t00, t01, … */
export function tasksOf(count: number, word: string, prefix = 't'): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${prefix}${String(i).padStart(2, '0')}`, word]),
  );
}

/** One trial of task 'a' that passed, unless told otherwise. */
export function trial(over: Partial<Trial> = {}): Trial {
  return {
    id: 'trial-1',
    run: null,
    task: 'a',
    taskVersion: null,
    attempt: 1,
    outcome: 'pass',
    reason: null,
    fault: null,
    score: null,
    verifier: null,
    agent: 'agent',
    model: 'model',
    startedAt: null,
    finishedAt: null,
    phases: [],
    tokens: UNKNOWN_TOKENS,
    costUsd: null,
    cached: false,
    instruction: null,
    stop: 'finished',
    steps: [],
    source: { path: 'trials.jsonl', format: 'native' },
    ...over,
  };
}

/** Trials from a word a task, with ids of their own. */
export function trials(set: string, tasks: Record<string, string>, over: Partial<Trial> = {}): Trial[] {
  return arm(set, tasks).map(({ task, attempt, outcome, trial: id }) =>
    trial({ id, task, attempt, outcome, ...over }),
  );
}
