/**
 * A zod schema as the JSON schema that endpoints take for structured output.
 *
 * Strict mode (https://platform.openai.com/docs/guides/structured-outputs) asks that every object lists all
 * its members as required and allows no other, and knows only part of JSON schema. What it does not know is
 * left out: zod checks the answer in full anyway.
 */
import { z } from 'zod';

export interface AnswerSchema {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
  /** False where the schema has optional members, open objects or arbitrary values: not sayable strictly. */
  readonly strict: boolean;
}

/** Keywords every endpoint with structured output is known to read. */
const KEYWORDS = new Set(['type', 'required', 'enum', 'const', '$ref', 'description']);

/** `name` may hold letters, digits, - and _; other characters are replaced. */
export function answerSchema(name: string, schema: z.ZodType): AnswerSchema {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  let strict = true;

  const convert = (node: unknown): Record<string, unknown> => {
    if (!isRecord(node)) {
      strict = false;
      return {};
    }
    const out: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(node)) {
      if (KEYWORDS.has(key)) out[key] = value;
      else if ((key === 'anyOf' || key === 'oneOf') && Array.isArray(value)) out.anyOf = value.map(convert);
      else if (key === 'items') out.items = convert(value);
      else if ((key === 'properties' || key === '$defs') && isRecord(value)) {
        out[key] = Object.fromEntries(Object.entries(value).map(([name, child]) => [name, convert(child)]));
      }
    }
    if (!isClosed(node)) strict = false;
    if (isRecord(node.properties)) out.additionalProperties = false;
    return out;
  };

  const converted = convert(json);
  return { name: name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64), schema: converted, strict };
}

/** Whether strict mode can say what this node says. */
function isClosed(node: Record<string, unknown>): boolean {
  if (isRecord(node.properties)) {
    const required = Array.isArray(node.required) ? node.required : [];
    return Object.keys(node.properties).every((name) => required.includes(name));
  }
  if (node.type === 'object') return false;
  if (node.type === 'array') return isRecord(node.items);
  return ['type', 'enum', 'const', '$ref', 'anyOf', 'oneOf'].some((key) => key in node);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
