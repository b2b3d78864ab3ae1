/**
 * A first config, inferred from what a repository holds: prompts by path and content, settings by the names of
 * their keys, the evaluation by its workflow. A proposal for a person to read, never applied by itself.
 */
import { parse as parseYaml } from 'yaml';
import { readSurface } from '../../harness/apply.ts';
import { readPointer } from '../../harness/structured/value.ts';
import type { Knob, Surface, SurfaceKind } from '../../harness/surface.ts';
import { UNNAMED_MODEL } from '../config-check/config-findings.ts';
import { type EvalWorkflow, readWorkflow } from '../config-check/eval-workflow.ts';
import { type InferredKnob, inferKnobs } from './infer-knobs.ts';

export interface InferredSurface {
  readonly id: string;
  readonly path: string;
  readonly kind: SurfaceKind;
  readonly knobs: readonly InferredKnob[];
}

interface InferredEval {
  /** File name under .github/workflows. */
  readonly file: string;
  readonly workflow: EvalWorkflow;
  /** Glob over its artifacts. */
  readonly artifacts: string;
}

/** What was found; `surfaces` is never empty. */
export interface Inference {
  readonly model: string;
  readonly surfaces: readonly InferredSurface[];
  readonly evaluation: InferredEval | null;
  readonly command: string | null;
  /** Globs of what judges: directories of the eval and of tests that exist. */
  readonly protect: readonly string[];
}

/** Reads no more files than this: each is a request. */
const MAX_READS = 40;
const MAX_SURFACES = 12;

const NEVER =
  /(^|\/)(node_modules|vendor|dist|build|fixtures?|__\w+__|docs?|\.git|\.github|\.venv|site-packages|examples?)\//i;
const EVALUATION =
  /(^|\/)(evals?|evaluations?|benchmarks?|bench|tests?|specs?|tasks?|datasets?|data|traces?|results?)\//i;
const PROMPT_DIRECTORY = /(^|\/)(prompts?|agents?|skills?|instructions?|system[-_]prompts?)\//i;
const PROMPT_FILE = /\.(md|markdown|txt|prompt)$/i;
const NO_PROMPT =
  /(^|\/)(readme|changelog|license|licence|contributing|code_of_conduct|security|notice)[^/]*$/i;
const TO_A_MODEL =
  /\b(you are|you're|your (task|job|role|goal)|you (must|should|will|have|can)|do not|don't|never|always|the user|tools?)\b/i;
const SETTINGS_FILE = /\.(ya?ml|json|toml)$/i;
const SETTINGS_NAME =
  /(^|\/)([\w-]*(agents?|harness|runtime|config|settings|policy|limits|llm|model)[\w-]*\.\w+)$/i;
const SETTINGS_DIRECTORY = /(^|\/)(agents?|harness|runtime|configs?|settings|prompts?)\//i;
const NO_SETTINGS =
  /(^|\/)(package(-lock)?|tsconfig[\w.-]*|biome|composer|pyproject|cargo|poetry|vercel|renovate|docker-compose|compose|mkdocs|turbo|nx|lerna|jsconfig|deno)\.\w+$|\.(lock|schema)\.?\w*$|(^|\/)\./i;

/** What can be inferred, or null where no editable surface is found. `read` gives a file's text at one commit. */
export async function inferConfig(
  paths: readonly string[],
  read: (path: string) => Promise<string | null>,
): Promise<Inference | null> {
  let reads = 0;
  const limited = async (path: string) => (++reads > MAX_READS ? null : await read(path));
  const evaluation = await inferEvaluation(paths, limited);
  const own = paths.filter((path) => !NEVER.test(`/${path}`) && !EVALUATION.test(`/${path}`));
  const surfaces: Omit<InferredSurface, 'id'>[] = [];
  let model: string | null = null;
  for (const path of own.filter(isSettings)) {
    const kind = kindOf(path);
    const content = await limited(path);
    const value = content === null ? undefined : readSurface(surfaceOf(path, kind), content);
    const knobs = inferKnobs(value);
    model ??= modelIn(value);
    if (knobs.length > 0) surfaces.push({ path, kind, knobs });
  }
  for (const path of own.filter(isPromptPath)) {
    const content = await limited(path);
    if (content !== null && TO_A_MODEL.test(content)) surfaces.push({ path, kind: kindOf(path), knobs: [] });
  }
  if (surfaces.length === 0) return null;
  return {
    model: model ?? UNNAMED_MODEL,
    surfaces: withIds(surfaces.slice(0, MAX_SURFACES)),
    evaluation,
    command: await inferCommand(paths, limited),
    protect: protectedDirectories(paths),
  };
}

function isSettings(path: string): boolean {
  if (!SETTINGS_FILE.test(path) || NO_SETTINGS.test(path)) return false;
  return SETTINGS_NAME.test(path) || SETTINGS_DIRECTORY.test(`/${path}`);
}

function isPromptPath(path: string): boolean {
  return PROMPT_FILE.test(path) && !NO_PROMPT.test(path) && PROMPT_DIRECTORY.test(`/${path}`);
}

function kindOf(path: string): SurfaceKind {
  if (/\.ya?ml$/i.test(path)) return 'yaml';
  if (/\.json$/i.test(path)) return 'json';
  if (/\.toml$/i.test(path)) return 'toml';
  return /\.(md|markdown)$/i.test(path) ? 'markdown' : 'text';
}

function surfaceOf(path: string, kind: SurfaceKind): Surface {
  return { id: 'x', path, kind, knobs: [], pointers: [] };
}

/** A model named in the settings: a text under a key that says so. */
function modelIn(value: unknown): string | null {
  for (const pointer of [
    '/model',
    '/agent/model',
    '/llm/model',
    '/model/name',
    '/runtime/model',
    '/model_name',
  ]) {
    const found = readPointer(value, pointer);
    if (typeof found === 'string' && found !== '') return found;
  }
  return null;
}

/** Ids from file names; a name that comes twice carries its directory. */
function withIds(surfaces: readonly Omit<InferredSurface, 'id'>[]): InferredSurface[] {
  const short = surfaces.map(({ path }) =>
    slug(
      path
        .split('/')
        .at(-1)
        ?.replace(/\.\w+$/, '') ?? path,
    ),
  );
  const taken = new Set<string>();
  return surfaces.map((surface, index) => {
    const own = short[index] ?? 'surface';
    const unique = short.filter((id) => id === own).length === 1;
    let id = unique ? own : slug(surface.path.replace(/\.\w+$/, ''));
    for (let n = 2; taken.has(id); n++) id = `${slug(surface.path)}-${n}`;
    taken.add(id);
    return { ...surface, id };
  });
}

function slug(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? 'surface' : plain;
}

/** The workflow that looks most like an evaluation, among those that upload artifacts. */
async function inferEvaluation(
  paths: readonly string[],
  read: (path: string) => Promise<string | null>,
): Promise<InferredEval | null> {
  const files = paths.filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
  const found: { score: number; evaluation: InferredEval }[] = [];
  for (const path of files) {
    const text = await read(path);
    const reading = text === null ? null : readWorkflow(text);
    if (reading?.ok !== true) continue;
    const { workflow } = reading;
    const file = path.split('/').at(-1) ?? path;
    const artifacts = workflow.artifacts.find((name) => /trace|eval|result|trial/i.test(name));
    const named = /eval|bench|trial/i.test(file);
    const score = (workflow.takesRequest ? 4 : 0) + (named ? 2 : 0) + (artifacts === undefined ? 0 : 1);
    // A workflow that uploads its coverage is no evaluation: something must say so.
    if (score === 0 || workflow.artifacts.length === 0) continue;
    const glob = artifacts ?? workflow.artifacts[0] ?? 'traces-*';
    found.push({ score, evaluation: { file, workflow, artifacts: glob } });
  }
  return found.sort((a, b) => b.score - a.score)[0]?.evaluation ?? null;
}

/** The local command of the evaluation. */
async function inferCommand(
  paths: readonly string[],
  read: (path: string) => Promise<string | null>,
): Promise<string | null> {
  const there = new Set(paths);
  if (there.has('package.json')) {
    const manifest: unknown = tryParse((await read('package.json')) ?? '');
    const script = ['eval', 'evaluate', 'evals', 'bench', 'benchmark'].find(
      (name) => typeof readPointer(manifest, `/scripts/${name}`) === 'string',
    );
    const install = there.has('package-lock.json') ? 'npm ci && ' : '';
    if (script !== undefined) return `${install}npm run ${script}`;
  }
  if (there.has('Makefile') && /^eval\s*:/m.test((await read('Makefile')) ?? '')) return 'make eval';
  const runners: readonly (readonly [string, string])[] = [
    ['eval/run.js', 'node eval/run.js'],
    ['evals/run.js', 'node evals/run.js'],
    ['eval/run.py', 'python eval/run.py'],
    ['evals/run.py', 'python evals/run.py'],
    ['eval/run.sh', 'sh eval/run.sh'],
  ];
  return runners.find(([path]) => there.has(path))?.[1] ?? null;
}

/** JSON is YAML; a file that does not parse says nothing. */
function tryParse(text: string): unknown {
  try {
    return parseYaml(text);
  } catch {
    return undefined;
  }
}

function protectedDirectories(paths: readonly string[]): string[] {
  const names = [
    'eval',
    'evals',
    'evaluation',
    'bench',
    'benchmark',
    'benchmarks',
    'test',
    'tests',
    'tasks',
    'data',
  ];
  const roots = new Set(paths.flatMap((path) => (path.includes('/') ? [path.split('/')[0]] : [])));
  return names.filter((name) => roots.has(name)).map((name) => `${name}/**`);
}

/** Knobs alone, as a config holds them. */
export function knobsOf(surface: InferredSurface): Knob[] {
  return surface.knobs.map(({ knob }) => knob);
}
