import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/traces/json.ts';
import { peekBytes } from '../../src/traces/read/peek.ts';

const bytes = (text: string) => Buffer.from(text);

/** Whether `part` is `whole` with later members missing, at any depth. */
function isBeginning(part: unknown, whole: unknown): boolean {
  if (Array.isArray(part) && Array.isArray(whole))
    return part.every((item, i) => i < whole.length && isBeginning(item, whole[i]));
  if (typeof part === 'object' && typeof whole === 'object' && part !== null && whole !== null) {
    const members = new Map(Object.entries(whole));
    return Object.entries(part).every(
      ([key, item]) => members.has(key) && isBeginning(item, members.get(key)),
    );
  }
  return Object.is(part, whole);
}

describe('a look at the head of a file', () => {
  test('shows a beginning of the value, wherever the head ends', () => {
    const root = fc.oneof(
      fc.array(fc.jsonValue(), { minLength: 1 }),
      fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
    );
    fc.assert(
      fc.property(
        root,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(undefined, 2),
        (value, at, indent) => {
          const text = JSON.stringify(value, null, indent);
          const cut = text.slice(0, Math.max(1, Math.floor(text.length * at)));
          const { kind, value: seen } = peekBytes(bytes(cut), false);
          expect(kind).toBe('json');
          expect(isBeginning(seen, JSON.parse(text))).toBe(true);
        },
      ),
    );
  });

  test('never fails, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (any, whole) => {
        expect(peekBytes(any, whole).kind).toBeTypeOf('string');
      }),
    );
  });

  test.each([
    ['{"a":1}\n{"b":2}\n', 'jsonl', 2],
    ['{"a":1}\n{"b"', 'jsonl', 1],
    ['{"a":1}', 'json', 1],
    ['[{"a":1},{"b":2}]', 'json', 2],
    ['{bad\n{"b":2}\n', 'jsonl', 1],
    ['{"a": NaN, "b": [Infinity', 'json', 1],
    ['\ufeff  {"a":1}', 'json', 1],
    ['<?xml version="1.0"?>', 'xml', 0],
    ['PK\x03\x04', 'zip', 0],
    ['hello', 'other', 0],
    ['', 'other', 0],
  ])('%j is %s', (text, kind, records) => {
    const seen = peekBytes(bytes(text), false);
    expect([seen.kind, seen.records.length]).toEqual([kind, records]);
  });
});

describe('JSON with numbers that JSON does not know', () => {
  test('reads them as null, and leaves texts alone', () => {
    expect(parseJson('{"a": NaN, "b": [-Infinity, 1], "c": "NaN, Infinity", "d": "\\"NaN"}')).toEqual({
      a: null,
      b: [null, 1],
      c: 'NaN, Infinity',
      d: '"NaN',
    });
  });

  test('is read as before where it is JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parseJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('fails with a place and without the text', () => {
    expect(() => parseJson('{"token": "s3cret", NaN oops}')).toThrow(/^not valid JSON/);
    expect(() => parseJson('{"token": "s3cret" oops')).toThrow(expect.not.stringContaining('s3cret'));
  });
});
