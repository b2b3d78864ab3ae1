/**
 * Traces in a folder of their own, for tests that read them as a user would.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ReadSettings, readAllTraces } from '../../src/traces/read/read.ts';

/** What a file holds: text, bytes, a JSON value, or an array of JSON lines for a `.jsonl` name. */
export type Content = string | Uint8Array | object;

/** Writes files under a fresh temporary folder, which is removed when the returned value is disposed. */
export function folderOf(files: Readonly<Record<string, Content>>): {
  readonly path: string;
  [Symbol.dispose](): void;
} {
  const path = mkdtempSync(join(tmpdir(), 'traces-'));
  for (const [name, content] of Object.entries(files)) {
    const full = join(path, name);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, bytesOf(name, content));
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

function bytesOf(name: string, content: Content): string | Uint8Array {
  if (typeof content === 'string' || content instanceof Uint8Array) return content;
  if (name.endsWith('.jsonl') && Array.isArray(content))
    return `${content.map((line) => JSON.stringify(line)).join('\n')}\n`;
  return JSON.stringify(content, null, 2);
}

/** Reads files as one folder. Paths in the answer are relative to it. */
export async function readFiles(files: Readonly<Record<string, Content>>, settings: ReadSettings = {}) {
  using folder = folderOf(files);
  const { trials, problems, sources } = await readAllTraces([folder.path], settings);
  const relative = (path: string) => (path === folder.path ? '' : path.slice(folder.path.length + 1));
  return {
    trials,
    problems: problems.map(({ path, message }) => ({ path: relative(path), message })),
    sources: sources.map((row) => ({ ...row, path: relative(row.path) })),
  };
}
