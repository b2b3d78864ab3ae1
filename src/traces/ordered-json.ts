/**
 * JSON whose text depends on the value alone. Steps are remembered by a database that may give keys back in another
 * order, and what is written again after a crash must be what was written before.
 */
export function orderedJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (isObject(item) ? sorted(item) : item)) ?? 'null';
}

function isObject(item: unknown): item is object {
  return typeof item === 'object' && item !== null && !Array.isArray(item);
}

function sorted(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
