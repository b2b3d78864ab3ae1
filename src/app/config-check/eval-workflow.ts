/**
 * A GitHub Actions workflow as an evaluation: can it be dispatched the way the bot does it, does it read the
 * request, does it upload artifacts. Read from its text alone; nothing is run.
 */
import picomatch from 'picomatch';
import { parse } from 'yaml';
import { z } from 'zod';

/** The one input a dispatch sends. */
export const REQUEST_INPUT = 'self_harness';

export interface EvalWorkflow {
  /** It has `on: workflow_dispatch`. */
  readonly dispatchable: boolean;
  /** It declares the input `self_harness`. */
  readonly takesRequest: boolean;
  /** The request is used somewhere: without that every dispatch runs all tasks. */
  readonly usesRequest: boolean;
  /** Other inputs that are required and have no default: a dispatch without them is refused. */
  readonly otherRequired: readonly string[];
  /** Names of the artifacts it uploads, as globs: an expression stands as `*`. */
  readonly artifacts: readonly string[];
  /** Part of it lives elsewhere (a reusable workflow, an action of the repository): artifacts may come from there. */
  readonly delegates: boolean;
  /** It has a concurrency group in which a newcomer ends the waiting run. */
  readonly cancelsPending: boolean;
}

export type WorkflowReading =
  | { readonly ok: true; readonly workflow: EvalWorkflow }
  | { readonly ok: false; readonly message: string };

const Input = z.looseObject({ required: z.unknown(), default: z.unknown() }).partial();
const Step = z.looseObject({
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).nullish(),
});
const Job = z.looseObject({
  uses: z.string().optional(),
  steps: z.array(Step).nullish(),
  concurrency: z.unknown(),
});
const Workflow = z.looseObject({
  on: z.unknown(),
  jobs: z.record(z.string(), Job.partial({ concurrency: true })),
  concurrency: z.unknown(),
});

/** Reads a workflow file's text. Never throws. */
export function readWorkflow(text: string): WorkflowReading {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return {
      ok: false,
      message: `not valid YAML: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  const parsed = Workflow.partial({ on: true, concurrency: true }).safeParse(value);
  if (!parsed.success) return { ok: false, message: 'it has no jobs' };
  const { on, jobs, concurrency } = parsed.data;
  const inputs = dispatchInputs(on);
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);
  const groups = [concurrency, ...Object.values(jobs).map((job) => job.concurrency)];
  return {
    ok: true,
    workflow: {
      dispatchable: inputs !== null,
      takesRequest: inputs?.has(REQUEST_INPUT) === true,
      usesRequest: /inputs\.self_harness\b/.test(text),
      otherRequired: [...(inputs ?? [])].flatMap(([name, required]) =>
        required && name !== REQUEST_INPUT ? [name] : [],
      ),
      artifacts: steps.flatMap((step) =>
        step.uses?.startsWith('actions/upload-artifact@') === true ? [artifactGlob(step.with?.name)] : [],
      ),
      delegates:
        Object.values(jobs).some((job) => job.uses !== undefined) ||
        steps.some((step) => step.uses?.startsWith('./') === true),
      cancelsPending: groups.some(cancelsPending),
    },
  };
}

/** Whether artifacts of a workflow could match the config's glob. */
export function uploadsMatching(workflow: EvalWorkflow, glob: string): boolean {
  const wanted = picomatch(glob);
  // An expression may become any text: a name matches when it does with a plain word in its place.
  return workflow.artifacts.some((name) => name === glob || wanted(name.replaceAll('*', '1')));
}

/** Inputs of `workflow_dispatch` with whether each must be given; null where it cannot be dispatched. */
function dispatchInputs(on: unknown): Map<string, boolean> | null {
  if (on === 'workflow_dispatch') return new Map();
  if (Array.isArray(on)) return on.includes('workflow_dispatch') ? new Map() : null;
  if (on === null || typeof on !== 'object' || !('workflow_dispatch' in on)) return null;
  const parsed = z
    .object({ inputs: z.record(z.string(), Input.nullable()).nullish() })
    .safeParse(on.workflow_dispatch);
  const inputs = parsed.success ? (parsed.data.inputs ?? {}) : {};
  return new Map(
    Object.entries(inputs).map(([name, input]) => [
      name,
      input?.required === true && (input.default === undefined || input.default === null),
    ]),
  );
}

function artifactGlob(name: unknown): string {
  // Without a name upload-artifact calls it so.
  if (typeof name !== 'string' || name === '') return 'artifact';
  return name.replaceAll(/\$\{\{.*?\}\}/gs, '*').replaceAll(/\*+/g, '*');
}

/** In a group one run may wait, and a newcomer ends it, unless `queue: max` lets a hundred wait. */
function cancelsPending(concurrency: unknown): boolean {
  if (typeof concurrency === 'string') return true;
  if (concurrency === null || typeof concurrency !== 'object' || !('group' in concurrency)) return false;
  return !('queue' in concurrency && concurrency.queue === 'max');
}
