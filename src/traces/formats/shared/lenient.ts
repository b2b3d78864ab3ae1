/**
 * Fields as foreign writers fill them. Each schema accepts anything: what has the wrong type reads as absent,
 * because one odd field must not cost the record it stands in.
 */
import { z } from 'zod';
import type { Trial } from '../../trial.ts';

/** What a format's pure part makes of one value: trials, and what it could not read, in words. */
export interface Parsed {
  readonly trials: Trial[];
  readonly problems: string[];
}

/** Whatever stands there, or undefined. (zod takes a key of plain `unknown` for required.) */
export const anything = z.unknown().optional();

/** A string, or null. */
export const text = z.string().nullable().catch(null);

/** A finite number, or null. */
export const number = z.number().nullable().catch(null);

/** More tokens or dollars than anything costs: a sum of such numbers would overflow. */
const MAX_AMOUNT = 1e15;

/** A count or an amount: not negative and not absurd, or null. */
export const amount = z.number().nonnegative().max(MAX_AMOUNT).nullable().catch(null);

/** A boolean, or null. */
export const flag = z.boolean().nullable().catch(null);

/** A list of anything; [] where it is none. Its elements are parsed one by one. */
export const list = z.array(z.unknown()).catch([]);

/** A JSON object; {} where it is none. */
export const object = z.record(z.string(), z.unknown()).catch({});

/** An identifier that some writers write as a number. */
export const id = z
  .union([z.string(), z.number().transform(String)])
  .nullable()
  .catch(null);

/**
 * A moment as RFC 3339 in UTC, or null: from an ISO string, or from seconds or milliseconds since 1970. A
 * string without a zone is taken as UTC: durations stay right, the hour may be off by the writer's zone.
 */
export const moment = z
  .unknown()
  .optional()
  .transform((value) => instant(value));

/** See `moment`. */
export function instant(value: unknown): string | null {
  if (typeof value === 'number') {
    // Seconds until the year 5138, milliseconds from 1973: no real trace is in doubt.
    return fromEpoch(Math.abs(value) < 1e11 ? value * 1000 : value);
  }
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d([T ]|$)/.test(value)) return null;
  const zoned = /(?:[zZ]|[+-]\d\d:?\d\d)$/.test(value) || value.length <= 10;
  return fromEpoch(Date.parse(zoned ? value : `${value}Z`));
}

function fromEpoch(ms: number): string | null {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/**
 * A number, or the number that a string spells; null otherwise. (`Number` would turn a list into text first,
 * and overflows the stack on a deep one.)
 */
export function numeric(value: unknown): number | null {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return null;
  const found = Number(value);
  return Number.isFinite(found) ? found : null;
}

/** See `amount`; also from a string that spells the number. */
export function amountOf(value: unknown): number | null {
  return amount.parse(numeric(value));
}

/** The objects of a list that fit a schema, with their positions; the rest are counted. */
export function fitting<S extends z.ZodType>(
  schema: S,
  values: readonly unknown[],
): { readonly fit: { readonly index: number; readonly value: z.output<S> }[]; readonly misfits: number } {
  const fit: { index: number; value: z.output<S> }[] = [];
  for (const [index, value] of values.entries()) {
    const parsed = schema.safeParse(value);
    if (parsed.success) fit.push({ index, value: parsed.data });
  }
  return { fit, misfits: values.length - fit.length };
}

/** A value as text: strings as they are, anything else as JSON, '' for nothing. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    // JSON.stringify recurses: a value nested some thousand levels deep overflows the stack.
    return '[nested too deeply to show]';
  }
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first line of a text, at most `limit` characters, for reasons and messages. */
export function firstLine(value: string, limit = 200): string {
  const line = value.trim().split('\n', 1)[0] ?? '';
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
