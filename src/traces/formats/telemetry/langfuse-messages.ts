/**
 * What stands in Langfuse's `input` and `output`: each framework's own shape of messages, often as JSON in a
 * string, sometimes twice over.
 */
import { asText, isObject } from '../shared/lenient.ts';
import { contentText, type ReadMessage, readMessage } from '../shared/message.ts';

/** JSON in a string, up to three times over; anything else as it is. */
export function decoded(value: unknown): unknown {
  let at = value;
  for (let depth = 0; depth < 3 && typeof at === 'string' && /^\s*["[{]/.test(at); depth++) {
    try {
      at = JSON.parse(at);
    } catch {
      return at;
    }
  }
  return at;
}

/** What a tool gave: LangChain wraps it in a message of its own. */
export function answerText(result: unknown): unknown {
  const answers = readMessage(result)?.answers ?? [];
  if (answers.length > 0) return answers.map(({ text }) => text).join('\n');
  return contentText(result) || result;
}

/** The messages in an input or output, which each framework shapes in its own way; else its text. */
export function messagesOf(raw: unknown, role: 'user' | 'agent'): ReadMessage[] {
  const value = decoded(raw);
  if (value === null || value === undefined || value === '') return [];
  const list = messageListOf(value);
  const messages = list
    .map((item) => readMessage(withRole(item, role)))
    .filter((message) => message !== null);
  if (messages.length > 0) return messages;
  const plain = ['contents', 'input', 'prompt', 'query', 'question'].map((name) => field(value, name));
  const text = contentText(plain.find((said) => typeof said === 'string') ?? value) || asText(value);
  return text === '' ? [] : [{ role, text, calls: [], answers: [] }];
}

function messageListOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => (Array.isArray(item) ? item : [item]));
  if (!isObject(value)) return [];
  for (const name of ['messages', 'contents', 'input']) {
    const inner = value[name];
    if (Array.isArray(inner)) return inner;
  }
  // The answers of OpenAI (choices, output), Gemini (candidates) and Anthropic (content).
  if (Array.isArray(value.choices)) return value.choices.map((choice) => field(choice, 'message') ?? choice);
  if (Array.isArray(value.candidates))
    return value.candidates.map((candidate) => field(candidate, 'content'));
  if (Array.isArray(value.output)) return value.output;
  if (isObject(value.message)) return [value.message];
  return 'role' in value || 'content' in value || 'kwargs' in value ? [value] : [];
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function withRole(value: unknown, role: 'user' | 'agent'): unknown {
  if (!isObject(value) || 'role' in value || value.type === 'constructor') return value;
  // Items of the Responses API are calls and answers without a role.
  if (value.type === 'function_call') return { role: 'agent', content: [value] };
  if (value.type === 'function_call_output') return { role: 'tool', content: [value] };
  return 'content' in value || 'parts' in value ? { ...value, role } : value;
}
