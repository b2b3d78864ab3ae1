/**
 * What was tried is not tried again in other words: near-duplicates of rejected attempts, and of each other, drop
 * out before any trial is spent.
 */
import { type Edit, isValueEdit, type ValueEdit } from '../harness/edit.ts';
import { SAME_RULE, saysAlready, similarity } from './catalog/wording.ts';
import type { Proposal } from './proposal.ts';

type Idea = Pick<Proposal, 'surface' | 'edits'>;

/** Two numbers for one knob closer than this factor test the same step. */
const SAME_STEP = 1.25;

/** The proposals, in their order, without those that repeat a rejected attempt or one that stands before them. */
export function novelProposals(proposals: readonly Proposal[], rejected: readonly Idea[]): Proposal[] {
  const kept: Proposal[] = [];
  for (const proposal of proposals) {
    const repeats = [...rejected, ...kept].some((other) => isNearDuplicate(proposal, other));
    if (!repeats) kept.push(proposal);
  }
  return kept;
}

/**
 * The same idea, whatever its mechanism and title: each edit of one is matched by an edit of the other. Knobs
 * match on the same surface and pointer with a value of the same direction and size; texts match by their words,
 * on whatever surface.
 */
export function isNearDuplicate(a: Idea, b: Idea): boolean {
  const covered = (edits: readonly Edit[], others: readonly Edit[]) =>
    edits.every((edit) => others.some((other) => sameEdit(edit, other, a.surface === b.surface)));
  return covered(a.edits, b.edits) && covered(b.edits, a.edits);
}

function sameEdit(a: Edit, b: Edit, sameSurface: boolean): boolean {
  if (isValueEdit(a) && isValueEdit(b)) {
    const texts = longText(a) !== null && longText(b) !== null;
    return texts ? sameText(longText(a) ?? '', longText(b) ?? '') : sameSurface && sameValue(a, b);
  }
  if (isValueEdit(a)) return !isValueEdit(b) && saysAll(longText(a), b);
  if (isValueEdit(b)) return saysAll(longText(b), a);
  if (a.op === 'delete' || b.op === 'delete')
    return a.op === b.op && similarity(a.anchor, b.anchor) >= SAME_RULE;
  if (a.op === 'replace' && b.op === 'replace' && similarity(a.anchor, b.anchor) < SAME_RULE) return false;
  return similarity(a.text, b.text) >= SAME_RULE;
}

function sameValue(a: ValueEdit, b: ValueEdit): boolean {
  if (a.pointer !== b.pointer) return false;
  if (a.op === 'remove' || b.op === 'remove') return a.op === b.op;
  if (typeof a.value === 'number' && typeof b.value === 'number' && a.value > 0 && b.value > 0) {
    return Math.abs(Math.log(a.value / b.value)) <= Math.log(SAME_STEP);
  }
  return JSON.stringify(a.value) === JSON.stringify(b.value);
}

/** A prompt held in a structured file is set as a whole, so only its lines tell two edits apart. */
function longText(edit: ValueEdit): string | null {
  if (edit.op === 'remove' || typeof edit.value !== 'string') return null;
  return edit.value.length > 60 ? edit.value : null;
}

/** A prompt that is set as a whole says each line that the other edit inserts. */
function saysAll(whole: string | null, edit: Edit): boolean {
  if (whole === null || isValueEdit(edit) || edit.op === 'delete') return false;
  return linesOf(edit.text).every((line) => saysAlready(whole, line));
}

/** Compares what two texts do not share line by line: the rest of both is the prompt as it was. */
function sameText(a: string, b: string): boolean {
  const left = linesOf(a);
  const right = linesOf(b);
  const onlyLeft = left.filter((line) => !right.includes(line));
  const onlyRight = right.filter((line) => !left.includes(line));
  return similarity(onlyLeft.join('\n'), onlyRight.join('\n')) >= SAME_RULE;
}

function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
