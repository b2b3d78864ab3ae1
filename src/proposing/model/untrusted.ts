/**
 * Text from traces, shown to a model as data. Whoever writes a task, a web page or a tool can write into a trace,
 * so everything in it is taken for hostile.
 */
import { createHash } from 'node:crypto';

/** Controls, format characters (zero width, direction, tags), variation selectors: nothing a reader can see. */
const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu;
/** Role marks of chat templates without angle brackets: servers may read them wherever they stand. */
const BRACKET_MARKS = /\[(?=\/?(?:INST|SYS|TOOL|AVAILABLE|SYSTEM|PREFIX|MIDDLE|SUFFIX))/gi;

/**
 * The text with nothing left that is invisible or that a template could take for a mark. No '<' remains, so
 * nothing inside can open or close a tag, a fence or a role (`<|im_start|>`, `</untrusted-…>`).
 */
export function harmless(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n')
    .replaceAll(INVISIBLE, '')
    .replaceAll(/[<＜﹤]/g, '‹')
    .replaceAll(BRACKET_MARKS, '(');
}

/** 16 hex digits that a text cannot hold by plan, because they depend on all of it. Deterministic. */
export function nonceOf(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest('hex').slice(0, 16);
}

/** Hostile text between two marks that it cannot write itself. */
export function fenceUntrusted(text: string, nonce: string): string {
  return between(harmless(text), 'untrusted', nonce);
}

/**
 * Text that must stay as it is, because edits quote it: the repository's own files. It cannot hold the mark, for
 * the nonce is taken from it.
 */
export function fenceVerbatim(text: string, label: string, nonce: string): string {
  return between(text, label, nonce);
}

function between(text: string, label: string, nonce: string): string {
  return `<${label}-${nonce}>\n${text}\n</${label}-${nonce}>`;
}
