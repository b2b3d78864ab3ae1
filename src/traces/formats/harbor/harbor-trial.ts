/**
 * A Harbor trial's own `result.json` as a trial.
 */
import { z } from 'zod';
import type { Phase, Trial } from '../../trial.ts';
import { makeTrial } from '../../trial.ts';
import * as lenient from '../shared/lenient.ts';
import { tokensWithCacheInside } from '../shared/tokens.ts';
import { type Evidence, harborVerdict } from './harbor-outcome.ts';

const Timing = z.object({ started_at: lenient.text, finished_at: lenient.text }).nullable().catch(null);

/** A trial's configuration, alone in `config.json` or inside the result. */
export const TrialConfig = z.object({
  trial_name: lenient.text,
  trials_dir: lenient.text,
  job_id: lenient.text,
  task: z.object({ path: lenient.text, name: lenient.text }).nullable().catch(null),
  agent: z
    .object({ name: lenient.text, import_path: lenient.text, model_name: lenient.text })
    .nullable()
    .catch(null),
  verifier: z.object({ disable: lenient.flag }).nullable().catch(null),
});
export type TrialConfig = z.infer<typeof TrialConfig>;

/** A trial's result (`TrialResult`), Harbor 0.1 on. Only its two names are needed; anything may be null. */
export const TrialResult = z.object({
  id: lenient.id,
  task_name: z.string().min(1),
  trial_name: z.string().min(1),
  task_checksum: lenient.text,
  source: lenient.text,
  config: TrialConfig.nullable().catch(null),
  agent_info: z
    .object({
      name: lenient.text,
      model_info: z.object({ name: lenient.text, provider: lenient.text }).nullable().catch(null),
    })
    .nullable()
    .catch(null),
  agent_result: z
    .object({
      n_input_tokens: lenient.amount,
      n_cache_tokens: lenient.amount,
      n_output_tokens: lenient.amount,
      cost_usd: lenient.amount,
    })
    .nullable()
    .catch(null),
  verifier_result: z.object({ rewards: lenient.anything }).nullable().catch(null),
  exception_info: z
    .object({ exception_type: z.string().catch('Exception'), exception_message: z.string().catch('') })
    .nullable()
    .catch(null),
  started_at: lenient.text,
  finished_at: lenient.text,
  environment_setup: Timing,
  agent_setup: Timing,
  agent_execution: Timing,
  verifier: Timing,
});
export type TrialResult = z.infer<typeof TrialResult>;

/** What of a trial lies in other files, or is known from its job. */
export interface Surroundings {
  readonly path: string;
  readonly attempt: number;
  /** The job's id and name, where the trial does not say. */
  readonly job: { readonly id: string | null; readonly name: string | null };
  /** Rewards from reward.txt or reward.json, for a result that has none. */
  readonly rewardFile: Readonly<Record<string, number>> | null;
  readonly passThreshold: number;
}

export const HARBOR = 'harbor';

/** The trial, without its trajectory and the verifier's detail. */
export function harborTrial(result: TrialResult, around: Surroundings): Trial {
  const agent = agentOf(result);
  const jobId = result.config?.job_id ?? around.job.id;
  return makeTrial({
    id: trialId(jobId, result.trial_name, result.id),
    run: jobName(result.config) ?? around.job.name ?? jobId,
    task: result.task_name,
    taskVersion: result.task_checksum,
    attempt: around.attempt,
    ...harborVerdict(evidenceOf(result, around), around.passThreshold),
    ...agent,
    startedAt: lenient.instant(result.started_at),
    finishedAt: lenient.instant(result.finished_at),
    phases: phasesOf(result),
    ...spentOf(result),
    source: { path: around.path, format: HARBOR },
  });
}

/** The same for a trial found in its folder and for one that only its job's statistics name. */
export function trialId(jobId: string | null, trialName: string, resultId: string | null): string {
  if (jobId !== null) return `${HARBOR}:${jobId}/${trialName}`;
  return `${HARBOR}:${resultId ?? trialName}`;
}

/** Who ran, in words that are equal for equal treatments: attempts are counted within them. */
export function agentOf({ agent_info: info, config }: Pick<TrialResult, 'agent_info' | 'config'>) {
  const model = info?.model_info;
  return {
    agent: info?.name ?? config?.agent?.name ?? config?.agent?.import_path ?? null,
    model: config?.agent?.model_name ?? model?.name ?? null,
  };
}

/** A job is named by its folder, which its trials know as `<jobs_dir>/<job_name>`. */
export function jobName(config: TrialConfig | null): string | null {
  return config?.trials_dir?.split('/').filter(Boolean).at(-1) ?? null;
}

/** Rewards as a flat dict of numbers; booleans count 1 and 0. Null where there is none. */
export function rewardsOf(value: unknown): Record<string, number> | null {
  if (typeof value === 'number' && Number.isFinite(value)) return { reward: value };
  if (typeof value === 'boolean') return { reward: Number(value) };
  if (!lenient.isObject(value)) return null;
  const numbers = Object.entries(value).flatMap(([name, reward]): [string, number][] => {
    if (typeof reward === 'boolean') return [[name, Number(reward)]];
    return typeof reward === 'number' && Number.isFinite(reward) ? [[name, reward]] : [];
  });
  return numbers.length === 0 ? null : Object.fromEntries(numbers);
}

function evidenceOf(result: TrialResult, around: Surroundings): Evidence {
  const exception = result.exception_info;
  const { agent_execution: agent, verifier } = result;
  return {
    rewards: rewardsOf(result.verifier_result?.rewards) ?? around.rewardFile,
    exception:
      exception === null ? null : { type: exception.exception_type, message: exception.exception_message },
    phases: {
      agentStarted: agent?.started_at != null,
      agentFinished: agent?.finished_at != null,
      verifierStarted: verifier?.started_at != null,
      finished: result.finished_at !== null,
    },
    verifierDisabled: result.config?.verifier?.disable === true,
  };
}

function phasesOf(result: TrialResult): Phase[] {
  const timings = [
    ['environment_setup', result.environment_setup],
    ['agent_setup', result.agent_setup],
    ['agent', result.agent_execution],
    ['verifier', result.verifier],
  ] as const;
  return timings.flatMap(([name, timing]) => {
    if (timing === null) return [];
    const startedAt = lenient.instant(timing.started_at);
    return [{ name, startedAt, finishedAt: lenient.instant(timing.finished_at) }];
  });
}

/** Zero output beside millions of input is a converter that does not count it (FORMATS: claude-code). */
function spentOf({ agent_result: spent }: TrialResult): Pick<Trial, 'tokens' | 'costUsd'> {
  const output =
    spent?.n_output_tokens === 0 && (spent.n_input_tokens ?? 0) > 0 ? null : spent?.n_output_tokens;
  return {
    tokens: tokensWithCacheInside(
      spent?.n_input_tokens ?? null,
      spent?.n_cache_tokens ?? null,
      null,
      output ?? null,
    ),
    costUsd: spent?.cost_usd ?? null,
  };
}
