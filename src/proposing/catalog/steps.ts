/**
 * The values a knob may be turned to: geometric steps within its bounds, or the next of its listed values.
 */
import { countsWholeUnits, knobProblem } from '../../harness/knob.ts';
import type { Knob, KnobRole } from '../../harness/surface.ts';

export type Move = 'raise' | 'lower' | 'on';

type Value = string | number | boolean;

/** Best first: a doubling shows whether the knob matters at all, the others come when it was tried. */
const FACTORS = [2, 1.5, 3] as const;

/** A step smaller than this share is not worth a campaign. */
const LEAST_STEP = 0.1;

/** Where a knob that is off starts. Roles that are not here are limits, and those are not started by us. */
const START: Partial<Record<KnobRole, Value>> = {
  repeat_limit: 3,
  retry_limit: 2,
  retry_backoff: 1,
  format_retries: 2,
  act_by_step: 10,
  verify_before_finish: true,
  precheck: true,
  early_artifact: true,
  persist_environment: true,
  compact_history: true,
};

/** Below this a limit would forbid what is no loop yet. */
const FLOOR: Partial<Record<KnobRole, number>> = { repeat_limit: 2, act_by_step: 2 };

/** Values to try, best first; none where the knob is at its end. `current` undefined means the key is absent. */
export function nextValues(knob: Knob, current: unknown, move: Move): Value[] {
  const wanted = candidates(knob, current, move);
  return [...new Set(wanted)].filter(
    (value) => value !== current && knobProblem(knob, current, value) === null,
  );
}

function candidates(knob: Knob, current: unknown, move: Move): Value[] {
  if (knob.values !== undefined) return listed(knob.values, current, move);
  if (isOff(current)) {
    const start = START[knob.role];
    if (start === undefined) return [];
    const bounded = knob.min !== undefined || knob.max !== undefined;
    const asNumber =
      typeof current === 'number' || (bounded && current !== false) || (bounded && typeof start === 'number');
    return [asNumber ? clamp(Number(start), knob) : start];
  }
  return typeof current === 'number' ? ladder(knob, current, move) : [];
}

function listed(values: readonly Value[], current: unknown, move: Move): Value[] {
  if (values.every((value) => typeof value === 'number') && typeof current === 'number' && move !== 'on') {
    const numbers = [...values].filter((value) => (move === 'raise' ? value > current : value < current));
    return numbers.sort((a, b) => Math.abs(a - current) - Math.abs(b - current));
  }
  const at = values.map(String).indexOf(String(current));
  // `values` runs from weakest to strongest; a present value that is not listed counts as weaker than all.
  return values.slice(at + 1);
}

function ladder(knob: Knob, current: number, move: Move): number[] {
  const steps = FACTORS.map((factor) => (move === 'lower' ? current / factor : current * factor));
  const whole = countsWholeUnits(knob.role) || Number.isInteger(current);
  return steps
    .map((step) => (whole ? Math.round(step) : Number(step.toPrecision(3))))
    .map((step) => clamp(step, knob))
    .filter((step) => Math.abs(step - current) >= LEAST_STEP * Math.abs(current))
    .filter((step) => (move === 'lower' ? step < current && step > 0 : step > current));
}

function clamp(value: number, knob: Knob): number {
  const least = Math.max(knob.min ?? Number.NEGATIVE_INFINITY, FLOOR[knob.role] ?? Number.NEGATIVE_INFINITY);
  return Math.min(Math.max(value, least), knob.max ?? Number.POSITIVE_INFINITY);
}

/** Absent, null, false and 0 all mean that a knob does nothing. */
export function isOff(value: unknown): boolean {
  return value === undefined || value === null || value === false || value === 0;
}
