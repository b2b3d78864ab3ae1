/**
 * Takes secrets out of text before it leaves the process, reaches a model or a log.
 *
 * Found are: what secretlint's recommended rules know (`secret-rules.ts`), further shapes and high-entropy
 * values of telling names (`secret-shapes.ts`), and the values of the environment (`secret-environment.ts`).
 * Each becomes `[redacted:github-token:1]`; within one redactor equal secrets get equal placeholders, and a
 * secret once recognised by its context is recognised without it. Redacted text is left as it is when it is
 * redacted again.
 */
import { environmentSecrets, findKnown, type KnownSecret } from './secret-environment.ts';
import type { SecretFinding } from './secret-finding.ts';
import { findByRules } from './secret-rules.ts';
import { entropy, findByShape } from './secret-shapes.ts';

interface Redaction {
  readonly text: string;
  /** What was replaced, in order; offsets are characters (UTF-16 units) of the raw text. */
  readonly spans: readonly RedactedSpan[];
  /**
   * The place in `text` of a place in the raw text. Inside a secret it is the placeholder's beginning or,
   * for `end`, its end: a range cut by both never holds part of a secret.
   */
  at(offset: number, edge: 'start' | 'end'): number;
}

interface RedactedSpan {
  readonly start: number;
  readonly end: number;
  readonly placeholder: string;
}

interface RedactedEvidence {
  /** Equals characters [start, end) of the redacted full text. */
  readonly quote: string;
  readonly start: number;
  readonly end: number;
}

export interface Redactor {
  redact(text: string): Redaction;
  /** Redacts several texts together: a secret recognised in one is recognised in all. Keeps their order. */
  redactAll(texts: readonly string[]): Redaction[];
  /** Cuts characters [start, end) of a raw text out of its redacted form. */
  redactEvidence(fullText: string, start: number, end: number): RedactedEvidence;
}

/** Redacting may uncover what a neighbour hid from a rule; it ends long before this. */
const MAX_ROUNDS = 6;
/** Evidence cites the same few long texts again and again. */
const CACHE_ENTRIES = 64;

const PLACEHOLDER = /\[redacted:([a-z0-9-]{1,48}):(\d{1,9})\]/g;

/** A redactor over the given environment: hand in `process.env` at the edge of the process. */
export function createRedactor(
  options: { env?: Readonly<Record<string, string | undefined>> } = {},
): Redactor {
  const environment = environmentSecrets(options.env ?? {});
  const placeholders = createPlaceholders();
  const learned = new Map<string, KnownSecret>();
  const cache = new Map<string, Redaction>();

  function findings(texts: readonly string[]): SecretFinding[][] {
    const found = texts.map((text) => [
      ...findByRules(text),
      ...findKnown(text, environment),
      ...findByShape(text),
    ]);
    for (const [index, text] of texts.entries())
      for (const finding of found[index] ?? []) learn(text, finding);
    return texts.map((text, index) => [...(found[index] ?? []), ...findKnown(text, learned.values())]);
  }

  /** Only what could stand nowhere by chance is looked for everywhere. */
  function learn(text: string, { start, end, kind }: SecretFinding): void {
    const secret = text.slice(start, end);
    if (secret.length < 12 || secret.length > 512 || learned.has(secret)) return;
    if (/\d/.test(secret) && entropy(secret) >= 3) learned.set(secret, { kind, forms: [secret] });
  }

  function redactAll(texts: readonly string[]): Redaction[] {
    for (const text of texts) placeholders.reserve(text);
    let redactions = texts.map((text) => applied(text, []));
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const open = redactions
        .map((_, index) => index)
        .filter((index) => round === 0 || redactions[index]?.changed);
      if (open.length === 0) break;
      const found = findings(open.map((index) => redactions[index]?.text ?? ''));
      redactions = redactions.map((redaction, index) => {
        const position = open.indexOf(index);
        if (position < 0) return redaction;
        return redactedFurther(texts[index] ?? '', redaction, found[position] ?? [], placeholders.of);
      });
    }
    return redactions;
  }

  function redact(text: string): Redaction {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const [redaction = applied(text, [])] = redactAll([text]);
    cache.set(text, redaction);
    const [oldest] = cache.keys();
    if (cache.size > CACHE_ENTRIES && oldest !== undefined) cache.delete(oldest);
    return redaction;
  }

  return {
    redact,
    redactAll,
    redactEvidence(fullText, start, end) {
      const redaction = redact(fullText);
      const from = redaction.at(start, 'start');
      const to = Math.max(from, redaction.at(end, 'end'));
      return { quote: redaction.text.slice(from, to), start: from, end: to };
    },
  };
}

interface Placeholders {
  /** The placeholder of a secret; its kind is the one it was first found as. */
  of(secret: string, kind: string): string;
  /** Leaves out the numbers of placeholders that a text already holds. */
  reserve(text: string): void;
}

function createPlaceholders(): Placeholders {
  const bySecret = new Map<string, string>();
  const numbers = new Map<string, number>();
  return {
    of(secret, kind) {
      const known = bySecret.get(secret);
      if (known !== undefined) return known;
      const number = (numbers.get(kind) ?? 0) + 1;
      numbers.set(kind, number);
      const placeholder = `[redacted:${kind}:${number}]`;
      bySecret.set(secret, placeholder);
      return placeholder;
    },
    reserve(text) {
      for (const [, kind = '', number = '0'] of text.matchAll(PLACEHOLDER)) {
        numbers.set(kind, Math.max(numbers.get(kind) ?? 0, Number(number)));
      }
    },
  };
}

interface Applied extends Redaction {
  /** The last round replaced something. */
  readonly changed: boolean;
}

/** Adds what was found in the redacted text; `found` has that text's offsets. */
function redactedFurther(
  raw: string,
  before: Redaction,
  found: readonly SecretFinding[],
  placeholderOf: Placeholders['of'],
): Applied {
  const kept = [...before.text.matchAll(PLACEHOLDER)].map(({ index, 0: { length } }) => ({
    start: index,
    end: index + length,
  }));
  const fresh = united(found).flatMap((finding) => without(finding, kept));
  if (fresh.length === 0) return { ...before, changed: false };
  const spans = fresh.map(({ start, end, kind, secret }) => ({
    start: rawOffset(before, start),
    end: rawOffset(before, end),
    placeholder: placeholderOf(secret ?? before.text.slice(start, end), kind),
  }));
  return { ...applied(raw, [...before.spans, ...spans]), changed: true };
}

/** Overlapping findings as one, of the kind that was found first. */
function united(found: readonly SecretFinding[]): SecretFinding[] {
  const sorted = found.filter(({ start, end }) => end > start).toSorted((a, b) => a.start - b.start);
  const result: SecretFinding[] = [];
  for (const finding of sorted) {
    const last = result.at(-1);
    if (last === undefined || finding.start >= last.end) result.push(finding);
    else if (finding.end > last.end) {
      // Longer than either, it is neither's secret.
      result[result.length - 1] = { start: last.start, end: finding.end, kind: last.kind };
    }
  }
  return result;
}

/** What of a finding lies outside placeholders; a few characters beside one are its punctuation. */
function without(finding: SecretFinding, kept: readonly { start: number; end: number }[]): SecretFinding[] {
  const rest: SecretFinding[] = [];
  let from = finding.start;
  const touching = kept.filter(({ start, end }) => start < finding.end && end > finding.start);
  for (const { start, end } of touching) {
    if (start > from) rest.push({ start: from, end: start, kind: finding.kind });
    from = Math.max(from, end);
  }
  if (touching.length === 0) return [finding];
  if (finding.end > from) rest.push({ start: from, end: finding.end, kind: finding.kind });
  return rest.filter(({ start, end }) => end - start >= 4);
}

/** The raw place of a place in redacted text that is in no placeholder. */
function rawOffset({ spans }: Redaction, offset: number): number {
  let shift = 0;
  for (const { start, end, placeholder } of spans) {
    if (offset <= start + shift) break;
    shift += placeholder.length - (end - start);
  }
  return offset - shift;
}

function applied(raw: string, unsorted: readonly RedactedSpan[]): Applied {
  const spans = unsorted.toSorted((a, b) => a.start - b.start);
  const parts: string[] = [];
  let from = 0;
  for (const { start, end, placeholder } of spans) {
    parts.push(raw.slice(from, start), placeholder);
    from = end;
  }
  parts.push(raw.slice(from));
  return {
    text: parts.join(''),
    spans,
    changed: spans.length > 0,
    at: (offset, edge) => place(spans, offset, edge),
  };
}

function place(spans: readonly RedactedSpan[], offset: number, edge: 'start' | 'end'): number {
  let shift = 0;
  for (const { start, end, placeholder } of spans) {
    if (offset <= start) break;
    if (offset < end) return start + shift + (edge === 'end' ? placeholder.length : 0);
    shift += placeholder.length - (end - start);
  }
  return offset + shift;
}
