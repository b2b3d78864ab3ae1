/**
 * The files that two runs must have in common to be compared: what judges, and the harness itself.
 */
import { CONFIG_PATH, type Config } from '../../config/schema.ts';
import { pathMatcher } from '../../harness/path-match.ts';

/** Whether a file is part of the evaluator. The workflow that runs the eval is; other workflows are not. */
export function evaluatorPaths({ eval: { protect, workflow } }: Config): (path: string) => boolean {
  const isProtected = pathMatcher(protect);
  const own = new Set([CONFIG_PATH, ...(workflow === undefined ? [] : [`.github/workflows/${workflow}`])]);
  return (path) => own.has(path) || isProtected(path);
}

/** Whether a file is part of the evaluator or a surface. */
export function matteringPaths(config: Config): (path: string) => boolean {
  const isEvaluator = evaluatorPaths(config);
  // As they are written: `app/[slug]/prompt.md` is a path, and no glob.
  const surfaces = new Set(config.surfaces.map((surface) => surface.path));
  return (path) => surfaces.has(path) || isEvaluator(path);
}
