/**
 * Paths of a repository by glob, whatever is in their names: Git takes a line break in one, and a glob that does not
 * would leave a file of the evaluator out of sight.
 */
import picomatch from 'picomatch';

export function pathMatcher(globs: readonly string[], { nocase = false } = {}): (path: string) => boolean {
  return picomatch([...globs], { dot: true, flags: nocase ? 'si' : 's' });
}
