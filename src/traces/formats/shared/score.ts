/**
 * Scores that observability tools hang on a trace. Most measure something (toxicity, length); few are a
 * verdict on the task. Only those make an outcome.
 */
import type { Trial } from '../../trial.ts';
import { unlabelled } from '../format.ts';

export interface Score {
  readonly name: string;
  readonly value: number | string | boolean | null;
  readonly comment: string | null;
}

/** Names of scores that say whether the task was done; anything else is a measurement. */
const VERDICT_NAME =
  /(?:^|[\s._/:-])(?:pass(?:ed)?|success(?:ful)?|correct(?:ness)?|resolved|solved|reward|(?:task|goal)[\s_-]?(?:success|completion|completed)|exact[\s_-]?match|accuracy|verdict|outcome)$/i;

const GOOD = /^(?:pass(?:ed)?|true|yes|correct|success(?:ful)?|resolved|solved)$/i;
const BAD = /^(?:fail(?:ed|ure)?|false|no|incorrect|wrong|unresolved|unsolved)$/i;

/**
 * The outcome that scores give: every verdict among them must be good. Without one the trace is unlabelled;
 * its measurements stay readable as the verifier's message.
 */
export function outcomeOf(
  scores: readonly Score[],
  passThreshold: number,
): Pick<Trial, 'outcome' | 'reason' | 'fault' | 'score' | 'verifier'> {
  const message = scores.length === 0 ? null : scores.map(({ name, value }) => `${name} ${value}`).join(', ');
  const judged = scores.flatMap((score) => {
    const good = isGood(score, passThreshold);
    return good === null ? [] : [{ ...score, good }];
  });
  if (judged.length === 0) {
    return { ...unlabelled, verifier: message === null ? null : { message, tests: [] } };
  }
  const bad = judged.filter(({ good }) => !good);
  const numbers = judged.flatMap(({ value }) => (typeof value === 'number' ? [value] : []));
  return {
    ...(bad.length === 0
      ? { outcome: 'pass', reason: null, fault: null }
      : {
          outcome: 'fail',
          reason: bad.map(({ name, value }) => `${name} ${value}`).join(', '),
          fault: 'agent',
        }),
    score: numbers.length > 0 ? Math.min(...numbers) : null,
    verifier: {
      message,
      tests: judged.map(({ name, good, comment }) => ({
        name,
        status: good ? 'pass' : 'fail',
        message: comment,
      })),
    },
  };
}

/** Whether a score is a good verdict, a bad one, or (null) none. */
function isGood({ name, value }: Score, passThreshold: number): boolean | null {
  if (!VERDICT_NAME.test(name) || value === null) return null;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value >= passThreshold;
  if (GOOD.test(value.trim())) return true;
  return BAD.test(value.trim()) ? false : null;
}
