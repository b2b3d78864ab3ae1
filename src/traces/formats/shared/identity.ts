/**
 * What results are called whose format gives them no name of their own.
 */
import { createHash } from 'node:crypto';
import { numeric } from './lenient.ts';

/** Numbers the attempts of each key from 1 in the order they are asked for. */
export function attemptCounter(): (key: string) => number {
  const seen = new Map<string, number>();
  return (key) => {
    const attempt = (seen.get(key) ?? 0) + 1;
    seen.set(key, attempt);
    return attempt;
  };
}

/** An attempt number as a writer gives it, from 1; 1 where it gives none or an impossible one. */
export function attemptOf(given: unknown): number {
  const attempt = Math.trunc(numeric(given) ?? 1);
  return attempt >= 1 && attempt <= MAX_ATTEMPT ? attempt : 1;
}

/** No one repeats a task more often; larger numbers are something else. */
const MAX_ATTEMPT = 1_000_000;

/** 16 hex digits of SHA-256: the identity of results whose format gives them none. */
export function digest(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** The file's name without its folders and without `ending`. */
export function stem(path: string, ending: RegExp = /\.[^.]*$/): string {
  return (path.split('/').at(-1) ?? path).replace(ending, '');
}
