import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallEvent } from '../../src/model/endpoint.ts';
import { fakeClock, modelAt, NO_LIMITS, question, YES } from './builders.ts';
import {
  completion,
  hangUp,
  type Reply,
  raw,
  type Stub,
  silence,
  stall,
  startStub,
  status,
} from './stub-server.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

const noSchema = status(400, { message: "'response_format' of type 'json_schema' is not supported" });
const noJson = status(400, { message: 'response_format is not supported by this server' });

describe('how an answer is asked for', () => {
  it('asks by strict JSON schema', async () => {
    stub.play(completion(YES));
    const result = await modelAt(stub.baseUrl).ask(question());
    expect(result).toMatchObject({ ok: true, value: YES });
    expect(stub.requests[0]?.path).toBe('/v1/chat/completions');
    expect(stub.requests[0]?.body.response_format).toEqual({
      type: 'json_schema',
      json_schema: {
        name: 'verdict',
        strict: true,
        schema: {
          type: 'object',
          properties: { answer: { type: 'string', enum: ['yes', 'no'] }, reason: { type: 'string' } },
          required: ['answer', 'reason'],
          additionalProperties: false,
        },
      },
    });
  });

  it('falls to JSON mode where the server has no schemas, and remembers it', async () => {
    stub.play(noSchema, completion(YES), completion(YES));
    const model = modelAt(stub.baseUrl);
    expect((await model.ask(question())).ok).toBe(true);
    expect((await model.ask(question())).ok).toBe(true);
    const formats = stub.requests.map((request) => request.body.response_format?.type);
    expect(formats).toEqual(['json_schema', 'json_object', 'json_object']);
    expect(stub.requests[1]?.body.messages[0]?.content).toContain('"required":["answer","reason"]');
  });

  it('falls to words where the server has neither, and finds the JSON among them', async () => {
    const wordy = `<think>{"answer":"no"}</think>Sure!\n\`\`\`json\n${JSON.stringify(YES)}\n\`\`\`\nAnything else?`;
    stub.play(noSchema, noJson, completion(wordy));
    const result = await modelAt(stub.baseUrl).ask(question());
    expect(result).toMatchObject({ ok: true, value: YES, usage: { calls: 3 } });
    expect(stub.requests[2]?.body.response_format).toBeUndefined();
  });

  it('forgets a step down that did not help: the request was bad for another reason', async () => {
    const bad = status(400, { message: 'messages: roles must alternate' });
    stub.play(bad, bad, bad, completion(YES));
    const model = modelAt(stub.baseUrl);
    expect(await model.ask(question())).toMatchObject({ ok: false, kind: 'server' });
    expect((await model.ask(question())).ok).toBe(true);
    expect(stub.requests[3]?.body.response_format?.type).toBe('json_schema');
  });

  it('changes the name of the output limit when told so', async () => {
    stub.play(
      status(400, {
        message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
        code: 'unsupported_parameter',
      }),
      completion(YES),
    );
    expect((await modelAt(stub.baseUrl).ask(question())).ok).toBe(true);
    expect(stub.requests.map(({ body }) => [body.max_tokens, body.max_completion_tokens])).toEqual([
      [200, undefined],
      [undefined, 200],
    ]);
    expect(stub.requests[1]?.body.response_format?.type).toBe('json_schema');
  });
});

describe('answers that do not fit', () => {
  it.each<[string, Reply, string]>([
    ['malformed JSON', completion('{"answer": "yes", '), 'no complete JSON object'],
    ['the wrong schema', completion({ answer: 'perhaps', reason: 'x' }), 'does not fit the schema'],
    ['prose', completion('I would say yes.'), 'no complete JSON object'],
    ['nothing', completion(''), 'no complete JSON object'],
    ['a cut answer', completion('{"answer":"yes","rea', { finish: 'length' }), 'cut at 200 tokens'],
  ])('%s gets one repair turn with the error', async (_, bad, complaint) => {
    stub.play(bad, completion(YES));
    const result = await modelAt(stub.baseUrl).ask(question());
    expect(result).toMatchObject({ ok: true, value: YES, usage: { calls: 2, inputTokens: 200 } });
    const repair = stub.requests[1]?.body.messages ?? [];
    expect(repair.map((message) => message.role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(repair.at(-1)?.content).toContain(complaint);
  });

  it.each<[string, Reply]>([
    ['malformed JSON', completion('{"answer":')],
    ['the wrong schema', completion({ answer: 'perhaps' })],
    ['a cut answer', completion('{"answer":"yes","rea', { finish: 'length' })],
  ])('%s twice is a typed failure after two calls', async (_, bad) => {
    stub.play(bad, bad);
    const result = await modelAt(stub.baseUrl).ask(question());
    expect(result).toMatchObject({ ok: false, kind: 'invalid_answer', usage: { calls: 2 } });
  });

  it('shows the model no more than the start of a long bad answer', async () => {
    stub.play(completion('x'.repeat(100_000)), completion(YES));
    await modelAt(stub.baseUrl).ask(question());
    expect(stub.requests[1]?.body.messages[2]?.content.length).toBeLessThanOrEqual(3000);
  });

  it('takes a refusal for what it is', async () => {
    stub.play(completion('', { refusal: 'I cannot help with that.' }));
    expect(await modelAt(stub.baseUrl).ask(question())).toMatchObject({ ok: false, kind: 'refused' });
  });
});

describe('answers in unusual clothes', () => {
  it('reads an answer in parts', async () => {
    const parts = [
      { type: 'text', text: '{"answer":"yes",' },
      { type: 'text', text: '"reason":"because"}' },
    ];
    const choices = [{ finish_reason: 'stop', message: { content: parts } }];
    stub.play(raw(200, JSON.stringify({ choices })));
    expect(await modelAt(stub.baseUrl).ask(question())).toMatchObject({ ok: true, value: YES });
  });

  it('takes an answer cut by a filter for a refusal', async () => {
    stub.play(completion('{"ans', { finish: 'content_filter' }));
    expect(await modelAt(stub.baseUrl).ask(question())).toMatchObject({ ok: false, kind: 'refused' });
  });

  it('shows the schema to a model that has no system message', async () => {
    stub.play(noSchema, completion(YES));
    const messages = [{ role: 'user' as const, content: 'Is this a test?' }];
    expect((await modelAt(stub.baseUrl).ask(question({ messages }))).ok).toBe(true);
    expect(stub.requests[1]?.body.messages.map((message) => message.role)).toEqual(['system', 'user']);
  });

  it('reports the error of a gateway that names no status', async () => {
    stub.always(raw(200, JSON.stringify({ error: { message: 'upstream fell over', code: 'upstream' } })));
    const result = await modelAt(stub.baseUrl).ask(question());
    expect(result).toMatchObject({ ok: false, kind: 'server' });
    expect(result.ok ? '' : result.message).toContain('upstream fell over');
  });
});

describe('retries', () => {
  it('waits as long as a 429 asks, then goes on', async () => {
    stub.play(status(429, { message: 'slow down' }, { 'retry-after': '7' }), completion(YES));
    const clock = fakeClock();
    expect((await modelAt(stub.baseUrl, { clock }).ask(question())).ok).toBe(true);
    expect(clock.waits).toEqual([7000]);
  });

  it('doubles its waits where the server names none', async () => {
    stub.play(...Array.from({ length: 4 }, () => status(503, { message: 'overloaded' })));
    const clock = fakeClock();
    const result = await modelAt(stub.baseUrl, { clock }).ask(question());
    expect(result).toMatchObject({ ok: false, kind: 'server', usage: { calls: 4, inputTokens: 0 } });
    expect(clock.waits).toEqual([500, 1000, 2000]);
  });

  it('gives up at once when the wait asked for passes the deadline', async () => {
    stub.play(status(429, { message: 'come back tomorrow' }, { 'retry-after': '86400' }));
    const clock = fakeClock();
    const result = await modelAt(stub.baseUrl, { clock, deadlineMs: 60_000 }).ask(question());
    expect(result).toMatchObject({ ok: false, kind: 'rate_limited' });
    expect(result.ok ? '' : result.message).toContain('86400 s');
    expect(clock.waits).toEqual([]);
  });

  it('does not wait for a quota that is spent', async () => {
    stub.play(status(429, { message: 'You exceeded your quota', code: 'insufficient_quota' }));
    expect(await modelAt(stub.baseUrl).ask(question())).toMatchObject({ ok: false, kind: 'rate_limited' });
  });

  it('reads an error that a gateway sends with status 200', async () => {
    const gateway = raw(200, JSON.stringify({ error: { code: 429, message: 'upstream is busy' } }));
    stub.play(gateway, completion(YES));
    expect((await modelAt(stub.baseUrl).ask(question())).ok).toBe(true);
  });

  it.each<[string, Reply, string]>([
    ['a 401', status(401, { message: 'Incorrect API key provided: sk-test***' }), 'auth'],
    ['a 403', status(403, { message: 'no access' }), 'auth'],
    ['a 404', status(404, { message: 'model not found' }), 'unavailable'],
    [
      'a context that is too long',
      status(400, {
        message: "This model's maximum context length is 8192 tokens.",
        code: 'context_length_exceeded',
      }),
      'context_length',
    ],
    [
      'a context that is too long (llama.cpp)',
      status(400, { message: 'the request exceeds the available context size' }),
      'context_length',
    ],
  ])('does not retry %s', async (_, reply, kind) => {
    stub.play(reply);
    const result = await modelAt(stub.baseUrl).ask(question());
    expect(result).toMatchObject({ ok: false, kind, usage: { calls: 1, inputTokens: 0 } });
  });
});

describe('time', () => {
  it.each<[string, Reply]>([
    ['a body that stalls', stall()],
    ['a server that is silent', silence()],
  ])('ends %s at the timeout, and charges what it may have cost', async (_, reply) => {
    stub.always(reply);
    const model = modelAt(stub.baseUrl, { timeoutMs: 150, maxAttempts: 2 });
    const started = performance.now();
    const result = await model.ask(question());
    expect(result).toMatchObject({ ok: false, kind: 'timeout', usage: { calls: 2, outputTokens: 400 } });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('goes on after a stall', async () => {
    stub.play(stall(), completion(YES));
    expect((await modelAt(stub.baseUrl, { timeoutMs: 1500 }).ask(question())).ok).toBe(true);
  });

  it('goes on after a connection that broke', async () => {
    stub.play(hangUp(), completion(YES));
    expect((await modelAt(stub.baseUrl).ask(question())).ok).toBe(true);
  });

  it('keeps one deadline over all attempts', async () => {
    stub.always(stall());
    const model = modelAt(stub.baseUrl, { timeoutMs: 100, deadlineMs: 3000, maxAttempts: 50 });
    expect(await model.ask(question())).toMatchObject({ ok: false, kind: 'timeout' });
    // Waits of 0.5, 1 and 2 s: the third does not fit any more.
    expect(stub.requests.length).toBeLessThanOrEqual(3);
  });

  it('does not begin when no time is left', async () => {
    const result = await modelAt(stub.baseUrl, { deadlineMs: 0 }).ask(question());
    expect(result).toMatchObject({ ok: false, kind: 'timeout', usage: { calls: 0 } });
    expect(stub.requests).toEqual([]);
  });

  it('stops when it is cancelled', async () => {
    const cancel = new AbortController();
    stub.play(() => cancel.abort());
    const result = await modelAt(stub.baseUrl, { timeoutMs: 20_000 }).ask(
      question({ signal: cancel.signal }),
    );
    expect(result).toMatchObject({ ok: false, kind: 'cancelled', usage: { calls: 1 } });
  });

  it('asks no more at once than it may', async () => {
    let open = 0;
    let most = 0;
    stub.always((response, request) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        completion(YES)(response, request);
      }, 20);
    });
    const model = modelAt(stub.baseUrl, { concurrency: 2 });
    await Promise.all(Array.from({ length: 6 }, () => model.ask(question())));
    expect(most).toBe(2);
    expect(stub.requests).toHaveLength(6);
  });
});

describe('money', () => {
  const price = { input: 2, cachedInput: 0.5, output: 8 };

  it('counts what the server says was used', async () => {
    stub.play(
      completion(YES, {
        usage: {
          prompt_tokens: 1000,
          completion_tokens: 100,
          prompt_tokens_details: { cached_tokens: 400 },
        },
      }),
    );
    const model = modelAt(stub.baseUrl, { price });
    await model.ask(question());
    expect(model.spent()).toMatchObject({ inputTokens: 1000, outputTokens: 100, calls: 1 });
    expect(model.spent().costUsd).toBeCloseTo((600 * 2 + 400 * 0.5 + 100 * 8) / 1e6, 12);
  });

  it('does not know the cost of a model without a price', async () => {
    stub.play(completion(YES));
    const model = modelAt(stub.baseUrl);
    await model.ask(question());
    expect(model.spent().costUsd).toBeNull();
  });

  it('counts an estimate where the server says nothing, or nonsense', async () => {
    stub.play(
      completion(YES, { usage: null }),
      completion(YES, { usage: { prompt_tokens: -5, completion_tokens: 1 } }),
    );
    const model = modelAt(stub.baseUrl);
    await model.ask(question());
    await model.ask(question());
    expect(model.spent().inputTokens).toBeGreaterThan(40);
    expect(model.spent().outputTokens).toBeGreaterThan(5);
  });

  it.each([
    ['tokens', { ...NO_LIMITS, tokens: 250 }],
    ['USD', { ...NO_LIMITS, usd: 0.001 }],
    ['calls', { ...NO_LIMITS, calls: 0 }],
  ])('sends nothing that could pass the budget of %s', async (_, limits) => {
    const result = await modelAt(stub.baseUrl, { price, limits }).ask(question());
    expect(result).toMatchObject({ ok: false, kind: 'budget', usage: { calls: 0 } });
    expect(stub.requests).toHaveLength(0);
  });

  it('sends nothing against a limit in USD that it cannot count', async () => {
    const result = await modelAt(stub.baseUrl, { limits: { ...NO_LIMITS, usd: 5 } }).ask(question());
    expect(result).toMatchObject({ ok: false, kind: 'budget' });
    expect(result.ok ? '' : result.message).toContain('price');
  });

  it('stops retrying when the budget ends, and says why', async () => {
    stub.play(status(500, { message: 'oops' }), status(500, { message: 'oops' }));
    const result = await modelAt(stub.baseUrl, { limits: { ...NO_LIMITS, calls: 2 } }).ask(question());
    expect(result).toMatchObject({ ok: false, kind: 'budget', usage: { calls: 2 } });
  });

  it('leaves an answer invalid when there is no money to repair it', async () => {
    stub.play(completion('no JSON'));
    const result = await modelAt(stub.baseUrl, { limits: { ...NO_LIMITS, calls: 1 } }).ask(question());
    expect(result).toMatchObject({ ok: false, kind: 'invalid_answer', usage: { calls: 1 } });
  });
});

describe('secrets', () => {
  const apiKey = 'sk-proj-verysecretkey1234567890';
  const headers = { 'x-gateway-token': 'gateway-secret-99' };

  it('sends the key as a header and nowhere else', async () => {
    stub.play(completion(YES));
    await modelAt(stub.baseUrl, { apiKey, headers }).ask(question());
    const [request] = stub.requests;
    expect(request?.headers.authorization).toBe(`Bearer ${apiKey}`);
    expect(request?.headers['x-gateway-token']).toBe(headers['x-gateway-token']);
    expect(JSON.stringify(request?.body)).not.toContain(apiKey);
  });

  it('sends nothing of the environment and the machine, and no key where there is none', async () => {
    stub.play(completion(YES));
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-operator: private');
    vi.stubEnv('OPENAI_ORG_ID', 'org-private');
    vi.stubEnv('OPENAI_API_KEY', 'sk-private');
    await modelAt(stub.baseUrl, { apiKey: null }).ask(question());
    vi.unstubAllEnvs();
    const sent = JSON.stringify(stub.requests[0]?.headers);
    expect(sent).not.toContain('private');
    expect(sent).not.toMatch(/authorization|stainless/);
  });

  it.each([400, 401, 404, 429, 500])('repeats no secret from what a %i says', async (code) => {
    stub.always(
      status(code, {
        message: `bad key ${apiKey} in Authorization: Bearer abcdef123456, token ${headers['x-gateway-token']}`,
      }),
    );
    const events: CallEvent[] = [];
    const model = modelAt(stub.baseUrl, { apiKey, headers, onCall: (event) => events.push(event) });
    const seen = JSON.stringify([await model.ask(question()), events]);
    expect(seen).not.toContain(apiKey);
    expect(seen).not.toContain('abcdef123456');
    expect(seen).not.toContain('gateway-secret-99');
  });

  it('prints no credentials of the base URL', async () => {
    const url = stub.baseUrl.replace('http://', 'http://user:hunter22@').replace(/:\d+/, ':1');
    const result = await modelAt(url, { maxAttempts: 1 }).ask(question());
    expect(result).toMatchObject({ ok: false, kind: 'server' });
    expect(JSON.stringify(result)).not.toContain('hunter22');
  });

  it('redacts every message before it is sent', async () => {
    stub.play(completion('no JSON but hunter2'), completion(YES));
    const redact = async (text: string): Promise<string> => text.replaceAll('hunter2', '[redacted]');
    await modelAt(stub.baseUrl, { redact }).ask(
      question({ messages: [{ role: 'user', content: 'the password is hunter2' }] }),
    );
    const sent = stub.requests.flatMap((request) => request.body.messages.map((m) => m.content));
    expect(sent[0]).toBe('the password is [redacted]');
  });

  it('tells a log what was asked for and how it went, not what was said', async () => {
    stub.play(status(503, { message: 'busy' }), completion(YES));
    const events: CallEvent[] = [];
    await modelAt(stub.baseUrl, { onCall: (event) => events.push(event) }).ask(question());
    expect(events).toMatchObject([
      { purpose: 'test', model: 'test-model', mode: 'schema', result: 'server', status: 503 },
      { purpose: 'test', model: 'test-model', mode: 'schema', result: 'answered', status: 200 },
    ]);
    expect(JSON.stringify(events)).not.toContain('Is this a test');
  });
});
