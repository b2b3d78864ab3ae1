/**
 * JSON as trace writers write it: with `NaN` where Python wrote one, a line at a time where a file is too
 * large for memory, and with errors that say where.
 */
import type { z } from 'zod';
import type { ReadContext, TraceFile } from './formats/format.ts';
import { peek, peeked } from './read/peek.ts';

/** A line longer than this is refused: V8 holds no string over 512 MiB. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;

/** The JSON value of a file; throws with the reason where there is none. */
export async function jsonValue(file: TraceFile): Promise<unknown> {
  const seen = await peeked(file);
  if (seen?.exact === true) return seen.value;
  return parseJson(await file.text());
}

export interface JsonLine {
  /** Line number, from 1. */
  readonly line: number;
  readonly value: unknown;
}

/**
 * The records of a JSONL file one at a time, however long the file is; the elements of the root array (or
 * the root object alone) where the file is one JSON value instead. A line that is no JSON becomes a problem
 * and the next one is read.
 */
export async function* jsonRecords(
  file: TraceFile,
  context: Pick<ReadContext, 'problem'>,
): AsyncGenerator<JsonLine> {
  const seen = await peek(file);
  const first = seen.text.trimStart();
  if (first.startsWith('[') || (seen.kind === 'json' && !(await isOneLine(file)))) {
    const value = parseJson(await file.text());
    const records: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const [index, record] of records.entries()) yield { line: index + 1, value: record };
    return;
  }
  for await (const { line, text } of textLines(file)) {
    if (text.trim() === '') continue;
    let value: unknown;
    try {
      value = parseJson(text);
    } catch (error) {
      context.problem(file.path, `line ${line}: ${messageOf(error)}`);
      continue;
    }
    yield { line, value };
  }
}

/** Whether a value that fills the head ends its line as JSONL does, rather than being pretty-printed. */
async function isOneLine(file: TraceFile): Promise<boolean> {
  const { text } = await peek(file);
  const lineEnd = text.indexOf('\n');
  if (lineEnd < 0) return true;
  return tryJson(text.slice(0, lineEnd)) !== undefined;
}

/** Lines of a file, decoded as UTF-8 (lossy), without their ends. Throws on a line over 256 MiB. */
async function* textLines(file: TraceFile): AsyncGenerator<{ line: number; text: string }> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let line = 0;
  for await (const chunk of file.stream()) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(0x0a, from);
      if (end < 0) break;
      const tail = Buffer.from(chunk.buffer, chunk.byteOffset + from, end - from);
      const bytes = rest.length === 0 ? tail : Buffer.concat([...rest, tail]);
      rest = [];
      restBytes = 0;
      line++;
      yield { line, text: decodeLine(bytes, line) };
      from = end + 1;
    }
    const tail = Buffer.from(chunk.subarray(from));
    restBytes += tail.length;
    if (restBytes > MAX_LINE_BYTES) throw new Error(`line ${line + 1} is longer than 256 MiB`);
    if (tail.length > 0) rest.push(tail);
  }
  if (restBytes > 0) yield { line: line + 1, text: decodeLine(Buffer.concat(rest), line + 1) };
}

function decodeLine(bytes: Buffer, line: number): string {
  const text = bytes.toString('utf8');
  return line === 1 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/**
 * `JSON.parse`, but `NaN` and `Infinity` (which Python's json module writes) become null. Throws `Error`
 * with the position where the text is no JSON even so.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!NON_NUMBER.test(text)) throw describe(error);
  }
  try {
    return JSON.parse(nullNonNumbers(text));
  } catch (error) {
    throw describe(error);
  }
}

const NON_NUMBER = /[[:,]\s*-?(?:NaN|Infinity)\b/;

/** Replaces the non-numbers outside strings. The alternation steps over strings whole. */
function nullNonNumbers(text: string): string {
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:NaN|Infinity)\b/gs, (match) =>
    match.startsWith('"') ? match : 'null',
  );
}

function tryJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** V8 quotes the text around the error: that part is cut, since a trace may hold secrets. */
function describe(error: unknown): Error {
  const said = messageOf(error).replace(/(?:, )?(?:\.\.\.)?".*$/s, '');
  return new Error(said === '' ? 'not valid JSON' : `not valid JSON (${said})`);
}

/** Checks a value against a schema; a misfit becomes a problem that names the place. */
export function parseWith<S extends z.ZodType>(
  schema: S,
  value: unknown,
  path: string,
  context: Pick<ReadContext, 'problem'>,
  where = '',
): z.output<S> | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  context.problem(path, `${where}${misfit(parsed.error)}`);
  return undefined;
}

/** The first thing wrong, in one line: `results.0.task_id: expected string, received number`. */
export function misfit(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'does not fit the format';
  const at = issue.path.join('.');
  const more = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : '';
  return `${at === '' ? '' : `${at}: `}${issue.message}${more}`;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
