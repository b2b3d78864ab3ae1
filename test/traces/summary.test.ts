import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarise as summariseWith } from '../../src/traces/read/summary.ts';
import { summaryText } from '../../src/traces/read/summary-text.ts';
import { createRedactor } from '../../src/traces/redact/redact.ts';
import { makeTrial, type Outcome, type Trial } from '../../src/traces/trial.ts';
import { hasShared, read, SHARED } from './fixture.ts';
import { plantedSecrets } from './planted-secrets.ts';

/** Where no secrets are about. */
const summarise = (trials: Iterable<Trial>) => summariseWith(trials, (text) => text);

let serial = 0;
function trial(task: string, outcome: Outcome, more: Partial<Trial> = {}): Trial {
  return makeTrial({
    id: `t${serial++}`,
    task,
    outcome,
    source: { path: 'a.jsonl', format: 'native' },
    ...more,
  });
}

const said = (message: string) => ({ verifier: { message, tests: [] } });

describe('the summary', () => {
  it('keeps both denominators of the pass rate', () => {
    const { passRate, outcomes } = summarise([
      trial('a', 'pass'),
      trial('b', 'fail'),
      trial('c', 'invalid'),
      trial('d', 'invalid'),
      trial('e', 'skipped'),
    ]);
    expect(outcomes).toEqual({ pass: 1, fail: 1, invalid: 2, skipped: 1 });
    expect(passRate.ofVerdicts).toEqual({ pass: 1, of: 2, rate: 0.5 });
    expect(passRate.ofAll).toEqual({ pass: 1, of: 4, rate: 0.25 });
  });

  it('has no rate where there is nothing to divide by', () => {
    expect(summarise([trial('a', 'skipped')]).passRate.ofVerdicts.rate).toBeNull();
    expect(summarise([])).toMatchObject({ trials: 0, tasks: 0, noise: null });
  });

  it('groups invalid trials by fault and reason, whatever numbers stand in it', () => {
    const { invalid } = summarise([
      trial('a', 'invalid', { reason: 'timed out after 900 s', fault: 'verifier' }),
      trial('b', 'invalid', { reason: 'timed out after 901.5 s', fault: 'verifier' }),
      trial('c', 'invalid', { reason: 'timed out after 900 s', fault: 'environment' }),
      trial('d', 'invalid', { reason: 'request 0123abcd-4567-89ef-0123-456789abcdef failed' }),
      trial('e', 'invalid', { reason: 'request f123abcd-4567-89ef-0123-456789abcdef failed' }),
    ]);
    expect(invalid).toEqual([
      { reason: 'request # failed', fault: 'unknown', trials: 2 },
      { reason: 'timed out after # s', fault: 'verifier', trials: 2 },
      { reason: 'timed out after # s', fault: 'environment', trials: 1 },
    ]);
  });

  it('flags tasks that fail for everyone, with the message if it is always the same', () => {
    const { unsolved } = summarise([
      trial('t05', 'fail', { agent: 'x', ...said('expected 7, got 12') }),
      trial('t05', 'fail', { agent: 'y', ...said('expected 7, got 13') }),
      trial('t06', 'fail', said('boom')),
      trial('t06', 'fail', said('crash')),
      trial('t07', 'fail', said('boom')),
      trial('t07', 'pass'),
      trial('t08', 'fail'),
      trial('t09', 'fail'),
      trial('t09', 'invalid'),
    ]);
    expect(unsolved).toEqual([
      { task: 't05', trials: 2, agents: 2, message: 'expected 7, got 12' },
      { task: 't06', trials: 2, agents: 1, message: null },
    ]);
  });

  it('leaves copies out of rates and noise', () => {
    const summary = summarise([
      trial('a', 'pass'),
      trial('a', 'pass', { cached: true }),
      trial('a', 'pass', { cached: true }),
    ]);
    expect(summary).toMatchObject({ trials: 3, cached: 2, noise: null });
    expect(summary.passRate.ofVerdicts.of).toBe(1);
  });

  it('measures noise over repeats of one agent and model only', () => {
    expect(
      summarise([trial('a', 'pass', { model: 'x' }), trial('a', 'fail', { model: 'y' })]).noise,
    ).toBeNull();
    const { noise } = summarise([
      ...['pass', 'pass', 'fail', 'fail'].map((outcome) => trial('a', outcome as Outcome)),
      ...['pass', 'pass', 'pass', 'pass'].map((outcome) => trial('b', outcome as Outcome)),
    ]);
    // a: 2·2·2/(4·3) = 2/3; b: 0.
    expect(noise).toMatchObject({ repeated: 2, mixed: 1 });
    expect(noise?.disagreement).toBeCloseTo(1 / 3, 12);
    expect(noise?.runDeviation).toBeCloseTo(Math.sqrt(1 / 3) / 2, 12);
  });

  it('takes secrets out before it blanks numbers and cuts: what is left of one would still be one', () => {
    const redactor = createRedactor();
    const secrets = plantedSecrets(5, 10).filter(({ kind }) => kind !== 'environment');
    const trials = secrets.flatMap(({ text }, i) => [
      trial(`i${i}`, 'invalid', { reason: `${'x '.repeat(140)}${text}` }),
      trial(`f${i}`, 'fail', said(text)),
      trial(`f${i}`, 'fail', said(text)),
    ]);
    const summary = summariseWith(trials, (text) => redactor.redact(text).text);
    const shown = JSON.stringify(summary) + summaryText(summary, { sources: [], problems: [] });
    // Blanking numbers leaves letters: compare without them, on both sides.
    const letters = (text: string) => text.replaceAll(/[^A-Za-z]/g, '');
    expect(secrets.filter(({ secret }) => letters(shown).includes(letters(secret).slice(0, 10)))).toEqual([]);
  });

  it('does not depend on the order of trials', () => {
    const outcome = fc.constantFrom<Outcome>('pass', 'fail', 'invalid', 'skipped');
    const trials = fc.array(
      fc
        .tuple(
          fc.constantFrom('a', 'b', 'c'),
          outcome,
          fc.constantFrom('m', 'n'),
          fc.constantFrom('boom', 'crash'),
        )
        .map(([task, what, model, message]) =>
          trial(task, what, { model, reason: message, ...said(message) }),
        ),
    );
    fc.assert(
      fc.property(trials, (given) => {
        expect(summarise(given.toReversed())).toEqual(summarise(given));
      }),
    );
  });

  it.skipIf(!hasShared)('finds 26 of 50 airline tasks mixed, as the real runs are', async () => {
    const { trials } = await read(`${SHARED}tau-bench/sierra-tau-bench`);
    const { noise, passRate, tasks } = summarise(trials);
    expect({ tasks, ...noise }).toMatchObject({ tasks: 50, repeated: 50, mixed: 26 });
    expect(passRate.ofVerdicts).toEqual({ pass: 84, of: 200, rate: 0.42 });
  });
});

describe('the summary in words', () => {
  const nothing = { sources: [], problems: [] };

  it('reads as sentences', () => {
    const trials = [
      ...[1, 2, 3].map((n) => trial('login', n < 3 ? 'pass' : 'fail', { costUsd: 0.5 })),
      trial('refund', 'fail', { agent: 'x', ...said('AssertionError: 4 != 5') }),
      trial('refund', 'fail', { agent: 'y', ...said('AssertionError: 4 != 5') }),
      trial('search', 'invalid', { reason: 'verifier timed out', fault: 'verifier' }),
    ];
    const text = summaryText(summarise(trials), {
      sources: [{ path: 'traces.zip', format: 'harbor', trials: 6 }],
      problems: [{ path: 'traces.zip/x.json', message: 'not valid JSON' }],
    });
    expect(text).toMatchInlineSnapshot(`
      "Read 6 trials of 3 tasks.
        traces.zip: 6 trials (harbor)

      2 passed, 3 failed, 1 invalid (no verdict on the agent), 0 skipped.

      Pass rate: 40.0 % (2 of 5) of the trials with a verdict,
                 33.3 % (2 of 6) with the invalid ones counted as not passed.

      Invalid, and why:
        1 × verifier timed out (the verifier)

      1 task fails in every trial:
        refund: 2 tries by 2 agents, each time: AssertionError: 4 != 5
      Where every agent fails with one message, look at the verifier before the agent.

      Run-to-run noise: of 1 repeated task, 1 both passed and failed.
      Two attempts of a task disagree 66.7 % of the time; the pass rate of one pass over them
      varies by ±57.7 points (one standard deviation) with nothing changed.

      Cost: 1.50 USD, in the 3 of 6 trials that name a cost.

      1 problem while reading:
        traces.zip/x.json: not valid JSON"
    `);
  });

  it('says one rate where all trials have a verdict', () => {
    const text = summaryText(summarise([trial('a', 'pass')]), nothing);
    expect(text).toContain('Pass rate: 100.0 % (1 of 1).');
    expect(text).not.toContain('invalid ones');
  });

  it('counts what it does not list', () => {
    const trials = Array.from({ length: 12 }, (_, i) =>
      trial(`t${i}`, 'invalid', { reason: 'a'.repeat(i + 1) }),
    );
    expect(summaryText(summarise(trials), nothing)).toContain('… and 4 more reasons');
  });

  it('says so when nothing was read', () => {
    expect(summaryText(summarise([]), nothing)).toBe('Read no trials.');
  });
});
