import { describe, expect, it } from 'vitest';
import { retryAfter, scrub } from '../../src/model/endpoint-failure.ts';

describe('how long an endpoint asks to wait', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each<[Record<string, string>, number | null]>([
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': 'soon' }, null],
    [{}, null],
  ])('%o is %o ms', (headers, ms) => {
    expect(retryAfter(new Headers(headers), now)).toBe(ms);
  });
});

describe('what is repeated of an error', () => {
  it.each([
    ['the key itself', 'bad key s3cret-value!', 'bad key [redacted]'],
    ['a bearer token', 'sent Bearer abc.def', 'sent Bearer [redacted]'],
    ['part of a key', 'key sk-proj-abcd****wxyz is wrong', 'key [redacted] is wrong'],
    ['credentials of a URL', 'at https://me:pw@host/v1', 'at https://[redacted]@host/v1'],
    ['a key in a query', 'at https://host/v1?api_key=abc&x=1', 'at https://host/v1?api_key=[redacted]&x=1'],
    ['lines and escapes', 'a\n\u001b[31mb\u202ec', 'a [31mb c'],
  ])('leaves out %s', (_, said, repeated) => {
    expect(scrub(said, ['s3cret-value!'])).toBe(repeated);
  });

  it('is short', () => expect(scrub('x '.repeat(5000), []).length).toBeLessThanOrEqual(240));
});
