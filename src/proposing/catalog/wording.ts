/**
 * Whether two texts say the same, judged by their words alone: stems of the words that carry meaning, compared as
 * sets (Jaccard) and by containment. Deterministic and cheap; it need only catch rewordings, not paraphrase.
 */

const STOP = new Set(
  'a an and any are as at be before but by can do each every for from has have if in into is it its just must not of on one only or should so than that the their then there these they this to was what when where which will with you your always never'.split(
    ' ',
  ),
);

/** Stems of the words of a text that carry meaning. */
export function stems(text: string): Set<string> {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/\p{L}[\p{L}\p{N}'’]*|\p{N}+/gu) ?? [];
  return new Set(words.filter((word) => !STOP.has(word)).map(stem));
}

/** 0..1: 1 for the same words, whatever their order, case, punctuation and markup. */
export function similarity(a: string, b: string): number {
  const left = stems(a);
  const right = stems(b);
  if (left.size === 0 || right.size === 0) return left.size === right.size ? 1 : 0;
  const shared = [...left].filter((word) => right.has(word)).length;
  return shared / (left.size + right.size - shared);
}

/** From here on two rules count as one, reworded. */
export const SAME_RULE = 0.6;

/** A line or paragraph of `text` says what `rule` says. */
export function saysAlready(text: string, rule: string): boolean {
  const wanted = stems(rule);
  return text.split(/\n/).some((line) => {
    const have = stems(line);
    const shared = [...wanted].filter((word) => have.has(word)).length;
    return wanted.size > 0 && (similarity(line, rule) >= SAME_RULE || shared / wanted.size >= 0.85);
  });
}

/** A light stemmer: enough to join "check", "checks", "checked" and "checking". */
function stem(word: string): string {
  const bare = word.replace(/['’]s$/, '').replace(/['’]/g, '');
  const cut = bare.replace(/(?:ations?|ings?|ied|ies|ed|es|ly|s|e|y)$/, '');
  return cut.length >= 3 ? cut : bare;
}
