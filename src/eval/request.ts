/**
 * What a dispatch asks of an eval: the text of SELF_HARNESS_REQUEST.
 */
import { z } from 'zod';

/** One version of the harness in one evaluation: what an eval without our runner gets, and each run of ours too. */
export const EvalRequest = z.object({
  version: z.literal(1),
  campaign: z.string(),
  /** Named by the edits that are on: 'baseline', 'c1', 'c1-c3'. */
  arm: z.string(),
  tasks: z.union([z.array(z.string()).readonly(), z.literal('all')]),
  /** Attempts of each task. */
  attempts: z.number().int().positive(),
  /** Number of the first attempt: a later pass asks for later attempts and gets fresh draws. */
  first_attempt: z.number().int().positive(),
  seed: z.number().int(),
});
export type EvalRequest = Readonly<z.infer<typeof EvalRequest>>;

/** Names a plan that lies in the checkout. */
export const PlanRequest = z.object({
  version: z.literal(2),
  /** Path of the plan in the checkout. */
  plan: z.string().min(1),
  /** Of the plan's bytes, in hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type PlanRequest = Readonly<z.infer<typeof PlanRequest>>;

export type Asked =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'one'; readonly request: EvalRequest }
  | { readonly kind: 'plan'; readonly request: PlanRequest };

/** Parses a request. No text, or only white space: nothing is asked. The reason where it cannot be used. */
export function parseRequest(
  text: string | undefined,
): Asked | { readonly kind: 'unusable'; message: string } {
  if (text === undefined || text.trim() === '') return { kind: 'nothing' };
  const unusable = (message: string) => ({
    kind: 'unusable' as const,
    message: `SELF_HARNESS_REQUEST ${message}`,
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return unusable(`is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const version = z.object({ version: z.number() }).safeParse(value);
  if (!version.success) return unusable('has no version');
  switch (version.data.version) {
    case 1: {
      const one = EvalRequest.safeParse(value);
      return one.success ? { kind: 'one', request: one.data } : unusable(reason(one.error));
    }
    case 2: {
      const plan = PlanRequest.safeParse(value);
      return plan.success ? { kind: 'plan', request: plan.data } : unusable(reason(plan.error));
    }
    default:
      return unusable(
        `is of version ${version.data.version}; this self-harness knows versions 1 and 2. Update self-harness-bot in the eval workflow.`,
      );
  }
}

/** The first thing wrong with a value, with its place. */
export function reason(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'cannot be used';
  const place = issue.path.length === 0 ? '' : `: ${issue.path.map(String).join('.')}`;
  return `cannot be used${place}: ${issue.message}`;
}
