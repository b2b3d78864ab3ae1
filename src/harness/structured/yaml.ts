/**
 * YAML. Positions come from the parsed document, which keeps its source tokens; the document is never written
 * back as a whole, since that would lay out again what the edit does not touch.
 */
import { isMap, type Node, parseDocument } from 'yaml';
import type { ValueEdit } from '../edit.ts';
import { parsePointer } from '../pointer.ts';
import { lineStart, type Splice } from '../splice.ts';
import type { ParseResult, StructuredFormat } from './format.ts';
import { arrayIndex } from './value.ts';
import { insertItem, removeItem } from './yaml-items.ts';
import { type Collection, collectionAt, slotOf } from './yaml-slot.ts';
import { replaceValue } from './yaml-value.ts';

export const yaml: StructuredFormat = { parse, write };

function parse(content: string): ParseResult {
  try {
    const document = parseDocument(content, { prettyErrors: false, logLevel: 'error' });
    const [error] = document.errors;
    if (error !== undefined) {
      const line = content.slice(0, error.pos[0]).split('\n').length;
      return { ok: false, message: `not valid YAML, line ${line}: ${error.message}` };
    }
    const value: unknown = document.toJS();
    return { ok: true, value };
  } catch (error) {
    // Aliases that expand without end, or that name no anchor, show only when the value is built.
    return {
      ok: false,
      message: `not valid YAML: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function* write(content: string, edit: ValueEdit): Iterable<readonly Splice[]> {
  const document = parseDocument(content, { keepSourceTokens: true, prettyErrors: false, logLevel: 'error' });
  const tokens = parsePointer(edit.pointer);
  const key = tokens.at(-1);
  const parent = collectionAt(document.contents, tokens.slice(0, -1));
  if (parent === null || key === undefined) return;
  if (edit.op === 'add') {
    const index = isMap(parent) || key === '-' ? parent.items.length : (arrayIndex(key) ?? 0);
    yield* insertItem(content, parent, index, isMap(parent) ? key : null, edit.value);
    return;
  }
  const slot = slotOf(parent, key);
  if (slot === null) return;
  if (edit.op === 'set') {
    yield* replaceValue(content, slot, edit.value);
    return;
  }
  if (parent.items.length > 1 || parent.flow === true) {
    yield* removeItem(content, parent, slot.index);
    return;
  }
  // A block collection cannot be empty: it becomes an empty flow collection where it stands.
  yield* emptied(content, document.contents, tokens.slice(0, -1), parent);
}

function* emptied(
  content: string,
  root: Node | null,
  tokens: readonly string[],
  collection: Collection,
): Iterable<readonly Splice[]> {
  const empty = isMap(collection) ? {} : [];
  const key = tokens.at(-1);
  const holder = collectionAt(root, tokens.slice(0, -1));
  const slot = key === undefined || holder === null ? null : slotOf(holder, key);
  if (slot !== null) {
    yield* replaceValue(content, slot, empty);
    return;
  }
  const [start, end] = collection.range ?? [0, content.length];
  const text = isMap(collection) ? '{}' : '[]';
  const from = lineStart(content, start);
  const slice = content.slice(from, end);
  yield [{ start: from, end: from + slice.trimEnd().length, text }];
}
