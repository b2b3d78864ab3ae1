/**
 * The edits that take value edits back. Text edits need no such record: what they inserted says how to delete it.
 */
import { z } from 'zod';
import { readSurface } from '../../harness/apply.ts';
import { type Edit, isValueEdit, type ValueEdit } from '../../harness/edit.ts';
import { parentPointer } from '../../harness/pointer.ts';
import { readPointer } from '../../harness/structured/value.ts';
import type { Surface } from '../../harness/surface.ts';

/**
 * Edits that restore the values of `before` once `edits` are applied to it; the last change is undone first.
 * undefined where `edits` are text edits, or a value cannot be put back where it was (a member of a list).
 */
export function undoEdits(surface: Surface, before: string, edits: readonly Edit[]): Edit[] | undefined {
  const root = readSurface(surface, before);
  const undone = edits.map((edit) => (isValueEdit(edit) ? undoOne(root, edit) : null)).reverse();
  return undone.every((edit) => edit !== null) && undone.length > 0 ? undone : undefined;
}

const JsonValue = z.json();

function undoOne(root: unknown, edit: ValueEdit): ValueEdit | null {
  const { pointer } = edit;
  const inList = Array.isArray(readPointer(root, parentPointer(pointer)));
  if (edit.op === 'add') return inList ? null : { op: 'remove', pointer };
  const old = edit.op === 'remove' && inList ? undefined : readPointer(root, pointer);
  const parsed = old === undefined ? null : JsonValue.safeParse(old);
  if (parsed === null || !parsed.success) return null;
  return edit.op === 'set'
    ? { op: 'set', pointer, value: parsed.data }
    : { op: 'add', pointer, value: parsed.data };
}
