/**
 * A claim that does not hold: where it stands, what it says, what the stored outcomes say.
 */
export interface Finding {
  /** Path of the claim, such as 'candidates.c1.verdict.wins'. */
  readonly claim: string;
  readonly message: string;
}

export type Findings = Finding[];

/** Numbers that were computed on another machine may differ in the last digits. */
const TOLERANCE = 1e-9;
const MAX_SHOWN = 80;

/** Differences of one claim that are told; the rest follow from the same cause. */
const MOST = 5;

/** Every place where two JSON values differ, the first few. `source` says what the computed value stands on. */
export function differences(
  claim: string,
  told: unknown,
  computed: unknown,
  source = 'the stored outcomes give',
): Findings {
  const found: Findings = [];
  walk({ claim, told, computed }, (place) => {
    if (found.length < MOST) found.push({ claim: place.claim, message: wording(place, source) });
  });
  return found;
}

interface Place {
  readonly claim: string;
  readonly told: unknown;
  readonly computed: unknown;
}

function walk(place: Place, report: (place: Place) => void): void {
  const { claim, told, computed } = place;
  if (same(told, computed)) return;
  if (!isObject(told) || !isObject(computed) || lengthOf(told) !== lengthOf(computed)) {
    report(place);
    return;
  }
  for (const key of new Set([...Object.keys(told), ...Object.keys(computed)])) {
    walk({ claim: `${claim}.${key}`, told: told[key], computed: computed[key] }, report);
  }
}

function wording({ told, computed }: Place, source: string): string {
  return isObject(told) && isObject(computed)
    ? `holds ${counted(told)}; ${source} ${counted(computed)}`
    : `says ${shown(told)}; ${source} ${shown(computed)}`;
}

function counted(value: object): string {
  const length = lengthOf(value);
  if (length === null) return 'no list';
  return length === 1 ? '1 entry' : `${length} entries`;
}

function lengthOf(value: object): number | null {
  return Array.isArray(value) ? value.length : null;
}

function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    return a === b || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
  }
  return a === b;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
