/**
 * Codex rollouts: `{timestamp, type, payload}` lines, of which `response_item` payloads are the conversation
 * and `event_msg` payloads mostly repeat it for the screen.
 */
import { z } from 'zod';
import { makeTrial, type Stop, type Tokens, type Trial, UNKNOWN_TOKENS } from '../../trial.ts';
import { type ReadOptions, unlabelled } from '../format.ts';
import { stem } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';
import { appendMessage, contentText, readMessage } from '../shared/message.ts';
import { tokensWithCacheInside } from '../shared/tokens.ts';
import { createTranscript, type Transcript } from '../shared/transcript.ts';

const Payload = z.object({
  type: lenient.text,
  id: lenient.text,
  role: lenient.text,
  model: lenient.text,
  cli_version: lenient.text,
  content: lenient.anything,
  summary: lenient.anything,
  name: lenient.text,
  call_id: lenient.text,
  arguments: lenient.anything,
  input: lenient.anything,
  action: lenient.anything,
  output: lenient.anything,
  message: lenient.text,
  info: lenient.anything,
});
type Payload = z.infer<typeof Payload>;

const Line = z.object({
  timestamp: lenient.moment,
  type: lenient.text,
  record_type: lenient.text,
  payload: Payload.nullable().catch(null),
});

interface Entry {
  readonly kind: string;
  readonly at: string | null;
  readonly payload: Payload;
}

const TokenInfo = z.object({
  total_token_usage: z.object({
    input_tokens: lenient.amount,
    cached_input_tokens: lenient.amount,
    output_tokens: lenient.amount,
  }),
});

/** The trial of one rollout. */
export function parseCodexRollout(values: readonly unknown[], path: string, options: ReadOptions): Trial {
  const entries = values.map(entryOf).filter((entry) => entry !== null);
  const meta = entries.find(({ kind }) => kind === 'session_meta')?.payload;
  const session = meta?.id ?? stem(path);
  const times = entries.map(({ at }) => at).filter((at) => at !== null);
  return makeTrial({
    id: `codex:${session || path}`,
    task: session || path || 'session',
    ...unlabelled,
    agent: meta?.cli_version ? `codex ${meta.cli_version}` : 'codex',
    model:
      entries.findLast(({ kind, payload }) => kind === 'turn_context' && payload.model)?.payload.model ??
      null,
    startedAt: times[0] ?? null,
    finishedAt: times.at(-1) ?? null,
    tokens: tokensOf(entries),
    instruction: instructionOf(entries),
    stop: stopOf(entries),
    steps: options.skipSteps ? [] : stepsOf(entries),
    source: { path, format: 'codex' },
  });
}

/** A line as kind and payload; the bare items of the first versions are `response_item`s. */
function entryOf(value: unknown, index: number): Entry | null {
  const line = Line.safeParse(value).data;
  if (line === undefined || line.record_type !== null) return null;
  if (line.payload !== null) return { kind: line.type ?? '', at: line.timestamp, payload: line.payload };
  const bare = Payload.safeParse(value).data;
  if (bare === undefined) return null;
  // The first line of those versions is the session itself, without a type.
  if (bare.type === null)
    return index === 0 ? { kind: 'session_meta', at: line.timestamp, payload: bare } : null;
  return { kind: 'response_item', at: line.timestamp, payload: bare };
}

function stepsOf(entries: readonly Entry[]): Trial['steps'] {
  const transcript = createTranscript();
  for (const { kind, payload } of entries) {
    if (kind === 'response_item') tell(transcript, payload);
    else if (kind === 'compacted') transcript.say({ role: 'system', text: payload.message ?? 'compacted' });
    else if (kind === 'event_msg' && (payload.type === 'error' || payload.type === 'stream_error')) {
      transcript.extend({ role: 'agent', text: '', error: payload.message ?? 'error' });
    }
  }
  return transcript.steps();
}

function tell(transcript: Transcript, item: Payload): void {
  switch (item.type) {
    case 'message': {
      const message = readMessage({ role: item.role, content: item.content });
      if (message !== null) appendMessage(transcript, message);
      return;
    }
    case 'reasoning': {
      const text = contentText(item.content) || contentText(item.summary);
      if (text !== '') transcript.say({ role: 'agent', text });
      return;
    }
    case 'function_call':
    case 'custom_tool_call':
    case 'local_shell_call':
    case 'web_search_call': {
      const name = item.name ?? (item.type === 'web_search_call' ? 'web_search' : 'shell');
      const args = lenient.asText(item.arguments ?? item.input ?? commandOf(item.action));
      const call = { id: item.call_id ?? item.id, name, arguments: args };
      transcript.say({ role: 'agent', text: '', toolCalls: [call] });
      return;
    }
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const { text, code } = unpack(item.output);
      transcript.observe({ callId: item.call_id, text, error: code ? `exit code ${code}` : null });
    }
  }
}

function commandOf(action: unknown): unknown {
  return lenient.isObject(action) ? (action.command ?? action.query ?? action) : action;
}

/** Outputs are text, blocks, or an object (often in a JSON string) with the exit code in its metadata. */
function unpack(output: unknown): { text: string; code: number | null } {
  let value = output;
  if (typeof output === 'string' && output.startsWith('{"')) {
    try {
      value = JSON.parse(output);
    } catch {
      return { text: output, code: null };
    }
  }
  if (Array.isArray(value)) return { text: contentText(value), code: null };
  if (!lenient.isObject(value) || !('output' in value || 'content' in value)) {
    return { text: lenient.asText(output), code: null };
  }
  const metadata = lenient.isObject(value.metadata) ? value.metadata : {};
  const code = typeof metadata.exit_code === 'number' ? metadata.exit_code : null;
  return { text: lenient.asText(value.output ?? value.content), code };
}

/** The first thing a person said: before it stand blocks of context that the client itself writes. */
function instructionOf(entries: readonly Entry[]): string | null {
  for (const { kind, payload } of entries) {
    if (kind !== 'response_item' || payload.type !== 'message' || payload.role !== 'user') continue;
    const text = contentText(payload.content);
    if (
      text !== '' &&
      !/^\s*(?:<(?:environment_context|user_instructions|INSTRUCTIONS)|# AGENTS\.md)/.test(text)
    ) {
      return text;
    }
  }
  return null;
}

/** Token counts are running totals of the session: the last one holds. */
function tokensOf(entries: readonly Entry[]): Tokens {
  for (const { kind, payload } of entries.toReversed()) {
    if (kind !== 'event_msg' || payload.type !== 'token_count') continue;
    const total = TokenInfo.safeParse(payload.info).data?.total_token_usage;
    if (total)
      return tokensWithCacheInside(total.input_tokens, total.cached_input_tokens, null, total.output_tokens);
  }
  return UNKNOWN_TOKENS;
}

function stopOf(entries: readonly Entry[]): Stop {
  for (const { kind, payload } of entries.toReversed()) {
    if (kind !== 'event_msg') continue;
    if (payload.type === 'task_complete' || payload.type === 'turn_complete') return 'finished';
    if (payload.type === 'turn_aborted') return 'cancelled';
    if (payload.type === 'error') return 'error';
  }
  return 'unknown';
}
