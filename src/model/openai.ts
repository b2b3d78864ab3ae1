/**
 * The model port over any OpenAI-compatible endpoint (OpenAI, vLLM, Ollama, llama.cpp, gateways).
 *
 * An answer is asked for by schema where the endpoint has that, by JSON mode or in words where not, and always
 * checked by the zod schema. An answer that does not fit gets one repair turn with the error.
 */

import { parseAnswer } from './answer.ts';
import { type AnswerSchema, answerSchema } from './answer-schema.ts';
import type { ModelBudget } from './budget.ts';
import { type Clock, systemClock } from './clock.ts';
import { type CallEvent, type CompletionResult, createEndpoint, type Endpoint } from './endpoint.ts';
import { createLimiter } from './limiter.ts';
import type { Message, Model, ModelRequest, ModelResult, ModelUsage } from './model.ts';
import type { ModelPrice } from './price.ts';
import { addUsage, NO_USAGE } from './usage.ts';

export const OPENAI_BASE_URL = 'https://api.openai.com/v1';

export interface OpenAiModelOptions {
  readonly model: string;
  readonly budget: ModelBudget;
  readonly baseUrl?: string;
  /** null for endpoints without keys. Never read from the environment here. */
  readonly apiKey: string | null;
  /** Further headers, for gateways. Treated as secrets. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly price?: ModelPrice | null;
  /** Runs over every message before it is sent: no secret of a trace reaches a model. */
  readonly redact: (text: string) => string | Promise<string>;
  /** One request, to the last byte of its answer (ms; default two minutes). */
  readonly timeoutMs?: number;
  /** One `ask` with all its retries, waits and the repair turn (ms; default five minutes). */
  readonly deadlineMs?: number;
  /** Requests for one turn at most (default 4). */
  readonly maxAttempts?: number;
  /** Asks that run at once (default 2). */
  readonly concurrency?: number;
  readonly clock?: Clock;
  readonly fetch?: typeof globalThis.fetch;
  readonly onCall?: (event: CallEvent) => void;
}

/** Characters of a bad answer that are shown to the model again: it need not pay for all of it twice. */
const SHOWN_ANSWER_CHARS = 3000;

export function openAiModel(options: OpenAiModelOptions): Model {
  const clock = options.clock ?? systemClock;
  const limiter = createLimiter(options.concurrency ?? 2);
  const endpoint = createEndpoint({
    model: options.model,
    baseUrl: options.baseUrl ?? OPENAI_BASE_URL,
    apiKey: options.apiKey,
    headers: options.headers ?? {},
    price: options.price ?? null,
    budget: options.budget,
    timeoutMs: options.timeoutMs ?? 120_000,
    maxAttempts: Math.max(1, options.maxAttempts ?? 4),
    clock,
    fetch: options.fetch ?? globalThis.fetch,
    onCall: options.onCall ?? (() => undefined),
  });
  let spent = NO_USAGE;

  async function ask<T>(request: ModelRequest<T>): Promise<ModelResult<T>> {
    return limiter.run(async () => {
      const deadline = clock.now() + (options.deadlineMs ?? 300_000);
      const result = await converse(endpoint, request, options.redact, deadline);
      spent = addUsage(spent, result.usage);
      return result;
    });
  }

  return { name: options.model, ask, spent: () => spent };
}

/** One question and, where the answer does not fit, one repair turn. */
async function converse<T>(
  endpoint: Endpoint,
  request: ModelRequest<T>,
  redact: OpenAiModelOptions['redact'],
  deadline: number,
): Promise<ModelResult<T>> {
  const messages = await Promise.all(
    request.messages.map(async (m) => ({ role: m.role, content: await redact(m.content) })),
  );
  const answer = answerSchema(request.schemaName, request.schema);
  const turn = (shown: readonly Message[], purpose: string): Promise<CompletionResult> =>
    endpoint.complete({
      purpose,
      messages: shown,
      answer,
      maxOutputTokens: request.maxOutputTokens,
      signal: request.signal,
      deadline,
    });

  const first = await turn(messages, request.purpose);
  const judged = judge(request, first);
  if (judged.kind !== 'unfit') return judged.result;

  const repair = [...messages, ...repairTurn(judged, answer)];
  const second = await turn(repair, `${request.purpose} (repair)`);
  const usage = addUsage(first.usage, second.usage);
  const again = judge(request, second);
  if (again.kind === 'unfit') {
    const message = `${judged.complaint} After one repair turn: ${again.complaint}`;
    return { ok: false, kind: 'invalid_answer', message, usage };
  }
  if (again.result.ok || again.result.kind === 'cancelled') return { ...again.result, usage };
  // Whatever ended the repair turn (the budget, the endpoint): what went wrong is that the answer did not fit.
  const message = `${judged.complaint} The repair turn failed: ${again.result.message}`;
  return { ok: false, kind: 'invalid_answer', message, usage };
}

type Judged<T> =
  | { readonly kind: 'settled'; readonly result: ModelResult<T> }
  | { readonly kind: 'unfit'; readonly text: string; readonly complaint: string };

function judge<T>(request: ModelRequest<T>, reply: CompletionResult): Judged<T> {
  if (!reply.ok) return { kind: 'settled', result: reply };
  const { usage } = reply;
  if (reply.refusal !== null && reply.refusal !== '') return refused(usage, 'The model refused to answer.');
  if (reply.finish === 'content_filter')
    return refused(usage, "The endpoint's content filter cut the answer.");
  const parsed = parseAnswer(request.schema, reply.text);
  if (parsed.ok) return { kind: 'settled', result: { ok: true, value: parsed.value, usage } };
  const complaint =
    reply.finish === 'length' ? `The answer was cut at ${request.maxOutputTokens} tokens.` : parsed.message;
  return { kind: 'unfit', text: reply.text, complaint };
}

function refused<T>(usage: ModelUsage, message: string): Judged<T> {
  return { kind: 'settled', result: { ok: false, kind: 'refused', message, usage } };
}

/**
 * The bad answer, what is wrong with it, and the schema: an endpoint that silently ignores a schema never showed
 * it to the model. An empty answer is not sent back as such: some endpoints refuse empty messages.
 */
function repairTurn(bad: { text: string; complaint: string }, answer: AnswerSchema): Message[] {
  const again = `${bad.complaint}\nAnswer again, shorter if it was cut: one JSON object that fits this schema, and nothing else.\n${JSON.stringify(answer.schema)}`;
  const shown = bad.text.slice(0, SHOWN_ANSWER_CHARS).trim();
  return [
    { role: 'assistant', content: shown === '' ? '(no answer)' : shown },
    { role: 'user', content: again },
  ];
}
