import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { demo } from '../../src/commands/demo.ts';

it('leaves a folder alone that holds something else than its results', async () => {
  const out = await mkdtemp(path.join(tmpdir(), 'self-harness-demo-'));
  try {
    await writeFile(path.join(out, 'thesis.md'), 'years of work\n');
    const quiet = { out: () => undefined, log: () => undefined, live: false };
    await expect(demo({ out, seed: 1 }, quiet)).rejects.toThrow(/holds files that are no results/);
    expect(await readFile(path.join(out, 'thesis.md'), 'utf8')).toBe('years of work\n');
  } finally {
    await rm(out, { recursive: true, force: true });
  }
});
