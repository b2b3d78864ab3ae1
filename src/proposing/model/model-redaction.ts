/**
 * Secrets are taken out of whole texts, before anything is cut to size: no rule recognises half a key, and half a key
 * is still half a key.
 */
import { MAX_QUOTE } from '../../mining/evidence.ts';
import type { Evidence } from '../../mining/weakness.ts';
import { type Step, stepText, type Trial } from '../../traces/trial.ts';
import type { ProposalBrief } from './model-brief.ts';

/** Removes secrets from a text. */
export type Redact = (text: string) => string | Promise<string>;
export type FindTrial = (trial: string) => Trial | undefined;

/** Runs of this many characters without a blank may be part of a key. */
const KEY_CHARS = 12;
const LEFT_OUT = '[redacted]';

/** What is not our own words: the traces' and the repository's. */
export async function redactBrief(
  brief: ProposalBrief,
  redact: Redact,
  find: FindTrial,
): Promise<ProposalBrief> {
  const weaknesses = await Promise.all(
    brief.weaknesses.map(async (weakness) => {
      const evidence = weakness.evidence.map((one) => redactQuote(one, find(one.trial), redact));
      return { ...weakness, evidence: await Promise.all(evidence) };
    }),
  );
  return {
    ...brief,
    weaknesses,
    digests: await redactMap(brief.digests, redact),
    contents: await redactMap(brief.contents, redact),
  };
}

/**
 * A quote as the redacted step would give it. Mining cut it from the step as it is, so it may begin or end within a
 * secret; what of it does not stand in the redacted step is left out. Without the trial, what the cut may have parted
 * is left out instead.
 */
export async function redactQuote(
  evidence: Evidence,
  trial: Trial | undefined,
  redact: Redact,
): Promise<Evidence> {
  const step = trial?.steps.find((one) => one.index === evidence.step);
  if (step === undefined) return { ...evidence, quote: withoutCutEnd(await redact(evidence.quote)) };
  const whole = await redact(stepText(step, evidence.field));
  return { ...evidence, quote: await redact(standingIn(whole, evidence.quote)) };
}

/** The quote, or its longest beginning and end that stand in the text. */
function standingIn(text: string, quote: string): string {
  if (text.includes(quote)) return quote;
  const head = longest(quote.length, (n) => text.includes(quote.slice(0, n)));
  const tail = longest(quote.length - head, (n) => text.includes(quote.slice(quote.length - n)));
  return `${quote.slice(0, head)}${LEFT_OUT}${quote.slice(quote.length - tail)}`;
}

/** The largest n up to `most` that holds, where every smaller one holds too. */
function longest(most: number, holds: (n: number) => boolean): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function withoutCutEnd(quote: string): string {
  if (quote.length < MAX_QUOTE) return quote;
  const last = /\S*$/.exec(quote)?.[0] ?? '';
  return last.length < KEY_CHARS ? quote : `${quote.slice(0, quote.length - last.length)}${LEFT_OUT}`;
}

async function redactMap(texts: ReadonlyMap<string, string>, redact: Redact): Promise<Map<string, string>> {
  const entries = [...texts].map(async ([id, text]) => [id, await redact(text)] as const);
  return new Map(await Promise.all(entries));
}

/** Every text a digest can show. */
export async function redactTrial(trial: Trial, redact: Redact): Promise<Trial> {
  const steps = await Promise.all(trial.steps.map((step) => redactStep(step, redact)));
  const instruction = trial.instruction === null ? null : await redact(trial.instruction);
  return { ...trial, steps, instruction };
}

async function redactStep(step: Step, redact: Redact): Promise<Step> {
  const toolCalls = step.toolCalls.map(async (call) => ({
    ...call,
    arguments: await redact(call.arguments),
  }));
  return {
    ...step,
    text: await redact(step.text),
    observation: await redact(step.observation),
    error: step.error === null ? null : await redact(step.error),
    toolCalls: await Promise.all(toolCalls),
  };
}
