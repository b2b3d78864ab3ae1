import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseAnswer } from '../../src/model/answer.ts';
import { answerSchema } from '../../src/model/answer-schema.ts';
import { Verdict, YES } from './builders.ts';

const json = JSON.stringify(YES);

describe('reading an answer', () => {
  it.each([
    ['bare', json],
    ['in a fence', `\`\`\`json\n${json}\n\`\`\``],
    ['in prose', `Here you are: ${json}. Is that all right?`],
    ['after reasoning', `<think>perhaps {"answer":"no"}</think>\n${json}`],
    ['after an example that does not fit', `The form is {"answer": "…"}.\n${json}`],
    ['after a brace that opens nothing', `if (x) { then ${json}`],
  ])('finds it %s', (_, text) => {
    expect(parseAnswer(Verdict, text)).toEqual({ ok: true, value: YES });
  });

  it('takes the last of two that fit', () => {
    const text = `{"answer":"no","reason":"draft"} No: ${json}`;
    expect(parseAnswer(Verdict, text)).toEqual({ ok: true, value: YES });
  });

  it('is not led astray by braces in strings', () => {
    const value = { answer: 'no', reason: 'a } and a " and a { \\' };
    expect(parseAnswer(Verdict, `so: ${JSON.stringify(value)} done`)).toEqual({ ok: true, value });
  });

  it('says which member is wrong', () => {
    const parsed = parseAnswer(Verdict, '{"answer":"maybe","reason":"x"}');
    expect(parsed.ok ? '' : parsed.message).toContain('answer');
  });

  it('reads whatever JSON stands in a text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (reason, before, after) => {
        fc.pre(!/[{}"]/.test(before + after));
        const value = { answer: 'yes', reason };
        expect(parseAnswer(Verdict, `${before}${JSON.stringify(value)}${after}`)).toEqual({
          ok: true,
          value,
        });
      }),
    );
  });

  it('gives up on a flood of braces in little time', () => {
    const started = performance.now();
    expect(parseAnswer(Verdict, '{'.repeat(200_000)).ok).toBe(false);
    // Trying every brace would take minutes.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('a schema for structured output', () => {
  it('is strict where every member is required and every value closed', () => {
    const schema = z.object({
      kind: z.discriminatedUnion('op', [
        z.object({ op: z.literal('a'), n: z.number().min(0) }),
        z.strictObject({ op: z.literal('b'), list: z.array(z.string().max(3)).max(2) }),
      ]),
    });
    const { strict, schema: made } = answerSchema('x', schema);
    expect(strict).toBe(true);
    expect(made).toEqual({
      type: 'object',
      properties: {
        kind: {
          anyOf: [
            {
              type: 'object',
              properties: { op: { type: 'string', const: 'a' }, n: { type: 'number' } },
              required: ['op', 'n'],
              additionalProperties: false,
            },
            {
              type: 'object',
              properties: {
                op: { type: 'string', const: 'b' },
                list: { type: 'array', items: { type: 'string' } },
              },
              required: ['op', 'list'],
              additionalProperties: false,
            },
          ],
        },
      },
      required: ['kind'],
      additionalProperties: false,
    });
  });

  it.each<[string, z.ZodType]>([
    ['an optional member', z.object({ a: z.string().optional() })],
    ['any value', z.object({ a: z.unknown() })],
    ['an open object', z.object({ a: z.record(z.string(), z.string()) })],
    ['a tuple', z.object({ a: z.tuple([z.string(), z.number()]) })],
  ])('is not strict with %s', (_, schema) => {
    expect(answerSchema('x', schema).strict).toBe(false);
  });

  it('has a name that every endpoint takes', () => {
    expect(answerSchema('edit proposals/ü', z.object({})).name).toBe('edit_proposals__');
  });

  it('keeps members that are named like keywords', () => {
    const { schema } = answerSchema('x', z.object({ default: z.string(), title: z.string() }));
    expect(Object.keys(schema.properties ?? {})).toEqual(['default', 'title']);
  });
});
