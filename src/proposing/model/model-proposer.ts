/**
 * Proposals from a model: one structured call with the evidence, the surfaces and what was tried before. The
 * prompt and the acceptance of the answer are pure and stand beside this file; here is only the call.
 */
import type { Model, ModelFailureKind, ModelUsage } from '../../model/model.ts';
import { NO_USAGE } from '../../model/usage.ts';
import type { Proposal } from '../proposal.ts';
import { acceptAnswer, answerSchemaFor, type ProposalCheck, type RefusedProposal } from './model-answer.ts';
import type { ProposalBrief } from './model-brief.ts';
import { PROMPT_TOKENS, proposalPrompt } from './model-prompt.ts';
import { type FindTrial, type Redact, redactBrief } from './model-redaction.ts';

export interface ModelProposerOptions {
  /** Removes secrets. Runs over every text before the prompt is cut to size, so that no half of one is left. */
  readonly redact: Redact;
  /** The trials that evidence points into, so that quotes are cut from redacted texts. Those at hand are enough. */
  readonly find?: FindTrial;
  /** What else a proposal must pass, such as the guards: a refusal reaches the model in the repair turn. */
  readonly check?: ProposalCheck;
  /** Tokens of the prompt at most (estimated from above). */
  readonly promptTokens?: number;
  /** Tokens of the answer at most; models that reason spend part of it unseen. */
  readonly maxOutputTokens?: number;
  readonly signal?: AbortSignal;
}

export type ModelProposals =
  | {
      readonly kind: 'proposed';
      /** At most K, in the model's order. */
      readonly proposals: readonly Proposal[];
      readonly refused: readonly RefusedProposal[];
      readonly usage: ModelUsage;
    }
  /** The model, or the absence of anything to address, says that no edit would help. */
  | { readonly kind: 'declined'; readonly reason: string; readonly usage: ModelUsage }
  | {
      readonly kind: 'failed';
      readonly failure: ModelFailureKind;
      readonly message: string;
      readonly usage: ModelUsage;
    };

/** Asks for up to K proposals. At most one call and one repair turn; never throws for what a model does. */
export async function proposeWithModel(
  model: Model,
  brief: ProposalBrief,
  options: ModelProposerOptions,
): Promise<ModelProposals> {
  const safe = await redactBrief(brief, options.redact, options.find ?? (() => undefined));
  const prompt = proposalPrompt(safe, options.promptTokens ?? PROMPT_TOKENS);
  if (prompt.shown.length === 0) {
    return { kind: 'declined', reason: 'No weakness that an edit could address.', usage: NO_USAGE };
  }
  const result = await model.ask({
    purpose: 'propose edits',
    messages: prompt.messages,
    schema: answerSchemaFor(brief, options.check),
    schemaName: 'proposals',
    maxOutputTokens: options.maxOutputTokens ?? 8000,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const { usage } = result;
  if (!result.ok) return { kind: 'failed', failure: result.kind, message: result.message, usage };
  const { proposals, refused, declined } = acceptAnswer(result.value, brief, options.check);
  if (declined !== null) return { kind: 'declined', reason: declined, usage };
  return { kind: 'proposed', proposals, refused, usage };
}
