import { describe, expect, it } from 'vitest';
import { MAX_QUOTE } from '../../src/mining/evidence.ts';
import { redactQuote } from '../../src/proposing/model/model-redaction.ts';
import { sh, trial } from '../mining/builders.ts';
import { quote } from './model-builders.ts';

const SECRET = 'hunter2-abcdefgh-0123456789';
const redact = (text: string): string => text.replaceAll(SECRET, '[redacted]');

describe('a quote for a model', () => {
  const observation = `the token is ${SECRET} and it works`;
  const at = trial([sh('cat key', observation)]);
  const cut = (start: number, end: number) => quote(observation.slice(start, end), { step: 0, start, end });

  it.each([
    ['whole', 0, observation.length, 'the token is [redacted] and it works'],
    ['cut within a secret', 0, 20, 'the token is [redacted]'],
    ['begun within a secret', 20, observation.length, '[redacted] and it works'],
    ['inside a secret', 15, 30, 'n[redacted]'],
    ['beside a secret', 0, 12, 'the token is'],
  ])('that is %s holds none of it', async (_, start, end, shown) => {
    expect((await redactQuote(cut(start, end), at, redact)).quote).toBe(shown);
  });

  it('loses its last word where it may have been cut and the trial is not at hand', async () => {
    const text = `${'x '.repeat(MAX_QUOTE / 2 - 10)}${SECRET}`.slice(0, MAX_QUOTE);
    expect((await redactQuote(quote(text), undefined, redact)).quote).not.toContain('hunter');
    const short = quote('see /usr/lib/python3/site-packages');
    expect(await redactQuote(short, undefined, redact)).toEqual(short);
  });
});
