/**
 * What one ATIF document says: its steps, and what the agent spent.
 */
import { z } from 'zod';
import type { Trajectory } from '../../read/join.ts';
import { makeStep, type Step, type Tokens, type Trial, UNKNOWN_TOKENS } from '../../trial.ts';
import * as lenient from '../shared/lenient.ts';
import { add, addTokens, tokensWithCacheInside } from '../shared/tokens.ts';

/** A reference to a subagent: by id from 1.7 on, by file before and after. */
const SubagentRef = z.object({ trajectory_id: lenient.text, trajectory_path: lenient.text });

const Result = z.object({
  content: lenient.anything,
  subagent_trajectory_ref: lenient.list,
  extra: lenient.object,
});

const AtifStep = z.object({
  timestamp: lenient.text,
  source: z.enum(['system', 'user', 'agent']).catch('agent'),
  message: lenient.anything,
  reasoning_content: lenient.text,
  model_name: lenient.text,
  tool_calls: lenient.list,
  observation: z.object({ results: lenient.list }).nullable().catch(null),
  metrics: lenient.object,
  is_copied_context: lenient.flag,
  extra: lenient.object,
});
type AtifStep = z.infer<typeof AtifStep>;

const Call = z.object({
  tool_call_id: lenient.text,
  function_name: z.string().catch('unknown'),
  arguments: lenient.anything,
});

/** The root of a document, any 1.x: Harbor writes strictly, others do not. */
export const AtifDocument = z.object({
  schema_version: z.string().regex(/^ATIF-v1\./),
  session_id: lenient.text,
  agent: z.object({ name: lenient.text, model_name: lenient.text }).catch({ name: null, model_name: null }),
  steps: z.array(z.unknown()),
  final_metrics: lenient.object,
  continued_trajectory_ref: lenient.text,
  /** 1.7: read only where a step refers to one. */
  subagent_trajectories: lenient.list,
});
export type AtifDocument = z.infer<typeof AtifDocument>;

/** The last words of a subagent, found by its reference: the answer its caller got. */
export type Subagent = (ref: { readonly id: string | null; readonly path: string | null }) => string | null;

/**
 * One trajectory from its documents in order: the first and its continuations. Copied context (what a later
 * document repeats of an earlier one) is left out. What is no step is counted in `misfits`.
 */
export function tellAtif(
  documents: readonly AtifDocument[],
  subagent: Subagent,
): { told: Trajectory; misfits: number } {
  const steps: Step[] = [];
  let misfits = 0;
  let model: string | null = null;
  const times: string[] = [];
  let summed = { tokens: UNKNOWN_TOKENS, costUsd: null as number | null };
  for (const value of documents.flatMap((document) => document.steps)) {
    const parsed = AtifStep.safeParse(value);
    if (!parsed.success) {
      misfits++;
      continue;
    }
    const step = parsed.data;
    if (step.is_copied_context === true) continue;
    model ??= step.model_name;
    const time = lenient.instant(step.timestamp);
    if (time !== null) times.push(time);
    summed = sum(summed, step.metrics);
    steps.push(toStep(step, steps.length, subagent));
  }
  const [first] = documents;
  const told: Trajectory = {
    agent: first?.agent.name ?? null,
    model: first?.agent.model_name ?? model,
    startedAt: times[0] ?? null,
    finishedAt: times.at(-1) ?? null,
    ...(totals(documents) ?? summed),
    instruction: steps.find(({ role }) => role === 'user')?.text ?? null,
    steps,
  };
  return { told, misfits };
}

function toStep(step: AtifStep, index: number, subagent: Subagent): Step {
  const results = (step.observation?.results ?? []).flatMap((value) => Result.safeParse(value).data ?? []);
  const observation = results
    .map((result) => answerText(result, subagent))
    .filter((text) => text !== '')
    .join('\n');
  const flagged = isError(step.extra) || results.some(({ extra }) => isError(extra));
  return makeStep({
    index,
    role: step.source,
    text: [step.reasoning_content ?? '', contentText(step.message)]
      .filter((text) => text !== '')
      .join('\n\n'),
    toolCalls: step.tool_calls.flatMap((value) => {
      const call = Call.safeParse(value).data;
      if (call === undefined) return [];
      return [{ id: call.tool_call_id, name: call.function_name, arguments: lenient.asText(call.arguments) }];
    }),
    observation,
    error: flagged ? observation || 'the tool reported an error' : null,
  });
}

function answerText(result: z.infer<typeof Result>, subagent: Subagent): string {
  const answers = result.subagent_trajectory_ref.flatMap((value) => {
    const ref = SubagentRef.safeParse(value).data;
    return ref === undefined ? [] : (subagent({ id: ref.trajectory_id, path: ref.trajectory_path }) ?? []);
  });
  return [contentText(result.content), ...answers].filter((text) => text !== '').join('\n');
}

/** A message or a result: text, or from 1.6 on parts, of which images are named and not shown. */
function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (content === null || content === undefined) return '';
  if (!Array.isArray(content)) return lenient.asText(content);
  return content
    .map((part: unknown) => {
      if (!lenient.isObject(part)) return lenient.asText(part);
      if (typeof part.text === 'string') return part.text;
      const source = lenient.isObject(part.source) ? part.source.path : undefined;
      return `[${String(part.type ?? 'part')}${typeof source === 'string' ? ` ${source}` : ''}]`;
    })
    .join('\n');
}

/** The two places where Harbor's converters put a tool's failure; ATIF itself has no flag for it. */
function isError(extra: Record<string, unknown>): boolean {
  if (extra.tool_result_is_error === true || extra.is_error === true) return true;
  const metadata = lenient.isObject(extra.metadata) ? extra.metadata : extra;
  const result = metadata.tool_use_result;
  if (!lenient.isObject(result)) return false;
  return typeof result.exitCode === 'number' && result.exitCode !== 0;
}

type Spent = Pick<Trial, 'tokens' | 'costUsd'>;

function sum(total: Spent, metrics: Record<string, unknown>): Spent {
  return {
    tokens: addTokens(
      total.tokens,
      tokensOf(metrics.prompt_tokens, metrics.cached_tokens, metrics.completion_tokens),
    ),
    costUsd: add(total.costUsd, lenient.amount.parse(metrics.cost_usd)),
  };
}

/**
 * Totals as the documents state them. A continuation states those of the whole run so far where they do not
 * fall; otherwise each document counts its own.
 */
function totals(documents: readonly AtifDocument[]): Spent | null {
  const stated = documents.map(({ final_metrics: metrics }) => ({
    tokens: tokensOf(
      metrics.total_prompt_tokens,
      metrics.total_cached_tokens,
      metrics.total_completion_tokens,
    ),
    costUsd: lenient.amount.parse(metrics.total_cost_usd),
  }));
  const known = stated.filter(({ tokens }) => tokens.input !== null || tokens.output !== null);
  const last = known.at(-1);
  if (last === undefined) return null;
  const grows = known.every(({ tokens }, i) => (tokens.output ?? 0) >= (known[i - 1]?.tokens.output ?? 0));
  if (grows) return last;
  return known.reduce((total, { tokens, costUsd }) => ({
    tokens: addTokens(total.tokens, tokens),
    costUsd: add(total.costUsd, costUsd),
  }));
}

function tokensOf(prompt: unknown, cached: unknown, completion: unknown): Tokens {
  return tokensWithCacheInside(
    lenient.amount.parse(prompt),
    lenient.amount.parse(cached),
    null,
    lenient.amount.parse(completion),
  );
}
