/**
 * Whose verdict a Harbor trial is: pass, fail, or nobody's because the machine or the verifier broke.
 */
import type { Fault, Stop, Trial } from '../../trial.ts';

/** What a trial left behind, as far as it bears on the verdict. */
export interface Evidence {
  /** Rewards by name; null where the verifier did not finish. */
  readonly rewards: Readonly<Record<string, number>> | null;
  readonly exception: { readonly type: string; readonly message: string } | null;
  /** Which phases began and ended; null where only the job's statistics are known. */
  readonly phases: PhasesSeen | null;
  readonly verifierDisabled: boolean;
}

interface PhasesSeen {
  readonly agentStarted: boolean;
  readonly agentFinished: boolean;
  readonly verifierStarted: boolean;
  readonly finished: boolean;
}

export type Verdict = Pick<Trial, 'outcome' | 'reason' | 'fault' | 'score' | 'stop'>;

/**
 * The verdict. A reward decides, with or without an exception: Harbor verifies after an agent's timeout, and
 * timeouts can pass. Only where the agent never ran, or its model could not be reached, is a reward below
 * the threshold not held against it. Without a reward there is no verdict, and the phase tells who is at
 * fault.
 */
export function harborVerdict(evidence: Evidence, passThreshold: number): Verdict {
  const { rewards, exception, phases } = evidence;
  const score = rewards === null ? null : rewardOf(rewards);
  const stop = stopOf(exception?.type ?? null, phases);
  if (score === null) return { ...withoutReward(evidence), score, stop };
  if (score >= passThreshold) {
    const reason = exception === null ? null : `passed despite ${describe(exception)}`;
    return { outcome: 'pass', reason, fault: null, score, stop };
  }
  if (exception !== null && (phases?.agentStarted === false || isMachine(exception))) {
    return { outcome: 'invalid', reason: describe(exception), fault: 'environment', score, stop };
  }
  const reason = exception === null ? `reward ${score}` : `reward ${score}, ${describe(exception)}`;
  return { outcome: 'fail', reason, fault: 'agent', score, stop };
}

/**
 * One number from a reward file: `reward` where there is one. A reward.json may name several criteria
 * instead; then the lowest counts, because a trial passes when all of them do.
 */
function rewardOf(rewards: Readonly<Record<string, number>>): number | null {
  if (rewards.reward !== undefined) return rewards.reward;
  const values = Object.values(rewards);
  return values.length === 0 ? null : Math.min(...values);
}

function withoutReward(evidence: Evidence): Pick<Verdict, 'outcome' | 'reason' | 'fault'> {
  const { exception, phases, verifierDisabled } = evidence;
  if (exception !== null) {
    return { outcome: 'invalid', reason: describe(exception), fault: faultOf(exception, phases) };
  }
  if (verifierDisabled) return { outcome: 'invalid', reason: 'the verifier was disabled', fault: 'unknown' };
  if (phases !== null && !phases.finished) {
    return { outcome: 'invalid', reason: 'the trial did not finish', fault: 'environment' };
  }
  return { outcome: 'invalid', reason: 'no reward and no exception', fault: 'verifier' };
}

const VERIFIER = /^(?:Verifier|Reward|AddTests|DownloadVerifier)/;
const BEFORE_THE_AGENT = /^(?:Environment|AgentSetup)/;
const CANCELLED = /^(?:CancelledError|KeyboardInterrupt)$/;

/**
 * Exceptions of the machine, the network or the model's API: httpx and litellm name them so. The agent can
 * cause none of them.
 */
const MACHINE =
  /(?:Protocol|Connect|Connection|Network|Proxy|RateLimit|ServiceUnavailable|InternalServer|Overloaded|APITimeout|APIStatus|Authentication|PermissionDenied|Sandbox|Docker|Daytona|OSError|BrokenPipe|ConnectionReset)\w*(?:Error|Exception)?$|^API(?:Connection)?Error$/;

function isMachine({ type }: { readonly type: string }): boolean {
  return BEFORE_THE_AGENT.test(type) || CANCELLED.test(type) || MACHINE.test(type);
}

function faultOf(exception: { readonly type: string }, phases: PhasesSeen | null): Fault {
  const { type } = exception;
  if (VERIFIER.test(type)) return 'verifier';
  if (isMachine(exception)) return 'environment';
  if (/^(?:AgentTimeout|NonZeroAgentExitCode)/.test(type)) return 'agent';
  if (phases === null) return 'unknown';
  if (!phases.agentStarted) return 'environment';
  if (phases.agentFinished && phases.verifierStarted) return 'verifier';
  return phases.agentFinished ? 'environment' : 'agent';
}

function stopOf(type: string | null, phases: PhasesSeen | null): Stop {
  if (type === null) return phases?.agentFinished === true ? 'finished' : 'unknown';
  if (/^AgentTimeout/.test(type)) return 'timeout';
  if (CANCELLED.test(type)) return 'cancelled';
  if (/ContextLength|ContextWindow/.test(type)) return 'context_limit';
  if (phases?.agentFinished === true) return 'finished';
  return 'error';
}

function describe({ type, message }: { readonly type: string; readonly message: string }): string {
  const line = message.trim().split('\n', 1)[0] ?? '';
  return line === '' ? type : `${type}: ${line.length > 200 ? `${line.slice(0, 199)}…` : line}`;
}
