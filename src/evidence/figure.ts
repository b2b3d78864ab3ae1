/**
 * Numbers as people read them. One place, so that a number looks the same in a pull request and in the report.
 */
import type { Comparison, Effect, Interval, Rate } from '../validation/experiment/verdict.ts';

/** A share 0..1 as '36.1 %'. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** '36.1 % (260/720)', or 'no trials'. A sum of graded scores keeps one decimal. */
export function rate({ pass, n }: Rate): string {
  return n === 0 ? 'no trials' : `${percent(pass / n)} (${count(pass)}/${count(n)})`;
}

/** A difference of shares as signed points: '+11.0', '−0.4'. */
export function points(delta: number): string {
  const shown = Math.abs(100 * delta).toFixed(1);
  return shown === '0.0' ? '0.0' : `${delta > 0 ? '+' : '−'}${shown}`;
}

/** '[−0.1, +22.0]' in points. */
export function interval([low, high]: Interval): string {
  return `[${points(low)}, ${points(high)}]`;
}

/** '+11.0 [−0.1, +22.0]', or 'nothing to compare'. */
export function change({ delta, interval: range }: Comparison): string {
  if (delta === null) return 'nothing to compare';
  return range === null ? points(delta) : `${points(delta)} ${interval(range)}`;
}

/** An effect as '+8.0 [+4.1, +14.0]', or 'no runs'. */
export function effect(one: Effect | null | undefined): string {
  return one == null ? 'no runs' : `${points(one.mean)} ${interval([one.low, one.high])}`;
}

/** A ratio of costs as '0.88 ×'; null where it was not measured. */
export function times(value: number | null): string | null {
  return value === null ? null : `${value.toFixed(2)} ×`;
}

/** 12345 as '12,345'; a number that is not whole keeps one decimal. */
export function count(value: number): string {
  const whole = Number.isInteger(value);
  const [digits = '', rest] = (whole ? String(value) : value.toFixed(1)).split('.');
  const grouped = digits.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}

/** 'one edit', '5 edits'. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** An e-value to three digits: 21.9, 141, 0.33; beyond a million nobody needs more. */
export function eValue(value: number): string {
  if (value >= 1e6) return 'over 1,000,000';
  return value >= 1000 ? count(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** USD with cents, more digits where there are only fractions of one. */
export function usd(value: number): string {
  if (value === 0) return '0 USD';
  return value >= 1 ? `${value.toFixed(2)} USD` : `${value.toPrecision(2)} USD`;
}

/** ms as '640 ms', '25.5 s', '4 min 5 s', '3 h 20 min'. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
