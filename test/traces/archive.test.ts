import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type ReadSettings, readAllTraces } from '../../src/traces/read/read.ts';
import { folderOf } from './folder.ts';
import { makeZip, type ZipEntry } from './zip-writer.ts';

const line = (task: string) => `${JSON.stringify({ task_id: task, attempt: 1, outcome: 'pass' })}\n`;
const good: ZipEntry = { name: 'good/trials.jsonl', data: line('good') };
const MiB = 2 ** 20;

async function readZip(zip: Uint8Array, settings: ReadSettings & { readonly digest?: string } = {}) {
  using folder = folderOf({ 'traces.zip': zip });
  const { digest, ...rest } = settings;
  const location = join(folder.path, 'traces.zip');
  const { trials, problems } = await readAllTraces(
    [digest === undefined ? location : { location, digest }],
    rest,
  );
  return {
    tasks: trials.map(({ task }) => task),
    messages: problems.map(({ path, message }) => `${path.slice(location.length)}: ${message}`),
  };
}

describe('an archive', () => {
  test.each([
    ['stored', 0],
    ['deflated', 8],
    ['zstd (method 93)', 93],
  ])('with %s entries is read', async (_, method) => {
    expect(await readZip(makeZip([{ ...good, method }]))).toEqual({ tasks: ['good'], messages: [] });
  });

  test('with a zstd entry of several frames, one of them to be skipped, is read whole', async () => {
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const raw = Buffer.concat([
      zstdCompressSync(line('a')),
      skippable,
      zstdCompressSync(line('b')),
      zstdCompressSync(line('c')),
    ]);
    const data = line('a') + line('b') + line('c');
    expect(await readZip(makeZip([{ name: 'trials.jsonl', data, raw, method: 93 }]))).toMatchObject({
      tasks: ['a', 'b', 'c'],
    });
  });

  test('in zip64 form is read', async () => {
    expect(await readZip(makeZip([good], { zip64: true }))).toEqual({ tasks: ['good'], messages: [] });
  });

  test.each([0, 8])('inside another one, by method %i, is read as a source of its own', async (method) => {
    const inner = makeZip([good]);
    using folder = folderOf({
      'outer.zip': makeZip([
        { name: 'inner.zip', data: inner, method },
        { name: 'trials.jsonl', data: line('outer') },
      ]),
    });
    const { trials, sources } = await readAllTraces([join(folder.path, 'outer.zip')]);
    expect(trials.map(({ task }) => task)).toEqual(['outer', 'good']);
    expect(sources.map(({ path }) => path.slice(folder.path.length + 1))).toEqual([
      'outer.zip',
      'outer.zip/inner.zip',
    ]);
  });

  test('nested without end is refused past the limit', async () => {
    let zip = makeZip([good]);
    for (let i = 0; i < 6; i++) zip = makeZip([{ name: 'inner.zip', data: zip }]);
    const { tasks, messages } = await readZip(zip);
    expect(tasks).toEqual([]);
    expect(messages).toEqual([expect.stringContaining('nested more than 3 deep')]);
  });
});

test('sizes that stand in a zip64 field are read from there', async () => {
  const extra = Buffer.alloc(12);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8, 2);
  extra.writeBigUInt64LE(BigInt(good.data.length), 4);
  const zip = makeZip([{ ...good, extra, claims: { size: 0xffffffff } }]);
  expect(await readZip(zip)).toEqual({ tasks: ['good'], messages: [] });
});

test('a directory that breaks off keeps the entries before the break', async () => {
  const zip = makeZip([good, { name: 'b.jsonl', data: line('b') }]);
  const second = zip.lastIndexOf(Buffer.from('504b0102', 'hex'));
  zip.writeUInt32LE(0, second);
  const { tasks, messages } = await readZip(zip);
  expect(tasks).toEqual(['good']);
  expect(messages).toEqual([expect.stringContaining('its directory is damaged after 1 entries')]);
});

describe('a bad entry is a problem, and the good one beside it is read', () => {
  const zeros = Buffer.alloc(12 * MiB);
  const broken = Buffer.from('ff00ff00', 'hex');
  test.each<[string, ZipEntry, RegExp]>([
    ['path traversal', { name: '../evil.jsonl', data: line('evil') }, /leads outside/],
    ['path traversal inside', { name: 'a/../../evil.jsonl', data: line('evil') }, /leads outside/],
    ['path traversal of Windows', { name: 'a\\..\\..\\evil.jsonl', data: line('evil') }, /leads outside/],
    ['an absolute name', { name: '/etc/evil.jsonl', data: line('evil') }, /leads outside/],
    ['a drive letter', { name: 'C:/evil.jsonl', data: line('evil') }, /leads outside/],
    [
      'a symbolic link',
      { name: 'link.jsonl', data: '/etc/passwd', mode: 0o120777 },
      /links are not followed/,
    ],
    ['a duplicate name', { ...good, data: line('evil') }, /second entry of this name/],
    ['encryption', { name: 'x.jsonl', data: line('evil'), claims: { flags: 1 } }, /encrypted/],
    ['an unknown method', { name: 'x.jsonl', data: line('evil'), method: 14 }, /method 14 is not known/],
    [
      'more than twice its declared size',
      { name: 'x.jsonl', data: line('evil').repeat(500), claims: { size: 100 } },
      /more than twice the size it declares/,
    ],
    [
      'less than its declared size',
      { name: 'x.jsonl', data: line('evil'), claims: { size: 500 } },
      /declares 500 bytes, but holds/,
    ],
    ['a ratio over 1,000', { name: 'x.json', data: zeros }, /inflates 10\d\d : 1/],
    [
      'a wrong checksum',
      { name: 'x.jsonl', data: line('evil'), claims: { crc: 1 } },
      /checksum does not fit/,
    ],
    [
      'extra fields that are cut off',
      { name: 'x.jsonl', data: line('evil'), extra: Buffer.from([1, 0, 99, 0]) },
      /extra fields are cut off/,
    ],
    ['broken compression', { name: 'x.jsonl', data: line('evil'), raw: broken }, /is damaged/],
    ['broken zstd', { name: 'x.jsonl', data: line('evil'), raw: broken, method: 93 }, /is damaged/],
  ])('%s', async (_, bad, message) => {
    const { tasks, messages } = await readZip(makeZip([good, bad]));
    expect(tasks).toEqual(['good']);
    expect(messages).toEqual([expect.stringMatching(message)]);
  });
});

describe('an archive is refused as a whole', () => {
  test('when it is cut off', async () => {
    const zip = makeZip([good]);
    for (const length of [10, zip.length - 30, zip.length - 1]) {
      const { tasks, messages } = await readZip(zip.subarray(0, length));
      expect(tasks).toEqual([]);
      expect(messages).toEqual([expect.stringContaining('no complete zip archive')]);
    }
  });

  test('when it has too many entries', async () => {
    const entries = Array.from({ length: 11 }, (_, i) => ({ name: `${i}.txt`, data: '' }));
    const { messages } = await readZip(makeZip([good, ...entries]), { limits: { entries: 10 } });
    expect(messages).toEqual([expect.stringContaining('12 entries, more than 10')]);
  });

  test('when its entries declare more than the limit, even if nobody asks for them', async () => {
    const { tasks, messages } = await readZip(
      makeZip([good, { name: 'x.bin', data: Buffer.alloc(2 * MiB, 'ab'), method: 0 }]),
      { limits: { totalBytes: MiB } },
    );
    expect(tasks).toEqual([]);
    expect(messages).toEqual([expect.stringContaining('more than the limit of 1 MiB')]);
  });

  test('when its digest is another', async () => {
    const zip = makeZip([good]);
    const digest = `sha256:${createHash('sha256').update(zip).digest('hex')}`;
    expect(await readZip(zip, { digest })).toEqual({ tasks: ['good'], messages: [] });
    const { tasks, messages } = await readZip(makeZip([{ ...good, data: line('evil') }]), { digest });
    expect(tasks).toEqual([]);
    expect(messages).toEqual([expect.stringContaining('was announced')]);
  });
});

test('the limit counts what all archives of one reading open together', async () => {
  const data = line('x').repeat(3000);
  using folder = folderOf({
    'a.zip': makeZip([{ name: 'a.jsonl', data }]),
    'b.zip': makeZip([{ name: 'b.jsonl', data }]),
  });
  const { problems } = await readAllTraces([folder.path], { limits: { totalBytes: data.length * 1.5 } });
  expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('raise the limit')]);
});
