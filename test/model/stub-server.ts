/**
 * A stand-in for an OpenAI-compatible endpoint: a real HTTP server on this machine that plays a script, so that
 * tests see real sockets, stalls and headers. A request past the end of the script is answered 599, and a script
 * that is not played to its end fails `close`.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { z } from 'zod';

const Body = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  response_format: z.object({ type: z.string(), json_schema: z.unknown().optional() }).optional(),
  max_tokens: z.number().optional(),
  max_completion_tokens: z.number().optional(),
});

type StubBody = z.infer<typeof Body>;

export interface StubRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: StubBody;
  /** ms since the server started. */
  readonly at: number;
}

/** How the server answers one request. */
export type Reply = (response: ServerResponse, request: StubRequest) => void;

export interface Stub {
  readonly baseUrl: string;
  readonly requests: readonly StubRequest[];
  /** Adds replies to the script. */
  play(...replies: Reply[]): void;
  /** Answers every request that the script does not cover. */
  always(reply: Reply): void;
  /** Stops the server, and throws when scripted replies were not asked for. */
  close(): Promise<void>;
}

export async function startStub(): Promise<Stub> {
  const script: Reply[] = [];
  const requests: StubRequest[] = [];
  let otherwise: Reply = status(599, { message: 'the script has ended' });
  const started = performance.now();
  const server = createServer((incoming, response) => {
    let text = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => {
      text += chunk;
    });
    incoming.on('end', () => {
      const request: StubRequest = {
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: Body.parse(JSON.parse(text)),
        at: performance.now() - started,
      };
      requests.push(request);
      (script.shift() ?? otherwise)(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stub has no port');
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    requests,
    play: (...replies) => script.push(...replies),
    always: (reply) => {
      otherwise = reply;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (script.length > 0) throw new Error(`${script.length} scripted replies were never asked for`);
    },
  };
}

interface CompletionDetails {
  readonly finish?: string;
  readonly refusal?: string;
  readonly usage?: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly prompt_tokens_details?: { readonly cached_tokens: number };
  } | null;
}

/** A chat completion. Text is sent as it is, anything else as JSON text. */
export function completion(answer: unknown, details: CompletionDetails = {}): Reply {
  const usage = details.usage === undefined ? { prompt_tokens: 100, completion_tokens: 20 } : details.usage;
  const body = {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        finish_reason: details.finish ?? 'stop',
        message: {
          role: 'assistant',
          content: typeof answer === 'string' ? answer : JSON.stringify(answer),
          refusal: details.refusal ?? null,
        },
      },
    ],
    ...(usage === null ? {} : { usage }),
  };
  return raw(200, JSON.stringify(body));
}

/** An error as OpenAI words it. */
export function status(
  code: number,
  error: { readonly message: string; readonly code?: string; readonly type?: string },
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return raw(code, JSON.stringify({ error }), headers);
}

/** Exactly these bytes. */
export function raw(code: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };
}

/** Begins an answer and never ends it. */
export function stall(): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"id":"chatcmpl-1","choices":[{"finish_re');
  };
}

/** Never answers at all. */
export function silence(): Reply {
  return () => undefined;
}

/** Breaks the connection in the middle of the answer. */
export function hangUp(): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"id":');
    setTimeout(() => response.destroy(), 5);
  };
}
