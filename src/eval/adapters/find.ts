/**
 * Which adapter a command needs, and where its arguments go.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Command } from '../command.ts';
import type { Adapter } from './adapter.ts';
import { command as plain } from './command.ts';

/** All adapters, the general one last. */
export const ADAPTERS: readonly Adapter[] = [plain];

export interface Found {
  readonly adapter: Adapter;
  /** Arguments that come before the added ones: `npm run` takes a `--`. */
  readonly before: readonly string[];
}

/** The adapter of that name. */
export function adapterNamed(name: string): Adapter | null {
  return ADAPTERS.find((adapter) => adapter.name === name) ?? null;
}

/**
 * Finds the adapter of a command: by its words, or by those of the package.json script that it runs. In a line
 * for the shell only its last command counts, since that is where arguments can be added.
 */
export function findAdapter(command: Command, directory: string, name: string | null): Found {
  const words = command.kind === 'words' ? command.words : lastCommand(command.line);
  const script = scriptOf(words, directory);
  const before = script?.manager === 'npm' && !words.includes('--') ? ['--'] : [];
  if (name !== null) return { adapter: adapterNamed(name) ?? plain, before };
  const inner = script === null ? words : lastCommand(script.line);
  return { adapter: ADAPTERS.find((adapter) => adapter.recognises(inner)) ?? plain, before };
}

/** Words of the last command of a line: what stands after the last `&&`, `;` or `|`. Good enough to recognise it. */
function lastCommand(line: string): string[] {
  const last = line.split(/&&|\|\||[;|\n]/).at(-1) ?? '';
  const words = last.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return words.map((word) => word.replaceAll(/^["']|["']$/g, '')).filter((word) => !/^\w+=/.test(word));
}

const Scripts = z.object({ scripts: z.record(z.string(), z.string()) });

/** The package.json script that a command runs, or null. */
function scriptOf(words: readonly string[], directory: string): { manager: string; line: string } | null {
  const [manager = '', ...rest] = words;
  if (!['npm', 'pnpm', 'yarn', 'bun'].includes(manager)) return null;
  let text: string;
  try {
    text = readFileSync(path.join(directory, 'package.json'), 'utf8');
  } catch {
    return null;
  }
  const parsed = Scripts.safeParse(JSON.parse(text));
  if (!parsed.success) return null;
  const name = rest.find((word) => word !== 'run' && word !== 'run-script' && !word.startsWith('-'));
  const line = name === undefined ? undefined : parsed.data.scripts[name];
  return line === undefined ? null : { manager, line };
}
