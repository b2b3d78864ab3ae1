import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ByteSource, memoryBytes } from '../../src/traces/archive/bytes.ts';
import { readAhead } from '../../src/traces/archive/read-ahead.ts';

const file = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i * 2654435761) >>> 24));

/** The file, with every read written down. */
function watched(fail: (read: number) => boolean = () => false): {
  source: ByteSource;
  reads: [number, number][];
} {
  const reads: [number, number][] = [];
  const memory = memoryBytes(file);
  const source: ByteSource = {
    ...memory,
    read(start, end) {
      reads.push([start, end]);
      return fail(reads.length) ? Promise.reject(new Error('lost')) : memory.read(start, end);
    },
  };
  return { source, reads };
}

const range = fc
  .tuple(fc.nat(file.length), fc.nat(200_000))
  .map(([start, length]) => [start, Math.min(file.length, start + length)] as const);

test('gives the same bytes, and fetches little in vain, whatever is read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(range, { maxLength: 40 }), async (ranges) => {
      const { source, reads } = watched();
      const ahead = readAhead(source);
      let asked = 0;
      for (const [start, end] of ranges) {
        expect((await ahead.read(start, end)).equals(file.subarray(start, end))).toBe(true);
        asked += end - start;
      }
      const fetched = reads.reduce((sum, [start, end]) => sum + end - start, 0);
      expect(fetched).toBeLessThanOrEqual(asked * 1.04 + 256 * 1024);
    }),
  );
});

test('gives the same bytes to reads that overlap in time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(range, { maxLength: 20 }), async (ranges) => {
      const ahead = readAhead(watched().source);
      const all = await Promise.all(ranges.map(([start, end]) => ahead.read(start, end)));
      for (const [i, [start, end]] of ranges.entries())
        expect(all[i]?.equals(file.subarray(start, end))).toBe(true);
    }),
  );
});

test('serves neighbours with few reads', async () => {
  const { source, reads } = watched();
  const ahead = readAhead(source);
  for (let at = 0; at < 60_000; at += 3000) await ahead.read(at, at + 1000);
  expect(reads.length).toBeLessThan(5);
});

test('asks again for what failed', async () => {
  const { source } = watched((read) => read === 1);
  const ahead = readAhead(source);
  await expect(ahead.read(0, 10)).rejects.toThrow('lost');
  expect((await ahead.read(0, 10)).equals(file.subarray(0, 10))).toBe(true);
});
