/**
 * Token counts: adding them where some are unknown, and bringing both conventions to one.
 */
import { type Tokens, UNKNOWN_TOKENS } from '../../trial.ts';

/** Sums token counts; what nobody measured stays null. */
export function addTokens(total: Tokens, more: Tokens): Tokens {
  return {
    input: add(total.input, more.input),
    cacheRead: add(total.cacheRead, more.cacheRead),
    cacheWrite: add(total.cacheWrite, more.cacheWrite),
    output: add(total.output, more.output),
  };
}

/** Adds two amounts of which either may be unknown. */
export function add(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : a + b;
}

/**
 * Tokens from a writer whose input count includes what the cache served (OpenAI, OTel GenAI). All zero means
 * that nothing was measured; a cache that served more than the input was not counted in it after all.
 */
export function tokensWithCacheInside(
  input: number | null,
  cacheRead: number | null,
  cacheWrite: number | null,
  output: number | null,
): Tokens {
  if (!input && !cacheRead && !cacheWrite && !output) return UNKNOWN_TOKENS;
  const cached = (cacheRead ?? 0) + (cacheWrite ?? 0);
  return {
    input: input === null || cached > input ? input : input - cached,
    cacheRead,
    cacheWrite,
    output,
  };
}
