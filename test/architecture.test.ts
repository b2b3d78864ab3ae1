/** The arrows of ARCHITECTURE.md: data flows one way, and the core is pure. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const FILES = globSync('**/*.ts', { cwd: SRC });
const IMPORTS: readonly Import[] = FILES.flatMap((file) => {
  const text = readFileSync(path.join(SRC, file), 'utf8');
  const found = text.matchAll(/^(?:import|export)\s+(type\s+)?[^;]*?from\s+'([^']+)';/gms);
  return [...found].map(([, type, to = '']) => ({
    from: file,
    to: to.startsWith('.') ? path.normalize(path.join(path.dirname(file), to)) : to,
    typeOnly: type !== undefined,
  }));
});

const folderOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : '');
const runtime = IMPORTS.filter((one) => !one.typeOnly);

/** Folders of ours that a folder may import at run time, beside itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  traces: [],
  harness: ['mining'],
  mining: ['traces', 'harness'],
  proposing: ['traces', 'harness', 'mining', 'model'],
  validation: ['traces'],
  model: ['config', 'traces'],
  config: ['harness'],
  eval: ['config', 'traces'],
  forge: ['eval', 'traces', 'campaign'],
};

/** What would make a core folder impure: clocks, files, processes, networks. */
const IMPURE = /^node:(fs|child_process|http|https|net|os|process|timers|worker_threads)/;

describe('the arrows', () => {
  it('sees the imports it judges', () => {
    expect(runtime.length).toBeGreaterThan(300);
    expect(runtime).toContainEqual({
      from: 'campaign/campaign.ts',
      to: 'validation/splits.ts',
      typeOnly: false,
    });
  });

  it.each(Object.entries(ALLOWED))('%s imports only what it may', (folder, allowed) => {
    const wrong = runtime.filter(
      ({ from, to }) =>
        folderOf(from) === folder &&
        to.endsWith('.ts') &&
        folderOf(to) !== folder &&
        !allowed.includes(folderOf(to)),
    );
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  it.each(['mining', 'harness', 'validation', 'evidence'])('%s is pure', (folder) => {
    const wrong = runtime.filter(({ from, to }) => folderOf(from) === folder && IMPURE.test(to));
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
    for (const file of FILES.filter((one) => folderOf(one) === folder)) {
      const text = readFileSync(path.join(SRC, file), 'utf8');
      expect
        .soft(text, file)
        .not.toMatch(/\b(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.env)\b/);
    }
  });

  it.each([
    ['openworkflow', 'campaign/engine/engine.ts'],
    ['openai', 'model/'],
    ['simple-git', 'forge/local/'],
  ])('only %s’s own place knows it', (library, place) => {
    const users = IMPORTS.filter(({ to }) => to === library || to.startsWith(`${library}/`)).map(
      ({ from }) => from,
    );
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((from) => !from.startsWith(place) && from !== 'commands/demo.ts')).toEqual([]);
  });

  it('formats know nothing of mining, mining nothing of GitHub', () => {
    const wrong = IMPORTS.filter(
      ({ from, to }) =>
        (folderOf(from) === 'traces' && to.startsWith('mining/')) ||
        (folderOf(from) === 'mining' && to.startsWith('forge/')),
    );
    expect(wrong).toEqual([]);
  });
});
