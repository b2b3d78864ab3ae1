/**
 * Before anything is run: the config and the surfaces of the base commit, and the hashes runs are compared by.
 */
import { formatProblem, loadConfig } from '../../config/load.ts';
import { CONFIG_PATH, protectedGlobs } from '../../config/schema.ts';
import type { Forge } from '../../forge/forge.ts';
import { evaluatorHash, harnessHash } from '../../harness/hash.ts';
import { pathMatcher } from '../../harness/path-match.ts';
import type { Prepared } from '../context.ts';
import { evaluatorPaths } from './comparable.ts';

export type Preparation =
  | { readonly ok: true; readonly foundation: Prepared }
  | { readonly ok: false; readonly reason: string };

/** Git's mode of one. */
const SYMBOLIC_LINK = '120000';

/** Reads and checks what the campaign stands on. A config that does not hold is a value, not a throw. */
export async function prepare(forge: Forge, now: Date): Promise<Preparation> {
  const base = await forge.base();
  const text = await forge.readFile(base.commit, CONFIG_PATH);
  if (text === null) {
    return failed(
      `${CONFIG_PATH} is missing at ${base.branch}. Add one: \`self-harness config reference\` shows how.`,
    );
  }
  const loaded = loadConfig(text);
  if (!loaded.ok) return failed(loaded.problems.map((problem) => formatProblem(problem)).join('\n'));
  const { config } = loaded;

  const contents: Record<string, string> = {};
  for (const surface of config.surfaces) {
    const content = await forge.readFile(base.commit, surface.path);
    if (content === null) {
      return failed(
        `${CONFIG_PATH}: the surface "${surface.id}" names ${surface.path}, which is not in ${base.branch}.`,
      );
    }
    contents[surface.id] = content;
  }
  const isProtected = pathMatcher(protectedGlobs(config));
  const files = await forge.listFiles(base.commit);
  const clash = config.surfaces.find((surface) => isProtected(surface.path));
  if (clash !== undefined) {
    return failed(
      `${CONFIG_PATH}: the surface "${clash.id}" (${clash.path}) is protected by eval.protect. A surface cannot be part of its own evaluator.`,
    );
  }
  const paths = new Set(config.surfaces.map((surface) => surface.path));
  // What is read through a link is another file's text, and an edit would put a file in the place of the link.
  const link = files.find(({ path, mode }) => mode === SYMBOLIC_LINK && paths.has(path));
  if (link !== undefined) {
    return failed(`${CONFIG_PATH}: ${link.path} is a symbolic link. Name the file that it points to.`);
  }
  const isEvaluator = evaluatorPaths(config);
  const evaluator = files
    .filter((file) => isEvaluator(file.path))
    .map((file) => [file.path, file.blob] as const);
  return {
    ok: true,
    foundation: {
      base,
      config,
      harnessHash: harnessHash(config.surfaces, new Map(Object.entries(contents))),
      evaluatorHash: evaluatorHash(new Map(evaluator)),
      contents,
      startedAt: now.toISOString(),
      plans: await forge.runsPlans(base.commit, config.eval.workflow ?? null),
    },
  };
}

function failed(reason: string): Preparation {
  return { ok: false, reason };
}
