/**
 * Texts of a length that GitHub takes: it answers 422 to a body of more than 65,536 characters, and counts some twice.
 */

const MOST = 58_000;

/**
 * The text, or its first lines where it is too long. Cut at a line's end: half a code span would let loose what stands
 * in it.
 */
export function bounded(text: string): string {
  if (text.length <= MOST) return text;
  const whole = text.slice(0, Math.max(0, text.lastIndexOf('\n', MOST)));
  return `${whole}\n\n(The rest is left out: GitHub takes no more.)`;
}
