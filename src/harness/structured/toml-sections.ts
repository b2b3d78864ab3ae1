/**
 * A TOML document as sections of entries with character offsets: the root, then each [table] and [[table]].
 */
import type { TomlDocument } from '@decimalturn/toml-patch';
import type { Bracketed } from './bracketed.ts';

type Block = TomlDocument['cst'][number];
type KeyValue = Extract<Block, { key: unknown; value: unknown }>;

export interface TomlValue {
  readonly start: number;
  readonly end: number;
  /** For inline lists and tables: where the brackets and members are, and what the members hold. */
  readonly brackets: Bracketed | null;
  readonly members: readonly { readonly key: string | null; readonly value: TomlValue }[];
}

interface Entry {
  /** Dotted keys have several parts. */
  readonly key: readonly string[];
  readonly start: number;
  readonly value: TomlValue;
}

export interface Section {
  /** Pointer tokens, with the index of the element for arrays of tables. */
  readonly path: readonly string[];
  /** Offsets of the [header]; null for the root. */
  readonly header: readonly [number, number] | null;
  /** Offset where its text ends. */
  readonly end: number;
  readonly entries: readonly Entry[];
}

export function sectionsOf(content: string, blocks: readonly Block[]): Section[] {
  const offset = offsets(content);
  const root: Entry[] = [];
  const sections: Section[] = [];
  const counts = new Map<string, number>();
  for (const block of blocks) {
    if (isKeyValue(block)) root.push(entryOf(block, offset));
    if (!('items' in block)) continue;
    const header: readonly [number, number] = [offset(block.key.loc.start), offset(block.key.loc.end)];
    const isArray = String(block.type) === 'TableArray';
    const path = sectionPath(block.key.item.value, isArray, counts);
    const entries = block.items.filter(isKeyValue).map((item) => entryOf(item, offset));
    sections.push({ path, header, end: entries.at(-1)?.value.end ?? header[1], entries });
  }
  const end = root.at(-1)?.value.end ?? 0;
  return [{ path: [], header: null, end, entries: root }, ...sections];
}

export function startsWith(path: readonly string[], prefix: readonly string[]): boolean {
  return prefix.length <= path.length && prefix.every((token, index) => path[index] === token);
}

/** Puts the index of the current element behind every name that is an array of tables. */
function sectionPath(names: readonly string[], isArray: boolean, counts: Map<string, number>): string[] {
  const path: string[] = [];
  for (const [depth, name] of names.entries()) {
    path.push(name);
    const id = JSON.stringify(path);
    if (isArray && depth === names.length - 1) counts.set(id, (counts.get(id) ?? -1) + 1);
    const index = counts.get(id);
    if (index !== undefined) path.push(String(index));
  }
  return path;
}

type Position = { readonly line: number; readonly column: number };
type Offset = (position: Position) => number;

/** The tree counts lines from 1 and columns (UTF-16 units) from 0. */
function offsets(content: string): Offset {
  const starts = [0];
  for (let at = content.indexOf('\n'); at !== -1; at = content.indexOf('\n', at + 1)) starts.push(at + 1);
  return ({ line, column }) => (starts[line - 1] ?? content.length) + column;
}

function isKeyValue(block: { readonly type: unknown }): block is KeyValue {
  return String(block.type) === 'KeyValue';
}

function entryOf(node: KeyValue, offset: Offset): Entry {
  return { key: node.key.value, start: offset(node.loc.start), value: tomlValue(node.value, offset) };
}

interface Located {
  readonly type: unknown;
  readonly loc: { readonly start: Position; readonly end: Position };
}

function tomlValue(node: Located, offset: Offset): TomlValue {
  const start = offset(node.loc.start);
  const end = offset(node.loc.end);
  const items = 'items' in node && Array.isArray(node.items) ? (node.items as { item: Located }[]) : null;
  if (items === null) return { start, end, brackets: null, members: [] };
  const members = items.map(({ item }) =>
    isKeyValue(item)
      ? { key: item.key.value.join('.'), value: tomlValue(item.value, offset) }
      : { key: null, value: tomlValue(item, offset) },
  );
  const ranges = items.map(({ item }) => [offset(item.loc.start), offset(item.loc.end)] as const);
  return { start, end, brackets: { open: start, close: end - 1, items: ranges }, members };
}
