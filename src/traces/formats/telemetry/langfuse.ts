/**
 * Langfuse exports: `{trace, observations}`, a trace of the API with its observations inside, or several of
 * them (an array or JSONL). `input`, `output` and `metadata` are often JSON in strings, sometimes twice over.
 *
 * A trial is a trace; its task is what its metadata names, else the trace itself.
 */
import { z } from 'zod';
import { jsonRecords } from '../../json.ts';
import { peek } from '../../read/peek.ts';
import { makeTrial, type Tokens, type Trial, UNKNOWN_TOKENS } from '../../trial.ts';
import { ALONE, type Format, type ReadOptions } from '../format.ts';
import { type Activity, stepsOfActivities } from '../harbor/activity.ts';
import { attemptOf } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';
import { outcomeOf } from '../shared/score.ts';
import { add, addTokens } from '../shared/tokens.ts';
import { answerText, decoded, messagesOf } from './langfuse-messages.ts';

const FORMAT = 'langfuse';

const Score = z.object({
  name: z.string(),
  value: z.union([z.number(), z.string(), z.boolean()]).nullable().catch(null),
  stringValue: lenient.text,
  dataType: lenient.text,
  comment: lenient.text,
});

const Trace = z.object({
  id: z.string().min(1),
  name: lenient.text,
  sessionId: lenient.text,
  timestamp: lenient.moment,
  release: lenient.text,
  input: lenient.anything,
  output: lenient.anything,
  metadata: lenient.anything,
  scores: lenient.list,
  observations: lenient.list,
});
type Trace = z.infer<typeof Trace>;

const Observation = z.object({
  id: z.string(),
  parentObservationId: lenient.text,
  type: z.string(),
  name: lenient.text,
  level: lenient.text,
  statusMessage: lenient.text,
  startTime: lenient.moment,
  endTime: lenient.moment,
  input: lenient.anything,
  output: lenient.anything,
  model: lenient.text,
  usageDetails: z.record(z.string(), z.unknown()).nullable().catch(null),
  totalCost: lenient.anything,
  toolCalls: lenient.list,
  toolCallNames: lenient.list,
});
type Observation = z.infer<typeof Observation>;

/** Reads one record: a trace with its observations. */
export function parseLangfuse(value: unknown, path: string, options: ReadOptions): lenient.Parsed {
  const record = lenient.isObject(value) ? value : {};
  const trace = Trace.safeParse(record.trace ?? record).data;
  if (trace === undefined) return { trials: [], problems: ['no Langfuse trace in it: it has no `id`'] };
  const raw = Array.isArray(record.observations) ? record.observations : trace.observations;
  const { fit, misfits } = lenient.fitting(Observation, raw);
  const observations = fit.map(({ value: observation }) => observation);
  const problems =
    misfits > 0 ? [`${misfits} of ${raw.length} observations are unreadable and were left out`] : [];
  return { trials: [traceTrial(trace, observations, path, options)], problems };
}

function traceTrial(
  trace: Trace,
  observations: readonly Observation[],
  path: string,
  options: ReadOptions,
): Trial {
  const metadata = decoded(trace.metadata);
  const named = lenient.isObject(metadata) ? metadata : {};
  const generations = observations.filter((observation) => isGeneration(observation));
  const starts = observations.map(({ startTime }) => startTime).filter((time) => time !== null);
  const ends = observations.map(({ endTime }) => endTime).filter((time) => time !== null);
  const steps = options.skipSteps ? [] : stepsOf(trace, observations);
  return makeTrial({
    id: `${FORMAT}:${trace.id}`,
    run: trace.sessionId,
    task: taskOf(named) ?? trace.id,
    attempt: attemptOf(named.trial ?? named.attempt),
    ...outcomeOf(scoresOf(trace), options.passThreshold),
    agent: trace.name,
    model: generations.find(({ model }) => model)?.model ?? null,
    startedAt: starts.toSorted()[0] ?? trace.timestamp,
    finishedAt: ends.toSorted().at(-1) ?? null,
    tokens: generations.reduce(
      (total, { usageDetails }) => addTokens(total, tokensOf(usageDetails)),
      UNKNOWN_TOKENS,
    ),
    costUsd: costOf(generations),
    instruction: steps.find(({ role }) => role === 'user')?.text ?? null,
    stop: observations.some(({ parentObservationId, level }) => !parentObservationId && level === 'ERROR')
      ? 'error'
      : 'unknown',
    steps,
    source: { path, format: FORMAT },
  });
}

function taskOf(metadata: Record<string, unknown>): string | null {
  for (const name of ['task_id', 'taskId', 'eval.task.id', 'dataset_item_id', 'datasetItemId', 'test_case']) {
    const value = metadata[name];
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value);
  }
  return null;
}

function scoresOf(trace: Trace) {
  return lenient
    .fitting(Score, trace.scores)
    .fit.map(({ value: { name, value, stringValue, dataType, comment } }) => ({
      name,
      value: stringValue ?? (dataType === 'BOOLEAN' && typeof value === 'number' ? value === 1 : value),
      comment,
    }));
}

function isGeneration({ type }: Observation): boolean {
  return type === 'GENERATION';
}

/** Older frameworks report a tool as a plain span: it has input and output and nothing inside it. */
function isTool(
  observation: Observation,
  parents: ReadonlySet<string>,
  called: ReadonlySet<string>,
): boolean {
  if (observation.type === 'TOOL') return true;
  return (
    observation.type === 'SPAN' &&
    !parents.has(observation.id) &&
    observation.name !== null &&
    called.has(observation.name)
  );
}

function stepsOf(trace: Trace, observations: readonly Observation[]): Trial['steps'] {
  const parents = new Set(observations.map(({ parentObservationId }) => parentObservationId ?? ''));
  const called = new Set(
    observations.flatMap(({ toolCallNames, output }) => [
      ...toolCallNames.map(lenient.asText),
      ...messagesOf(output, 'agent').flatMap(({ calls }) => calls.map(({ name }) => name)),
    ]),
  );
  const activities = observations.flatMap((observation): Activity[] => {
    const at = observation.startTime ?? '';
    const error = observation.level === 'ERROR' ? (observation.statusMessage ?? 'error') : null;
    if (isGeneration(observation)) {
      return [
        {
          kind: 'model',
          at,
          input: messagesOf(observation.input, 'user'),
          output: messagesOf(observation.output, 'agent'),
          error,
        },
      ];
    }
    if (!isTool(observation, parents, called)) return [];
    const result = decoded(observation.output);
    return [
      {
        kind: 'tool',
        at,
        callId: null,
        name: observation.name ?? 'tool',
        arguments: decoded(observation.input),
        result: answerText(result),
        error,
      },
    ];
  });
  const told = activities.length > 0 ? activities : [wholeTrace(trace)];
  return stepsOfActivities(told);
}

/** A trace that shows neither models nor tools still says what went in and what came out. */
function wholeTrace(trace: Trace): Activity {
  return {
    kind: 'model',
    at: '',
    input: messagesOf(trace.input, 'user'),
    output: messagesOf(trace.output, 'agent'),
    error: null,
  };
}

/** Langfuse keeps what the cache served apart from `input`; names follow the provider. */
function tokensOf(usage: Observation['usageDetails']): Tokens {
  if (usage === null) return UNKNOWN_TOKENS;
  const count = (...names: string[]) => {
    for (const name of names) {
      const value = lenient.amountOf(usage[name]);
      if (value !== null) return value;
    }
    return null;
  };
  return {
    input: count('input', 'input_tokens', 'prompt_tokens'),
    cacheRead: count(
      'input_cached_tokens',
      'cache_read_input_tokens',
      'input_cache_read',
      'prompt_details.cache_read',
    ),
    cacheWrite: count('cache_creation_input_tokens', 'input_cache_creation', 'input_cache_write'),
    output: count('output', 'output_tokens', 'completion_tokens'),
  };
}

function costOf(observations: readonly Observation[]): number | null {
  return observations.reduce<number | null>(
    (total, { totalCost }) => add(total, lenient.amountOf(totalCost)),
    null,
  );
}

function isTrace(value: unknown): boolean {
  if (!lenient.isObject(value)) return false;
  if (lenient.isObject(value.trace) && Array.isArray(value.observations)) return 'id' in value.trace;
  // A head that was cut may end inside the trace, before its observations.
  const trace = lenient.isObject(value.trace) ? value.trace : value;
  return (
    'projectId' in trace &&
    'id' in trace &&
    ('observations' in trace || ('timestamp' in trace && 'tags' in trace))
  );
}

export const langfuse: Format = {
  id: FORMAT,
  gives: 'trajectories',
  async claim(file) {
    const { records } = await peek(file);
    return records.slice(0, 3).some(isTrace) ? ALONE : null;
  },
  async *read(files, context) {
    for await (const file of files) {
      for await (const { value, line } of jsonRecords(file, context)) {
        const { trials, problems } = parseLangfuse(value, file.path, context.options);
        for (const problem of problems)
          context.problem(file.path, line > 1 ? `line ${line}: ${problem}` : problem);
        yield* trials;
      }
    }
  },
};
