/** The model that a configuration asks for, with the operator's key. */
import type { Config } from '../config/schema.ts';
import { createRedactor } from '../traces/redact/redact.ts';
import { createModelBudget } from './budget.ts';
import type { Model, ModelUsage } from './model.ts';
import { noModel } from './none.ts';
import { OPENAI_BASE_URL, type OpenAiModelOptions, openAiModel } from './openai.ts';
import type { ModelPrice } from './price.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type ModelConfig = Pick<Config, 'proposer' | 'budget'>;

export interface OpenModelOptions extends Partial<Pick<OpenAiModelOptions, 'redact' | 'fetch' | 'onCall'>> {
  /** What the campaign has spent before, when it resumes. */
  readonly before?: ModelUsage;
}

/**
 * The configured model; one that always answers 'unavailable' without `proposer.model`. Its budget is
 * `budget.tokens` and, where the price is configured, `budget.usd`.
 */
export function modelFor(config: ModelConfig, env: Environment, options: OpenModelOptions = {}): Model {
  const { model } = config.proposer;
  if (model === null) return noModel();
  const { before, redact = redactorFor(env), ...rest } = options;
  const price = priceIn(config);
  const limits = {
    tokens: config.budget.tokens,
    usd: price === null ? null : config.budget.usd,
    calls: null,
  };
  return openAiModel({
    ...rest,
    model,
    redact,
    price,
    baseUrl: baseUrlIn(config, env),
    apiKey: keyFor(config, env),
    budget: createModelBudget(limits, before),
  });
}

/** What a person should know about the configured model before money is spent; [] when there is nothing. */
export function modelNotes(config: ModelConfig, env: Environment): string[] {
  const { model } = config.proposer;
  if (model === null) return [];
  const notes: string[] = [];
  if (priceIn(config) === null) {
    notes.push(
      `The price of ${model} is not configured, so only tokens are held against the budget (${config.budget.tokens}). Set proposer.usd_per_million_input and proposer.usd_per_million_output to apply the limit in USD.`,
    );
  }
  if (env.OPENAI_API_KEY === undefined) {
    notes.push('OPENAI_API_KEY is not set: the endpoint is asked without a key.');
  } else if (keyFor(config, env) === null) {
    notes.push(
      `OPENAI_API_KEY is not sent to ${new URL(baseUrlIn(config, env)).origin}: it belongs to ${new URL(operatorUrl(env)).origin}. Set OPENAI_BASE_URL to the endpoint whose key it is.`,
    );
  }
  return notes;
}

/**
 * The key goes only to the endpoint the operator named (OPENAI_BASE_URL, by default OpenAI's). The config comes
 * from a repository: were it enough to write another base URL there, whoever can commit could collect the key.
 */
function keyFor(config: ModelConfig, env: Environment): string | null {
  const sameOrigin = new URL(baseUrlIn(config, env)).origin === new URL(operatorUrl(env)).origin;
  return sameOrigin ? (env.OPENAI_API_KEY ?? null) : null;
}

function operatorUrl(env: Environment): string {
  const url = env.OPENAI_BASE_URL ?? OPENAI_BASE_URL;
  return URL.canParse(url) ? url : OPENAI_BASE_URL;
}

function baseUrlIn(config: ModelConfig, env: Environment): string {
  return config.proposer.base_url ?? operatorUrl(env);
}

function priceIn({ proposer }: ModelConfig): ModelPrice | null {
  const { usd_per_million_input: input, usd_per_million_output: output } = proposer;
  return input === null || output === null ? null : { input, cachedInput: null, output };
}

function redactorFor(env: Environment): OpenAiModelOptions['redact'] {
  const redactor = createRedactor({ env });
  return async (text) => (await redactor.redact(text)).text;
}
