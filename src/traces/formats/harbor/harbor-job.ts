/**
 * A Harbor job's `result.json`: its statistics name a verdict for every trial, also for those whose folders
 * were not uploaded.
 */
import { z } from 'zod';
import { makeTrial, type Trial } from '../../trial.ts';
import * as lenient from '../shared/lenient.ts';
import { harborVerdict } from './harbor-outcome.ts';
import { HARBOR, trialId } from './harbor-trial.ts';

/** Trial names by reward: `{"reward": {"0.0": ["a__x"], "1.0": [...]}}`. */
const NamesByKey = z.record(z.string(), z.array(z.string()).catch([])).catch({});

const Eval = z.object({
  reward_stats: z.record(z.string(), NamesByKey).catch({}),
  exception_stats: NamesByKey,
});

/**
 * Both shapes of the statistics: `n_trials`/`n_errors`, and from later versions on `n_completed_trials`,
 * `n_errored_trials` and the rest. The verdicts are in `evals` in both.
 */
export const JobResult = z.object({
  id: lenient.id,
  n_total_trials: lenient.amount,
  started_at: lenient.text,
  finished_at: lenient.text,
  stats: z.object({ evals: z.record(z.string(), Eval).catch({}) }),
  /** Left out by most versions. */
  trial_results: lenient.list,
});
export type JobResult = z.infer<typeof JobResult>;

const TaskNames = z.array(z.string()).nullable().catch(null);

/** The job's `config.json`, where it was uploaded. */
export const JobConfig = z.object({
  job_name: lenient.text,
  agents: z.array(z.object({ name: lenient.text, model_name: lenient.text })).catch([]),
  datasets: z.array(z.object({ task_names: TaskNames })).catch([]),
  tasks: z.array(z.object({ path: lenient.text })).catch([]),
});
export type JobConfig = z.infer<typeof JobConfig>;

/** A trial as the statistics name it. */
export interface Named {
  readonly trialName: string;
  readonly agent: string | null;
  readonly model: string | null;
  readonly rewards: Readonly<Record<string, number>> | null;
  readonly exception: string | null;
}

/** Every trial that a job's statistics name, once, in their order. */
export function namedTrials(job: JobResult, config: JobConfig | null): Named[] {
  const named = new Map<string, Named>();
  for (const [key, stats] of Object.entries(job.stats.evals)) {
    const treatment = treatmentOf(key, config);
    const note = (trialName: string, more: Partial<Named>) => {
      const known = named.get(trialName) ?? { trialName, ...treatment, rewards: null, exception: null };
      named.set(trialName, { ...known, ...more });
    };
    for (const [reward, byValue] of Object.entries(stats.reward_stats)) {
      for (const [value, names] of Object.entries(byValue)) {
        const number = Number(value);
        if (!Number.isFinite(number)) continue;
        for (const name of names) note(name, { rewards: { ...named.get(name)?.rewards, [reward]: number } });
      }
    }
    for (const [exception, names] of Object.entries(stats.exception_stats)) {
      for (const name of names) note(name, { exception });
    }
  }
  return [...named.values()];
}

/** `<agent>__<model>__<dataset>`, or `<agent>__<dataset>` where the agent has no model of its own. */
function treatmentOf(key: string, config: JobConfig | null): { agent: string | null; model: string | null } {
  const parts = key.split('__');
  const agent = parts[0] ?? null;
  const configured = config?.agents.filter(({ name }) => name === agent) ?? [];
  const [only] = configured.length > 0 ? configured : (config?.agents ?? []);
  const unique = configured.length === 1 || config?.agents.length === 1 ? only?.model_name : null;
  return { agent, model: unique ?? (parts.length > 2 ? (parts[1] ?? null) : null) };
}

export interface JobPlace {
  readonly path: string;
  readonly jobName: string | null;
  readonly passThreshold: number;
  /** Full names of tasks, to complete what trial names cut. */
  readonly tasks: Iterable<string>;
  nextAttempt(key: string): number;
}

/** A trial of which only the statistics are left. */
export function statedTrial(named: Named, job: JobResult, place: JobPlace): Trial {
  const { trialName, agent, model, rewards } = named;
  const task = taskOf(trialName, place.tasks);
  const exception = named.exception === null ? null : { type: named.exception, message: '' };
  const evidence = { rewards, exception, phases: null, verifierDisabled: false };
  return makeTrial({
    id: trialId(job.id, trialName, null),
    run: place.jobName ?? job.id,
    task,
    attempt: place.nextAttempt(attemptKey(job.id, task, agent, model)),
    ...harborVerdict(evidence, place.passThreshold),
    agent,
    model,
    source: { path: place.path, format: HARBOR },
  });
}

/** Attempts are counted within a job, a task and a treatment: Harbor numbers them nowhere. */
export function attemptKey(
  job: string | null,
  task: string,
  agent: string | null,
  model: string | null,
): string {
  return JSON.stringify([job, task, agent, model]);
}

/** Harbor cuts the task's name at this length before it appends `__` and seven random characters. */
const CUT = 32;

function taskOf(trialName: string, tasks: Iterable<string>): string {
  const at = trialName.lastIndexOf('__');
  const cut = at > 0 ? trialName.slice(0, at) : trialName;
  if (cut.length < CUT) return cut;
  const full = [...new Set(tasks)].filter((task) => lastPart(task).startsWith(cut));
  return full.length === 1 ? (full[0] ?? cut) : cut;
}

/** A task may be named `org/name`. */
function lastPart(task: string): string {
  return task.slice(task.lastIndexOf('/') + 1);
}

/** Task names that a job's configuration lists. */
export function configuredTasks(config: JobConfig | null): string[] {
  const listed = config?.datasets.flatMap(({ task_names: names }) => names ?? []) ?? [];
  const paths = config?.tasks.flatMap(({ path }) => (path === null ? [] : [lastPart(path)])) ?? [];
  return [...listed, ...paths];
}
