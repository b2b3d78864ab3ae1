/**
 * What an endpoint understands. "OpenAI-compatible" promises little: some take a JSON schema, some only JSON
 * mode, some neither; the newest OpenAI models refuse `max_tokens`, others know nothing else. The client
 * starts with the best and steps down when the endpoint says no, then remembers.
 */
import type { AnswerSchema } from './answer-schema.ts';
import type { Message } from './model.ts';
import { estimateMessages, estimateTokens } from './tokens.ts';

export interface Dialect {
  /** How an answer is asked for: a schema it is held to, JSON of any shape, or words alone. */
  readonly mode: 'schema' | 'json' | 'words';
  readonly limit: 'max_completion_tokens' | 'max_tokens';
}

/** What is sent besides the model's name. */
export interface CompletionBody {
  readonly messages: readonly Message[];
  readonly response_format?:
    | {
        readonly type: 'json_schema';
        readonly json_schema: {
          readonly name: string;
          readonly schema: Record<string, unknown>;
          readonly strict: boolean;
        };
      }
    | { readonly type: 'json_object' };
  readonly max_completion_tokens?: number;
  readonly max_tokens?: number;
}

/** OpenAI and Azure want `max_completion_tokens`; Ollama and other local servers know `max_tokens`. */
export function firstDialect(baseUrl: string): Dialect {
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).hostname : '';
  const isOpenAi = host === 'api.openai.com' || host.endsWith('.openai.azure.com');
  return { mode: 'schema', limit: isOpenAi ? 'max_completion_tokens' : 'max_tokens' };
}

/**
 * What to try after the endpoint called a request bad, by its own words; null when there is nothing left. The
 * steps only ever go down, so trying ends after at most three.
 */
export function nextDialect(dialect: Dialect, complaint: string, tried: readonly Dialect[]): Dialect | null {
  const otherLimit: Dialect = {
    ...dialect,
    limit: dialect.limit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens',
  };
  if (/max_(completion_)?tokens/.test(complaint) && !tried.some((t) => t.limit === otherLimit.limit)) {
    return otherLimit;
  }
  if (dialect.mode === 'schema') return { ...dialect, mode: 'json' };
  if (dialect.mode === 'json') return { ...dialect, mode: 'words' };
  return null;
}

/** The request in a dialect. Where the endpoint takes no schema, the schema goes into the system message. */
export function completionBody(
  dialect: Dialect,
  messages: readonly Message[],
  answer: AnswerSchema,
  maxOutputTokens: number,
): CompletionBody {
  const limit = { [dialect.limit]: maxOutputTokens };
  switch (dialect.mode) {
    case 'schema':
      return {
        messages,
        response_format: {
          type: 'json_schema',
          json_schema: { name: answer.name, schema: { ...answer.schema }, strict: answer.strict },
        },
        ...limit,
      };
    case 'json':
      return { messages: withSchema(messages, answer), response_format: { type: 'json_object' }, ...limit };
    case 'words':
      return { messages: withSchema(messages, answer), ...limit };
  }
}

/** Input tokens of a request, estimated from above. The schema counts: endpoints put it into the prompt. */
export function estimateBody(body: CompletionBody): number {
  const format = body.response_format === undefined ? '' : JSON.stringify(body.response_format);
  return estimateMessages(body.messages) + estimateTokens(format);
}

/** Put at the end of the first system message: many chat templates take only one, and only as the first. */
function withSchema(messages: readonly Message[], answer: AnswerSchema): Message[] {
  const rule = `Answer with one JSON object that fits this JSON schema, and with nothing else:\n${JSON.stringify(answer.schema)}`;
  const [first, ...rest] = messages;
  if (first?.role === 'system') return [{ role: 'system', content: `${first.content}\n\n${rule}` }, ...rest];
  return [{ role: 'system', content: rule }, ...messages];
}
