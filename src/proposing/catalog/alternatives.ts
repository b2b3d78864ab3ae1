/**
 * Alternatives: proposals of which only one can be had, because they turn the same value.
 */
import { isValueEdit } from '../../harness/edit.ts';
import { covers } from '../../harness/pointer.ts';
import type { Proposal } from '../proposal.ts';

/** Whether one proposal would overwrite what the other sets: the same value, or one that lies within it. */
export function areAlternatives(a: Proposal, b: Proposal): boolean {
  if (a.surface !== b.surface) return false;
  const [ours, theirs] = [pointersOf(a), pointersOf(b)];
  return ours.some((one) => theirs.some((other) => covers(one, other) || covers(other, one)));
}

/** An `add` makes a member of its own, so that two of them do not collide: applying them says so where they do. */
function pointersOf({ edits }: Proposal): string[] {
  return edits.flatMap((edit) => (isValueEdit(edit) && edit.op !== 'add' ? [edit.pointer] : []));
}
