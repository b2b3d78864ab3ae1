/**
 * One sample of an Inspect log as a trial.
 */
import { z } from 'zod';
import {
  makeTrial,
  type Stop,
  type Tokens,
  type Trial,
  UNKNOWN_TOKENS,
  type VerifierDetail,
} from '../../trial.ts';
import * as lenient from '../shared/lenient.ts';
import { contentText } from '../shared/message.ts';
import { add, addTokens } from '../shared/tokens.ts';
import { inspectSteps } from './inspect-steps.ts';

export const INSPECT = 'inspect';

/** What all samples of a log share: `header.json`, `_journal/start.json`, or the root of a `.json` log. */
export const LogHeader = z.object({
  status: lenient.text,
  eval: z.object({
    eval_id: lenient.text,
    run_id: lenient.text,
    created: lenient.text,
    task: z.string(),
    task_version: lenient.id,
    model: lenient.text,
    solver: lenient.text,
    dataset: z.object({ samples: lenient.amount }).nullable().catch(null),
    config: z.object({ epochs: lenient.amount }).nullable().catch(null),
  }),
  results: z
    .object({ scores: z.array(z.object({ name: lenient.text, scorer: lenient.text })).catch([]) })
    .nullable()
    .catch(null),
  error: z.object({ message: lenient.text }).nullable().catch(null),
});
export type LogHeader = z.infer<typeof LogHeader>;

const Score = z.object({ value: lenient.anything, explanation: lenient.text });

/** A sample, whole or as `summaries.json` sums it up (there an error is only its message). */
export const Sample = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  epoch: z.number().int().positive().catch(1),
  uuid: lenient.text,
  input: lenient.anything,
  messages: lenient.list,
  events: lenient.list,
  events_data: lenient.object,
  message_pool: lenient.list,
  attachments: z.record(z.string(), z.string()).catch({}),
  scores: z.record(z.string(), Score).nullable().catch(null),
  error: z
    .union([z.string().transform((message) => ({ message })), z.object({ message: z.string() })])
    .nullable()
    .catch(null),
  limit: z
    .union([z.string().transform((type) => ({ type })), z.object({ type: z.string() })])
    .nullable()
    .catch(null),
  invalidation: z.object({ reason: lenient.text }).nullable().catch(null),
  model_usage: lenient.object,
  started_at: lenient.text,
  completed_at: lenient.text,
});
export type Sample = z.infer<typeof Sample>;

export interface SampleOptions {
  readonly path: string;
  readonly passThreshold: number;
  readonly skipSteps: boolean;
}

/** The trial of a sample. Its task is the log's task and the sample's id, its attempt the epoch. */
export function inspectTrial(sample: Sample, header: LogHeader, options: SampleOptions): Trial {
  const { eval: about } = header;
  const log = about.eval_id ?? `${about.run_id ?? ''}/${about.created ?? ''}/${about.task}`;
  const verdict = verdictOf(sample, header, options.passThreshold);
  return makeTrial({
    // A retried evaluation copies the samples that were done: their uuid stays.
    id: `${INSPECT}:${sample.uuid ?? `${log}/${sample.id}/${sample.epoch}`}`,
    run: about.run_id ?? about.eval_id,
    task: `${about.task}/${sample.id}`,
    taskVersion: about.task_version,
    attempt: sample.epoch,
    ...verdict,
    verifier: verifierOf(sample, header, options.passThreshold),
    agent: about.solver,
    model: about.model,
    startedAt: lenient.instant(sample.started_at),
    finishedAt: lenient.instant(sample.completed_at),
    ...spentOf(sample, about.model),
    instruction: instructionOf(sample),
    stop: stopOf(sample),
    steps: options.skipSteps ? [] : inspectSteps(sample),
    source: { path: options.path, format: INSPECT },
  });
}

/** A hit limit is no error: such a sample is scored like any other. */
function verdictOf(
  sample: Sample,
  header: LogHeader,
  passThreshold: number,
): Pick<Trial, 'outcome' | 'reason' | 'fault' | 'score'> {
  if (sample.invalidation !== null) {
    return invalid(`invalidated: ${sample.invalidation.reason ?? 'no reason given'}`, 'unknown');
  }
  if (sample.error !== null)
    return invalid(lenient.firstLine(sample.error.message), faultOf(sample.error.message));
  const chosen = chosenScore(sample, header);
  if (chosen === null) {
    const cut = header.status === 'cancelled' || header.status === 'error' || header.status === null;
    return cut
      ? invalid('the run ended before it was scored', 'environment')
      : invalid('not scored', 'unknown');
  }
  const score = scoreValue(chosen.score.value);
  if (score === null) return invalid(`${chosen.name} gave no number`, 'verifier');
  if (score >= passThreshold) return { outcome: 'pass', reason: null, fault: null, score };
  const limit = sample.limit === null ? '' : `, ${sample.limit.type} limit`;
  return {
    outcome: 'fail',
    reason: `${chosen.name} ${asWord(chosen.score.value)}${limit}`,
    fault: 'agent',
    score,
  };
}

function invalid(
  reason: string,
  fault: Trial['fault'],
): Pick<Trial, 'outcome' | 'reason' | 'fault' | 'score'> {
  return { outcome: 'invalid', reason, fault, score: null };
}

/** A sample's error is an exception of the solver, the model's API or the sandbox. Only some tell which. */
function faultOf(message: string): Trial['fault'] {
  const machine =
    /\b(?:API\w*Error|RateLimit\w*|Connect\w*Error|ConnectionReset\w*|Timeout\w*|ServiceUnavailable\w*|InternalServerError|Overloaded\w*|Authentication\w*|PrerequisiteError|sandbox|docker|cancelled|CancelledError)\b/i;
  return machine.test(message) ? 'environment' : 'unknown';
}

interface Chosen {
  readonly name: string;
  readonly score: z.infer<typeof Score>;
}

/** Of several scorers the one that the log lists first decides; without a list, the sample's first. */
function chosenScore({ scores }: Sample, { results }: LogHeader): Chosen | null {
  if (scores === null) return null;
  const listed = (results?.scores ?? []).flatMap(({ scorer, name }) => [scorer, name]);
  for (const name of [...listed, ...Object.keys(scores)]) {
    const score = name === null ? undefined : scores[name];
    if (name !== null && score !== undefined) return { name, score };
  }
  return null;
}

const WORDS: Readonly<{ [word: string]: number }> = {
  C: 1,
  P: 0.5,
  I: 0,
  N: 0,
  yes: 1,
  true: 1,
  no: 0,
  false: 0,
};

/**
 * A score's value as a number, as Inspect's own `value_to_float` reads it. Of a list or a dict the first
 * number counts. Null where there is none (`NaN` marks a sample as unscored).
 */
function scoreValue(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') {
    const word = WORDS[value] ?? WORDS[value.toLowerCase()];
    if (word !== undefined) return word;
    return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : null;
  }
  const inner = Array.isArray(value) ? value : lenient.isObject(value) ? Object.values(value) : [];
  for (const part of inner) {
    const number = Array.isArray(part) || lenient.isObject(part) ? null : scoreValue(part);
    if (number !== null) return number;
  }
  return null;
}

function asWord(value: unknown): string {
  return lenient.firstLine(lenient.asText(value), 40);
}

/** The chosen scorer's explanation, and every scorer as a test where there are several. */
function verifierOf(sample: Sample, header: LogHeader, passThreshold: number): VerifierDetail | null {
  const chosen = chosenScore(sample, header);
  if (chosen === null) return null;
  const scores = Object.entries(sample.scores ?? {});
  const tests = scores.map(([name, score]) => {
    const number = scoreValue(score.value);
    const status = number === null ? 'skipped' : number >= passThreshold ? 'pass' : 'fail';
    return { name, status: status as VerifierDetail['tests'][number]['status'], message: score.explanation };
  });
  return { message: chosen.score.explanation, tests: tests.length > 1 ? tests : [] };
}

/** Inspect counts input without what a cache served. The grader's tokens are kept apart by its model. */
function spentOf({ model_usage: usage }: Sample, model: string | null): Pick<Trial, 'tokens' | 'costUsd'> {
  const own = model === null ? undefined : usage[model];
  const counted = own === undefined ? Object.values(usage) : [own];
  let tokens: Tokens = UNKNOWN_TOKENS;
  let costUsd: number | null = null;
  for (const value of counted) {
    const one = lenient.object.parse(value);
    tokens = addTokens(tokens, {
      input: lenient.amount.parse(one.input_tokens),
      cacheRead: lenient.amount.parse(one.input_tokens_cache_read),
      cacheWrite: lenient.amount.parse(one.input_tokens_cache_write),
      output: lenient.amount.parse(one.output_tokens),
    });
    costUsd = add(costUsd, lenient.amount.parse(one.total_cost));
  }
  return { tokens, costUsd };
}

function instructionOf({ input }: Sample): string | null {
  if (typeof input === 'string') return input;
  const asked = lenient.list.parse(input).filter(lenient.isObject);
  const last = asked.findLast(({ role }) => role === 'user') ?? asked.at(-1);
  return last === undefined ? null : contentText(last.content);
}

const LIMITS: Readonly<{ [type: string]: Stop }> = {
  context: 'context_limit',
  time: 'timeout',
  working: 'timeout',
  message: 'step_limit',
  turn: 'step_limit',
  token: 'token_limit',
  cost: 'cost_limit',
  operator: 'cancelled',
};

function stopOf({ limit, error }: Sample): Stop {
  if (limit !== null) return LIMITS[limit.type] ?? 'unknown';
  return error === null ? 'finished' : 'error';
}
