/**
 * How a value is written in YAML at a given place: in one line, as a block, or in the style of what it replaces.
 */
import { stringify } from 'yaml';

/** One line. Inside a flow collection plain text is held to stricter rules, so the place matters. */
export function inline(value: unknown, inFlow: boolean): string {
  if (Array.isArray(value)) return `[${value.map((item) => inline(item, true)).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).map(([key, item]) => `${inline(key, true)}: ${inline(item, true)}`);
    return `{${members.join(', ')}}`;
  }
  if (typeof value === 'string' && /[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(value))
    return doubleQuoted(value);
  const text = stringify(inFlow ? [value] : value, {
    lineWidth: 0,
    collectionStyle: 'flow',
    flowCollectionPadding: false,
  });
  return inFlow ? text.trimEnd().slice(1, -1) : text.trimEnd();
}

/** A double-quoted string: can hold anything, anywhere. */
export function doubleQuoted(value: string): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** A single-quoted string, or null where the text has line breaks or characters that style cannot hold. */
export function singleQuoted(value: string): string | null {
  return /[^\t\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/.test(value) ? null : `'${value.replaceAll("'", "''")}'`;
}

/**
 * A literal block: header and lines, without the indentation and without the final line break. Null where the
 * text cannot be one: control characters, or blanks that lead its first line.
 */
export function literal(value: string): { header: string; lines: string[] } | null {
  if (value === '' || /^[ \t\n]/.test(value) || /[^\t\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/.test(value))
    return null;
  const body = value.replace(/\n+$/, '');
  const breaks = value.length - body.length;
  const header = breaks === 0 ? '|-' : breaks === 1 ? '|' : '|+';
  const extra = breaks > 1 ? Array.from({ length: breaks - 1 }, () => '') : [];
  return { header, lines: [...body.split('\n'), ...extra] };
}

/** A member of a block collection on lines of its own: `key: value` or `- value`, without the final line break. */
export function member(key: string | null, value: unknown, margin: string, step: number): string {
  const text = stringify(key === null ? [value] : { [key]: value }, {
    lineWidth: 0,
    indent: step,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  });
  return indented(text.replace(/\n$/, ''), margin);
}

/** A collection as a block, its first line without margin because it stands where the old one stood. */
export function block(value: object, margin: string, step: number): string {
  const text = stringify(value, { lineWidth: 0, indent: step });
  return indented(text.replace(/\n$/, ''), margin).slice(margin.length);
}

function indented(text: string, margin: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : margin + line))
    .join('\n');
}
