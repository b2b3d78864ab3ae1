/**
 * The openai SDK, held to what we want of it: one request, one timeout to the last byte, only our headers, no log,
 * nothing from the environment.
 */
import OpenAI from 'openai';
import { Completion, ErrorBody } from './completion.ts';
import type { CompletionBody } from './dialect.ts';
import {
  type EndpointContext,
  type EndpointFailure,
  endpointFailure,
  scrub,
  statusFailure,
} from './endpoint-failure.ts';

export interface TransportOptions {
  readonly model: string;
  readonly baseUrl: string;
  /** null for endpoints without keys. */
  readonly apiKey: string | null;
  /** Further headers, for gateways. Treated as secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof globalThis.fetch;
}

type Sent =
  | { readonly ok: true; readonly completion: Completion }
  | { readonly ok: false; readonly failure: EndpointFailure };

export interface Transport {
  /** Where it leads, for messages. */
  readonly context: EndpointContext;
  /** A body that stalls counts as a timeout, as much as a server that is silent. Never throws. */
  send(body: CompletionBody, timeoutMs: number, signal: AbortSignal | undefined): Promise<Sent>;
}

export function connect(options: TransportOptions): Transport {
  const client = new OpenAI({
    apiKey: options.apiKey ?? 'none',
    baseURL: options.baseUrl,
    organization: null,
    project: null,
    adminAPIKey: null,
    webhookSecret: null,
    // Retries are ours: the SDK's know neither the budget nor the deadline.
    maxRetries: 0,
    // The SDK's debug log prints bodies.
    logLevel: 'off',
    fetch: withOwnHeaders(options),
  });
  const secrets = [...(options.apiKey === null ? [] : [options.apiKey]), ...Object.values(options.headers)];
  const context = { endpoint: printable(options.baseUrl), model: options.model, secrets, timeoutMs: 0 };

  return {
    context,
    async send(body, timeoutMs, cancel) {
      const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
      const signal = cancel === undefined ? timeout : AbortSignal.any([cancel, timeout]);
      const at = { ...context, timeoutMs };
      try {
        const request = { body: { model: options.model, ...body }, signal, timeout: Math.ceil(timeoutMs) };
        const answer: unknown = await client.post('/chat/completions', request);
        const completion = Completion.safeParse(answer);
        if (completion.success) return { ok: true, completion: completion.data };
        return { ok: false, failure: notACompletion(answer, at) };
      } catch (error) {
        const aborted = cancel?.aborted === true ? 'cancelled' : timeout.aborted ? 'timeout' : null;
        return { ok: false, failure: endpointFailure(error, at, aborted) };
      }
    },
  };
}

/**
 * The SDK adds headers from the environment (OPENAI_CUSTOM_HEADERS) and about the machine. The endpoint may be one
 * that only a repository's config names, so it is told nothing but what the options say.
 */
function withOwnHeaders({ apiKey, headers, fetch }: TransportOptions): typeof globalThis.fetch {
  const own = { ...headers, ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }) };
  return (input, init) =>
    fetch(input, {
      ...init,
      headers: { accept: 'application/json', 'content-type': 'application/json', ...own },
    });
}

function notACompletion(answer: unknown, context: EndpointContext): EndpointFailure {
  const body = ErrorBody.safeParse(answer);
  if (!body.success) return endpointFailure(new Error('it is no chat completion'), context, null);
  const { code, message } = body.data.error;
  const said = scrub(`${typeof code === 'string' ? code : ''} ${message}`.trim(), context.secrets);
  return statusFailure(typeof code === 'number' ? code : 500, said, null, context);
}

/** A base URL may hold credentials or a key in its query. */
function printable(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) return 'the endpoint';
  const url = new URL(baseUrl);
  return `${url.origin}${url.pathname}`.replace(/\/$/, '');
}
