/**
 * Why a model ended its answer. Every provider has its own words; only those for "cut" change how a run ended.
 */
import type { Stop } from '../../trial.ts';

/** OpenAI and most others, Anthropic, Gemini, Cohere, Bedrock. */
const CUT = /^(?:length|max_?(?:output_?)?tokens?|max_length|model_length|token_limit|incomplete)$/i;

/** The end of a run whose last answer ended with this word; undefined where the word decides nothing. */
export function stopFromFinish(finishReason: string | null): Stop | undefined {
  return finishReason !== null && CUT.test(finishReason) ? 'token_limit' : undefined;
}
