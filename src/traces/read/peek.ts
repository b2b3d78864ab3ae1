/**
 * What the head of a file shows: enough for a format to recognise its own by content.
 */
import type { TraceFile } from '../formats/format.ts';

export interface Peek {
  /**
   * - `json`: one JSON value (object or array), possibly cut;
   * - `jsonl`: one JSON object a line;
   * - `xml`: starts like XML;
   * - `zip`: starts like a zip archive;
   * - `other`: none of these (plain text, binary, empty).
   */
  readonly kind: 'json' | 'jsonl' | 'xml' | 'zip' | 'other';
  /**
   * For `json`, the root value as far as the head shows it: a cut array is shorter, a cut object lacks its
   * later keys, a cut string is left out. `undefined` for other kinds.
   */
  readonly value: unknown;
  /** The first records: lines of JSONL, elements of a root array, or the root object alone. */
  readonly records: readonly unknown[];
  /** The head as text, without a byte order mark. */
  readonly text: string;
  /** The head is the whole file. */
  readonly whole: boolean;
  /** `value` is the file's value as it stands: parsed whole, nothing cut or put in. */
  readonly exact: boolean;
}

const peeks = new WeakMap<TraceFile, Promise<Peek>>();

/** The first look at a file. Cheap to repeat: every format asks, the file is opened once. */
export function peek(file: TraceFile): Promise<Peek> {
  const known = peeks.get(file);
  if (known !== undefined) return known;
  const made = file.head().then((head) => peekBytes(head, head.length >= file.size));
  peeks.set(file, made);
  return made;
}

/** What `peek` already saw of a file, without opening it. */
export function peeked(file: TraceFile): Promise<Peek> | undefined {
  return peeks.get(file);
}

/** Lets go of what `peek` keeps of a file (up to 64 KiB of text): for whoever is done with it. */
export function forget(file: TraceFile): void {
  peeks.delete(file);
}

/** `peek` on bytes in hand. `whole` says whether they are the entire file. */
export function peekBytes(head: Uint8Array, whole: boolean): Peek {
  if (isZip(head)) return { kind: 'zip', value: undefined, records: [], text: '', whole, exact: false };
  const text = decode(head);
  const start = text.search(/\S/);
  const first = start < 0 ? '' : text.charAt(start);
  if (first === '<') return { kind: 'xml', value: undefined, records: [], text, whole, exact: false };
  if (first !== '{' && first !== '[')
    return { kind: 'other', value: undefined, records: [], text, whole, exact: false };
  return peekJson(text, whole);
}

function peekJson(text: string, whole: boolean): Peek {
  const complete = tryParse(text);
  const value = complete ?? parseCut(text);
  if (value !== undefined) {
    const records = Array.isArray(value) ? value : [value];
    return { kind: 'json', value, records, text, whole, exact: whole && complete !== undefined };
  }
  const lines = text.split('\n');
  if (!whole) lines.pop();
  const records: unknown[] = [];
  for (const line of lines) {
    if (line.trim() === '') continue;
    const record = tryParse(line) ?? tryParse(line.replace(NOT_JSON_NUMBER, 'null'));
    // A broken line is the reader's to report; the lines around it still say what the file is.
    if (record !== undefined) records.push(record);
  }
  const kind = records.length > 0 ? 'jsonl' : 'other';
  return { kind, value: undefined, records, text, whole, exact: false };
}

function isZip(head: Uint8Array): boolean {
  if (head.length < 4 || head[0] !== 0x50 || head[1] !== 0x4b) return false;
  return (head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6);
}

/** UTF-8 (lossy, never throws), or UTF-16 where a byte order mark says so. */
export function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder().decode(bytes);
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Parses one JSON value of which only the beginning is at hand: cuts back to the last complete value and
 * closes what is open. `undefined` where the text is not the beginning of ONE value (JSONL, for instance).
 */
function parseCut(text: string): unknown {
  const cut = lastCompleteValue(text);
  if (cut === undefined) return undefined;
  return tryParse(text.slice(0, cut.end).replace(NOT_JSON_NUMBER, 'null') + cut.closers);
}

/** Python writes these where JSON has no word; only recognition reads through here, so strings may suffer. */
const NOT_JSON_NUMBER = /(?<=[[:,]\s*)-?(?:NaN|Infinity)\b/g;

interface Cut {
  /** The text up to here holds only complete members. */
  readonly end: number;
  readonly closers: string;
}

function lastCompleteValue(text: string): Cut | undefined {
  const open: string[] = [];
  let end = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (inString) {
      if (char === 0x5c) i++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x7b || char === 0x5b) {
      open.push(char === 0x7b ? '}' : ']');
      end = i + 1;
    } else if (char === 0x7d || char === 0x5d) {
      open.pop();
      end = i + 1;
      if (open.length === 0) {
        return text.slice(end).trim() === '' ? { end, closers: '' } : undefined;
      }
    } else if (char === 0x2c) end = i;
  }
  return { end, closers: open.reverse().join('') };
}
