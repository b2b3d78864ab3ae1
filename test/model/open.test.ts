import { describe, expect, it } from 'vitest';
import { Config } from '../../src/config/schema.ts';
import { modelFor, modelNotes } from '../../src/model/open.ts';
import { question, YES } from './builders.ts';
import { completion, startStub } from './stub-server.ts';

function config(proposer: Record<string, unknown>, budget: Record<string, unknown> = {}): Config {
  return Config.parse({
    agent: { model: 'openai/gpt-x' },
    surfaces: [{ id: 'prompt', path: 'prompt.md', kind: 'text' }],
    eval: {},
    proposer,
    budget,
  });
}

const OPENAI_API_KEY = 'sk-operator-000000000000';

describe('the configured model', () => {
  it('is none without a name', async () => {
    const model = modelFor(config({}), { OPENAI_API_KEY });
    expect(model.name).toBeNull();
    expect(await model.ask(question())).toMatchObject({ ok: false, kind: 'unavailable' });
    expect(modelNotes(config({}), {})).toEqual([]);
  });

  it('asks the endpoint of the config, redacted, within the budget of the config', async () => {
    const stub = await startStub();
    stub.play(completion(YES));
    const settings = config({ model: 'm', base_url: stub.baseUrl }, { tokens: 600 });
    const model = modelFor(settings, { OPENAI_API_KEY, OPENAI_BASE_URL: stub.baseUrl });
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const messages = [{ role: 'user' as const, content: `the token is ${secret}` }];
    expect((await model.ask(question({ messages }))).ok).toBe(true);
    expect(stub.requests[0]?.headers.authorization).toBe(`Bearer ${OPENAI_API_KEY}`);
    expect(JSON.stringify(stub.requests[0]?.body)).not.toContain(secret);
    expect(await model.ask(question({ maxOutputTokens: 500 }))).toMatchObject({ ok: false, kind: 'budget' });
    await stub.close();
  });

  it("does not send the operator's key to an endpoint that only the repository names", async () => {
    const stub = await startStub();
    stub.play(completion(YES));
    const settings = config({ model: 'm', base_url: stub.baseUrl });
    expect((await modelFor(settings, { OPENAI_API_KEY }).ask(question())).ok).toBe(true);
    expect(JSON.stringify(stub.requests[0]?.headers)).not.toContain(OPENAI_API_KEY);
    expect(modelNotes(settings, { OPENAI_API_KEY }).join(' ')).toContain('not sent to http://127.0.0.1');
    await stub.close();
  });

  it('notes that an unknown price leaves the limit in USD idle', () => {
    expect(modelNotes(config({ model: 'm' }), { OPENAI_API_KEY }).join(' ')).toContain('price of m');
    const priced = config({ model: 'm', usd_per_million_input: 1, usd_per_million_output: 4 });
    expect(modelNotes(priced, { OPENAI_API_KEY })).toEqual([]);
  });
});
