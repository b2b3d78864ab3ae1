/**
 * Traces as OTLP JSON with GenAI or OpenInference attributes. A trial is a trace, unless its spans or their
 * resource name a task (`eval.task.id` with `eval.trial`, or `test.case.name`): then it is the spans under
 * the one that names it.
 */
import { jsonRecords, messageOf } from '../../json.ts';
import { peek } from '../../read/peek.ts';
import { makeTrial, type Stop, type Trial, UNKNOWN_TOKENS } from '../../trial.ts';
import { ALONE, type Format, type ReadOptions } from '../format.ts';
import { stepsOfActivities } from '../harbor/activity.ts';
import { attemptOf } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';
import { outcomeOf, type Score } from '../shared/score.ts';
import { addTokens } from '../shared/tokens.ts';
import { activityOf, costOf, first, kindOf, textOf, tokensOf } from './genai-span.ts';
import { type Span, spansOf } from './otlp.ts';

const FORMAT = 'otel';
const TASK = ['eval.task.id', 'test.case.name'];
const ATTEMPT = ['eval.trial', 'eval.attempt'];

interface Group {
  readonly key: string;
  readonly task: string | null;
  readonly attempt: number;
  readonly spans: Span[];
}

/** The trials of all spans of one source: a trace's spans may be spread over lines and files. */
function otelTrials(spans: readonly Span[], paths: ReadonlyMap<Span, string>, options: ReadOptions): Trial[] {
  return groupsOf(spans).map((group) => {
    const [firstSpan] = group.spans;
    return groupTrial(group, (firstSpan && paths.get(firstSpan)) ?? '', options);
  });
}

function groupsOf(spans: readonly Span[]): Group[] {
  const byId = new Map(spans.map((span) => [`${span.traceId}/${span.spanId}`, span]));
  const groups = new Map<string, Group>();
  const named = new Set<string>();
  const owners = spans.map((span) => ownerOf(span, byId));
  for (const owner of owners) if (owner !== null) named.add(owner.traceId);
  for (const [index, span] of spans.entries()) {
    const owner = owners[index] ?? null;
    const resourceTask = textOf(span.resource, ...TASK);
    // In a trace that names tasks, spans under none of them belong to the experiment around them.
    if (owner === null && resourceTask === null && named.has(span.traceId)) continue;
    const source = owner?.attributes ?? span.resource;
    const task = textOf(source, ...TASK);
    const attempt = attemptOf(first(source, ...ATTEMPT) ?? first(span.resource, ...ATTEMPT));
    const key = owner === null ? span.traceId : `${owner.traceId}/${owner.spanId}`;
    const group = groups.get(key) ?? {
      key,
      task,
      attempt,
      spans: [],
    };
    groups.set(key, group);
    group.spans.push(span);
  }
  return [...groups.values()];
}

/** The nearest span, itself or above, that names a task. Broken traces may loop. */
function ownerOf(span: Span, byId: ReadonlyMap<string, Span>): Span | null {
  const seen = new Set<Span>();
  for (let at: Span | undefined = span; at !== undefined && !seen.has(at); ) {
    if (textOf(at.attributes, ...TASK) !== null) return at;
    seen.add(at);
    at = at.parentSpanId === null ? undefined : byId.get(`${at.traceId}/${at.parentSpanId}`);
  }
  return null;
}

function groupTrial(group: Group, path: string, options: ReadOptions): Trial {
  const spans = group.spans.toSorted((a, b) => ((a.startedAt ?? '') < (b.startedAt ?? '') ? -1 : 1));
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const root = spans.find(({ parentSpanId }) => parentSpanId === null || !ids.has(parentSpanId)) ?? spans[0];
  const models = spans.filter((span) => kindOf(span) === 'model');
  // An agent's span repeats the sum of its model calls: it counts only where those are missing.
  const measured = models.length > 0 ? models : spans.filter((span) => kindOf(span) === 'agent');
  const activities = spans.map(activityOf).filter((activity) => activity !== null);
  const steps = options.skipSteps ? [] : stepsOfActivities(activities);
  const ends = spans.map(({ finishedAt }) => finishedAt).filter((end) => end !== null);
  return makeTrial({
    id: `${FORMAT}:${group.key}`,
    run: root === undefined ? null : textOf(root.resource, 'eval.run.id', 'test.suite.name'),
    task: group.task ?? group.spans[0]?.traceId ?? group.key,
    attempt: group.attempt,
    ...outcomeOf(spans.flatMap(scoresOf), options.passThreshold),
    agent:
      nameOf(spans, 'gen_ai.agent.name') ??
      (root === undefined ? null : textOf(root.resource, 'service.name')),
    model: nameOf(models, 'gen_ai.response.model', 'gen_ai.request.model', 'llm.model_name'),
    startedAt: spans[0]?.startedAt ?? null,
    finishedAt: ends.toSorted().at(-1) ?? null,
    tokens: measured.reduce((total, span) => addTokens(total, tokensOf(span)), UNKNOWN_TOKENS),
    costUsd: costOf(measured),
    instruction: steps.find(({ role }) => role === 'user')?.text ?? null,
    stop: stopOf(root, models),
    steps,
    source: { path, format: FORMAT },
  });
}

function nameOf(spans: readonly Span[], ...names: string[]): string | null {
  for (const { attributes } of spans) {
    const name = textOf(attributes, ...names);
    if (name !== null) return name;
  }
  return null;
}

/** Evaluations: GenAI hangs them on spans as events, OpenInference as attributes. */
function scoresOf(span: Span): Score[] {
  const carriers = [
    ...span.events
      .filter(({ name }) => name === 'gen_ai.evaluation.result')
      .map(({ attributes }) => attributes),
    ...(span.attributes.has('evaluation.name') ? [span.attributes] : []),
  ];
  return carriers.map((attributes) => {
    const value = first(
      attributes,
      'gen_ai.evaluation.score.label',
      'evaluation.label',
      'gen_ai.evaluation.score.value',
      'evaluation.score',
    );
    return {
      name: textOf(attributes, 'gen_ai.evaluation.name', 'evaluation.name') ?? 'evaluation',
      value: typeof value === 'number' || typeof value === 'boolean' ? value : lenient.asText(value),
      comment: textOf(attributes, 'gen_ai.evaluation.explanation', 'evaluation.explanation'),
    };
  });
}

function stopOf(root: Span | undefined, models: readonly Span[]): Stop {
  if (root !== undefined && root.error !== null) return 'error';
  const reasons = lenient.asText(models.at(-1)?.attributes.get('gen_ai.response.finish_reasons'));
  if (/length|max_tokens/i.test(reasons)) return 'token_limit';
  return /stop|end_turn|complete/i.test(reasons) ? 'finished' : 'unknown';
}

export const otel: Format = {
  id: FORMAT,
  gives: 'trajectories',
  async claim(file) {
    const { records } = await peek(file);
    const mine = records
      .slice(0, 3)
      .some((record) => lenient.isObject(record) && Array.isArray(record.resourceSpans));
    return mine ? ALONE : null;
  },
  async *read(files, context) {
    const spans: Span[] = [];
    const paths = new Map<Span, string>();
    for await (const file of files) {
      let misfits = 0;
      let found = 0;
      try {
        for await (const { value } of jsonRecords(file, context)) {
          const request = spansOf(value);
          misfits += request?.misfits ?? 1;
          for (const span of request?.spans ?? []) {
            found++;
            spans.push(span);
            paths.set(span, file.path);
          }
        }
      } catch (error) {
        context.problem(file.path, messageOf(error));
      }
      if (misfits > 0) context.problem(file.path, `${misfits} records are no OTLP spans and were left out`);
      else if (found === 0) context.problem(file.path, 'no spans in it');
    }
    yield* otelTrials(spans, paths, context.options);
  },
};
