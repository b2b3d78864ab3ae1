/**
 * What an endpoint's error means, translated once. Messages are printed, logged and kept in the ledger, so
 * they never carry a key, a header or more than a line of what the endpoint said.
 */
import { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import type { ModelFailureKind } from './model.ts';

export interface EndpointFailure {
  readonly kind: ModelFailureKind;
  readonly message: string;
  /** HTTP status; null where there was no answer. */
  readonly status: number | null;
  /** Whether the same request may succeed later. */
  readonly retry: boolean;
  /** How long the endpoint asks to wait (ms), where it says so. */
  readonly retryAfterMs: number | null;
  /** The endpoint called the request itself bad: another dialect may be understood. */
  readonly badRequest: boolean;
  /** Whether the endpoint may have done (and charged for) the work although no answer came. */
  readonly mayBeCharged: boolean;
}

/** What is known about where a failure happened. */
export interface EndpointContext {
  /** Printed in messages; never holds credentials or a query. */
  readonly endpoint: string;
  readonly model: string;
  /** Texts that must not appear in any message. */
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
}

const CONTEXT_LENGTH =
  /context[_ ](length|window|size)|maximum context|prompt is too long|too many (input )?tokens|input (is )?too long|exceeds? the (available |model'?s )?context/i;
const MESSAGE_CHARS = 240;

/** Translates whatever a call threw. `timedOut` and `cancelled` tell whose abort it was. */
export function endpointFailure(
  error: unknown,
  context: EndpointContext,
  aborted: 'timeout' | 'cancelled' | null,
): EndpointFailure {
  if (aborted === 'cancelled')
    return failure('cancelled', 'The model call was cancelled.', { mayBeCharged: true });
  if (aborted === 'timeout' || error instanceof APIUserAbortError) {
    const seconds = Math.round(context.timeoutMs / 100) / 10;
    return failure('timeout', `${context.endpoint} gave no full answer within ${seconds} s.`, {
      retry: true,
      mayBeCharged: true,
    });
  }
  if (error instanceof APIConnectionError) {
    const why = scrub(causeOf(error), context.secrets);
    return failure('server', `${context.endpoint} could not be reached: ${why}`, { retry: true });
  }
  if (error instanceof APIError && typeof error.status === 'number') {
    const said = scrub(`${error.code ?? ''} ${error.message}`.trim(), context.secrets);
    return statusFailure(error.status, said, retryAfter(error.headers), context);
  }
  return failure(
    'server',
    `${context.endpoint} sent an answer that could not be read: ${scrub(causeOf(error), context.secrets)}`,
    {
      retry: true,
      mayBeCharged: true,
    },
  );
}

/** Translates an HTTP status and what the endpoint said with it (already scrubbed). */
export function statusFailure(
  status: number,
  said: string,
  retryAfterMs: number | null,
  context: EndpointContext,
): EndpointFailure {
  const { endpoint, model } = context;
  const at = { status, retryAfterMs };
  if (CONTEXT_LENGTH.test(said) && status >= 400 && status !== 429) {
    return failure('context_length', `The prompt is too long for ${model}: ${said}`, at);
  }
  switch (status) {
    case 401:
    case 403:
      // The endpoint's own words repeat part of the key.
      return failure('auth', `${endpoint} refused the key (${status}). Check the proposer's API key.`, at);
    case 402:
      return failure('rate_limited', `${endpoint} says there is no credit left (402).`, at);
    case 404:
      return failure(
        'unavailable',
        `${endpoint} has no model ${model}, or is no chat endpoint (404): ${said}`,
        at,
      );
    case 400:
    case 422:
      return failure('server', `${endpoint} refused the request (${status}): ${said}`, {
        ...at,
        badRequest: true,
      });
    case 429:
      return failure('rate_limited', `${endpoint} is asked too often (429): ${said}`, {
        ...at,
        // A spent quota does not come back by waiting seconds.
        retry: !/insufficient_quota/.test(said),
      });
    default:
      return failure('server', `${endpoint} failed (${status}): ${said}`, {
        ...at,
        retry: status === 408 || status === 409 || status >= 500,
        // llama.cpp answers 500 to a schema it cannot turn into a grammar.
        badRequest: status === 500 && /grammar|json.?schema|response_format/i.test(said),
      });
  }
}

/** One line without secrets, control characters or more than a sentence or two. */
export function scrub(text: string, secrets: readonly string[]): string {
  let out = text;
  for (const secret of secrets) if (secret.length >= 4) out = out.replaceAll(secret, '[redacted]');
  return out
    .replaceAll(/(:\/\/)[^\s/@]*@/g, '$1[redacted]@')
    .replaceAll(/([?&][\w-]*(?:key|token|secret|sig)[\w-]*=)[^&\s]+/gi, '$1[redacted]')
    .replaceAll(/\b(Bearer|Basic)\s+\S+/gi, '$1 [redacted]')
    .replaceAll(/\b(sk|pk|rk|key|gsk|xai|hf)[-_][\w*.-]{6,}/gi, '[redacted]')
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, MESSAGE_CHARS);
}

/** Milliseconds of `retry-after-ms` or `retry-after` (seconds or an HTTP date); null without a usable one. */
export function retryAfter(headers: Headers | undefined, now: number = Date.now()): number | null {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const value = headers?.get('retry-after') ?? null;
  if (value === null) return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** A request that was not sent, and why. */
export function unsent(kind: 'budget' | 'timeout', message: string): EndpointFailure {
  return failure(kind, message, {});
}

function failure(
  kind: ModelFailureKind,
  message: string,
  rest: Partial<Omit<EndpointFailure, 'kind' | 'message'>>,
): EndpointFailure {
  return {
    kind,
    message,
    status: null,
    retry: false,
    retryAfterMs: null,
    badRequest: false,
    mayBeCharged: false,
    ...rest,
  };
}

/** The innermost reason: the SDK and undici wrap it ("Connection error." says nothing). */
function causeOf(error: unknown): string {
  let reason = error;
  for (let depth = 0; depth < 4 && reason instanceof Error && reason.cause instanceof Error; depth++) {
    reason = reason.cause;
  }
  if (!(reason instanceof Error)) return String(reason);
  const code = 'code' in reason && typeof reason.code === 'string' ? reason.code : '';
  return reason.message === '' ? code || reason.name : reason.message;
}
