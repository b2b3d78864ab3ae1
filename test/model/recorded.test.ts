import { describe, expect, it } from 'vitest';
import { type RecordedCall, Recording, recordingFetch, replayingFetch } from '../../src/model/recorded.ts';
import { modelAt, question, YES } from './builders.ts';
import { completion, startStub, status } from './stub-server.ts';

async function record(): Promise<RecordedCall[]> {
  const stub = await startStub();
  stub.play(status(429, { message: 'busy' }, { 'retry-after': '1' }), completion('no JSON'), completion(YES));
  const calls: RecordedCall[] = [];
  const model = modelAt(stub.baseUrl, { fetch: recordingFetch(fetch, (call) => calls.push(call)) });
  expect((await model.ask(question())).ok).toBe(true);
  await stub.close();
  return calls;
}

describe('recorded calls', () => {
  it('replay without a network: the wait, the repair and the answer', async () => {
    const calls = Recording.parse(JSON.parse(JSON.stringify(await record())));
    const replay = replayingFetch(calls);
    const result = await modelAt('http://nowhere.invalid/v1', { fetch: replay.fetch }).ask(question());
    expect(result).toMatchObject({ ok: true, value: YES, usage: { calls: 3 } });
    expect(replay.unused()).toBe(0);
  });

  it('hold no key', async () => {
    expect(JSON.stringify(await record())).not.toMatch(/sk-test|authorization/i);
  });

  it('are stale once the prompt has changed, and say so', async () => {
    const replay = replayingFetch(await record());
    const model = modelAt('http://nowhere.invalid/v1', { fetch: replay.fetch, maxAttempts: 1 });
    const result = await model.ask(question({ messages: [{ role: 'user', content: 'Something else?' }] }));
    expect(result.ok ? '' : result.message).toContain('Record again');
    expect(replay.unused()).toBe(3);
  });
});
