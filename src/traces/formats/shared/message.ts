/**
 * A chat message in the dialects that traces carry: OpenAI (chat and responses), Anthropic blocks, OTel GenAI
 * parts, Gemini parts, LangChain. All say the same four things: who, what text, which calls, which answers.
 */
import type { Step, ToolCall } from '../../trial.ts';
import { asText, isObject } from './lenient.ts';
import type { Answer, Transcript } from './transcript.ts';

export interface ReadMessage {
  readonly role: Step['role'];
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly answers: readonly Answer[];
}

const ROLES: Readonly<Record<string, Step['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'agent',
  ai: 'agent',
  model: 'agent',
  agent: 'agent',
  tool: 'tool',
  function: 'tool',
  // LangChain's class names.
  systemmessage: 'system',
  humanmessage: 'user',
  aimessage: 'agent',
  aimessagechunk: 'agent',
  toolmessage: 'tool',
};

/** A message, or null where the value is none. */
export function readMessage(value: unknown): ReadMessage | null {
  if (!isObject(value)) return null;
  const fields = langChainFields(value) ?? value;
  const role = roleOf(fields);
  if (role === null) return null;
  const found = { text: [] as string[], calls: [] as ToolCall[], answers: [] as Answer[] };
  for (const reasoning of [fields.reasoning_content, fields.thought]) {
    if (typeof reasoning === 'string') found.text.push(reasoning);
  }
  if (role === 'tool') {
    found.answers.push(...toolAnswers(fields));
  } else {
    readContent(fields.content ?? fields.parts ?? fields.text, found);
    if (typeof fields.refusal === 'string') found.text.push(fields.refusal);
  }
  for (const call of listOf(fields.tool_calls)) found.calls.push(readCall(call));
  if (isObject(fields.function_call)) found.calls.push(readCall(fields.function_call));
  return {
    role,
    text: found.text.filter((part) => part !== '').join('\n'),
    calls: found.calls,
    answers: found.answers,
  };
}

/** Adds a message to a transcript: its text and calls as a step, its answers to the steps that called. */
export function appendMessage(transcript: Transcript, message: ReadMessage): void {
  for (const answer of message.answers) transcript.observe(answer);
  if (message.text !== '' || message.calls.length > 0) {
    transcript.say({ role: message.role, text: message.text, toolCalls: message.calls });
  }
}

/** The text of a message's content: a string, or the text parts of a list. */
export function contentText(content: unknown): string {
  const found = { text: [] as string[], calls: [], answers: [] };
  readContent(content, found);
  return found.text.filter((part) => part !== '').join('\n');
}

interface Found {
  readonly text: string[];
  readonly calls: ToolCall[];
  readonly answers: Answer[];
}

/** Content within content goes deeper than this only in broken or hostile files. */
const MAX_DEPTH = 16;

function readContent(content: unknown, found: Found, depth = 0): void {
  if (typeof content === 'string') found.text.push(content);
  else if (depth > MAX_DEPTH) return;
  else if (Array.isArray(content)) for (const part of content) readPart(part, found, depth);
  else if (isObject(content)) readPart(content, found, depth);
}

function readPart(part: unknown, found: Found, depth: number): void {
  if (typeof part === 'string') {
    found.text.push(part);
    return;
  }
  if (!isObject(part)) return;
  switch (part.type) {
    case 'tool_use':
    case 'tool_call':
    case 'tool-call':
    case 'function_call':
      found.calls.push(readCall(part));
      return;
    case 'tool_result':
    case 'tool_call_response':
    case 'tool-result':
    case 'function_call_output':
      found.answers.push(partAnswer(part));
      return;
  }
  if (isObject(part.functionCall)) found.calls.push(readCall(part.functionCall));
  else if (isObject(part.functionResponse)) found.answers.push(partAnswer(part.functionResponse));
  else {
    const said = part.text ?? part.thinking ?? part.content ?? part.reasoning;
    readContent(said, found, depth + 1);
  }
}

/** A call, whichever of the dialects names its parts. */
function readCall(value: unknown): ToolCall {
  if (!isObject(value)) return { id: null, name: 'unknown', arguments: asText(value) };
  const inner = isObject(value.function) ? value.function : value;
  return {
    // The Responses API names an item by `id` and its call by `call_id`: answers refer to the call.
    id: stringOf(value.call_id ?? value.tool_call_id ?? value.toolCallId ?? value.id),
    name: stringOf(inner.name ?? inner.toolName) ?? 'unknown',
    arguments: asText(inner.arguments ?? inner.input ?? inner.args ?? inner.kwargs),
  };
}

function partAnswer(part: Record<string, unknown>): Answer {
  const body = part.content ?? part.output ?? part.response ?? part.result;
  const text = Array.isArray(body) ? contentText(body) || asText(body) : asText(body);
  return {
    callId: stringOf(part.tool_use_id ?? part.call_id ?? part.id ?? part.toolCallId ?? part.name),
    text,
    error: part.is_error === true || part.isError === true ? text || 'error' : null,
  };
}

/** What a message of role `tool` answers: OpenAI's one result, or GenAI's response parts. */
function toolAnswers(fields: Record<string, unknown>): Answer[] {
  const found: Found = { text: [], calls: [], answers: [] };
  readContent(fields.content ?? fields.parts ?? fields.output, found);
  if (found.answers.length > 0) return [...found.answers];
  const text = found.text.join('\n') || (isObject(fields.content) ? asText(fields.content) : '');
  const failed = fields.error === true || fields.is_error === true || fields.status === 'error';
  return [
    { callId: stringOf(fields.tool_call_id ?? fields.id), text, error: failed ? text || 'error' : null },
  ];
}

function roleOf(fields: Record<string, unknown>): Step['role'] | null {
  for (const name of [fields.role, fields.type]) {
    if (typeof name === 'string' && Object.hasOwn(ROLES, name.toLowerCase())) {
      return ROLES[name.toLowerCase()] ?? null;
    }
  }
  return null;
}

/** LangChain serialises a message as a constructor call: its class ends `id`, its fields are `kwargs`. */
function langChainFields(value: Record<string, unknown>): Record<string, unknown> | null {
  if (value.type !== 'constructor' || !isObject(value.kwargs)) return null;
  const name = Array.isArray(value.id) ? value.id.at(-1) : undefined;
  return { ...value.kwargs, role: name };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function stringOf(value: unknown): string | null {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' ? String(value) : null;
}
