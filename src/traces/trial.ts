/**
 * One attempt of one task: what every reader yields and everything downstream consumes.
 *
 * The words are Harbor's (task, trial) and the field's (trajectory, step). An outcome is never a boolean:
 * a run the machine broke says nothing about the agent, and folding it into "fail" changes the pass rate.
 */
import { z } from 'zod';

/** `invalid`: no verdict on the agent is possible (machine, network, API, verifier, cancelled). */
export const Outcome = z.enum(['pass', 'fail', 'invalid', 'skipped']);
export type Outcome = z.infer<typeof Outcome>;

/** Who is to blame for a trial that did not pass; `unknown` before a guess. */
export const Fault = z.enum(['agent', 'environment', 'verifier', 'unknown']);
export type Fault = z.infer<typeof Fault>;

export const TestStatus = z.enum(['pass', 'fail', 'skipped']);

/** One check of a verifier: an assertion, a sub-test, a field that was compared. */
const Check = z.object({
  name: z.string(),
  status: TestStatus,
  message: z.string().nullable(),
  /** What it wanted and what it got, where the format tells them apart from the message. */
  expected: z.string().nullable().optional(),
  actual: z.string().nullable().optional(),
});
export type Check = z.infer<typeof Check>;

/** What the verifier said: its message and, where it names them, its checks. */
export const VerifierDetail = z.object({
  message: z.string().nullable(),
  tests: z.array(Check),
});
export type VerifierDetail = z.infer<typeof VerifierDetail>;

/** Tokens of the agent's model. `null` is "not measured", never 0. `input` is uncached input. */
export const Tokens = z.object({
  input: z.number().nonnegative().nullable(),
  cacheRead: z.number().nonnegative().nullable(),
  cacheWrite: z.number().nonnegative().nullable(),
  output: z.number().nonnegative().nullable(),
});
export type Tokens = z.infer<typeof Tokens>;

export const ToolCall = z.object({
  id: z.string().nullable(),
  name: z.string(),
  /** Arguments as the agent gave them: a JSON object's text, or free text where the format has no structure. */
  arguments: z.string(),
});
export type ToolCall = z.infer<typeof ToolCall>;

export const Step = z.object({
  /** Position in the trajectory, from 0. Citations use it. */
  index: z.number().int().nonnegative(),
  role: z.enum(['system', 'user', 'agent', 'tool']),
  /** What was said: message and visible reasoning. */
  text: z.string(),
  toolCalls: z.array(ToolCall),
  /** What the environment answered to this step's calls; '' where it answered nothing. */
  observation: z.string(),
  /** The error the format itself flags for this step (not one guessed from text). */
  error: z.string().nullable(),
  /** The format itself says the observation was cut. */
  truncated: z.boolean(),
});
export type Step = z.infer<typeof Step>;

/** The texts of a step that evidence may cite. `arguments` joins the calls' arguments with '\n'. */
export const StepField = z.enum(['text', 'arguments', 'observation', 'error']);
export type StepField = z.infer<typeof StepField>;

/** How the agent's run ended, as the format tells it, in a closed vocabulary. */
export const Stop = z.enum([
  'finished',
  'step_limit',
  'timeout',
  'context_limit',
  'token_limit',
  'cost_limit',
  'error',
  'cancelled',
  'unknown',
]);
export type Stop = z.infer<typeof Stop>;

export const Phase = z.object({
  name: z.enum(['environment_setup', 'agent_setup', 'agent', 'verifier']),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});
export type Phase = z.infer<typeof Phase>;

export const Trial = z.object({
  /** Stable identity: the same trial found twice has the same id. */
  id: z.string().min(1),
  /** Run or job the trial belongs to, where the format names one. */
  run: z.string().nullable(),
  task: z.string().min(1),
  /** Version of the task (a checksum), where known: only equal versions compare. */
  taskVersion: z.string().nullable(),
  /** Attempt number of this task within its run, from 1. */
  attempt: z.number().int().positive(),
  outcome: Outcome,
  /** Why the outcome is what it is, in a few words; null for a plain pass. */
  reason: z.string().nullable(),
  /** null for a pass. */
  fault: Fault.nullable(),
  /** Graded result, usually 0..1; null where there is only a verdict. Always finite. */
  score: z.number().nullable(),
  verifier: VerifierDetail.nullable(),
  agent: z.string().nullable(),
  model: z.string().nullable(),
  /** RFC 3339. */
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  phases: z.array(Phase),
  tokens: Tokens,
  costUsd: z.number().nonnegative().nullable(),
  /** A copy of another result, not a fresh attempt (a cache hit). */
  cached: z.boolean(),
  instruction: z.string().nullable(),
  stop: Stop,
  /** Why the model ended its last answer, in the provider's own word (`stop`, `length`, `end_turn`, …). */
  finishReason: z.string().nullable().optional(),
  /** Output tokens that one answer of the model was allowed, where the format tells the limit. */
  outputLimit: z.number().positive().nullable().optional(),
  steps: z.array(Step),
  source: z.object({ path: z.string(), format: z.string() }),
});
export type Trial = z.infer<typeof Trial>;

/** The text of one citable field of a step. */
export function stepText(step: Step, field: StepField): string {
  switch (field) {
    case 'text':
      return step.text;
    case 'arguments':
      return step.toolCalls.map((call) => call.arguments).join('\n');
    case 'observation':
      return step.observation;
    case 'error':
      return step.error ?? '';
  }
}

/** Tokens of which nothing is known. */
export const UNKNOWN_TOKENS: Tokens = { input: null, cacheRead: null, cacheWrite: null, output: null };

/** A trial of which only the given fields are known: everything else is unknown, not zero. */
export function makeTrial(known: Pick<Trial, 'id' | 'task' | 'source'> & Partial<Trial>): Trial {
  const outcome = known.outcome ?? 'invalid';
  return {
    run: null,
    taskVersion: null,
    attempt: 1,
    outcome,
    reason: null,
    fault: outcome === 'pass' ? null : outcome === 'fail' ? 'agent' : 'unknown',
    score: null,
    verifier: null,
    agent: null,
    model: null,
    startedAt: null,
    finishedAt: null,
    phases: [],
    tokens: UNKNOWN_TOKENS,
    costUsd: null,
    cached: false,
    instruction: null,
    stop: 'unknown',
    steps: [],
    ...known,
  };
}

/** A step of which only the given fields are known. */
export function makeStep(known: Pick<Step, 'index' | 'role'> & Partial<Step>): Step {
  return { text: '', toolCalls: [], observation: '', error: null, truncated: false, ...known };
}
