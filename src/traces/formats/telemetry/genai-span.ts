/**
 * What a span says of a model call or a tool, in the attributes of the OTel GenAI conventions (from the
 * events before 1.37 to the message attributes since) and of OpenInference.
 */
import type { Tokens } from '../../trial.ts';
import type { Activity } from '../harbor/activity.ts';
import { amountOf, asText, isObject } from '../shared/lenient.ts';
import { type ReadMessage, readMessage } from '../shared/message.ts';
import { add, tokensWithCacheInside } from '../shared/tokens.ts';
import type { Attributes, Span } from './otlp.ts';

export type SpanKind = 'model' | 'tool' | 'agent' | 'other';

const MODEL_OPERATIONS = new Set(['chat', 'generate_content', 'text_completion']);
const AGENT_OPERATIONS = new Set(['invoke_agent', 'create_agent', 'invoke_workflow']);

export function kindOf({ attributes }: Span): SpanKind {
  const operation = attributes.get('gen_ai.operation.name');
  const inference = attributes.get('openinference.span.kind');
  if (typeof operation === 'string') {
    if (MODEL_OPERATIONS.has(operation)) return 'model';
    if (operation === 'execute_tool') return 'tool';
    if (AGENT_OPERATIONS.has(operation)) return 'agent';
  }
  if (inference === 'LLM') return 'model';
  if (inference === 'TOOL') return 'tool';
  if (inference === 'AGENT') return 'agent';
  if (operation !== undefined || inference !== undefined) return 'other';
  if (attributes.has('gen_ai.tool.name')) return 'tool';
  return attributes.has('gen_ai.request.model') || attributes.has('llm.model_name') ? 'model' : 'other';
}

/** A span of a model or a tool as an activity; null for other kinds. */
export function activityOf(span: Span): Activity | null {
  const at = span.startedAt ?? '';
  const { attributes } = span;
  switch (kindOf(span)) {
    case 'model':
      return { kind: 'model', at, ...messagesOf(span), error: span.error };
    case 'tool':
      return {
        kind: 'tool',
        at,
        callId: textOf(attributes, 'gen_ai.tool.call.id', 'tool_call.id'),
        name: textOf(attributes, 'gen_ai.tool.name', 'tool.name') ?? span.name,
        arguments: first(attributes, 'gen_ai.tool.call.arguments', 'tool.parameters', 'input.value'),
        result: first(attributes, 'gen_ai.tool.call.result', 'output.value'),
        error: span.error,
      };
    default:
      return null;
  }
}

function messagesOf(span: Span): { input: ReadMessage[]; output: ReadMessage[] } {
  const { attributes } = span;
  const system = systemMessages(attributes.get('gen_ai.system_instructions'));
  const sources: { input: ReadMessage[]; output: ReadMessage[] }[] = [
    {
      input: messageList(attributes.get('gen_ai.input.messages')),
      output: messageList(attributes.get('gen_ai.output.messages')),
    },
    { input: indexed(attributes, 'llm.input_messages'), output: indexed(attributes, 'llm.output_messages') },
    { input: indexed(attributes, 'gen_ai.prompt'), output: indexed(attributes, 'gen_ai.completion') },
    eventMessages(span),
    {
      input: said('user', first(attributes, 'input.value')),
      output: said('agent', first(attributes, 'output.value')),
    },
  ];
  const found = sources.find(({ input, output }) => input.length + output.length > 0);
  return { input: [...system, ...(found?.input ?? [])], output: found?.output ?? [] };
}

/** A list of messages, structured or as a JSON string; [] where it is none. */
function messageList(value: unknown): ReadMessage[] {
  const decoded = decoded1(value);
  if (!Array.isArray(decoded)) return [];
  return decoded.map(readMessage).filter((message) => message !== null);
}

function systemMessages(value: unknown): ReadMessage[] {
  if (value === undefined || value === null) return [];
  const message = readMessage({ role: 'system', content: decoded1(value) });
  return message === null || message.text === '' ? [] : [message];
}

function decoded1(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Since events carry message attributes too, both older shapes of events are read. */
function eventMessages(span: Span): { input: ReadMessage[]; output: ReadMessage[] } {
  const input: ReadMessage[] = [];
  const output: ReadMessage[] = [];
  for (const { name, attributes } of span.events) {
    input.push(...messageList(attributes.get('gen_ai.input.messages')));
    output.push(...messageList(attributes.get('gen_ai.output.messages')));
    const role = /^gen_ai\.(system|user|assistant|tool)\.message$/.exec(name)?.[1];
    const fields = Object.fromEntries([...attributes].map(([key, value]) => [key, decoded1(value)]));
    if (role !== undefined) {
      const message = readMessage({ ...fields, role, tool_call_id: fields.id });
      if (message !== null) input.push(message);
    } else if (name === 'gen_ai.choice') {
      const inner = isObject(fields.message) ? fields.message : fields;
      const message = readMessage({ ...inner, role: 'assistant' });
      if (message !== null) output.push(message);
    }
  }
  return { input, output };
}

/**
 * Messages flattened into attributes: `llm.input_messages.0.message.role` (OpenInference) and
 * `gen_ai.prompt.0.role` (Traceloop).
 */
function indexed(attributes: Attributes, prefix: string): ReadMessage[] {
  const messages = new Map<
    number,
    { fields: Map<string, unknown>; calls: Map<number, Record<string, unknown>> }
  >();
  for (const [key, value] of attributes) {
    if (!key.startsWith(`${prefix}.`)) continue;
    const [, at, rest] = /^(\d{1,9})\.(?:message\.)?(.+)$/.exec(key.slice(prefix.length + 1)) ?? [];
    if (at === undefined || rest === undefined) continue;
    const message = messages.get(Number(at)) ?? { fields: new Map(), calls: new Map() };
    messages.set(Number(at), message);
    const call = /^tool_calls\.(\d{1,9})\.(?:tool_call\.)?(?:function\.)?(id|name|arguments)$/.exec(rest);
    const part = /^contents\.\d{1,9}\.message_content\.text$/.test(rest);
    if (call?.[1] !== undefined && call[2] !== undefined) {
      const fields = message.calls.get(Number(call[1])) ?? {};
      fields[call[2]] = value;
      message.calls.set(Number(call[1]), fields);
    } else if (part) {
      const text = [message.fields.get('content'), value].filter(Boolean).map(asText).join('\n');
      message.fields.set('content', text);
    } else message.fields.set(rest, value);
  }
  return [...messages]
    .toSorted(([a], [b]) => a - b)
    .map(([, { fields, calls }]) =>
      readMessage({
        role: fields.get('role'),
        content: fields.get('content'),
        tool_call_id: fields.get('tool_call_id'),
        tool_calls: [...calls].toSorted(([a], [b]) => a - b).map(([, call]) => call),
      }),
    )
    .filter((message) => message !== null);
}

function said(role: 'user' | 'agent', value: unknown): ReadMessage[] {
  const decoded = decoded1(value);
  const inner = isObject(decoded) ? (decoded.messages ?? decoded) : decoded;
  const list = messageList(Array.isArray(inner) ? inner : [inner]);
  if (list.length > 0) return list;
  const text = asText(value);
  return text === '' ? [] : [{ role, text, calls: [], answers: [] }];
}

/** Tokens of a model's span. Both conventions count cached input as input. */
export function tokensOf({ attributes }: Span): Tokens {
  const count = (...names: string[]) => amountOf(first(attributes, ...names));
  return tokensWithCacheInside(
    count('gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'llm.token_count.prompt'),
    count('gen_ai.usage.cache_read.input_tokens', 'llm.token_count.prompt_details.cache_read'),
    count('gen_ai.usage.cache_creation.input_tokens', 'llm.token_count.prompt_details.cache_write'),
    count('gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens', 'llm.token_count.completion'),
  );
}

/** USD of several spans; OTel has no attribute for it, OpenInference has. */
export function costOf(spans: readonly Span[]): number | null {
  return spans.reduce<number | null>((total, { attributes }) => {
    return add(total, amountOf(attributes.get('llm.cost.total')));
  }, null);
}

/** The first attribute of these names that is there. */
export function first(attributes: Attributes, ...names: string[]): unknown {
  for (const name of names) {
    const value = attributes.get(name);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

/** The first attribute of these names as text; null where none is there or it is empty. */
export function textOf(attributes: Attributes, ...names: string[]): string | null {
  return asText(first(attributes, ...names)) || null;
}
