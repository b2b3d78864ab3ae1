import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noModel } from '../../src/model/none.ts';
import { type ModelProposals, proposeWithModel } from '../../src/proposing/model/model-proposer.ts';
import { fakeClock, modelAt, NO_LIMITS } from '../model/builders.ts';
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
} from '../model/stub-server.ts';
import { answer, answered, brief, editAnswer, quote, weakness } from './model-builders.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

const plain = { redact: (text: string) => text };
const price = { input: 1, cachedInput: null, output: 4 };
const limits = { ...NO_LIMITS, usd: 1, calls: 12 };

const propose = (timeoutMs: number): Promise<ModelProposals> =>
  proposeWithModel(modelAt(stub.baseUrl, { price, limits, timeoutMs, maxAttempts: 3 }), brief(), plain);

describe('a model that answers well', () => {
  it('proposes', async () => {
    stub.play(completion(answer(answered())));
    const result = await propose(10_000);
    expect(result).toMatchObject({ kind: 'proposed', refused: [], usage: { calls: 1 } });
    expect(result.kind === 'proposed' && result.proposals).toHaveLength(1);
  });

  it('declines with a reason', async () => {
    stub.play(completion({ proposals: [], decline: 'The failures need a better model.' }));
    expect(await propose(10_000)).toMatchObject({
      kind: 'declined',
      reason: 'The failures need a better model.',
    });
  });

  it('mends an answer of which nothing could be taken, once told why', async () => {
    stub.play(
      completion(answer(answered({ edits: [editAnswer({ anchor: 'not there' })] }))),
      completion(answer(answered())),
    );
    expect(await propose(10_000)).toMatchObject({ kind: 'proposed', usage: { calls: 2 } });
    expect(stub.requests[1]?.body.messages.at(-1)?.content).toContain('"not there" is not in the text');
  });

  it('is told what a guard has against its proposals', async () => {
    stub.play(completion(answer(answered())), completion({ proposals: [], decline: 'Nothing else.' }));
    const result = await proposeWithModel(modelAt(stub.baseUrl), brief(), {
      ...plain,
      check: () => 'the new text adds a link',
    });
    expect(result.kind).toBe('declined');
    expect(stub.requests[1]?.body.messages.at(-1)?.content).toContain('the new text adds a link');
  });
});

describe('what a model never sees', () => {
  it('is asked nothing when there is nothing to address', async () => {
    const nothing = brief({ weaknesses: [weakness({ addressable: false })] });
    const result = await proposeWithModel(modelAt(stub.baseUrl), nothing, plain);
    expect(result).toMatchObject({ kind: 'declined', usage: { calls: 0 } });
    expect(stub.requests).toEqual([]);
  });

  it('is shown no secret, not even one that is cut', async () => {
    stub.play(completion(answer(answered())));
    const secret = `hunter${'2'.repeat(40)}`;
    const redact = async (text: string): Promise<string> => text.replaceAll(secret, '[redacted]');
    const of = brief({
      // The quote is cut in the middle of the secret.
      weaknesses: [weakness({ evidence: [quote(`${'x '.repeat(190)} ${secret}`)] })],
      digests: new Map([[weakness().id, `password ${secret}`]]),
      contents: new Map([['prompt', `The key is ${secret}.\n`]]),
    });
    await proposeWithModel(modelAt(stub.baseUrl), of, { redact });
    expect(JSON.stringify(stub.requests[0]?.body)).not.toContain('hunter');
  });
});

describe('a model that answers badly', () => {
  const wrongSchema = completion({ proposals: [{ title: 'x' }], decline: '' });
  const truncated = completion('{"proposals":[{"weakness":"finis', { finish: 'length' });
  const tooLong = status(400, {
    message: 'maximum context length is 4096 tokens',
    code: 'context_length_exceeded',
  });
  const good = completion(answer(answered()));
  const stalled = stall();
  const silent = silence();

  it.each<[string, Reply[]]>([
    ['malformed JSON', [completion('{"proposals": [}')]],
    ['the wrong schema', [wrongSchema]],
    ['a truncated answer', [truncated]],
    ['a 429 with retry-after', [status(429, { message: 'slow' }, { 'retry-after': '2' })]],
    ['a 500', [status(500, { message: 'oops' })]],
    ['a stalled stream', [stalled]],
    ['silence', [silent]],
    ['a broken connection', [hangUp()]],
    ['a body that is no JSON', [raw(200, '<html>gateway</html>')]],
  ])('recovers from %s', async (_, replies) => {
    stub.play(...replies, good);
    const stalls = replies.includes(stalled) || replies.includes(silent);
    expect(await propose(stalls ? 1500 : 10_000)).toMatchObject({ kind: 'proposed', usage: { calls: 2 } });
  });

  it.each<[string, Reply, string, number]>([
    ['malformed JSON', completion('{"proposals": [}'), 'invalid_answer', 2],
    ['the wrong schema', wrongSchema, 'invalid_answer', 2],
    ['truncated answers', truncated, 'invalid_answer', 2],
    [
      'answers of which nothing can be taken',
      completion(answer(answered({ surface: 'ci' }))),
      'invalid_answer',
      2,
    ],
    ['429 with retry-after', status(429, { message: 'slow' }, { 'retry-after': '2' }), 'rate_limited', 3],
    ['429 until tomorrow', status(429, { message: 'slow' }, { 'retry-after': '86400' }), 'rate_limited', 1],
    ['500', status(500, { message: 'oops' }), 'server', 3],
    ['stalled streams', stalled, 'timeout', 3],
    ['silence', silent, 'timeout', 3],
    ['broken connections', hangUp(), 'server', 3],
    ['no JSON', raw(200, '<html>gateway</html>'), 'server', 3],
    ['a context that is too long', tooLong, 'context_length', 1],
    ['a refusal', completion('', { refusal: 'no' }), 'refused', 1],
  ])('ends with a typed failure when all it gives is %s', async (_, reply, failure, calls) => {
    stub.always(reply);
    const started = performance.now();
    const stalls = reply === stalled || reply === silent;
    const result = await propose(stalls ? 150 : 10_000);
    expect(result).toMatchObject({ kind: 'failed', failure, usage: { calls } });
    expect(result.kind === 'failed' && result.message).not.toBe('');
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(result.usage.costUsd).toBeLessThan(1);
    // Under load a request may time out before it arrives.
    expect(stub.requests.length).toBeLessThanOrEqual(calls);
  });

  it('spends nothing where the budget would not hold', async () => {
    const model = modelAt(stub.baseUrl, { price, limits: { ...NO_LIMITS, usd: 0.001 }, clock: fakeClock() });
    expect(await proposeWithModel(model, brief(), plain)).toMatchObject({
      kind: 'failed',
      failure: 'budget',
    });
    expect(stub.requests).toEqual([]);
  });

  it('is missing: the catalog goes on alone', async () => {
    expect(await proposeWithModel(noModel(), brief(), plain)).toMatchObject({
      kind: 'failed',
      failure: 'unavailable',
      usage: { calls: 0 },
    });
  });
});
