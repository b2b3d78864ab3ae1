/**
 * A body is sections. Each has forms from full to short; while the whole is too long, sections give way in a fixed
 * order, a form at a time. Nothing is ever cut in the middle: a form is whole or another is taken.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import type { EvidenceLinks } from '../links.ts';

/** GitHub takes 65,536 characters; what is left is for redaction and for a note a bot may add. */
export const MAX_BODY = 58_000;

/** What sections are made of. */
export interface Telling {
  readonly record: CampaignRecord;
  readonly links: EvidenceLinks | null;
}

export interface Section {
  /** Order of giving way: the lowest first. Sections of the same rank give way together. */
  readonly rank: number;
  /** From full to short, at least one; '' leaves the section out. */
  readonly forms: readonly (() => string)[];
}

/** The sections one after the other, shrunk by rank until they fit. */
export function fitted(sections: readonly Section[], limit = MAX_BODY): string {
  const levels = sections.map(() => 0);
  const texts = sections.map((section) => section.forms[0]?.() ?? '');
  const joined = () => texts.filter((text) => text !== '').join('\n\n');
  const ranks = [...new Set(sections.map((section) => section.rank))].sort((a, b) => a - b);
  for (const rank of ranks) {
    const longest = Math.max(...sections.filter((one) => one.rank === rank).map((one) => one.forms.length));
    for (let level = 1; level < longest; level++) {
      if (joined().length <= limit) return joined();
      for (const [index, section] of sections.entries()) {
        const form = section.forms[level];
        if (section.rank !== rank || form === undefined || levels[index] !== level - 1) continue;
        levels[index] = level;
        texts[index] = form();
      }
    }
  }
  return joined();
}
