import { existsSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALONE, type Format } from '../../src/traces/formats/format.ts';
import { type Progress, readAllTraces, readTraces } from '../../src/traces/read/read.ts';
import { makeTrial } from '../../src/traces/trial.ts';
import { folderOf, readFiles } from './folder.ts';
import { makeZip } from './zip-writer.ts';

const line = (task: string, more: object = {}) => ({ task_id: task, attempt: 1, outcome: 'pass', ...more });
const text = (task: string) => `${JSON.stringify(line(task))}\n`;

/** What an open file descriptor points to; '' for one that is closed meanwhile. */
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

describe('what is not a trace', () => {
  test('is passed over where traces are beside it', async () => {
    const { trials, problems } = await readFiles({
      'trials.jsonl': [line('a')],
      'README.md': '# hello',
      'package.json': { name: 'x' },
      'eval/run.log': 'lines',
      'image.png': Buffer.from([0x89, 0x50]),
      'node_modules/x/trials.jsonl': [line('b')],
    });
    expect(trials.map(({ task }) => task)).toEqual(['a']);
    expect(problems).toEqual([]);
  });

  test('is a problem that names the path and the known formats, where there is nothing else', async () => {
    const { trials, problems } = await readFiles({ 'package.json': { name: 'x' }, 'notes.txt': 'hello' });
    expect(trials).toEqual([]);
    expect(problems).toEqual([
      { path: '', message: expect.stringMatching(/no trace of a known format .*harbor.*inspect.*native/) },
    ]);
  });

  test('does not exist', async () => {
    const { problems } = await readAllTraces(['/does/not/exist.zip']);
    expect(problems).toEqual([
      { path: '/does/not/exist.zip', message: expect.stringContaining('does not exist') },
    ]);
  });

  test.each([
    ['results.json', '{"a": 1,, }', /neither JSON/],
    ['results.jsonl', 'hello\nworld\n', /neither JSON/],
    ['blank.jsonl', '\n \n', /is empty/],
    ['trials.jsonl', '', /is empty/],
    ['x.eval', 'PK no', /no zip archive/],
    ['junit.xml', 'hello', /no XML/],
  ])('%s, but its name promises one, is a problem', async (name, content, message) => {
    const { trials, problems } = await readFiles({ 'trials-good.jsonl': [line('a')], [name]: content });
    expect(trials).toHaveLength(1);
    expect(problems).toEqual([{ path: name, message: expect.stringMatching(message) }]);
  });
});

describe('traces are found', () => {
  test('under names that promise none, where nothing better is there', async () => {
    expect((await readFiles({ 'out.log': text('a') })).trials).toHaveLength(1);
  });

  test('in a single file, with its siblings at hand but not read', async () => {
    using folder = folderOf({
      'a.jsonl': [line('a', { trajectory: 't.json' })],
      't.json': [line('x')],
      'b.jsonl': [line('b')],
    });
    const { trials } = await readAllTraces([join(folder.path, 'a.jsonl')]);
    expect(trials.map(({ task }) => task)).toEqual(['a']);
  });

  test('in several places at once; what was found twice counts once', async () => {
    using folder = folderOf({
      'one/a.jsonl': text('a'),
      'two.zip': makeZip([
        { name: 'x/a.jsonl', data: text('a') },
        { name: 'b.jsonl', data: text('b') },
      ]),
    });
    const one = join(folder.path, 'one');
    const two = join(folder.path, 'two.zip');
    const { trials, sources } = await readAllTraces([one, two, one]);
    expect(trials.map(({ task }) => task).sort()).toEqual(['a', 'b']);
    expect(sources.reduce((sum, row) => sum + row.trials, 0)).toBe(2);
  });

  test('not behind links', async () => {
    using outside = folderOf({ 'secret.jsonl': text('secret') });
    using folder = folderOf({ 'a.jsonl': text('a') });
    symlinkSync(outside.path, join(folder.path, 'link'));
    const { trials, problems } = await readAllTraces([folder.path]);
    expect(trials.map(({ task }) => task)).toEqual(['a']);
    expect(problems).toEqual([
      { path: join(folder.path, 'link'), message: 'refused: links are not followed' },
    ]);
  });
});

test('the order of trials does not depend on how they are packed', async () => {
  const files = {
    'b/2.jsonl': text('b2'),
    'a/1.jsonl': text('a1'),
    'c.jsonl': text('c'),
    'a/x/3.jsonl': text('a3'),
  };
  const entries = Object.entries(files).map(([name, data]) => ({ name, data }));
  const packed = await readFiles({ 'x.zip': makeZip(entries) });
  expect(packed.trials.map(({ task }) => task)).toEqual(
    (await readFiles(files)).trials.map(({ task }) => task),
  );
});

describe('a format that throws', () => {
  const fragile: Format = {
    id: 'fragile',
    gives: 'trials',
    claim: async () => ALONE,
    async *read(files) {
      for await (const file of files) {
        if (file.path.startsWith('bad')) throw new Error('cannot read this');
        yield makeTrial({ id: file.path, task: file.path, source: { path: file.path, format: 'fragile' } });
      }
    },
  };

  test('loses the file at fault and no other', async () => {
    const { trials, problems } = await readFiles(
      { 'a.json': {}, 'bad1.json': {}, 'bad2.json': {}, 'c.json': {} },
      { formats: [fragile] },
    );
    expect(trials.map(({ task }) => task).sort()).toEqual(['a.json', 'c.json']);
    expect(problems.map(({ path, message }) => `${path}: ${message}`).sort()).toEqual([
      'bad1.json: cannot read this',
      'bad2.json: cannot read this',
    ]);
  });
});

describe('while it reads', () => {
  test('it tells how far it is', async () => {
    const seen: Progress[] = [];
    await readFiles(
      { 'a.jsonl': text('a') + text('b'), 'c.jsonl': text('c') },
      { onProgress: (progress) => seen.push({ ...progress }) },
    );
    expect(seen.at(-1)).toMatchObject({ files: 2, filesTotal: 2, problems: 0 });
    expect(seen.map(({ files }) => files)).toEqual(seen.map(({ files }) => files).toSorted((a, b) => a - b));
  });

  test('trials with steps come before later files are opened', async () => {
    const steps = [{ role: 'agent', text: 'hi' }];
    using folder = folderOf({ 'a.jsonl': [line('a', { steps })], 'b/b.jsonl': '{broken' });
    const reading = readTraces([folder.path]);
    for await (const trial of reading) {
      expect(trial.task).toBe('a');
      expect(reading.problems).toEqual([]);
      break;
    }
  });

  test.skipIf(!existsSync('/proc/self/fd'))(
    'it may be left at any time, and leaves no file open',
    async () => {
      const steps = [{ role: 'agent', text: 'hi' }];
      const entries = ['a', 'b', 'c'].map((task) => ({
        name: `${task}.jsonl`,
        data: JSON.stringify(line(task, { steps })),
      }));
      using folder = folderOf({ 'x.zip': makeZip(entries) });
      // Only handles on this file: the test runner has its own.
      const open = () => readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith(folder.path));
      for await (const trial of readTraces([join(folder.path, 'x.zip')])) {
        expect(trial.task).toBe('a');
        expect(open()).toHaveLength(1);
        break;
      }
      expect(open()).toEqual([]);
    },
  );

  test('steps stay unread where they are not asked for', async () => {
    const { trials } = await readFiles(
      { 'a.jsonl': [line('a', { steps: [{ role: 'agent', text: 'hi' }] })] },
      { skipSteps: true },
    );
    expect(trials).toMatchObject([{ task: 'a', steps: [] }]);
  });
});
