import type { EndNote } from '../context.ts';

/** The campaign is to end before its own end. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  readonly note: EndNote;
  constructor(note: EndNote) {
    super(note.reason);
    this.note = note;
  }
}
