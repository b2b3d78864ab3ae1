/**
 * The boundary that the planned bets aim at, and the chance of reaching it by luck alone.
 *
 * When an edit changes nothing, the score of a long comparison moves like Brownian motion. Scale its information so
 * that the plan ends at time 1. A sequential test that stops at the curve c·v^Δ (Wang and Tsiatis, "Approximately
 * optimal one-parameter boundaries for group sequential trials", Biometrics 1987) makes an error with probability
 * `level` when c is chosen so; between Pocock's (Δ = 1/2) and O'Brien and Fleming's (Δ = 0) it spends early or late.
 * `chance(s, v)` is the probability, under no effect, that a path at s at time v still reaches the curve.
 *
 * Nothing about the validity of the gate rests on this approximation: see e-process.ts, where every bet is normalised
 * exactly. A poor approximation costs power, never error.
 */
import { errorFunction, probit } from 'simple-statistics';

const TIME_STEPS = 120;
const POSITIONS = 301;
const LOWEST = -4.5;
const HIGHEST = 4.5;
const GAP = (HIGHEST - LOWEST) / (POSITIONS - 1);

/** Shape Δ of the curve: leans to early stopping, as trials are what costs. Chosen by the benchmark. */
const DELTA = 0.4;
/** No stop before about every task has been seen once: a pass is an eighth of the default plan, history included. */
const FIRST_STOP = 0.16;

export interface Boundary {
  /** Probability of still reaching the curve from position s (in units of the plan's standard deviation) at time v in 0..1. */
  chance(s: number, v: number): number;
  /** The position at time v from which that probability is p. */
  position(p: number, v: number): number;
}

const known = new Map<number, Boundary>();

/** The boundary with error probability `level` (0..0.5) under no effect. The same level is computed once. */
export function boundary(level: number): Boundary {
  const found = known.get(level);
  if (found !== undefined) return found;
  // The curve must lie above the fixed test's bar at the plan's end, and less than a unit above it.
  let low = -probit(level);
  let high = low + 0.8;
  for (let step = 0; step < 8; step += 1) {
    const middle = (low + high) / 2;
    if (interpolated(chances(middle), 0, 0) > level) low = middle;
    else high = middle;
  }
  const table = chances(high);
  const made: Boundary = {
    chance: (s, v) => interpolated(table, s, v),
    position: (p, v) => inverted(table, p, v),
  };
  known.set(level, made);
  return made;
}

/** Standard normal distribution function, accurate to about 1e-7. */
export function normalCdf(z: number): number {
  return (1 + errorFunction(z / Math.SQRT2)) / 2;
}

/** Rows of crossing probabilities by time step, by backward induction with the normal transition of one step. */
function chances(scale: number): Float64Array[] {
  const kernel = transition(Math.sqrt(1 / TIME_STEPS));
  const reach = (kernel.length - 1) / 2;
  const rows: Float64Array[] = new Array(TIME_STEPS + 1);
  let later = new Float64Array(POSITIONS);
  for (let time = TIME_STEPS; time >= 0; time -= 1) {
    const v = time / TIME_STEPS;
    const curve = v < FIRST_STOP ? Number.POSITIVE_INFINITY : scale * v ** DELTA;
    const row = new Float64Array(POSITIONS);
    for (let i = 0; i < POSITIONS; i += 1) {
      const reached = shareAbove(LOWEST + i * GAP, curve);
      row[i] =
        reached === 1 || time === TIME_STEPS
          ? reached
          : reached + (1 - reached) * mixed(later, kernel, i - reach);
    }
    rows[time] = row;
    later = row;
  }
  return rows;
}

/** Probabilities of moving by −reach..reach positions in one time step. */
function transition(deviation: number): Float64Array {
  const reach = Math.ceil((4.5 * deviation) / GAP);
  const kernel = new Float64Array(2 * reach + 1);
  let total = 0;
  for (let j = -reach; j <= reach; j += 1) {
    const mass = normalCdf(((j + 0.5) * GAP) / deviation) - normalCdf(((j - 0.5) * GAP) / deviation);
    kernel[j + reach] = mass;
    total += mass;
  }
  return kernel.map((mass) => mass / total);
}

function mixed(row: Float64Array, kernel: Float64Array, from: number): number {
  let sum = 0;
  for (let j = 0; j < kernel.length; j += 1) {
    const at = from + j;
    sum += (kernel[j] ?? 0) * (at < 0 ? 0 : at >= POSITIONS ? 1 : (row[at] ?? 0));
  }
  return sum;
}

/** Share of the cell around s that lies above the curve: keeps the table smooth between positions. */
function shareAbove(s: number, curve: number): number {
  return Math.min(1, Math.max(0, (s - curve) / GAP + 0.5));
}

function interpolated(rows: readonly Float64Array[], s: number, v: number): number {
  const time = Math.min(1, Math.max(0, v)) * TIME_STEPS;
  const t = Math.min(TIME_STEPS - 1, Math.floor(time));
  const place = Math.min(POSITIONS - 1, Math.max(0, (s - LOWEST) / GAP));
  const i = Math.min(POSITIONS - 2, Math.floor(place));
  const [early, late] = [rows[t], rows[t + 1]];
  if (early === undefined || late === undefined) return 0;
  const along = (row: Float64Array): number =>
    (row[i] ?? 0) + (place - i) * ((row[i + 1] ?? 0) - (row[i] ?? 0));
  return along(early) + (time - t) * (along(late) - along(early));
}

function inverted(rows: readonly Float64Array[], p: number, v: number): number {
  let low = LOWEST;
  let high = HIGHEST;
  for (let step = 0; step < 20; step += 1) {
    const middle = (low + high) / 2;
    if (interpolated(rows, middle, v) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
