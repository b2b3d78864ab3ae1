/**
 * One session of Claude Code: its lines, and the trial they make.
 */
import { z } from 'zod';
import { makeTrial, type Stop, type Tokens, type Trial, UNKNOWN_TOKENS } from '../../trial.ts';
import { unlabelled } from '../format.ts';
import * as lenient from '../shared/lenient.ts';
import { readMessage } from '../shared/message.ts';
import { addTokens } from '../shared/tokens.ts';
import { createTranscript } from '../shared/transcript.ts';

/** Anthropic counts uncached input apart from what the cache read and wrote. */
const Usage = z
  .object({
    input_tokens: lenient.amount,
    cache_read_input_tokens: lenient.amount,
    cache_creation_input_tokens: lenient.amount,
    output_tokens: lenient.amount,
  })
  .nullable()
  .catch(null);
type Usage = z.infer<typeof Usage>;

const ModelUsage = z.object({
  inputTokens: lenient.amount,
  cacheReadInputTokens: lenient.amount,
  cacheCreationInputTokens: lenient.amount,
  outputTokens: lenient.amount,
});

const Line = z.object({
  type: z.enum(['assistant', 'user', 'system', 'result', 'summary']),
  subtype: lenient.text,
  uuid: lenient.text,
  sessionId: lenient.text,
  session_id: lenient.text,
  timestamp: lenient.moment,
  isSidechain: lenient.flag,
  parent_tool_use_id: lenient.text,
  isMeta: lenient.flag,
  version: lenient.text,
  claude_code_version: lenient.text,
  model: lenient.text,
  message: z
    .object({
      id: lenient.text,
      role: lenient.text,
      model: lenient.text,
      content: lenient.anything,
      stop_reason: lenient.text,
      usage: Usage,
    })
    .nullable()
    .catch(null),
  toolUseResult: lenient.anything,
  tool_use_result: lenient.anything,
  is_error: lenient.flag,
  total_cost_usd: lenient.amount,
  usage: Usage,
  modelUsage: z.record(z.string(), ModelUsage).nullable().catch(null),
});

export interface ClaudeLine extends z.infer<typeof Line> {
  readonly session: string | null;
  /** Said inside a subagent. */
  readonly aside: boolean;
}

export interface ClaudeSession {
  readonly id: string;
  /** File of its first line. */
  readonly path: string;
  readonly lines: readonly ClaudeLine[];
}

/** One event, or null where the value is none. */
export function parseClaudeLine(value: unknown): ClaudeLine | null {
  const parsed = Line.safeParse(value);
  if (!parsed.success) return null;
  const line = parsed.data;
  if ((line.type === 'assistant' || line.type === 'user') && line.message === null) return null;
  const aside = line.isSidechain === true || line.parent_tool_use_id !== null;
  return { ...line, session: line.sessionId ?? line.session_id, aside };
}

/** The trial of a session: steps of the main thread, tokens of everything. */
export function sessionTrial(session: ClaudeSession, options: { readonly skipSteps: boolean }): Trial {
  const main = session.lines.filter(({ aside }) => !aside);
  // A subagent's file without its session's: the subagent is then all there is to see.
  const told = main.some(({ message }) => message !== null) ? main : session.lines;
  const times = session.lines.map(({ timestamp }) => timestamp).filter((time) => time !== null);
  const results = session.lines.filter(({ type }) => type === 'result');
  const version = session.lines.map((line) => line.claude_code_version ?? line.version).find(Boolean);
  return makeTrial({
    id: `claude-code:${session.id}`,
    task: session.id,
    ...unlabelled,
    agent: version ? `claude-code ${version}` : 'claude-code',
    model: modelOf(told),
    startedAt: times.toSorted()[0] ?? null,
    finishedAt: times.toSorted().at(-1) ?? null,
    tokens: tokensOf(session.lines, results),
    // Several results of one session each give the total so far.
    costUsd: results.reduce<number | null>((most, line) => larger(most, line.total_cost_usd), null),
    instruction: instructionOf(told),
    stop: stopOf(told, results.at(-1)),
    steps: options.skipSteps ? [] : stepsOf(told),
    source: { path: session.path, format: 'claude-code' },
  });
}

function stepsOf(lines: readonly ClaudeLine[]): Trial['steps'] {
  const transcript = createTranscript();
  let messageId: string | null = null;
  for (const line of lines) {
    const message =
      line.message === null ? null : readMessage({ role: line.type, ...stripNulls(line.message) });
    if (message === null) {
      if (line.subtype === 'compact_boundary') {
        transcript.say({ role: 'system', text: 'The conversation was compacted here.' });
      }
      continue;
    }
    const truncated = isTruncated(line.toolUseResult) || isTruncated(line.tool_use_result);
    for (const answer of message.answers) transcript.observe({ ...answer, truncated });
    if (message.text === '' && message.calls.length === 0) continue;
    const turn = { role: message.role, text: message.text, toolCalls: message.calls };
    // One message of the API is written as several lines, a block each.
    if (message.role === 'agent' && messageId !== null && messageId === line.message?.id)
      transcript.extend(turn);
    else transcript.say(turn);
    messageId = message.role === 'agent' ? (line.message?.id ?? null) : null;
  }
  return transcript.steps();
}

function stripNulls(message: NonNullable<ClaudeLine['message']>): Record<string, unknown> {
  return { content: message.content, ...(message.role === null ? {} : { role: message.role }) };
}

function isTruncated(result: unknown): boolean {
  return lenient.isObject(result) && result.truncated === true;
}

function modelOf(lines: readonly ClaudeLine[]): string | null {
  // Messages that the client itself makes up (an API error) come from the model "<synthetic>".
  const used = lines.find(({ message }) => message?.model && message.model !== '<synthetic>');
  return used?.message?.model ?? lines.find(({ model }) => model)?.model ?? null;
}

function instructionOf(lines: readonly ClaudeLine[]): string | null {
  for (const { type, message, isMeta } of lines) {
    if (type !== 'user' || message === null || isMeta === true) continue;
    const text = readMessage({ ...stripNulls(message), role: 'user' })?.text ?? '';
    if (text !== '') return text;
  }
  return null;
}

/** The results' own sums where there are any, else each API message once: its lines repeat its usage. */
function tokensOf(lines: readonly ClaudeLine[], results: readonly ClaudeLine[]): Tokens {
  const models = Object.values(results.at(-1)?.modelUsage ?? {});
  if (models.length > 0) {
    return models.reduce<Tokens>(
      (total, model) =>
        addTokens(total, {
          input: model.inputTokens,
          cacheRead: model.cacheReadInputTokens,
          cacheWrite: model.cacheCreationInputTokens,
          output: model.outputTokens,
        }),
      UNKNOWN_TOKENS,
    );
  }
  const byMessage = new Map<string, Usage>();
  for (const [index, { message }] of lines.entries()) {
    // The last line of a message holds its final output count.
    if (message?.usage) byMessage.set(message.id ?? `line ${index}`, message.usage);
  }
  const own = [...byMessage.values()];
  const summed = own.length > 0 ? own : results.map(({ usage }) => usage);
  return summed.reduce<Tokens>(
    (total, usage) => (usage === null ? total : addTokens(total, tokens(usage))),
    UNKNOWN_TOKENS,
  );
}

function tokens(usage: NonNullable<Usage>): Tokens {
  return {
    input: usage.input_tokens,
    cacheRead: usage.cache_read_input_tokens,
    cacheWrite: usage.cache_creation_input_tokens,
    output: usage.output_tokens,
  };
}

const RESULT_STOPS: Readonly<Record<string, Stop>> = {
  success: 'finished',
  error_max_turns: 'step_limit',
  error_max_budget_usd: 'cost_limit',
  error_during_execution: 'error',
  error_max_structured_output_retries: 'error',
};

function stopOf(lines: readonly ClaudeLine[], result: ClaudeLine | undefined): Stop {
  if (result !== undefined) {
    // "success" with is_error is a failed call of the API, told as if it were an answer.
    if (result.is_error === true && (result.subtype === null || result.subtype === 'success')) return 'error';
    return RESULT_STOPS[result.subtype ?? 'success'] ?? 'unknown';
  }
  const last = lines.findLast(({ type }) => type === 'assistant');
  if (last?.message?.model === '<synthetic>') return 'error';
  switch (last?.message?.stop_reason) {
    case 'end_turn':
    case 'stop_sequence':
      return 'finished';
    case 'max_tokens':
      return 'token_limit';
    default:
      return 'unknown';
  }
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b > a) ? b : a;
}
