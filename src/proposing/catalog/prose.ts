/**
 * What a model writes for people: titles, hypotheses, risks. It ends up in commit messages and a pull request,
 * where a mention notifies somebody, a closing keyword closes an issue and a link leads away.
 */

const BANNED: readonly (readonly [string, RegExp])[] = [
  [
    'a link',
    /\b[a-z][a-z0-9+.-]{1,20}:\/\/|\bwww\.|\]\s*\(|\]\s*:|\bhxxps?|\b(?:mailto|javascript|data):\S/i,
  ],
  ['an address', /[\w.+-]+@[\w-]+\.[a-z]{2,}/i],
  ['a mention', /(?:^|[^\w`])@[a-z\d]/i],
  ['an issue reference', /(?:^|[^\w&])#\d|\bGH-\d|\b[\w.-]+\/[\w.-]+#\d/i],
  ['HTML', /<[a-z!/?]/i],
  ['a trailer', /\b(?:co-authored-by|signed-off-by|skip-checks|on-behalf-of)\s*:/i],
  ['a directive to CI', /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/i],
  ['an invisible character', /(?![\n\t\r])[\p{Cc}\p{Cf}\p{Co}\u2028\u2029]/u],
];

/** What is wrong with such a text, or null. */
export function proseProblem(text: string): string | null {
  return BANNED.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

/** One line of at most `chars` characters, cut at a word. */
export function oneLine(text: string, chars: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= chars) return line;
  const head = line.slice(0, chars - 1);
  const space = head.lastIndexOf(' ');
  return `${space > chars / 2 ? head.slice(0, space) : head}…`;
}
