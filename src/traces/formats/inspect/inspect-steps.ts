/**
 * What happened in an Inspect sample, from its messages.
 */
import type { Step, ToolCall } from '../../trial.ts';
import * as lenient from '../shared/lenient.ts';
import { contentText } from '../shared/message.ts';
import { createTranscript } from '../shared/transcript.ts';
import type { Sample } from './inspect-sample.ts';

/** Texts that Inspect moved out of the sample: `attachment://<hash>`, in older logs `tc://<hash>`. */
const ATTACHMENT = /\b(?:attachment|tc):\/\/([0-9a-f]{32})\b/g;

/** The steps of a sample. A tool's answer joins the step that called it. */
export function inspectSteps(sample: Sample): Step[] {
  const { attachments } = sample;
  const restore = (text: string) => text.replace(ATTACHMENT, (ref, hash: string) => attachments[hash] ?? ref);
  const transcript = createTranscript();
  for (const message of messagesOf(sample)) {
    if (!lenient.isObject(message)) continue;
    const text = restore(contentText(message.content));
    if (message.role === 'tool') {
      const callId = typeof message.tool_call_id === 'string' ? message.tool_call_id : null;
      transcript.observe({ callId, text, ...failureOf(message.error, restore) });
      continue;
    }
    const calls = lenient.list.parse(message.tool_calls).filter(lenient.isObject);
    transcript.say({
      role: message.role === 'system' || message.role === 'user' ? message.role : 'agent',
      text: [restore(reasoningOf(message)), text].filter((part) => part !== '').join('\n\n'),
      toolCalls: calls.map((call) => toolCall(call, restore)),
      error: parseErrors(calls),
    });
  }
  return transcript.steps();
}

/** The final conversation; where a sample broke off before it was written, that of the last model call. */
function messagesOf(sample: Sample): readonly unknown[] {
  if (sample.messages.length > 0) return sample.messages;
  const last = sample.events.filter(lenient.isObject).findLast(({ event }) => event === 'model');
  if (last === undefined) return [];
  const [choice] = lenient.list.parse(lenient.object.parse(last.output).choices);
  const answer = lenient.object.parse(choice).message;
  return [...inputOf(last, sample), ...(lenient.isObject(answer) ? [answer] : [])];
}

/** A condensed event refers to ranges [start, end) of the messages that the sample pools. */
function inputOf(event: Record<string, unknown>, sample: Sample): readonly unknown[] {
  const input = lenient.list.parse(event.input);
  if (input.length > 0) return input;
  const pooled = lenient.list.parse(sample.events_data.messages);
  const pool = pooled.length > 0 ? pooled : sample.message_pool;
  return lenient.list.parse(event.input_refs).flatMap((range) => {
    const [start, end] = lenient.list.parse(range);
    return typeof start === 'number' && typeof end === 'number' ? pool.slice(start, end) : [];
  });
}

/** A tool's error; `output_limit` says that its answer was cut. */
function failureOf(error: unknown, restore: (text: string) => string) {
  if (!lenient.isObject(error)) return {};
  const type = typeof error.type === 'string' ? error.type : 'error';
  const message = typeof error.message === 'string' ? error.message : '';
  return {
    error: restore(message === '' ? type : `${type}: ${message}`),
    truncated: type === 'output_limit',
  };
}

function toolCall(call: Record<string, unknown>, restore: (text: string) => string): ToolCall {
  return {
    id: typeof call.id === 'string' ? call.id : null,
    name: typeof call.function === 'string' ? call.function : 'unknown',
    arguments: restore(lenient.asText(call.arguments)),
  };
}

/** Calls that the model wrote so that they could not be parsed. */
function parseErrors(calls: readonly Record<string, unknown>[]): string | null {
  const errors = calls.flatMap(({ parse_error: error }) => (typeof error === 'string' ? [error] : []));
  return errors.length === 0 ? null : errors.join('\n');
}

/** Reasoning stands in a part of its own, or beside the content in older logs. */
function reasoningOf(message: Record<string, unknown>): string {
  return typeof message.reasoning === 'string' ? message.reasoning : '';
}
