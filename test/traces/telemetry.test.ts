import { describe, expect, it } from 'vitest';
import { readMessage } from '../../src/traces/formats/shared/message.ts';
import { outcomeOf } from '../../src/traces/formats/shared/score.ts';
import { parseLangfuse } from '../../src/traces/formats/telemetry/langfuse.ts';
import { spansOf } from '../../src/traces/formats/telemetry/otlp.ts';
import { readFixture, told } from './fixture.ts';

const OPTIONS = { passThreshold: 1, skipSteps: false };

describe('OTLP with GenAI attributes', () => {
  it('puts a conversation together from spans spread over lines, children first', async () => {
    const { trial, problems } = await readFixture('otel/genai.jsonl');
    const run = trial('a'.repeat(32));
    expect(told(run.steps)).toEqual([
      'system: Be brief.',
      'user: Weather in Paris?',
      'agent: | get_weather({"city":"Paris"}) → rainy',
      'agent: Rainy.',
    ]);
    expect(problems).toEqual([expect.stringContaining('1 records are no OTLP spans')]);
  });

  it('counts the tokens of model calls, not again those of the agent around them', async () => {
    const { trial } = await readFixture('otel/genai.jsonl');
    expect(trial('a'.repeat(32))).toMatchObject({
      tokens: { input: 150, cacheRead: 150, output: 14 },
      agent: 'helper',
      model: 'gpt-5-mini',
      stop: 'finished',
      startedAt: '2026-01-02T03:04:05.000Z',
      finishedAt: '2026-01-02T03:04:14.000Z',
    });
  });

  it('takes the verdict of an evaluation event', async () => {
    const { trial } = await readFixture('otel/genai.jsonl');
    expect(trial('a'.repeat(32))).toMatchObject({
      outcome: 'fail',
      verifier: { tests: [{ name: 'correctness', status: 'fail', message: 'It is sunny.' }] },
    });
  });

  it('splits an experiment into the cases that its spans name', async () => {
    const { trials, trial } = await readFixture('otel/experiment.jsonl');
    expect(trials.map(({ task }) => task).toSorted()).toEqual(['cancel', 'refund']);
    expect(trial('refund', 2)).toMatchObject({ stop: 'error', reason: 'no verdict' });
  });

  it('reads OpenInference attributes', async () => {
    const { trial } = await readFixture('otel/experiment.jsonl');
    const run = trial('cancel');
    expect(told(run.steps)).toEqual([
      'user: Cancel it',
      'agent: | cancel({"id":1}) → no such booking !KeyError',
    ]);
    expect(run).toMatchObject({ costUsd: 0.5, model: 'gpt-4o', tokens: { input: 40, output: 4 } });
  });

  it('reads the message events of older emitters, and a task on the resource', async () => {
    const { trial } = await readFixture('otel/events.jsonl');
    expect(told(trial('greet').steps)).toEqual(['user: Hello', 'agent: Hi!']);
    expect(trial('greet').tokens).toMatchObject({ input: 7, output: 3 });
  });
});

describe('values nested without end', () => {
  const deep = (open: string, close: string) => JSON.parse(`${open.repeat(50_000)}1${close.repeat(50_000)}`);

  it('are no number and no text, and overflow nothing', () => {
    const attributes = [
      { key: 'gen_ai.usage.input_tokens', value: { intValue: deep('[', ']') } },
      { key: 'eval.trial', value: deep('{"arrayValue":{"values":[', ']}}') },
    ];
    const span = { traceId: 'a', spanId: 'b', attributes };
    const read = spansOf({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
    expect(read?.spans[0]?.attributes.get('gen_ai.usage.input_tokens')).toBeNull();
  });

  it('end a message where they begin', () => {
    const message = readMessage({
      role: 'user',
      content: ['Hi', deep('{"content":', '}'), deep('{"text":', '}')],
    });
    expect(message?.text).toBe('Hi');
  });
});

describe('Langfuse', () => {
  it('unwraps JSON in strings, sorts observations and tells history once', async () => {
    const { trial } = await readFixture('langfuse/tools.json');
    const run = trial('weather', 3);
    expect(told(run.steps)).toEqual([
      'user: Weather?',
      'agent: | get_weather({}) → rain !slow upstream',
      'agent: Rain.',
    ]);
    expect(run).toMatchObject({
      run: 'run-1',
      model: 'gpt-5',
      stop: 'error',
      tokens: { input: 50, cacheRead: 10, output: 5 },
      costUsd: 0.003,
    });
  });

  it('takes only scores that are verdicts for an outcome', async () => {
    expect((await readFixture('langfuse/tools.json')).trial('weather')).toMatchObject({
      outcome: 'fail',
      reason: 'correctness 0',
      verifier: { message: 'correctness 0, toxicity 0.8' },
    });
    const { trial } = await readFixture('langfuse/api.jsonl');
    expect(trial('lf-2')).toMatchObject({ outcome: 'pass' });
    expect(trial('lf-3')).toMatchObject({ outcome: 'invalid', reason: 'no verdict' });
  });

  it('takes no absurd count for one that was measured', () => {
    const observations = [1, 2].map((n) => ({
      id: `o${n}`,
      type: 'GENERATION',
      startTime: '2026-01-01T00:00:00Z',
      usageDetails: { input: 1e308, output: n },
      totalCost: '1e308',
    }));
    const { trials } = parseLangfuse({ trace: { id: 't' }, observations }, 'x.json', OPTIONS);
    expect(trials[0]).toMatchObject({ tokens: { input: null, output: 3 }, costUsd: null });
  });

  it('falls back to what went into a trace and came out', async () => {
    const { trial } = await readFixture('langfuse/api.jsonl');
    expect(told(trial('lf-2').steps)).toEqual(['user: Hello', 'agent: Hi!']);
  });
});

describe('scores as verdicts', () => {
  const score = (name: string, value: number | string | boolean) => ({ name, value, comment: null });

  it.each([
    ['pass', 'passed', 'pass'],
    ['eval.correctness', 1, 'pass'],
    ['exact_match', 0.5, 'fail'],
    ['task success', true, 'pass'],
    ['reward', 'incorrect', 'fail'],
    ['correctness', 'partly', 'invalid'],
    ['compassion', 0, 'invalid'],
    ['helpfulness', 1, 'invalid'],
  ])('%s = %s gives %s', (name, value, outcome) => {
    expect(outcomeOf([score(name, value)], 1).outcome).toBe(outcome);
  });

  it('wants every verdict to be good', () => {
    expect(outcomeOf([score('correct', 1), score('resolved', 0)], 1)).toMatchObject({
      outcome: 'fail',
      reason: 'resolved 0',
      score: 0,
    });
  });

  it('passes by the threshold that was asked for', () => {
    expect(outcomeOf([score('correctness', 0.7)], 0.7).outcome).toBe('pass');
  });
});
