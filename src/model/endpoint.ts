/**
 * One completion from an OpenAI-compatible endpoint, or a typed failure, in bounded time and money: every
 * request is reserved in the budget before it is sent, retries wait as the endpoint asks, and a deadline
 * stands over all of it. Knows nothing of what the answer means.
 */
import type { AnswerSchema } from './answer-schema.ts';
import type { ModelBudget } from './budget.ts';
import type { Clock } from './clock.ts';
import { type Completion, tokensOf } from './completion.ts';
import { completionBody, type Dialect, estimateBody, firstDialect, nextDialect } from './dialect.ts';
import { type EndpointFailure, endpointFailure, unsent } from './endpoint-failure.ts';
import type { Message, ModelFailureKind, ModelUsage } from './model.ts';
import { type CallTokens, costOf, type ModelPrice } from './price.ts';
import { connect, type Transport, type TransportOptions } from './transport.ts';
import { addUsage, NO_USAGE } from './usage.ts';

export interface EndpointOptions extends TransportOptions {
  readonly price: ModelPrice | null;
  readonly budget: ModelBudget;
  /** One request, from sending to the last byte of its answer (ms). */
  readonly timeoutMs: number;
  /** Requests for one completion at most, the first included. */
  readonly maxAttempts: number;
  readonly clock: Clock;
  readonly onCall: (event: CallEvent) => void;
}

/** One request, for logs: what it was for and how it went, never what it said. */
export interface CallEvent {
  readonly purpose: string;
  readonly model: string;
  readonly mode: Dialect['mode'];
  readonly result: 'answered' | ModelFailureKind;
  readonly status: number | null;
  readonly ms: number;
  readonly usage: ModelUsage;
}

interface CompletionRequest {
  readonly purpose: string;
  readonly messages: readonly Message[];
  readonly answer: AnswerSchema;
  readonly maxOutputTokens: number;
  readonly signal: AbortSignal | undefined;
  /** When everything must have ended, by the clock (ms). */
  readonly deadline: number;
}

export type CompletionResult =
  | {
      readonly ok: true;
      readonly text: string;
      /** 'length' when the answer was cut at the limit of output tokens. */
      readonly finish: string | null;
      readonly refusal: string | null;
      readonly usage: ModelUsage;
    }
  | {
      readonly ok: false;
      readonly kind: ModelFailureKind;
      readonly message: string;
      readonly usage: ModelUsage;
    };

export interface Endpoint {
  complete(request: CompletionRequest): Promise<CompletionResult>;
}

type Attempt =
  | { readonly ok: true; readonly completion: Completion; readonly usage: ModelUsage }
  | { readonly ok: false; readonly failure: EndpointFailure; readonly usage: ModelUsage };

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;

export function createEndpoint(options: EndpointOptions): Endpoint {
  const transport = connect(options);
  let understood = firstDialect(options.baseUrl);
  return {
    async complete(request) {
      const { result, dialect } = await complete(options, transport, request, understood);
      // Remembered only once it worked: a bad request may have had another cause.
      if (result.ok) understood = dialect;
      return result;
    },
  };
}

/** Attempts until one succeeds or trying makes no sense, with the dialect it ended in. */
async function complete(
  options: EndpointOptions,
  transport: Transport,
  request: CompletionRequest,
  first: Dialect,
): Promise<{ result: CompletionResult; dialect: Dialect }> {
  const { clock, maxAttempts } = options;
  const tried = [first];
  let usage = NO_USAGE;
  for (let dialect = first, failures = 0; ; ) {
    const attempted = await attempt(options, transport, request, dialect);
    usage = addUsage(usage, attempted.usage);
    if (attempted.ok) return { result: answered(attempted.completion, usage), dialect };
    const { failure } = attempted;
    const next = failure.badRequest ? nextDialect(dialect, failure.message, tried) : null;
    if (next !== null) {
      dialect = next;
      tried.push(next);
      continue;
    }
    failures += 1;
    const { kind, message } = failure;
    if (!failure.retry || failures >= maxAttempts)
      return { result: { ok: false, kind, message, usage }, dialect };
    const wait = waitMs(failure, failures, clock.random());
    const left = request.deadline - clock.now();
    if (wait >= left) {
      return { result: { ok: false, kind, message: `${message} ${tooLong(wait, left)}`, usage }, dialect };
    }
    await clock.sleep(wait, request.signal);
  }
}

/** One request, if there is time and money for it. */
async function attempt(
  options: EndpointOptions,
  transport: Transport,
  request: CompletionRequest,
  dialect: Dialect,
): Promise<Attempt> {
  const { budget, clock, model, price } = options;
  const left = request.deadline - clock.now();
  if (request.signal?.aborted === true) {
    const failure = endpointFailure(null, transport.context, 'cancelled');
    return { ok: false, failure, usage: NO_USAGE };
  }
  if (left <= 0) {
    const late = `No time is left to ask ${transport.context.endpoint}.`;
    return { ok: false, failure: unsent('timeout', late), usage: NO_USAGE };
  }
  const body = completionBody(dialect, request.messages, request.answer, request.maxOutputTokens);
  const estimate = { input: estimateBody(body), cachedInput: 0, output: request.maxOutputTokens };
  const most = usageOf(estimate, price);
  const reservation = budget.reserve(most);
  if (!reservation.ok) return { ok: false, failure: unsent('budget', reservation.message), usage: NO_USAGE };

  const started = clock.now();
  const result = await transport.send(body, Math.min(options.timeoutMs, left), request.signal);
  const usage = result.ok
    ? usageOf(tokensOf(result.completion, estimate.input), price)
    : result.failure.mayBeCharged
      ? most
      : { ...NO_USAGE, calls: 1 };
  reservation.settle(usage);
  options.onCall({
    purpose: request.purpose,
    model,
    mode: dialect.mode,
    result: result.ok ? 'answered' : result.failure.kind,
    status: result.ok ? 200 : result.failure.status,
    ms: Math.round(clock.now() - started),
    usage,
  });
  return { ...result, usage };
}

function answered(completion: Completion, usage: ModelUsage): CompletionResult {
  const choice = completion.choices[0];
  return {
    ok: true,
    text: choice?.message.content ?? '',
    finish: choice?.finish_reason ?? null,
    refusal: choice?.message.refusal ?? null,
    usage,
  };
}

function usageOf(tokens: CallTokens, price: ModelPrice | null): ModelUsage {
  return {
    inputTokens: tokens.input,
    outputTokens: tokens.output,
    costUsd: costOf(price, tokens),
    calls: 1,
  };
}

/** As the endpoint asks; else doubling from half a second, spread so that clients do not return together. */
function waitMs(failure: EndpointFailure, failures: number, random: number): number {
  if (failure.retryAfterMs !== null) return failure.retryAfterMs;
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)) * (0.75 + random / 2);
}

function tooLong(wait: number, left: number): string {
  return `Another try would have to wait ${Math.ceil(wait / 1000)} s, and ${Math.max(0, Math.floor(left / 1000))} s are left.`;
}
