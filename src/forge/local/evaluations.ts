/**
 * Evaluations of this process. One that an earlier process left unfinished is run again from its start.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { SimpleGit } from 'simple-git';
import { type EvaluationHandle, type EvaluationOrder, type EvaluationState, ForgeError } from '../forge.ts';
import { type EvaluationPlace, endedState, type Groups, runEvaluation } from './evaluation.ts';
import { addWorktree, pruneWorktrees, SharedWorktrees } from './worktrees.ts';

interface Running {
  readonly done: Promise<EvaluationState>;
  /** Of a plan. */
  readonly groups: Groups | null;
  abort(): Promise<void>;
}

export class Evaluations {
  readonly #git: SimpleGit;
  readonly #data: string;
  readonly #parallel: number;
  readonly #shared: SharedWorktrees;
  readonly #running = new Map<string, Running>();
  readonly #waiting: (() => void)[] = [];
  #active = 0;
  #aborted = false;

  /** @param parallel commands that run at once */
  constructor(git: SimpleGit, data: string, parallel: number) {
    this.#git = git;
    this.#data = data;
    this.#parallel = parallel;
    this.#shared = new SharedWorktrees(git, path.join(data, 'worktrees'));
  }

  place(order: EvaluationOrder): EvaluationPlace {
    const { campaign } = order.request;
    return {
      directory: path.join(this.#data, 'evaluations', campaign, order.key),
      worktree: path.join(this.#data, 'worktrees', `${campaign}-${order.key}`),
    };
  }

  async start(order: EvaluationOrder): Promise<EvaluationHandle> {
    return { key: order.key, id: `${order.request.campaign}/${order.key}`, url: null, order };
  }

  async state(handle: EvaluationHandle, waitMs: number): Promise<EvaluationState> {
    const ended = await endedState(this.place(handle.order));
    if (ended !== null) return ended;
    const running = this.#running.get(handle.id) ?? this.#launch(handle);
    const timer = Promise.withResolvers<null>();
    const timeout = setTimeout(() => timer.resolve(null), waitMs);
    try {
      const state = await Promise.race([running.done, timer.promise]);
      if (this.#aborted) throw new ForgeError('interrupted', null, true);
      if (state !== null) return state;
      return running.groups === null ? { status: 'running' } : { status: 'running', groups: running.groups };
    } finally {
      clearTimeout(timeout);
    }
  }

  async stop(handles: readonly EvaluationHandle[]): Promise<void> {
    for (const handle of handles) {
      await this.#running.get(handle.id)?.abort();
      await rm(this.place(handle.order).worktree, { recursive: true, force: true });
    }
    await pruneWorktrees(this.#git);
  }

  async abort(): Promise<void> {
    this.#aborted = true;
    await Promise.all([...this.#running.values()].map((evaluation) => evaluation.abort()));
    await this.release();
  }

  release(): Promise<void> {
    return this.#shared.remove();
  }

  #launch(handle: EvaluationHandle): Running {
    const { command } = handle.order.how;
    if (command === null) {
      throw new ForgeError('the config has no eval.command.', 'Add the command that runs your evaluation.');
    }
    const stop = new AbortController();
    let groups: Groups | null = null;
    const done = this.#slot().then(async (release) => {
      try {
        if (this.#aborted) throw new ForgeError('interrupted', null, true);
        return await this.#run(handle.order, command, stop.signal, (now) => {
          groups = now;
        });
      } finally {
        release();
        this.#running.delete(handle.id);
      }
    });
    // The awaiting side sees the failure; this keeps one nobody awaits any more from ending the process.
    const settled = done.then(
      () => undefined,
      () => undefined,
    );
    const running: Running = {
      done,
      get groups() {
        return groups;
      },
      abort() {
        stop.abort();
        return settled;
      },
    };
    this.#running.set(handle.id, running);
    return running;
  }

  async #run(
    order: EvaluationOrder,
    command: string,
    signal: AbortSignal,
    groups: (groups: Groups) => void,
  ): Promise<EvaluationState> {
    const place = this.place(order);
    const run = { order, command, jobs: this.#parallel, signal, groups };
    if (order.request.version === 2) {
      return this.#shared.use(order.commit, (worktree) =>
        runEvaluation({ ...run, place: { ...place, worktree } }),
      );
    }
    try {
      await addWorktree(this.#git, place.worktree, order.commit);
      return await runEvaluation({ ...run, place });
    } finally {
      await rm(place.worktree, { recursive: true, force: true });
    }
  }

  async #slot(): Promise<() => void> {
    if (this.#active >= this.#parallel) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#active += 1;
    return () => {
      this.#active -= 1;
      this.#waiting.shift()?.();
    };
  }
}
