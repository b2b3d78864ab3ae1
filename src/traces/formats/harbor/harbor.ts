/**
 * Harbor jobs (Terminal-Bench 2 and everything else that Harbor runs): a folder a job, a folder a trial.
 *
 * Files are recognised by what is in them, so a job, a single trial or a loose result can be read. A job's
 * statistics fill in the trials whose folders are missing.
 */

import { folderOf } from '../../archive/tree.ts';
import { jsonValue, messageOf, misfit } from '../../json.ts';
import { mergeTrajectory, type Trajectory } from '../../read/join.ts';
import { peek } from '../../read/peek.ts';
import type { Trial, VerifierDetail } from '../../trial.ts';
import type { Format, ReadContext, TraceFile } from '../format.ts';
import { ahead } from '../shared/ahead.ts';
import { attemptCounter } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';
import { readAtif } from './atif.ts';
import { attemptKey, configuredTasks, JobConfig, JobResult, namedTrials, statedTrial } from './harbor-job.ts';
import {
  agentOf,
  HARBOR,
  harborTrial,
  jobName,
  rewardsOf,
  TrialConfig,
  TrialResult,
} from './harbor-trial.ts';
import { readRewards, readVerifier } from './harbor-verifier.ts';

/** Trials in work at once: one is parsed while the next one inflates. */
const WIDTH = 2;

export const harbor: Format = {
  id: HARBOR,
  gives: 'verdicts',

  async claim(file) {
    const { value } = await peek(file);
    const kind = kindOf(value);
    if (kind === null) return null;
    const folder = folderOf(file.path);
    return { owns: (kind === 'job' ? JOB_FILES : TRIAL_FILES).map((name) => folder + name) };
  },

  async *read(files, context) {
    const jobs = new Map<string, Job>();
    const nextAttempt = attemptCounter();
    const tasks = new Set<string>();
    for await (const loaded of ahead(files, WIDTH, (file) => load(file, context))) {
      if (loaded?.kind === 'job') jobs.set(loaded.folder, loaded);
      if (loaded?.kind !== 'trial') continue;
      const job = jobs.get(parentOf(loaded.folder));
      job?.read.add(loaded.result.trial_name);
      tasks.add(loaded.result.task_name);
      yield toTrial(loaded, job, nextAttempt, context);
    }
    for (const job of jobs.values()) yield* missingTrials(job, tasks, nextAttempt, context);
  },
};

const JOB_FILES = ['config.json', 'job.log'];
const TRIAL_FILES = ['config.json', 'trial.log', 'exception.txt', 'agent/', 'verifier/', 'artifacts/'];

/** What agents leave in their own format, where Harbor made no ATIF of it. */
const AGENT_LOGS = ['claude-code.txt', 'codex.txt', 'mini-swe-agent.trajectory.json'];

/** What a JSON value is, by the keys that Harbor gives it. */
function kindOf(value: unknown): 'trial' | 'unfinished' | 'job' | null {
  if (!lenient.isObject(value)) return null;
  if (typeof value.trial_name === 'string') {
    if (typeof value.task_name === 'string' && ('config' in value || 'trial_uri' in value)) return 'trial';
    if ('trials_dir' in value && 'agent' in value) return 'unfinished';
  }
  if ('n_total_trials' in value && lenient.isObject(value.stats)) return 'job';
  return lenient.isObject(value.stats) && lenient.isObject(value.stats.evals) ? 'job' : null;
}

/** A trial with all that lies in its folder. */
interface LoadedTrial {
  readonly kind: 'trial';
  readonly path: string;
  readonly folder: string;
  readonly result: TrialResult;
  readonly rewardFile: Readonly<Record<string, number>> | null;
  readonly verifier: VerifierDetail | null;
  readonly told: Trajectory | null;
}

interface Job {
  readonly kind: 'job';
  readonly path: string;
  readonly folder: string;
  readonly result: JobResult;
  readonly config: JobConfig | null;
  /** Names of trials that were read from their own files. */
  readonly read: Set<string>;
}

/** Reads a file and what belongs to it. What is wrong becomes a problem of that file, and undefined. */
async function load(file: TraceFile, context: ReadContext): Promise<LoadedTrial | Job | undefined> {
  try {
    const value = await jsonValue(file);
    const kind = kindOf(value);
    if (kind === 'job') return await loadJob(file, value, context);
    if (kind === 'unfinished') return await loadUnfinished(file, value, context);
    const parsed = TrialResult.safeParse(value);
    if (parsed.success) return await loadTrial(file.path, parsed.data, context);
    context.problem(file.path, misfit(parsed.error));
  } catch (error) {
    context.problem(file.path, messageOf(error));
  }
  return undefined;
}

async function loadJob(file: TraceFile, value: unknown, context: ReadContext): Promise<Job | undefined> {
  const parsed = JobResult.safeParse(value);
  if (!parsed.success) {
    context.problem(file.path, misfit(parsed.error));
    return undefined;
  }
  const folder = folderOf(file.path);
  const configFile = context.tree.get(`${folder}config.json`);
  const config = configFile === undefined ? null : JobConfig.safeParse(await jsonValue(configFile)).data;
  return {
    kind: 'job',
    path: file.path,
    folder,
    result: parsed.data,
    config: config ?? null,
    read: new Set(),
  };
}

async function loadTrial(path: string, result: TrialResult, context: ReadContext): Promise<LoadedTrial> {
  const folder = folderOf(path);
  const stated = rewardsOf(result.verifier_result?.rewards);
  // A verifier that broke may have left a stale reward behind.
  const mayAsk = stated === null && !/^(?:Verifier|Reward)/.test(result.exception_info?.exception_type ?? '');
  const rewardFile = mayAsk ? await readRewards(folder, context) : null;
  const passed = (stated ?? rewardFile)?.reward === 1;
  const [verifier, told] = await Promise.all([
    readVerifier(folder, passed, context),
    loadTrajectory(folder, context),
  ]);
  return { kind: 'trial', path, folder, result, rewardFile, verifier, told };
}

async function loadTrajectory(folder: string, context: ReadContext): Promise<Trajectory | null> {
  if (context.options.skipSteps) return null;
  const file = context.tree.get(`${folder}agent/trajectory.json`);
  if (file !== undefined) return readAtif(file, context, () => undefined);
  for (const log of AGENT_LOGS) {
    const found = await context.trajectory(`${folder}agent/${log}`);
    if (found !== null && found.steps.length > 0) return found;
  }
  return null;
}

/** A trial folder without a result: the job was killed, or only a part was uploaded. */
async function loadUnfinished(
  file: TraceFile,
  value: unknown,
  context: ReadContext,
): Promise<LoadedTrial | undefined> {
  const config = TrialConfig.parse(value);
  const folder = folderOf(file.path);
  if (config.trial_name === null || context.tree.get(`${folder}result.json`) !== undefined) return undefined;
  const task = config.task?.name ?? config.task?.path?.split('/').filter(Boolean).at(-1);
  const named = {
    trial_name: config.trial_name,
    task_name: task ?? config.trial_name.replace(/__[^_]*$/, ''),
  };
  return loadTrial(file.path, TrialResult.parse({ ...named, config }), context);
}

function toTrial(
  loaded: LoadedTrial,
  job: Job | undefined,
  nextAttempt: (key: string) => number,
  context: ReadContext,
): Trial {
  const { result, path, rewardFile, verifier, told } = loaded;
  const { agent, model } = agentOf(result);
  const jobId = result.config?.job_id ?? job?.result.id ?? null;
  const trial = harborTrial(result, {
    path,
    attempt: nextAttempt(attemptKey(jobId ?? jobName(result.config), result.task_name, agent, model)),
    job: { id: jobId, name: job?.config?.job_name ?? null },
    rewardFile,
    passThreshold: context.options.passThreshold,
  });
  const verified = { ...trial, verifier };
  return told === null ? verified : mergeTrajectory(verified, told);
}

/** Trials that only the job names: in `trial_results` where the version writes them, else in the statistics. */
async function* missingTrials(
  job: Job,
  tasks: ReadonlySet<string>,
  nextAttempt: (key: string) => number,
  context: ReadContext,
): AsyncGenerator<Trial> {
  const { path, folder, result, config, read } = job;
  for (const value of result.trial_results) {
    const inner = TrialResult.safeParse(value).data;
    if (inner === undefined || read.has(inner.trial_name)) continue;
    read.add(inner.trial_name);
    const loaded = await loadTrial(`${folder}${inner.trial_name}/result.json`, inner, context);
    yield toTrial({ ...loaded, path }, job, nextAttempt, context);
  }
  const place = {
    path,
    jobName: config?.job_name ?? null,
    passThreshold: context.options.passThreshold,
    tasks: [...tasks, ...configuredTasks(config)],
    nextAttempt,
  };
  for (const named of namedTrials(result, config)) {
    if (read.has(named.trialName)) continue;
    read.add(named.trialName);
    const trial = statedTrial(named, result, place);
    const told = await loadTrajectory(`${folder}${named.trialName}/`, context);
    context.consume(`${folder}${named.trialName}/agent/`);
    yield told === null ? trial : mergeTrajectory(trial, told);
  }
  const total = result.n_total_trials ?? 0;
  if (read.size < total) {
    context.problem(
      path,
      `the job counts ${total} trials, but only ${read.size} are named in it or have a folder`,
    );
  }
}

function parentOf(folder: string): string {
  return folderOf(folder.slice(0, -1));
}
