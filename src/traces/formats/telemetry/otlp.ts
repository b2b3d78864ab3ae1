/**
 * OTLP in JSON, as the file exporter writes it: one `ExportTraceServiceRequest` a line. Integers of 64 bits
 * are strings, enumerations are numbers (or names, from some writers).
 */
import { z } from 'zod';
import * as lenient from '../shared/lenient.ts';

export type Attributes = ReadonlyMap<string, unknown>;

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[];
  /** The message of a span that ended in an error; null where it did not. */
  readonly error: string | null;
}

const Attribute = z.object({ key: z.string(), value: lenient.anything });

const RawSpan = z.object({
  traceId: z.string().min(1),
  spanId: z.string().min(1),
  parentSpanId: lenient.text,
  name: z.string().catch(''),
  startTimeUnixNano: lenient.anything,
  endTimeUnixNano: lenient.anything,
  attributes: lenient.list,
  events: z.array(z.object({ name: z.string(), attributes: lenient.list })).catch([]),
  status: z.object({ code: lenient.anything, message: lenient.text }).nullable().catch(null),
});

const Scope = z.object({ spans: lenient.list });
const Resource = z.object({
  resource: z.object({ attributes: lenient.list }).catch({ attributes: [] }),
  scopeSpans: lenient.list,
  /** The name of `scopeSpans` before OTLP 0.15. */
  instrumentationLibrarySpans: lenient.list,
});
const Request = z.object({ resourceSpans: z.array(z.unknown()) });

/** The spans of one request, and how many were unreadable; null where the value is no request. */
export function spansOf(value: unknown): { readonly spans: Span[]; readonly misfits: number } | null {
  const request = Request.safeParse(value);
  if (!request.success) return null;
  const spans: Span[] = [];
  let misfits = 0;
  for (const { value: group } of lenient.fitting(Resource, request.data.resourceSpans).fit) {
    const resource = attributesOf(group.resource.attributes);
    const scopes = group.scopeSpans.length > 0 ? group.scopeSpans : group.instrumentationLibrarySpans;
    for (const { value: scope } of lenient.fitting(Scope, scopes).fit) {
      const found = lenient.fitting(RawSpan, scope.spans);
      misfits += found.misfits;
      spans.push(...found.fit.map(({ value: raw }) => readSpan(raw, resource)));
    }
  }
  return { spans, misfits };
}

function readSpan(raw: z.infer<typeof RawSpan>, resource: Attributes): Span {
  const attributes = attributesOf(raw.attributes);
  const events = raw.events.map(({ name, attributes: list }) => ({ name, attributes: attributesOf(list) }));
  return {
    traceId: raw.traceId,
    spanId: raw.spanId,
    parentSpanId: raw.parentSpanId || null,
    name: raw.name,
    startedAt: fromNanos(raw.startTimeUnixNano),
    finishedAt: fromNanos(raw.endTimeUnixNano),
    attributes,
    resource,
    events,
    error: errorOf(raw.status, attributes, events),
  };
}

function errorOf(
  status: z.infer<typeof RawSpan>['status'],
  attributes: Attributes,
  events: Span['events'],
): string | null {
  const exception = events.find(({ name }) => name === 'exception')?.attributes;
  const failed = status?.code === 2 || status?.code === 'STATUS_CODE_ERROR' || attributes.has('error.type');
  if (!failed) return null;
  const words = [status?.message, exception?.get('exception.message'), attributes.get('error.type')];
  return words.map(lenient.asText).find((word) => word !== '') ?? 'error';
}

/** Attributes by key; of a repeated key the last holds. */
function attributesOf(list: readonly unknown[]): Attributes {
  const { fit } = lenient.fitting(Attribute, list);
  return new Map(fit.map(({ value: { key, value } }) => [key, anyValue(value, 0)]));
}

/** Deeper values than this are no telemetry. */
const MAX_DEPTH = 64;

function anyValue(value: unknown, depth: number): unknown {
  if (!lenient.isObject(value) || depth > MAX_DEPTH) return null;
  if ('stringValue' in value) return value.stringValue;
  if ('boolValue' in value) return value.boolValue;
  if ('doubleValue' in value) return value.doubleValue;
  if ('intValue' in value) return lenient.numeric(value.intValue);
  if (lenient.isObject(value.arrayValue)) {
    const { values } = value.arrayValue;
    return Array.isArray(values) ? values.map((item) => anyValue(item, depth + 1)) : [];
  }
  if (lenient.isObject(value.kvlistValue)) {
    const { values } = value.kvlistValue;
    const { fit } = lenient.fitting(Attribute, Array.isArray(values) ? values : []);
    return Object.fromEntries(
      fit.map(({ value: { key, value: inner } }) => [key, anyValue(inner, depth + 1)]),
    );
  }
  return null;
}

/** Nanoseconds since 1970 do not fit a double: BigInt divides them. */
function fromNanos(value: unknown): string | null {
  if (typeof value === 'number') return value > 0 ? lenient.instant(value / 1e6) : null;
  if (typeof value !== 'string' || !/^[1-9]\d{0,19}$/.test(value)) return null;
  return lenient.instant(Number(BigInt(value) / 1_000_000n));
}
