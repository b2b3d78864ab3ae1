/**
 * The engine: durable workflows on openworkflow. This is the only file that knows it.
 *
 * A process that dies leaves its work in the database; the next one takes it up after the last finished step.
 */
import path from 'node:path';
import { OpenWorkflow } from 'openworkflow';
import { BackendSqlite } from 'openworkflow/sqlite';
import { ForgeError } from '../forge/forge.ts';
import type { Durable } from './context.ts';

const UNFINISHED = new Set(['pending', 'running', 'sleeping']);
/** How often the result of running work is looked for (ms). */
const RESULT_POLL_MS = 100;

export interface EngineOptions {
  /** Directory of the SQLite file; used when there is no `databaseUrl`. */
  readonly dataDirectory: string;
  /** Postgres, for several replicas; null for SQLite. */
  readonly databaseUrl: string | null;
  /** Workflows that run at once in this process. */
  readonly concurrency: number;
  /** Attempts of a step that throws something unexpected. */
  readonly stepAttempts: number;
  /** Hears of every step that failed and will be tried again. */
  readonly onFailedStep: (step: string, message: string) => void;
}

/** A piece of durable work. It is replayed: what touches the world stands in `durable.step`. */
export type Workflow = (input: unknown, durable: Durable) => Promise<unknown>;

/** Work as the database holds it. */
export interface Work {
  readonly workflow: string;
  readonly id: string;
  readonly input: unknown;
  readonly state: 'unfinished' | 'done' | 'failed';
}

export interface Engine {
  /** Asks for work. Asked again with the same id, it is the same work: nothing happens twice. */
  start(workflow: string, id: string, input: unknown): Promise<void>;
  /**
   * Asks for work that must not run beside other work of its kind behind the same gate: it starts unless another one
   * that started there has not ended. Decided by the database, so that of several processes asking at once one wins.
   * @returns the id of the work that went through: its own, or that of the one before
   */
  startAlone(workflow: string, id: string, input: unknown, gate: string): Promise<string>;
  /** Work of one kind that has not ended, oldest first. */
  unfinished(workflow: string): Promise<Work[]>;
  /** Waits for an end. @throws Error when a step failed for good or the work was cancelled */
  result(workflow: string, id: string): Promise<unknown>;
  /** How it stands, null where there is no such work. */
  find(workflow: string, id: string): Promise<Work | null>;
  /** Tells waiting work to look again. Lost when nobody waits, which is harmless. */
  wake(id: string): Promise<void>;
  cancel(workflow: string, id: string): Promise<void>;
  /** Takes no new work, waits for the running steps, and closes the database. Safe to repeat. */
  stop(): Promise<void>;
}

/** A step failed in an expected way that trying again cannot mend. Carries the host's words. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
}

/** Opens the database (made on first start), and takes up what an earlier process left. */
export async function openEngine(
  options: EngineOptions,
  workflows: Readonly<Record<string, Workflow>>,
): Promise<Engine> {
  const backend = await openBackend(options);
  const client = new OpenWorkflow({ backend });
  const runnable = new Map(
    Object.entries(workflows).map(([name, run]) => [
      name,
      client.defineWorkflow<Envelope, unknown>({ name }, ({ input, step }) => {
        const durable: Durable = {
          step: async (stepName, effect) => {
            const retryPolicy = { maximumAttempts: options.stepAttempts };
            const outcome = await step.run({ name: stepName, retryPolicy }, () =>
              settle(effect, (message) => options.onFailedStep(`${name} ${input.id}: ${stepName}`, message)),
            );
            if (!outcome.ok) throw new StepFailure(outcome.message);
            return outcome.value;
          },
          wait: async (stepName, ms) => {
            await step.waitForSignal({ name: stepName, signal: input.id, timeout: ms });
          },
        };
        return run(input.input, durable);
      }),
    ]),
  );
  const worker = client.newWorker({ concurrency: options.concurrency });
  await worker.start();

  /** Pages of the runs of one kind, newest first. */
  const pagesOf = async function* (workflow: string) {
    let after: string | undefined;
    do {
      const page = await backend.listWorkflowRuns({
        workflowName: workflow,
        limit: 100,
        ...(after === undefined ? {} : { after }),
      });
      yield page.data;
      after = page.pagination.next ?? undefined;
    } while (after !== undefined);
  };
  /** The engine's own ids of runs, by kind and our id: every delivery asks, and the database has no such index. */
  const runIds = new Map<string, string>();
  const runIdOf = async (workflow: string, id: string): Promise<string | null> => {
    const keyOf = (one: string) => `${workflow}\n${one}`;
    const known = runIds.get(keyOf(id));
    if (known !== undefined) return known;
    const found = new Map<string, string>();
    for await (const page of pagesOf(workflow)) {
      const fresh = page.filter((run) => !runIds.has(keyOf(envelopeOf(run.input).id)));
      for (const run of fresh) found.set(keyOf(envelopeOf(run.input).id), run.id);
      // Nothing new on a page: what is older was seen by an earlier look.
      if (fresh.length === 0) break;
    }
    // Only a whole look is remembered: one that runs beside it must not stop at pages this one has just seen.
    for (const [key, run] of found) runIds.set(key, run);
    return runIds.get(keyOf(id)) ?? null;
  };
  const runOf = async (workflow: string, id: string) => {
    const known = await runIdOf(workflow, id);
    return known === null ? null : backend.getWorkflowRun({ workflowRunId: known });
  };
  const workOf = (workflow: string, run: { status: string; input: unknown }): Work => ({
    workflow,
    ...envelopeOf(run.input),
    state: UNFINISHED.has(run.status) ? 'unfinished' : run.status === 'completed' ? 'done' : 'failed',
  });

  /** Makes a run, or finds the one that was made with the same key within a day. */
  const made = async (workflow: string, work: Envelope, key: string) => {
    const definition = runnable.get(workflow);
    if (definition === undefined) throw new Error(`there is no workflow ${workflow}`);
    return (await definition.run(work, { idempotencyKey: key })).workflowRun;
  };

  let stopped: Promise<void> | null = null;
  return {
    async start(workflow, id, input) {
      // The engine forgets idempotency keys after a day; the run itself is kept.
      if ((await runOf(workflow, id)) === null) await made(workflow, { id, input }, id);
    },
    async startAlone(workflow, id, input, gate) {
      if ((await runOf(workflow, id)) !== null) return id;
      // Each key of the gate lets one run through; the next key is tried where that run has ended.
      for (let turn = 1; ; turn++) {
        const run = await made(workflow, { id, input }, `${gate} ${turn}`);
        const holder = envelopeOf(run.input).id;
        if (holder === id || UNFINISHED.has(run.status)) return holder;
      }
    },
    async unfinished(workflow) {
      const works: Work[] = [];
      for await (const page of pagesOf(workflow)) works.push(...page.map((run) => workOf(workflow, run)));
      return works.filter((work) => work.state === 'unfinished').reverse();
    },
    async result(workflow, id) {
      for (;;) {
        const run = await runOf(workflow, id);
        if (run === null) throw new Error(`there is no ${workflow} ${id}`);
        if (run.status === 'completed') return run.output;
        if (!UNFINISHED.has(run.status)) {
          throw new Error(run.error?.message ?? `the ${workflow} ${id} was ${run.status}`);
        }
        await new Promise((resolve) => setTimeout(resolve, RESULT_POLL_MS));
      }
    },
    async find(workflow, id) {
      const run = await runOf(workflow, id);
      return run === null ? null : workOf(workflow, run);
    },
    async wake(id) {
      await client.sendSignal({ signal: id });
    },
    async cancel(workflow, id) {
      const run = await runOf(workflow, id);
      if (run !== null && UNFINISHED.has(run.status)) await client.cancelWorkflowRun(run.id);
    },
    async stop() {
      stopped ??= worker.stop().then(() => backend.stop());
      await stopped;
    },
  };
}

/** What is stored as a run's input: our id beside the input. */
interface Envelope {
  readonly id: string;
  readonly input: unknown;
}

function envelopeOf(value: unknown): Envelope {
  if (value === null || typeof value !== 'object') return { id: '', input: null };
  return { id: String(Reflect.get(value, 'id')), input: Reflect.get(value, 'input') };
}

async function openBackend({ databaseUrl, dataDirectory }: EngineOptions) {
  if (databaseUrl === null) return BackendSqlite.connect(path.join(dataDirectory, 'campaigns.sqlite'));
  const { BackendPostgres } = await import('openworkflow/postgres');
  return BackendPostgres.connect(databaseUrl);
}

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/** A failure the host told us about is an answer, not a reason to try again. */
async function settle<T>(effect: () => Promise<T>, failed: (message: string) => void): Promise<Settled<T>> {
  try {
    return { ok: true, value: await effect() };
  } catch (error) {
    if (error instanceof ForgeError && !error.passing) return { ok: false, message: error.message };
    failed(error instanceof Error ? error.message : String(error));
    throw error;
  }
}
