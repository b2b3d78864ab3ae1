/**
 * mini-swe-agent trajectories: `.traj.json` of versions 1.0 and 1.1, and the bare message lists of the first
 * releases. They hold no verdict. Version 1 answers commands as `user` messages, tool-calling models of
 * version 2 as `tool` messages.
 */
import { z } from 'zod';
import { peek } from '../../read/peek.ts';
import { makeTrial, type Tokens, type ToolCall, type Trial, UNKNOWN_TOKENS } from '../../trial.ts';
import { ALONE, type Format, type ReadOptions, unlabelled } from '../format.ts';
import { eachFile } from '../shared/each-file.ts';
import { digest, stem } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';
import { appendMessage, readMessage } from '../shared/message.ts';
import { addTokens, tokensWithCacheInside } from '../shared/tokens.ts';
import { createTranscript } from '../shared/transcript.ts';
import { stopOf } from './swe-agent.ts';

const FORMAT = 'mini-swe-agent';

const Usage = z
  .object({
    prompt_tokens: lenient.amount,
    completion_tokens: lenient.amount,
    prompt_tokens_details: z.object({ cached_tokens: lenient.amount }).nullable().catch(null),
  })
  .nullable()
  .catch(null);

const Extra = z
  .object({
    actions: lenient.list,
    returncode: lenient.number,
    timestamp: lenient.number,
    exit_status: lenient.text,
    response: z.object({ usage: Usage }).nullable().catch(null),
  })
  .nullable()
  .catch(null);

const Message = z.object({
  role: z.string(),
  content: lenient.anything,
  extra: Extra,
  tool_calls: lenient.anything,
});
type Message = z.infer<typeof Message>;

const Root = z.object({
  instance_id: lenient.text,
  messages: z.array(z.unknown()),
  info: z
    .object({
      exit_status: lenient.text,
      model_stats: z
        .object({ instance_cost: lenient.amount, api_calls: lenient.amount })
        .nullable()
        .catch(null),
      config: z
        .object({ model: z.object({ model_name: lenient.text }).nullable().catch(null) })
        .nullable()
        .catch(null),
    })
    .nullable()
    .catch(null),
});

/** Reads one trajectory: the root object, or a bare list of messages. */
function parseMiniSweAgent(value: unknown, path: string, options: ReadOptions): lenient.Parsed {
  const root = Root.safeParse(Array.isArray(value) ? { messages: value } : value);
  if (!root.success)
    return { trials: [], problems: ['no mini-swe-agent trajectory in it: `messages` is no list'] };
  const { info, messages } = root.data;
  const { fit, misfits } = lenient.fitting(Message, messages);
  const said = fit.map(({ value: message }) => message);
  const times = said.map(({ extra }) => lenient.instant(extra?.timestamp)).filter((time) => time !== null);
  const stats = info?.model_stats;
  const trial = makeTrial({
    id: `${FORMAT}:${digest(lenient.asText(messages))}`,
    task: root.data.instance_id || stem(path, /(?:\.traj)?\.json$/) || 'trajectory',
    ...unlabelled,
    agent: FORMAT,
    model: info?.config?.model?.model_name ?? null,
    startedAt: times[0] ?? null,
    finishedAt: times.at(-1) ?? null,
    tokens: tokensOf(said),
    costUsd: stats?.api_calls === 0 ? null : (stats?.instance_cost ?? null),
    instruction: instructionOf(said),
    stop: stopOf(info?.exit_status ?? said.at(-1)?.extra?.exit_status ?? null),
    steps: options.skipSteps ? [] : stepsOf(said),
    source: { path, format: FORMAT },
  });
  const problems =
    misfits > 0 ? [`${misfits} of ${messages.length} messages have no role and were left out`] : [];
  return { trials: [trial], problems };
}

function stepsOf(messages: readonly Message[]): Trial['steps'] {
  const transcript = createTranscript();
  let acted = false;
  for (const message of messages) {
    const read = readMessage(message);
    if (read === null) {
      // The last message of newer files has the role `exit` and repeats the submission.
      if (message.role !== 'exit') transcript.say({ role: 'tool', text: lenient.asText(message.content) });
    } else if (read.role === 'agent') {
      const calls = read.calls.length > 0 ? read.calls : commands(message, read.text);
      transcript.say({ role: 'agent', text: read.text, toolCalls: calls });
      acted = calls.length > 0;
    } else if (acted && read.role === 'user') {
      transcript.observe({ callId: null, text: read.text, error: failure(message) });
      acted = false;
    } else if (read.role === 'tool') {
      for (const answer of read.answers)
        transcript.observe({ ...answer, error: answer.error ?? failure(message) });
    } else {
      appendMessage(transcript, read);
    }
  }
  return transcript.steps();
}

/** Version 1 wrote commands into the text, in one fenced block; newer files list them beside it. */
function commands(message: Message, said: string): ToolCall[] {
  const listed = (message.extra?.actions ?? []).flatMap((action) =>
    lenient.isObject(action) && typeof action.command === 'string' ? [action.command] : [],
  );
  const fenced = /```(?:mswea_bash_command|bash|sh)\n([\s\S]*?)\n?```/.exec(said)?.[1];
  const found = listed.length > 0 || fenced === undefined ? listed : [fenced];
  return found.map((command) => ({ id: null, name: 'bash', arguments: command }));
}

function failure(message: Message): string | null {
  const code = message.extra?.returncode ?? 0;
  return code === 0 ? null : `exit code ${code}`;
}

function instructionOf(messages: readonly Message[]): string | null {
  const first = messages.find(({ role }) => role === 'user');
  return first === undefined ? null : (readMessage(first)?.text ?? null);
}

function tokensOf(messages: readonly Message[]): Tokens {
  return messages.reduce((total, { extra }) => {
    const usage = extra?.response?.usage;
    if (!usage) return total;
    const cached = usage.prompt_tokens_details?.cached_tokens ?? null;
    return addTokens(
      total,
      tokensWithCacheInside(usage.prompt_tokens, cached, null, usage.completion_tokens),
    );
  }, UNKNOWN_TOKENS);
}

/** Bare lists of chat messages are anybody's: the agent's own marks tell which are its. */
const MARKS =
  /mswea_bash_command|<returncode>|COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT|MINI_SWE_AGENT_FINAL_OUTPUT/;

export const miniSweAgent: Format = {
  id: FORMAT,
  gives: 'trajectories',
  async claim(file) {
    const { value, text } = await peek(file);
    if (Array.isArray(value)) {
      const chat = value.length > 1 && value.slice(0, 3).every((item) => readMessage(item) !== null);
      return chat && MARKS.test(text) ? ALONE : null;
    }
    if (!lenient.isObject(value)) return null;
    const format = typeof value.trajectory_format === 'string' ? value.trajectory_format : '';
    if (format.startsWith(FORMAT)) return ALONE;
    const info = lenient.isObject(value.info) ? value.info : {};
    return 'mini_version' in info || (Array.isArray(value.messages) && MARKS.test(text)) ? ALONE : null;
  },
  read: eachFile(parseMiniSweAgent),
};
