/** The jobs of a run, each after those that it needs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createCheck, updateCheck } from '../world/check.ts';
import type { Actor, App, Job } from '../world/model.ts';
import type { World } from '../world/world.ts';
import { groupOf } from './concurrency.ts';
import { announceRun, conclusionOf, type Execution, endJob, Unsupported } from './execution.ts';
import { condition } from './expression.ts';
import { type JobPlan, type RunSurroundings, runJob } from './job.ts';
import { planJob } from './plan.ts';
import { Runners } from './runners.ts';

interface Result {
  result: string;
  outputs: Record<string, string>;
}

/** What all runs share. */
export interface Hall {
  readonly world: World;
  /** GitHub Actions itself, which mirrors each job as a check run. */
  readonly app: App;
  readonly runners: Runners;
  /** Lines of the concurrency groups of single jobs, by repository and name. */
  readonly groups: Map<string, Runners>;
}

export class JobGraph {
  readonly #world: World;
  readonly #app: App;
  readonly #runners: Runners;
  readonly #groups: Map<string, Runners>;
  readonly #execution: Execution;
  readonly #surroundings: RunSurroundings;
  readonly #results = new Map<string, Promise<Result>>();
  #started: Promise<void> | undefined;

  constructor({ world, app, runners, groups }: Hall, execution: Execution, surroundings: RunSurroundings) {
    this.#world = world;
    this.#app = app;
    this.#runners = runners;
    this.#groups = groups;
    this.#execution = execution;
    this.#surroundings = surroundings;
  }

  async run(): Promise<void> {
    await Promise.all(Object.keys(this.#execution.file.jobs).map((key) => this.#result(key)));
  }

  #result(key: string): Promise<Result> {
    const known = this.#results.get(key) ?? this.#runKey(key);
    this.#results.set(key, known);
    return known;
  }

  /** The run is in progress from its first job on. */
  #start(): Promise<void> {
    this.#started ??= (async () => {
      this.#execution.run.status = 'in_progress';
      await announceRun(this.#world, this.#execution, 'in_progress');
      await sleep(this.#world.settings.delays.start);
    })();
    return this.#started;
  }

  /** Jobs that a partial re-run leaves alone appear in the new attempt as they ended in the last. */
  #carriedOver(key: string): Result {
    const { run } = this.#execution;
    const old = run.jobs.filter((job) => job.key === key && job.attempt === run.attempt - 1);
    run.jobs.push(...old.map((job): Job => ({ ...job, id: this.#world.nextId(), attempt: run.attempt })));
    return { result: conclusionOf(old), outputs: Object.assign({}, ...old.map((job) => job.outputs)) };
  }

  async #runKey(key: string): Promise<Result> {
    const { run, file, only, abort } = this.#execution;
    if (only !== 'all' && !only.has(key)) return this.#carriedOver(key);
    const job = file.jobs[key];
    if (job === undefined) throw new Error(`${run.workflow.path}: there is no job ${key} to need`);
    const needed = await Promise.all(
      job.needs.map(async (name) => [name, await this.#result(name)] as const),
    );
    const needs = Object.fromEntries(needed);
    const contexts = { ...this.#surroundings.contexts, needs };
    const state = {
      failed: needed.some(([, one]) => one.result !== 'success'),
      cancelled: abort.signal.aborted,
    };
    if (!condition(job.if, contexts, state)) {
      // A skipped matrix is never written out: its values may come from the job that failed.
      const [skipped] = planJob(
        this.#world,
        key,
        { ...job, strategy: undefined },
        file,
        contexts,
        run.attempt,
      );
      if (skipped !== undefined) {
        endJob(skipped.job, 'skipped');
        run.jobs.push(skipped.job);
      }
      return { result: 'skipped', outputs: {} };
    }
    const plans = planJob(this.#world, key, job, file, contexts, run.attempt);
    run.jobs.push(...plans.map((plan) => plan.job));
    const perform = (plan: JobPlan) => this.#runners.use(() => this.#runPlan(plan, needs));
    await Promise.all(plans.map((plan) => this.#inGroup(plan, () => perform(plan))));
    const jobs = plans.map((plan) => plan.job);
    return { result: conclusionOf(jobs), outputs: Object.assign({}, ...jobs.map((one) => one.outputs)) };
  }

  /** One job of a concurrency group at a time. A job that its `if` skips never comes here, as on GitHub. */
  async #inGroup({ file }: JobPlan, work: () => Promise<void>): Promise<void> {
    if (file.concurrency === undefined) return work();
    const { repository, contexts } = this.#surroundings;
    const { name, cancelInProgress, queue } = groupOf(file.concurrency, contexts);
    if (cancelInProgress || queue !== 'max') {
      throw new Unsupported('the stand-in has groups of single jobs with `queue: max` only');
    }
    const key = `${repository.id} ${name}`;
    const line = this.#groups.get(key) ?? new Runners(() => 1);
    this.#groups.set(key, line);
    await line.use(work);
  }

  async #runPlan(plan: JobPlan, needs: Readonly<Record<string, unknown>>): Promise<void> {
    const { repository, run, signal } = this.#surroundings;
    if (signal.aborted) {
      endJob(plan.job, 'cancelled');
      return;
    }
    await this.#start();
    const world = this.#world;
    const actor: Actor = {
      kind: 'workflow',
      repository,
      app: this.#app,
      user: this.#app.bot,
      permissions: {},
    };
    const fields = { name: plan.job.name, headSha: run.sha, status: 'in_progress' as const };
    const check = createCheck(world, repository, actor, this.#app, fields);
    await runJob(this.#surroundings, plan, needs);
    updateCheck(world, repository, actor, check, {
      status: 'completed',
      conclusion: plan.job.conclusion,
      completedAt: new Date(),
    });
  }
}
