/** GitHub Actions: starts runs, queues them by concurrency group, and sees them to their end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal, unprocessable } from '../refusal.ts';
import type { ActionsService } from '../server/route.ts';
import { repositoryShape } from '../shapes/repository.ts';
import { userShape } from '../shapes/user.ts';
import type { Actor, App, Artifact, Permissions, Repository, Run, User, Workflow } from '../world/model.ts';
import { type Happening, userOf, type World } from '../world/world.ts';
import { groupOf, nextOf, takeTurn } from './concurrency.ts';
import { announceRun, conclusionOf, type Execution, runContexts } from './execution.ts';
import { interpolateText } from './expression.ts';
import { JobGraph } from './graph.ts';
import { checkedInputs } from './inputs.ts';
import type { RunSurroundings } from './job.ts';
import { register, syncWorkflows, workflowsAt } from './registry.ts';
import { Runners } from './runners.ts';
import { createRunToken, createWorkflowToken } from './token.ts';
import { skipsWorkflows, startsOn, type WorkflowFile } from './workflow-file.ts';

const DAY = 86_400_000;

interface NewRun {
  repository: Repository;
  workflow: Workflow;
  file: WorkflowFile;
  event: string;
  sender: User;
  branch: string;
  sha: string;
  ref: string;
  payload: Record<string, unknown>;
  inputs: Record<string, unknown>;
  headRepository: Repository;
  pulls: number[];
}

export class Actions implements ActionsService {
  readonly #world: World;
  readonly #app: App;
  readonly #runners: Runners;
  readonly #groups = new Map<string, Runners>();
  readonly #executions = new Map<number, Execution>();
  #stopped = false;

  constructor(world: World, app: App) {
    this.#world = world;
    this.#app = app;
    this.#runners = new Runners(() => world.settings.runners);
    world.onHappening((happening) => {
      if (happening.byWorkflow === true || happening.repository === undefined) return;
      world.background(this.#trigger(happening, happening.repository));
    });
  }

  /** Ends all runs; nothing of a test may outlive it. */
  stop(): void {
    this.#stopped = true;
    for (const execution of this.#executions.values()) execution.abort.abort();
  }

  /** A GITHUB_TOKEN, for a test that plays the runner itself. */
  token(repository: Repository, permissions: Permissions): string {
    return createWorkflowToken(this.#world, repository, this.#app, permissions);
  }

  syncWorkflows(repository: Repository): Promise<void> {
    return syncWorkflows(this.#world, repository);
  }

  /** Starts a run by hand. Throws GitHub's 422 for an unknown ref, a missing trigger or wrong inputs. */
  async dispatch(
    repository: Repository,
    actor: Actor,
    path: string,
    ref: string,
    given: Record<string, unknown>,
  ): Promise<number> {
    const { git } = repository;
    const branch = ref.replace(/^refs\/heads\//, '');
    const sha = git.ref(`refs/heads/${branch}`) ?? git.ref(`refs/tags/${branch}`);
    if (sha === undefined) throw unprocessable(`No ref found for: ${ref}`);
    const workflow = repository.workflows.get(path);
    if (workflow === undefined) throw new Refusal(404, 'Not Found');
    if (workflow.state !== 'active') {
      throw unprocessable("Cannot trigger a 'workflow_dispatch' on a disabled workflow");
    }
    const file = (await workflowsAt(repository, sha)).find((one) => one.path === path)?.file;
    const trigger = file?.on.workflow_dispatch;
    if (file === undefined || trigger === undefined) {
      throw unprocessable("Workflow does not have 'workflow_dispatch' trigger");
    }
    const inputs = checkedInputs(trigger.inputs ?? {}, given);
    const sender = userOf(actor);
    const payload = {
      ref: `refs/heads/${branch}`,
      workflow: path,
      inputs,
      repository: repositoryShape(this.#world, repository),
      sender: userShape(this.#world, sender),
    };
    return this.#start({
      repository,
      workflow,
      file,
      event: 'workflow_dispatch',
      sender,
      branch,
      sha,
      ref: `refs/heads/${branch}`,
      payload,
      inputs,
      headRepository: repository,
      pulls: [],
    });
  }

  /** Where workflows that this happening starts would run; undefined if it starts none. */
  async #place({ event, at }: Happening, repository: Repository) {
    const { git, defaultBranch } = repository;
    if (!['push', 'create', 'pull_request'].includes(event)) {
      const sha = git.ref(`refs/heads/${defaultBranch}`);
      return sha === undefined ? undefined : { sha, ref: `refs/heads/${defaultBranch}` };
    }
    if (at === undefined) return undefined;
    const skipped = event !== 'create' && skipsWorkflows((await git.commit(at.sha)).message);
    return skipped ? undefined : at;
  }

  async #trigger(happening: Happening, repository: Repository): Promise<void> {
    const place = await this.#place(happening, repository);
    if (place === undefined) return;
    await syncWorkflows(this.#world, repository);
    const { event, sender, action, at } = happening;
    const pull =
      event === 'pull_request' && at?.pull !== undefined ? repository.issues.get(at.pull) : undefined;
    for (const entry of await workflowsAt(repository, place.sha)) {
      if (entry.file === undefined || !startsOn(entry.file, happening)) continue;
      const workflow = register(this.#world, repository, entry);
      if (workflow.state !== 'active') continue;
      const payload = {
        ...(action === undefined ? {} : { action }),
        repository: repositoryShape(this.#world, repository),
        sender: userShape(this.#world, sender),
        ...happening.payload,
      };
      this.#start({
        repository,
        workflow,
        file: entry.file,
        event,
        sender,
        branch: pull?.pull?.head.ref ?? place.ref.replace('refs/heads/', ''),
        sha: place.sha,
        ref: place.ref,
        payload,
        inputs: {},
        headRepository: pull?.pull?.head.repository ?? repository,
        pulls: pull === undefined ? [] : [pull.number],
      });
    }
  }

  /** Makes the run and lets it go on in the background; returns its id. */
  #start(input: NewRun): number {
    const { repository, workflow, file, sender, payload, inputs, ref } = input;
    const now = new Date();
    workflow.runs += 1;
    const run: Run = {
      id: this.#world.nextId(),
      workflow,
      number: workflow.runs,
      attempt: 1,
      event: input.event,
      branch: input.branch,
      sha: input.sha,
      headRepository: input.headRepository,
      status: 'queued',
      conclusion: null,
      title: workflow.name,
      actor: sender,
      triggeringActor: sender,
      pulls: input.pulls,
      jobs: [],
      attempts: [],
      group: null,
      createdAt: now,
      startedAt: now,
      updatedAt: now,
    };
    repository.runs.set(run.id, run);
    const abort = new AbortController();
    const execution: Execution = { run, repository, file, payload, inputs, ref, abort, only: 'all' };
    this.#executions.set(run.id, execution);
    if (file['run-name'] !== undefined) {
      run.title = interpolateText(file['run-name'], runContexts(this.#world, execution, ''));
    }
    this.#world.background(this.#begin(execution));
    return run.id;
  }

  /** Announces a new run and lets it wait for its turn in its concurrency group. */
  async #begin(execution: Execution): Promise<void> {
    const { run, file } = execution;
    if (file.concurrency !== undefined) {
      run.group = groupOf(file.concurrency, runContexts(this.#world, execution, ''));
      const turn = takeTurn(run, [...execution.repository.runs.values()]);
      for (const one of turn.cancel) this.cancel(execution.repository, one.id);
      if (turn.waits) run.status = 'pending';
    }
    // GitHub announces no re-run as requested.
    if (run.attempt === 1) await announceRun(this.#world, execution, 'requested');
    if (run.status === 'queued') await this.#perform(execution);
  }

  #releaseGroup(repository: Repository, name: string): void {
    const next = nextOf(name, [...repository.runs.values()]);
    const execution = next === undefined ? undefined : this.#executions.get(next.id);
    if (execution === undefined) return;
    execution.run.status = 'queued';
    this.#world.background(this.#perform(execution));
  }

  async #perform(execution: Execution): Promise<void> {
    const { run, repository, abort } = execution;
    await sleep(this.#world.settings.delays.queue);
    try {
      if (!abort.signal.aborted) {
        const surroundings = this.#surroundings(execution);
        const hall = { world: this.#world, app: this.#app, runners: this.#runners, groups: this.#groups };
        await new JobGraph(hall, execution, surroundings).run();
      }
    } finally {
      const jobs = run.jobs.filter((job) => job.attempt === run.attempt);
      run.conclusion = abort.signal.aborted ? 'cancelled' : conclusionOf(jobs);
      run.status = 'completed';
      if (!this.#stopped) {
        await announceRun(this.#world, execution, 'completed');
        if (run.group !== null) this.#releaseGroup(repository, run.group.name);
      }
    }
  }

  #surroundings(execution: Execution): RunSurroundings {
    const { run, repository, payload, abort } = execution;
    const token = createRunToken(this.#world, execution, this.#app);
    return {
      world: this.#world,
      repository,
      run,
      payload,
      token,
      contexts: runContexts(this.#world, execution, token),
      signal: abort.signal,
      addArtifact: (fields, days) => this.#addArtifact(execution, fields, days),
    };
  }

  #addArtifact(
    { run, repository }: Execution,
    fields: Pick<Artifact, 'name' | 'file' | 'size' | 'digest'>,
    days: number,
  ): Artifact | undefined {
    const { attempt } = run;
    const taken = [...repository.artifacts.values()].some(
      (one) => one.run === run && one.attempt === attempt && one.name === fields.name,
    );
    if (taken) return undefined;
    const createdAt = new Date();
    const expiresAt = new Date(createdAt.getTime() + days * DAY);
    const id = this.#world.nextId();
    const artifact: Artifact = { id, run, attempt, ...fields, expired: false, createdAt, expiresAt };
    repository.artifacts.set(id, artifact);
    return artifact;
  }

  /** Cancels a run; one that has not begun ends at once. */
  cancel(repository: Repository, id: number): void {
    const run = repository.runs.get(id);
    const execution = this.#executions.get(id);
    if (run === undefined || execution === undefined) return;
    execution.abort.abort();
    if (run.status !== 'pending') return;
    run.status = 'completed';
    run.conclusion = 'cancelled';
    this.#world.background(announceRun(this.#world, execution, 'completed'));
  }

  /** Runs a completed run again, as a further attempt under the same id. */
  rerun(repository: Repository, id: number, actor: Actor, failedOnly: boolean): void {
    const run = repository.runs.get(id);
    const old = this.#executions.get(id);
    if (run === undefined || old === undefined) throw new Refusal(404, 'Not Found');
    const only = failedOnly ? failedJobs(old) : 'all';
    // After a full re-run the artifacts of earlier attempts can no longer be had (actions/upload-artifact#585).
    for (const artifact of [...repository.artifacts.values()]) {
      if (only === 'all' && artifact.run === run) repository.artifacts.delete(artifact.id);
    }
    run.attempts.push({ ...run });
    run.attempt += 1;
    run.status = 'queued';
    run.conclusion = null;
    run.triggeringActor = userOf(actor);
    run.startedAt = new Date();
    const execution: Execution = { ...old, abort: new AbortController(), only };
    this.#executions.set(id, execution);
    this.#world.background(this.#begin(execution));
  }
}

/** The keys of the jobs that failed in the last attempt, with all that need them; all if none had begun. */
function failedJobs({ run, file }: Execution): Set<string> | 'all' {
  const last = run.jobs.filter((job) => job.attempt === run.attempt);
  if (last.length === 0) return 'all';
  const keys = new Set(last.filter((job) => job.conclusion !== 'success').map((job) => job.key));
  for (let before = -1; before !== keys.size; ) {
    before = keys.size;
    for (const [key, job] of Object.entries(file.jobs)) {
      if (job.needs.some((need) => keys.has(need))) keys.add(key);
    }
  }
  return keys;
}
