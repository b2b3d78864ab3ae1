/** Workflow files: what starts them, and what they do. */
import picomatch from 'picomatch';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Happening } from '../world/world.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const env = z.record(z.string(), scalar).default({});
const textList = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

const step = z.object({
  id: z.string().optional(),
  name: z.string().optional(),
  if: z.union([z.string(), z.boolean()]).optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  shell: z.string().optional(),
  with: z.record(z.string(), scalar).default({}),
  env,
  'working-directory': z.string().optional(),
  'continue-on-error': z.union([z.boolean(), z.string()]).optional(),
  'timeout-minutes': z.union([z.number(), z.string()]).optional(),
});

const concurrency = z.union([
  z
    .string()
    .transform((group) => ({ group, 'cancel-in-progress': false as boolean | string, queue: 'single' })),
  z.object({
    group: z.string(),
    'cancel-in-progress': z.union([z.boolean(), z.string()]).default(false),
    queue: z.string().default('single'),
  }),
]);

const permissions = z.union([z.string(), z.record(z.string(), z.enum(['read', 'write', 'none']))]);

const job = z.object({
  name: z.string().optional(),
  needs: textList.default([]),
  if: z.union([z.string(), z.boolean()]).optional(),
  'runs-on': z.unknown(),
  strategy: z.object({ matrix: z.unknown(), 'fail-fast': z.unknown() }).partial().optional(),
  env,
  outputs: z.record(z.string(), z.string()).default({}),
  defaults: z
    .object({ run: z.object({ 'working-directory': z.string() }).partial() })
    .partial()
    .optional(),
  permissions: permissions.optional(),
  concurrency: concurrency.optional(),
  steps: z.array(step).default([]),
});

const input = z.object({
  required: z.boolean().default(false),
  default: scalar.optional(),
  type: z.string().default('string'),
  options: z.array(z.string()).optional(),
});

const trigger = z
  .object({
    types: textList.optional(),
    branches: textList.optional(),
    'branches-ignore': textList.optional(),
    paths: textList.optional(),
    'paths-ignore': textList.optional(),
    workflows: textList.optional(),
    inputs: z
      .record(
        z.string(),
        input.nullable().transform((one) => one ?? input.parse({})),
      )
      .nullable()
      .default({}),
  })
  .partial();

type Trigger = z.infer<typeof trigger>;

const triggers = z
  .union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())])
  .transform((on): Record<string, Trigger> => {
    if (typeof on === 'string') return { [on]: {} };
    if (Array.isArray(on)) return Object.fromEntries(on.map((name) => [name, {}]));
    const entries = Object.entries(on).map(([name, value]) => {
      const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [name, trigger.parse(isMap ? value : {})];
    });
    return Object.fromEntries(entries);
  });

const workflowFile = z.object({
  name: z.string().optional(),
  'run-name': z.string().optional(),
  on: triggers,
  env,
  concurrency: concurrency.optional(),
  permissions: permissions.optional(),
  jobs: z.record(z.string(), job),
});

export type WorkflowFile = z.infer<typeof workflowFile>;
export type JobFile = z.infer<typeof job>;
export type StepFile = z.infer<typeof step>;

/** The workflow, or undefined if GitHub would call the file invalid. */
export function parseWorkflow(text: string): WorkflowFile | undefined {
  try {
    return workflowFile.safeParse(parse(text)).data;
  } catch {
    return undefined;
  }
}

const PULL_REQUEST_TYPES = ['opened', 'synchronize', 'reopened'];
const SKIP = /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|^skip-checks: ?true$/m;

/** Whether a commit's message keeps push and pull_request workflows from starting. */
export function skipsWorkflows(message: string): boolean {
  return SKIP.test(message);
}

function matchesAny(patterns: readonly string[], name: string): boolean {
  // Later patterns win, and those with `!` take away again.
  let matched = false;
  for (const pattern of patterns) {
    const negative = pattern.startsWith('!');
    if (picomatch.isMatch(name, negative ? pattern.slice(1) : pattern, { dot: true })) matched = !negative;
  }
  return matched;
}

function field(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}

function branchOf({ event, payload }: Happening): string {
  if (event === 'workflow_run') return String(field(payload, 'workflow_run', 'head_branch') ?? '');
  if (event === 'pull_request') return String(field(payload, 'pull_request', 'base', 'ref') ?? '');
  return String(payload.ref ?? '').replace('refs/heads/', '');
}

function pushedPaths({ payload }: Happening): string[] {
  const commits = Array.isArray(payload.commits) ? payload.commits : [];
  return commits.flatMap((commit) =>
    ['added', 'modified', 'removed'].flatMap((kind) => {
      const paths = field(commit, kind);
      return Array.isArray(paths) ? paths.map(String) : [];
    }),
  );
}

/** Whether this happening starts the workflow. */
export function startsOn(file: WorkflowFile, happening: Happening): boolean {
  const config = file.on[happening.event];
  if (config === undefined) return false;
  const { event, action } = happening;
  const types = config.types ?? (event === 'pull_request' ? PULL_REQUEST_TYPES : undefined);
  if (types !== undefined && action !== undefined && !types.includes(action)) return false;
  if (event === 'workflow_run') {
    const name = String(field(happening.payload, 'workflow_run', 'name'));
    if (config.workflows !== undefined && !config.workflows.includes(name)) return false;
  }
  const branch = branchOf(happening);
  if (config.branches !== undefined && !matchesAny(config.branches, branch)) return false;
  if (config['branches-ignore'] !== undefined && matchesAny(config['branches-ignore'], branch)) return false;
  if (event !== 'push') return true;
  const paths = pushedPaths(happening);
  if (config.paths !== undefined && !paths.some((path) => matchesAny(config.paths ?? [], path))) return false;
  const ignored = config['paths-ignore'];
  return ignored === undefined || paths.length === 0 || !paths.every((path) => matchesAny(ignored, path));
}
