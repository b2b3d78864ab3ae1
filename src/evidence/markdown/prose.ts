/**
 * Untrusted text as prose: a proposal's title, a reason. It reads as text where it is tame, and turns into a code
 * span where it holds anything that GitHub would act on after Markdown is done: escapes do not help there, since
 * mentions, references, shortcodes and formulas are looked for in the rendered text.
 */
import { cellCode, inlineCode } from './code.ts';
import { visibleLine } from './visible.ts';

/** Escaped prose on one line; its rendered text is `visibleLine(text)`. Safe in paragraphs and lists. */
export function prose(text: string): string {
  return tame(text) ? escaped(text) : inlineCode(text);
}

/** As `prose`, for a table cell. */
export function cellProse(text: string): string {
  return tame(text) ? escaped(text) : cellCode(text);
}

/**
 * As `prose`, for the summary of a fold, which is HTML: there Markdown does not count, and mentions still do. What is
 * not tame stands in `<code>`.
 */
export function summaryProse(text: string): string {
  if (tame(text)) return escaped(text);
  const line = visibleLine(text).replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
  return line === '' ? '(empty)' : `<code>${line}</code>`;
}

/**
 * What GitHub links or replaces in rendered text: `@name`, `#1`, `GH-1`, a commit's hex digits, addresses,
 * `:shortcode:`, `$formula$`; and blanks that Markdown would drop at the edges.
 */
const ACTED_ON =
  /[@#$]|GH-\d|[0-9a-f]{7,}|:\/\/|www\.|:[\w+-]+:|(?:https?|ftp|mailto|xmpp):|[^\x20-\x7e\p{L}\p{M}\p{N}\p{P}\p{S}]/iu;

function tame(text: string): boolean {
  const line = visibleLine(text);
  return line !== '' && !ACTED_ON.test(line);
}

/** Every ASCII punctuation that Markdown or HTML could read as syntax, as a character reference. */
function escaped(text: string): string {
  return visibleLine(text)
    .replaceAll(SYNTAX, (character) => `&#${character.charCodeAt(0)};`)
    .replace(ORDERED, (_, digits: string, mark: string) => `${digits}&#${mark.charCodeAt(0)};`);
}

const SYNTAX = /[\\`*_{}[\]<>|~&=^"]|^[-+]|^ +| +$/g;
const ORDERED = /^(\d+)([.)])/;
