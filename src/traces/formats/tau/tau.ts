/**
 * tau-bench (version 1) result files: an array of conversations between an agent and a simulated user. No
 * model, time or tokens are in the file. For tau2 see `tau2.ts`.
 */
import { z } from 'zod';
import { peek } from '../../read/peek.ts';
import { makeTrial, type Trial } from '../../trial.ts';
import { ALONE, type Format, type ReadOptions } from '../format.ts';
import { eachFile } from '../shared/each-file.ts';
import { attemptCounter, digest, stem } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';
import { appendMessage, readMessage } from '../shared/message.ts';
import { createTranscript } from '../shared/transcript.ts';

const FORMAT = 'tau-bench';

const Result = z.object({
  task_id: z.union([z.number(), z.string()]).transform(String),
  trial: lenient.number,
  reward: lenient.number,
  info: z
    .object({
      error: lenient.anything,
      task: z.object({ instruction: lenient.text }).nullable().catch(null),
      reward_info: lenient.object.nullable().catch(null),
    })
    .nullable()
    .catch(null),
  traj: lenient.list,
});
type Result = z.infer<typeof Result>;

/** Reads the array of a tau-bench file. */
function parseTauBench(value: unknown, path: string, options: ReadOptions): lenient.Parsed {
  const values = Array.isArray(value) ? value : [];
  const { fit, misfits } = lenient.fitting(Result, values);
  const identity = digest(lenient.asText(value));
  const nextAttempt = attemptCounter();
  const trials = fit.map(({ value: result, index }): Trial => {
    return makeTrial({
      id: `${FORMAT}:${identity}:${index}`,
      run: stem(path),
      task: result.task_id,
      // Resumed runs write a trial twice under one number: what counts is how often the task was tried.
      attempt: nextAttempt(result.task_id),
      ...verdict(result, options),
      instruction: result.info?.task?.instruction ?? null,
      stop: result.info?.error ? 'error' : 'unknown',
      steps: options.skipSteps ? [] : stepsOf(result.traj),
      source: { path, format: FORMAT },
    });
  });
  const problems: string[] = [];
  if (misfits > 0) problems.push(`${misfits} of ${values.length} results have no task_id and were left out`);
  return { trials, problems };
}

function verdict(
  result: Result,
  options: ReadOptions,
): Pick<Trial, 'outcome' | 'reason' | 'fault' | 'score' | 'verifier'> {
  const { reward, info } = result;
  // The runner catches what the environment or the API throws and writes a reward of 0 for it.
  if (info?.error) {
    const reason = `runner error: ${lenient.firstLine(lenient.asText(info.error))}`;
    return { outcome: 'invalid', reason, fault: 'environment', score: null, verifier: null };
  }
  if (reward === null) {
    return { outcome: 'invalid', reason: 'no reward', fault: 'unknown', score: null, verifier: null };
  }
  if (reward >= options.passThreshold) {
    return { outcome: 'pass', reason: null, fault: null, score: reward, verifier: null };
  }
  const judged = info?.reward_info?.info;
  const reason = judged === undefined ? 'the conversation did not end' : `reward ${reward}`;
  const verifier = judged === undefined ? null : { message: lenient.asText(judged), tests: [] };
  return { outcome: 'fail', reason, fault: 'agent', score: reward, verifier };
}

function stepsOf(messages: readonly unknown[]): Trial['steps'] {
  const transcript = createTranscript();
  for (const value of messages) {
    const message = readMessage(value);
    if (message !== null) appendMessage(transcript, message);
  }
  return transcript.steps();
}

function isResult(value: unknown): boolean {
  return (
    lenient.isObject(value) && 'task_id' in value && 'reward' in value && ('traj' in value || 'info' in value)
  );
}

export const tauBench: Format = {
  id: FORMAT,
  gives: 'trials',
  async claim(file) {
    const { value } = await peek(file);
    return Array.isArray(value) && value.slice(0, 3).some(isResult) ? ALONE : null;
  },
  read: eachFile(parseTauBench),
};
