/**
 * A second look by a model, before anything is proposed: diagnoses of trials that the rules could not explain, and
 * digests of the trials that represent a weakness. Both are bounded in number, so that they cost the same for ten
 * trials and for ten thousand.
 */
import {
  type DiagnosisAnswer,
  type DiagnosisRequest,
  diagnosisRequest,
  refineDiagnosis,
} from '../../mining/diagnose.ts';
import type { Diagnosis } from '../../mining/diagnosis.ts';
import { digest } from '../../mining/digest.ts';
import type { SetApart, Weakness } from '../../mining/weakness.ts';
import type { Model, ModelFailureKind } from '../../model/model.ts';
import { estimateMessages } from '../../model/tokens.ts';
import type { Trial } from '../../traces/trial.ts';
import { type Redact, redactTrial } from './model-redaction.ts';
import { harmless } from './untrusted.ts';

/** A trial with what the rules made of it. */
export interface ExaminedTrial {
  readonly trial: Trial;
  readonly diagnosis: Diagnosis;
}

export interface SecondLook {
  /** Of the trials given, in their order; refined where the model's answer stood up to the trace. */
  readonly diagnoses: readonly Diagnosis[];
  readonly asked: number;
  /** Answers that were refused, because they cite what is not there. */
  readonly refused: readonly { readonly trial: string; readonly reason: string }[];
  /** Why asking ended early; null where it did not. */
  readonly failure: { readonly kind: ModelFailureKind; readonly message: string } | null;
}

export interface SecondLookOptions {
  readonly redact: Redact;
  /** Calls at most, repair turns not counted (default 4). */
  readonly maxCalls?: number;
  readonly signal?: AbortSignal;
}

const MAX_CALLS = 4;
const DIAGNOSIS_TOKENS = 3000;
const DIGESTED_WEAKNESSES = 3;
const DIGEST_TOKENS = 1000;
/** Failures after which the next call would fail as well. */
const FINAL: ReadonlySet<ModelFailureKind> = new Set([
  'unavailable',
  'budget',
  'auth',
  'cancelled',
  'server',
  'timeout',
]);

/**
 * The trials worth a second look: of those that mining set apart as unexplained, the first of each task, tasks in
 * the order of their names.
 */
export function unexplainedTrials(setApart: readonly SetApart[]): string[] {
  const unexplained = setApart.filter((one) => one.kind === 'unexplained');
  const ordered = unexplained.toSorted((a, b) => (a.task < b.task ? -1 : a.task > b.task ? 1 : 0));
  return ordered.flatMap((one) => one.trials.toSorted().slice(0, 1));
}

/** Asks about the given trials in their order, until the calls are used up. */
export async function diagnoseWithModel(
  model: Model,
  examined: readonly ExaminedTrial[],
  options: SecondLookOptions,
): Promise<SecondLook> {
  const diagnoses = examined.map((one) => one.diagnosis);
  const refused: { trial: string; reason: string }[] = [];
  let failure: SecondLook['failure'] = null;
  let asked = 0;
  for (const [index, { trial, diagnosis }] of examined.slice(0, options.maxCalls ?? MAX_CALLS).entries()) {
    const request = boundedRequest(await redactTrial(trial, options.redact), diagnosis);
    asked += 1;
    const result = await model.ask({
      ...request,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (result.ok) {
      // Against the trace as it is: positions in the redacted one would point elsewhere.
      const refinement = refineDiagnosis(asWritten(result.value), trial, diagnosis);
      if (refinement.ok) diagnoses[index] = refinement.diagnosis;
      else refused.push({ trial: trial.id, reason: refinement.refusal });
      continue;
    }
    failure = { kind: result.kind, message: result.message };
    if (FINAL.has(result.kind)) break;
  }
  return { diagnoses, asked, refused, failure };
}

/** The digest counts characters; where they are dense in tokens it is made shorter. What it shows is harmless. */
function boundedRequest(trial: Trial, diagnosis: Diagnosis): DiagnosisRequest {
  for (let tokens = 2000; ; tokens /= 2) {
    const { messages, ...request } = diagnosisRequest(trial, diagnosis, tokens);
    const shown = messages.map((message) => ({ ...message, content: harmless(message.content) }));
    if (tokens < 200 || estimateMessages(shown) <= DIAGNOSIS_TOKENS) return { ...request, messages: shown };
  }
}

/** Quotes as they stand in the trace: angle brackets were turned before the model saw them. */
function asWritten(answer: DiagnosisAnswer): DiagnosisAnswer {
  const citations = answer.citations.map((one) => ({ ...one, quote: one.quote.replaceAll('‹', '<') }));
  return { ...answer, citations };
}

/** The trial to digest for each of the gravest weaknesses, by weakness id: the first that its evidence cites. */
export function representativeTrials(weaknesses: readonly Weakness[]): Map<string, string> {
  const chosen = weaknesses.filter((weakness) => weakness.addressable).slice(0, DIGESTED_WEAKNESSES);
  return new Map(
    chosen.flatMap((weakness) => {
      const trial = weakness.evidence[0]?.trial ?? weakness.trials[0];
      return trial === undefined ? [] : [[weakness.id, trial] as const];
    }),
  );
}

/** Digests by weakness id, for the brief of the proposer. Trials that `find` does not have are left out. */
export async function representativeDigests(
  weaknesses: readonly Weakness[],
  find: (trial: string) => Trial | undefined,
  redact: Redact,
): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const [id, name] of representativeTrials(weaknesses)) {
    const trial = find(name);
    const weakness = weaknesses.find((one) => one.id === id);
    if (trial === undefined || weakness === undefined) continue;
    const keepSteps = weakness.evidence.filter((quote) => quote.trial === name).map((quote) => quote.step);
    const safe = await redactTrial(trial, redact);
    // A model that does not know the name of a task cannot write it into the harness.
    digests.set(id, digest({ ...safe, task: '(not shown)' }, { maxTokens: DIGEST_TOKENS, keepSteps }));
  }
  return digests;
}
