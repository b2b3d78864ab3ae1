/**
 * Secrets out of everything a campaign leaves behind, before it is written anywhere.
 */
import { align } from '../../evidence/alignment.ts';
import type { Evidence } from '../../mining/weakness.ts';
import type { Cell } from '../../validation/cell.ts';
import { invalidReasons } from './derived.ts';
import type { CampaignRecord } from './record.ts';

export type Redact = (text: string) => Promise<string>;

/** Between texts that are redacted together, so that a secret recognised in one is recognised in all. */
const BETWEEN = '\n\u0000\u0001\u0000\n';

/** The redacted texts, in the same order. */
export async function redactTexts(texts: readonly string[], redact: Redact): Promise<string[]> {
  if (texts.every((text) => !text.includes('\u0000\u0001\u0000'))) {
    const together = (await redact(texts.join(BETWEEN))).split(BETWEEN);
    if (together.length === texts.length) return together;
  }
  // A finding spanned two texts: each by itself then.
  const each: string[] = [];
  for (const text of texts) each.push(await redact(text));
  return each;
}

/**
 * Redacts every text of a JSON value; equal texts stay equal, so ids still match. Quotes are left alone: they were
 * cut out of redacted trajectories, and another redaction without their surroundings could change them.
 */
export async function redactStrings<T>(value: T, redact: Redact): Promise<T> {
  const found = new Set<string>();
  mapStrings(value, (text) => {
    found.add(text);
    return text;
  });
  const texts = [...found];
  const redacted = await redactTexts(texts, redact);
  const byText = new Map(texts.map((text, index) => [text, redacted[index] ?? '']));
  return mapStrings(value, (text) => byText.get(text) ?? '');
}

/** The citation in the redacted text; the quote alone, redacted, where the two do not line up. */
export function redactedCitation(evidence: Evidence, raw: string, redacted: string): Evidence | null {
  const place = align(raw, redacted);
  if (place === null) return null;
  const start = place(evidence.start, 'start');
  const end = Math.max(start, place(evidence.end, 'end'));
  return { ...evidence, start, end, quote: redacted.slice(start, end) };
}

/** Longest message of a verifier that a record keeps. */
const MAX_MESSAGE = 300;

/** A redacted message of a verifier, or a reason, as a record keeps it. */
export function shortened<T extends string | null>(message: T): T | string {
  return message === null || message.length <= MAX_MESSAGE
    ? message
    : `${message.slice(0, MAX_MESSAGE).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** Redacted messages are shortened; what quotes verifiers is made again from them, as `ledger verify` will make it. */
export function derivedAgain(redacted: CampaignRecord): CampaignRecord {
  const short = (cells: readonly Cell[]) =>
    cells.map((cell) => ({ ...cell, message: shortened(cell.message) }));
  const weaknesses = redacted.weaknesses.map((weakness) =>
    weakness.ends === undefined
      ? weakness
      : {
          ...weakness,
          ends: weakness.ends.map((end) => ({ ...end, reason: shortened(end.reason) })),
        },
  );
  const record = {
    ...redacted,
    weaknesses,
    cells: short(redacted.cells),
    superseded: short(redacted.superseded),
  };
  return { ...record, invalid_reasons: invalidReasons(record) };
}

function mapStrings<T>(value: T, change: (text: string) => string): T;
function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === 'quote' ? item : mapStrings(item, change)]),
  );
}
