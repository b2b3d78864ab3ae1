/**
 * How values are written in TOML.
 */
import { withLineEnding } from '../splice.ts';

/** A value on one line, or null for null, which TOML has not. */
export function inlineToml(value: unknown): string | null {
  if (typeof value === 'string') return basic(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return joined(value.map(inlineToml), '[', ']');
  if (value === null || typeof value !== 'object') return null;
  const members = Object.entries(value).map(([key, item]) => {
    const text = inlineToml(item);
    return text === null ? null : `${keyToml(key)} = ${text}`;
  });
  return members.length === 0 ? '{}' : joined(members, '{ ', ' }');
}

/** A value in the style of the text it replaces: literal and multi-line strings, floats. */
export function scalarToml(value: unknown, old: string, ending: '\n' | '\r\n'): string | null {
  if (typeof value === 'number' && Number.isInteger(value) && /^[+-]?\d[\d_]*\.\d/.test(old))
    return `${value}.0`;
  if (typeof value !== 'string') return inlineToml(value);
  const safe = !/[^\t\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/.test(value);
  if (old.startsWith("'''") && safe && !value.includes("''") && !value.endsWith("'")) {
    return withLineEnding(`'''${opening(old)}${value}'''`, ending);
  }
  if (old.startsWith('"""') && safe) {
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('"""', '""\\"').replace(/"$/, '\\"');
    return withLineEnding(`"""${opening(old)}${escaped}"""`, ending);
  }
  if (old.startsWith("'") && safe && !/['\n]/.test(value)) return `'${value}'`;
  return basic(value);
}

export function keyToml(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : basic(key);
}

/** The line break right after the opening quotes is not part of the string. */
function opening(old: string): string {
  return /^(?:'''|""")\r?\n/.test(old) ? '\n' : '';
}

function basic(value: string): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function joined(parts: readonly (string | null)[], open: string, close: string): string | null {
  return parts.includes(null) ? null : open + parts.join(', ') + close;
}
