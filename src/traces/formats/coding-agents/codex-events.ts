/**
 * The events of `codex exec --json`: threads, turns and items.
 */
import { z } from 'zod';
import { makeTrial, type Stop, type Tokens, type Trial, UNKNOWN_TOKENS } from '../../trial.ts';
import { type ReadOptions, unlabelled } from '../format.ts';
import { stem } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';
import { tokensWithCacheInside } from '../shared/tokens.ts';
import { createTranscript, type Transcript } from '../shared/transcript.ts';

const Item = z.object({
  id: lenient.text,
  type: z.string(),
  text: lenient.text,
  message: lenient.text,
  command: lenient.text,
  aggregated_output: lenient.text,
  exit_code: lenient.number,
  status: lenient.text,
  changes: lenient.anything,
  server: lenient.text,
  tool: lenient.text,
  arguments: lenient.anything,
  result: lenient.anything,
  error: lenient.anything,
  query: lenient.text,
  items: lenient.anything,
});
type Item = z.infer<typeof Item>;

const Event = z.object({
  type: z.string(),
  thread_id: lenient.text,
  item: Item.nullable().catch(null),
  usage: z
    .object({
      input_tokens: lenient.amount,
      cached_input_tokens: lenient.amount,
      cache_write_input_tokens: lenient.amount,
      output_tokens: lenient.amount,
    })
    .nullable()
    .catch(null),
  error: z.object({ message: lenient.text }).nullable().catch(null),
  message: lenient.text,
});
type Event = z.infer<typeof Event>;

/** The trial of one event stream. */
export function parseCodexEvents(values: readonly unknown[], path: string, options: ReadOptions): Trial {
  const events = lenient.fitting(Event, values).fit.map(({ value }) => value);
  const thread = events.find(({ type }) => type === 'thread.started')?.thread_id ?? stem(path);
  return makeTrial({
    id: `codex:${thread || path}`,
    task: thread || path || 'thread',
    ...unlabelled,
    agent: 'codex',
    tokens: tokensOf(events),
    stop: stopOf(events),
    steps: options.skipSteps ? [] : stepsOf(events),
    source: { path, format: 'codex' },
  });
}

function stepsOf(events: readonly Event[]): Trial['steps'] {
  const transcript = createTranscript();
  // An item is reported when it starts, while it grows and when it ends: its last report counts, in its
  // first place. An item that never ended (a cut file) counts as far as it got.
  const items = new Map<string, Item>();
  for (const [index, { item }] of events.entries()) {
    if (item !== null) items.set(item.id ?? `event ${index}`, item);
  }
  const told = new Set<string>();
  for (const [index, event] of events.entries()) {
    const key = event.item === null ? null : (event.item.id ?? `event ${index}`);
    if (key !== null && !told.has(key)) {
      told.add(key);
      const item = items.get(key);
      if (item !== undefined) tell(transcript, item);
    } else if (event.type === 'turn.failed' || event.type === 'error') {
      const message = event.error?.message ?? event.message ?? 'turn failed';
      transcript.extend({ role: 'agent', text: '', error: message });
    }
  }
  return transcript.steps();
}

function tell(transcript: Transcript, item: Item): void {
  const failed = item.status === 'failed' || item.status === 'declined';
  const call = (name: string, args: unknown, observation = '', error: string | null = null) => {
    transcript.say({
      role: 'agent',
      text: '',
      toolCalls: [{ id: item.id, name, arguments: lenient.asText(args) }],
      observation,
      error: error ?? (failed ? `${item.type} ${item.status}` : null),
    });
  };
  switch (item.type) {
    case 'agent_message':
    case 'reasoning':
      transcript.say({ role: 'agent', text: item.text ?? '' });
      return;
    case 'command_execution': {
      const code = item.exit_code ?? 0;
      const error = code === 0 ? null : `exit code ${code}`;
      call('shell', item.command, item.aggregated_output ?? '', error);
      return;
    }
    case 'file_change':
      call('apply_patch', item.changes);
      return;
    case 'mcp_tool_call': {
      const error = lenient.isObject(item.error)
        ? lenient.asText(item.error.message)
        : lenient.asText(item.error);
      const name = [item.server, item.tool].filter(Boolean).join('.');
      call(name || 'mcp', item.arguments, lenient.asText(item.result), error || null);
      return;
    }
    case 'web_search':
      call('web_search', item.query);
      return;
    case 'todo_list':
      call('update_plan', item.items);
      return;
    case 'error':
      transcript.extend({ role: 'agent', text: '', error: item.message ?? 'error' });
      return;
    default:
      transcript.say({ role: 'agent', text: item.text ?? lenient.asText(item) });
      return;
  }
}

/** Each completed turn reports the usage of the thread so far. */
function tokensOf(events: readonly Event[]): Tokens {
  const usage = events.findLast((event) => event.usage !== null)?.usage;
  if (!usage) return UNKNOWN_TOKENS;
  return tokensWithCacheInside(
    usage.input_tokens,
    usage.cached_input_tokens,
    usage.cache_write_input_tokens,
    usage.output_tokens,
  );
}

function stopOf(events: readonly Event[]): Stop {
  const end = events.findLast(({ type }) => /^turn\.(?:completed|failed)$/.test(type));
  if (end === undefined) return events.some(({ type }) => type === 'error') ? 'error' : 'unknown';
  return end.type === 'turn.completed' ? 'finished' : 'error';
}
