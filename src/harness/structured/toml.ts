/**
 * TOML. Positions come from toml-patch's syntax tree; its own `patch` diffs whole documents and may lay out more
 * than the edit names, so the writing is done by splices, as for the other formats.
 */
import { parseDocument, parse as parseToml } from '@decimalturn/toml-patch';
import type { ValueEdit } from '../edit.ts';
import { parsePointer } from '../pointer.ts';
import { lineEnding, lineStart, nextLine, type Splice } from '../splice.ts';
import { hashComment, insertMember, removeMember } from './bracketed.ts';
import type { ParseResult, StructuredFormat } from './format.ts';
import { inlineToml, keyToml, scalarToml } from './toml-render.ts';
import { type Section, sectionsOf, startsWith, type TomlValue } from './toml-sections.ts';
import { arrayIndex } from './value.ts';

export const toml: StructuredFormat = { parse, write };

function parse(content: string): ParseResult {
  try {
    return { ok: true, value: plain(parseToml(content)) };
  } catch (error) {
    return {
      ok: false,
      message: `not valid TOML: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

/** Plain data: the parser's null prototypes and date classes would never equal what an edit gives. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return { date: value.toISOString() };
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function* write(content: string, edit: ValueEdit): Iterable<readonly Splice[]> {
  const sections = sectionsOf(content, [...parseDocument(content).cst]);
  const tokens = parsePointer(edit.pointer);
  switch (edit.op) {
    case 'set': {
      const found = findValue(sections, tokens);
      const text =
        found === null
          ? null
          : scalarToml(edit.value, content.slice(found.start, found.end), lineEnding(content));
      if (found !== null && text !== null) yield [{ start: found.start, end: found.end, text }];
      return;
    }
    case 'add':
      yield* add(content, sections, tokens, edit.value);
      return;
    case 'remove':
      yield* remove(content, sections, tokens);
  }
}

function* add(
  content: string,
  sections: readonly Section[],
  tokens: readonly string[],
  value: unknown,
): Iterable<readonly Splice[]> {
  const key = tokens.at(-1) ?? '';
  const parent = tokens.slice(0, -1);
  const text = inlineToml(value);
  if (text === null) return;
  const holder = findValue(sections, parent);
  if (holder !== null) {
    if (holder.brackets === null) return;
    const isTable = content[holder.start] === '{';
    const count = holder.brackets.items.length;
    const index = isTable || key === '-' ? count : (arrayIndex(key) ?? count);
    const member = isTable ? `${keyToml(key)} = ${text}` : text;
    const splices = insertMember(content, holder.brackets, index, member, hashComment);
    // TOML 1.0 allows no line break in an inline table; a space inside the braces is the custom.
    yield isTable && count === 0
      ? splices.map((splice) => ({ ...splice, text: ` ${splice.text} ` }))
      : splices;
    return;
  }
  const section = sections.findLast((candidate) => equal(candidate.path, parent));
  if (section !== undefined) yield [newLine(content, section, `${keyToml(key)} = ${text}`)];
}

/** After the last key of the section, or else after its header; for the root without keys, in front of all. */
function newLine(content: string, section: Section, line: string): Splice {
  const ending = lineEnding(content);
  const last = section.entries.at(-1);
  const anchor = last?.value.end ?? section.header?.[1];
  if (anchor === undefined) return { start: 0, end: 0, text: line + ending };
  const margin = /^[ \t]*/.exec(content.slice(lineStart(content, last?.start ?? anchor)))?.[0] ?? '';
  const at = nextLine(content, anchor);
  const fresh = content[at - 1] === '\n';
  return { start: at, end: at, text: fresh ? margin + line + ending : ending + margin + line };
}

function* remove(
  content: string,
  sections: readonly Section[],
  tokens: readonly string[],
): Iterable<readonly Splice[]> {
  for (const section of sections) {
    const entry = section.entries.find((candidate) => equal([...section.path, ...candidate.key], tokens));
    if (entry === undefined) continue;
    yield [cutLines(content, entry.start, entry.value.end)];
    return;
  }
  const holder = findValue(sections, tokens.slice(0, -1));
  if (holder?.brackets) {
    const key = tokens.at(-1) ?? '';
    const index = holder.members.findIndex((member, at) => (member.key ?? String(at)) === key);
    yield removeMember(content, holder.brackets, index, hashComment);
    return;
  }
  // A table, with the tables below it.
  const gone = sections.filter((section) => section.header !== null && startsWith(section.path, tokens));
  if (gone.length > 0) yield gone.map((section) => cutLines(content, section.header?.[0] ?? 0, section.end));
}

/** The lines from `start` to `end`, with the comment that ends the last one. */
function cutLines(content: string, start: number, end: number): Splice {
  return { start: lineStart(content, start), end: nextLine(content, end), text: '' };
}

/** The value written out at a path: that of a key, or a member of an inline value. Tables have no such place. */
function findValue(sections: readonly Section[], tokens: readonly string[]): TomlValue | null {
  for (const section of sections) {
    for (const entry of section.entries) {
      const path = [...section.path, ...entry.key];
      if (startsWith(tokens, path)) return descend(entry.value, tokens.slice(path.length));
    }
  }
  return null;
}

function descend(value: TomlValue, tokens: readonly string[]): TomlValue | null {
  const [token, ...rest] = tokens;
  if (token === undefined) return value;
  const member = value.members.find((candidate, index) => (candidate.key ?? String(index)) === token);
  return member === undefined ? null : descend(member.value, rest);
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && startsWith(a, b);
}
