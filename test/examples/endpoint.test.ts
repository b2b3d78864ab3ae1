import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { NativeTrial } from '../../src/traces/formats/native.ts';
import { EXAMPLE } from './ticket-agent.ts';

const Completion = z.object({
  model: z.string(),
  messages: z.array(
    z.object({
      role: z.enum(['system', 'user', 'assistant', 'tool']),
      content: z.string(),
      tool_call_id: z.string().optional(),
      tool_calls: z
        .array(z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) }))
        .optional(),
    }),
  ),
  tools: z.array(
    z.object({
      type: z.literal('function'),
      function: z.object({
        name: z.string(),
        description: z.string(),
        parameters: z.object({
          type: z.literal('object'),
          properties: z.record(z.string(), z.object({ type: z.string(), description: z.string() })),
          required: z.array(z.string()),
        }),
      }),
    }),
  ),
});
type Completion = z.infer<typeof Completion>;

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

let close = () => {};
afterEach(() => close());

/** A server that speaks as `answer` says; what it was asked is kept. */
async function endpoint(answer: (asked: Completion, number: number) => Answer) {
  const asked: Completion[] = [];
  const keys: (string | undefined)[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      expect(request.url).toBe('/v1/chat/completions');
      const completion = Completion.parse(JSON.parse(Buffer.concat(parts).toString()));
      asked.push(completion);
      keys.push(request.headers.authorization);
      const { status = 200, headers = {}, body } = answer(completion, asked.length);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => server.close();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/v1/`, asked, keys };
}

/** Evaluates one task against the endpoint. */
async function evaluate(url: string, task: string, env: NodeJS.ProcessEnv = {}) {
  const traces = mkdtempSync(join(tmpdir(), 'ticket-agent-endpoint-'));
  try {
    const child = spawn(process.execPath, ['eval/run.js'], {
      cwd: EXAMPLE,
      env: {
        PATH: process.env.PATH,
        AGENT_BASE_URL: url,
        AGENT_MODEL: 'stub-1',
        SELF_HARNESS_REQUEST: JSON.stringify({ version: 1, tasks: [task] }),
        SELF_HARNESS_TRACES_DIR: traces,
        ...env,
      },
    });
    let stderr = '';
    child.stderr.on('data', (part) => {
      stderr += part;
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    if (status !== 0) return { status, stderr, trial: null };
    const trial = NativeTrial.parse(JSON.parse(readFileSync(join(traces, 'trials.jsonl'), 'utf8')));
    return { status, stderr, trial };
  } finally {
    rmSync(traces, { recursive: true, force: true });
  }
}

const says = (name: string, args: unknown) => ({
  choices: [
    {
      message: {
        content: null,
        tool_calls: [
          { id: 'x1', function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) } },
        ],
      },
    },
  ],
  usage: { prompt_tokens: 100, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 40 } },
});
const tag = () => ({
  body: says('update_ticket', { ticket_id: 'TCK-3055', field: 'tag', value: 'spring sale' }),
});
const done = () => ({ body: says('submit', { answer: 'done' }) });

describe('a model behind an OpenAI-compatible endpoint', () => {
  test('is given the tools and what they printed, and is named in the trace', async () => {
    const { url, asked, keys } = await endpoint((_, number) => (number === 1 ? tag() : done()));
    const { trial } = await evaluate(url, 'update-06', { AGENT_API_KEY: 'k-1' });
    expect(trial).toMatchObject({
      outcome: 'pass',
      model: 'stub-1',
      tokens: { input: 200, cached: 80, output: 10 },
    });
    expect(trial?.cost_usd).toBeUndefined();
    expect(keys).toEqual(['Bearer k-1', 'Bearer k-1']);
    expect(asked[0]?.messages.map((message) => message.role)).toEqual(['system', 'user']);
    expect(asked[1]?.messages.at(-1)).toMatchObject({
      role: 'tool',
      tool_call_id: 'x1',
      content: expect.stringContaining('ok: TCK-3055'),
    });
    const readFile = asked[0]?.tools.find((tool) => tool.function.name === 'read_file');
    expect(readFile?.function.parameters.required).toEqual(['path']);
  });

  test('is asked again after 429 and 5xx, as soon as it says', async () => {
    const { url, asked } = await endpoint((_, number) => {
      if (number === 1) return { status: 429, headers: { 'retry-after': '0' }, body: 'slow down' };
      if (number === 2) return { status: 503, headers: { 'retry-after': '0' }, body: '' };
      return number === 3 ? tag() : done();
    });
    expect((await evaluate(url, 'update-06')).trial?.outcome).toBe('pass');
    expect(asked).toHaveLength(4);
  });

  test('that refuses makes the trial invalid, with what it said', async () => {
    const { url, asked } = await endpoint(() => ({ status: 401, body: { error: 'bad key' } }));
    const { trial } = await evaluate(url, 'update-06');
    expect(trial).toMatchObject({ outcome: 'invalid', reason: 'model API: 401 {"error":"bad key"}' });
    expect(asked).toHaveLength(1);
  });

  test('that is full ends the run as a failure of the agent', async () => {
    const { url } = await endpoint(() => ({
      status: 400,
      body: { error: { code: 'context_length_exceeded' } },
    }));
    const { trial } = await evaluate(url, 'update-06');
    expect(trial?.outcome).toBe('fail');
    expect(trial?.reason).toMatch(/^context limit reached/);
  });

  test('that writes broken arguments, unknown tools or no call is told so', async () => {
    const { url, asked } = await endpoint((_, number) => {
      if (number === 1) return { body: says('submit', '{"answer": ') };
      if (number === 2) return { body: says('no_such_tool', {}) };
      if (number === 3) return { body: { choices: [{ message: { content: 'Let me think.' } }] } };
      return number === 4 ? tag() : done();
    });
    expect((await evaluate(url, 'update-06')).trial?.outcome).toBe('pass');
    expect(asked.slice(1).map((completion) => completion.messages.at(-1)?.content)).toEqual([
      'error: the arguments of submit are not a JSON object',
      'error: unknown tool "no_such_tool"',
      'No tool was called. Call a tool, or submit your answer.',
      expect.stringContaining('ok'),
    ]);
  });

  test('must be named', async () => {
    const { status, stderr } = await evaluate('http://127.0.0.1:9/v1', 'update-06', { AGENT_MODEL: '' });
    expect(status).toBe(2);
    expect(stderr).toContain('AGENT_MODEL is not');
  });
});
