/**
 * Workflows, the bot's config and whatever the user protects are out of reach, also when declared as a surface.
 */
import { posix } from 'node:path';
import { pathMatcher } from '../path-match.ts';
import { excerpt, type Guarded, type GuardedChange, newMatch } from './guarded.ts';

/** Protected whatever the config says. */
const ALWAYS = ['.github/**', '.git/**', '**/.self-harness*', '**/self-harness.y?(a)ml'] as const;

/** Text that sends an agent to those places. */
const NAMES_PROTECTED = /\.github\b[\\/]?|\bself-harness\.ya?ml\b/gi;

export function protectedPath(_: GuardedChange, context: Guarded): string | null {
  const path = posix.normalize(context.surface.path);
  // Case is ignored: on some file systems .GitHub/ is .github/.
  const match = [...ALWAYS, ...context.protectedGlobs].find((glob) =>
    pathMatcher([posix.normalize(glob)], { nocase: true })(path),
  );
  if (match !== undefined) return `${context.surface.path} is protected by "${match}"`;
  const named = newMatch(context, NAMES_PROTECTED);
  return named === null ? null : `the new text names a protected place: ${excerpt(named)}`;
}
