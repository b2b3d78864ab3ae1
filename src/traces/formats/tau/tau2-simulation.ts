/**
 * One tau2 simulation: a conversation, how it ended and what each check gave.
 */
import { z } from 'zod';
import {
  makeTrial,
  type Stop,
  type Tokens,
  type Trial,
  UNKNOWN_TOKENS,
  type VerifierDetail,
} from '../../trial.ts';
import { type ReadOptions, unlabelled } from '../format.ts';
import * as lenient from '../shared/lenient.ts';
import { appendMessage, readMessage } from '../shared/message.ts';
import { addTokens, tokensWithCacheInside } from '../shared/tokens.ts';
import { createTranscript } from '../shared/transcript.ts';
import type { RunOfSimulations } from './tau2.ts';

const Check = z.object({
  action: z.object({ name: lenient.text, arguments: lenient.anything }).nullable().catch(null),
  action_match: lenient.flag,
  env_assertion: z.object({ func_name: lenient.text }).nullable().catch(null),
  nl_assertion: lenient.text,
  info: lenient.anything,
  met: lenient.flag,
  justification: lenient.text,
});
const checks = z.array(Check).nullable().catch(null);

const RewardInfo = z.object({
  reward: z.number(),
  db_check: z.object({ db_match: lenient.flag }).nullable().catch(null),
  action_checks: checks,
  env_assertions: checks,
  nl_assertions: checks,
  communicate_checks: checks,
  reward_basis: z.array(z.string()).nullable().catch(null),
  reward_breakdown: z.record(z.string(), z.number()).nullable().catch(null),
  info: lenient.anything,
});
type RewardInfo = z.infer<typeof RewardInfo>;

/** A simulation, or the entry of an index that stands for one. */
export const Simulation = z.object({
  id: lenient.text,
  task_id: z.union([z.string().min(1), z.number().transform(String)]),
  trial: lenient.number,
  start_time: lenient.moment,
  end_time: lenient.moment,
  termination_reason: lenient.text,
  agent_cost: lenient.amount,
  reward_info: RewardInfo.nullable().catch(null),
  /** Only in an index. */
  reward: lenient.number,
  messages: lenient.list,
  review: z.object({ critical_user_error: lenient.flag }).nullable().catch(null),
  user_only_review: z.object({ critical_user_error: lenient.flag }).nullable().catch(null),
});
type Simulation = z.infer<typeof Simulation>;

const STOPS: Readonly<Record<string, Stop>> = {
  user_stop: 'finished',
  agent_stop: 'finished',
  max_steps: 'step_limit',
  timeout: 'timeout',
  too_many_errors: 'error',
  agent_error: 'error',
  user_error: 'error',
  infrastructure_error: 'error',
  context_window_exceeded: 'context_limit',
  unexpected_error: 'error',
};

/** Ends that say nothing about the agent. */
const NOT_THE_AGENT = new Set(['infrastructure_error', 'user_error', 'unexpected_error']);

/** The trial of one simulation. Tasks are `domain/task`: ids are small numbers that repeat over domains. */
export function simulationTrial(
  simulation: Simulation,
  run: RunOfSimulations,
  attempt: number,
  path: string,
  options: ReadOptions,
): Trial {
  const task = run.domain === null ? simulation.task_id : `${run.domain}/${simulation.task_id}`;
  return makeTrial({
    id: `tau2:${simulation.id ?? `${run.run}:${task}:${attempt}`}`,
    run: run.run,
    task,
    attempt,
    ...verdict(simulation, options),
    agent: run.agent,
    model: run.model,
    startedAt: simulation.start_time,
    finishedAt: simulation.end_time,
    tokens: agentTokens(simulation.messages),
    costUsd: simulation.agent_cost,
    instruction: run.instructions.get(simulation.task_id) ?? null,
    stop: STOPS[simulation.termination_reason ?? ''] ?? 'unknown',
    steps: options.skipSteps ? [] : stepsOf(simulation.messages),
    source: { path, format: 'tau2' },
  });
}

function verdict(
  simulation: Simulation,
  options: ReadOptions,
): Pick<Trial, 'outcome' | 'reason' | 'fault' | 'score' | 'verifier'> {
  const { reward_info: info, termination_reason: ending } = simulation;
  const reward = info?.reward ?? simulation.reward;
  const verifier = info === null ? null : verifierOf(info);
  if (ending !== null && NOT_THE_AGENT.has(ending)) {
    return { outcome: 'invalid', reason: ending, fault: 'environment', score: null, verifier };
  }
  if (reward === null) {
    // tau2 leaves an overflowed context out of its rates, as it does infrastructure errors.
    if (ending === null || STOPS[ending] === 'finished') return unlabelled;
    return { outcome: 'invalid', reason: `no reward (${ending})`, fault: 'unknown', score: null, verifier };
  }
  if (reward >= options.passThreshold)
    return { outcome: 'pass', reason: null, fault: null, score: reward, verifier };
  const user = simulation.review?.critical_user_error || simulation.user_only_review?.critical_user_error;
  const lost = Object.entries(info?.reward_breakdown ?? {}).filter(([, part]) => part < 1);
  const reason =
    lost.length > 0 ? `lost on ${lost.map(([name]) => name).join(', ')}` : (ending ?? `reward ${reward}`);
  return {
    outcome: 'fail',
    reason: user ? `${reason} (the review finds a critical error of the simulated user)` : reason,
    fault: user ? 'environment' : 'agent',
    score: reward,
    verifier,
  };
}

/** The checks that the reward is made of; tau2 also runs checks that count for nothing. */
function verifierOf(info: RewardInfo): VerifierDetail {
  const counts = (part: string) => info.reward_basis === null || info.reward_basis.includes(part);
  const tests: VerifierDetail['tests'] = [];
  const add = (name: string, passed: boolean | null, message: string | null) => {
    if (passed !== null)
      tests.push({ name, status: passed ? 'pass' : 'fail', message: passed ? null : message });
  };
  if (counts('DB')) add('DB', info.db_check?.db_match ?? null, 'the database is not in the expected state');
  for (const { action, action_match } of counts('ACTION') ? (info.action_checks ?? []) : []) {
    const call = `${action?.name ?? 'action'}(${lenient.asText(action?.arguments)})`;
    add(`ACTION ${call}`, action_match, 'not called as expected');
  }
  for (const { env_assertion, met } of counts('ENV_ASSERTION') ? (info.env_assertions ?? []) : []) {
    add(`ENV_ASSERTION ${env_assertion?.func_name ?? ''}`.trim(), met, 'does not hold');
  }
  for (const { nl_assertion, met, justification } of counts('NL_ASSERTION')
    ? (info.nl_assertions ?? [])
    : []) {
    add(`NL_ASSERTION ${nl_assertion ?? ''}`.trim(), met, justification);
  }
  for (const { info: what, met, justification } of counts('COMMUNICATE')
    ? (info.communicate_checks ?? [])
    : []) {
    add(`COMMUNICATE ${lenient.asText(what)}`.trim(), met, justification);
  }
  const breakdown = Object.entries(info.reward_breakdown ?? {}).map(([name, part]) => `${name} ${part}`);
  const note = lenient.isObject(info.info) && typeof info.info.note === 'string' ? info.info.note : null;
  return { message: breakdown.length > 0 ? breakdown.join(' × ') : note, tests };
}

function stepsOf(messages: readonly unknown[]): Trial['steps'] {
  const transcript = createTranscript();
  for (const value of messages) {
    // Voice runs bundle the answers to one turn's calls.
    const bundled =
      lenient.isObject(value) && Array.isArray(value.tool_messages) ? value.tool_messages : [value];
    for (const one of bundled) {
      const message = readMessage(one);
      if (message !== null) appendMessage(transcript, message);
    }
  }
  return transcript.steps();
}

const Usage = z.object({
  role: z.literal('assistant'),
  usage: z.object({ prompt_tokens: lenient.amount, completion_tokens: lenient.amount }),
  raw_data: z
    .object({
      usage: z
        .object({ prompt_tokens_details: z.object({ cached_tokens: lenient.amount }).nullable().catch(null) })
        .nullable()
        .catch(null),
    })
    .nullable()
    .catch(null),
});

function agentTokens(messages: readonly unknown[]): Tokens {
  return lenient.fitting(Usage, messages).fit.reduce((total, { value: { usage, raw_data } }) => {
    const cached = raw_data?.usage?.prompt_tokens_details?.cached_tokens ?? null;
    return addTokens(
      total,
      tokensWithCacheInside(usage.prompt_tokens, cached, null, usage.completion_tokens),
    );
  }, UNKNOWN_TOKENS);
}
