/**
 * The engine: durable workflows on openworkflow. This is the only file that knows it.
 *
 * A process that dies leaves its work in the database; the next one takes it up after the last finished step.
 */
import path from 'node:path';
import { OpenWorkflow } from 'openworkflow';
import { BackendSqlite } from 'openworkflow/sqlite';
import type { Durable } from '../context.ts';
import { durableOf, emptyPast, note, type Past, StepFailure } from './durable.ts';
import { indexRuns, type RunIndex } from './run-index.ts';

/** The engine's states of work that has not ended; what sleeps is running. */
const UNFINISHED = ['pending', 'running'] as const;
/** Runs that are read at once. */
const PAGE = 100;
/** How often the result of running work is looked for (ms). */
const RESULT_POLL_MS = 100;

export { StepFailure };

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
  /** Hears of work that broke off for good, by its last attempt or by a bug, before it counts as failed. */
  readonly onBroken?: (work: Omit<Work, 'state'>, reason: string) => Promise<void>;
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
  /** Work of one kind that has not ended, oldest first: in the order in which a process started it. */
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

/** Opens the database (made on first start), and takes up what an earlier process left. */
export async function openEngine(
  options: EngineOptions,
  workflows: Readonly<Record<string, Workflow>>,
): Promise<Engine> {
  const backend = await openBackend(options);
  const pastOf = keepPasts(backend);
  const client = new OpenWorkflow({ backend });
  const runnable = new Map(
    Object.entries(workflows).map(([name, run]) => [
      name,
      client.defineWorkflow<Envelope, unknown>(
        { name },
        async ({ input: { id, input }, step, run: { id: runId } }) => {
          const past = pastOf(runId);
          const failed = (stepName: string, message: string) =>
            options.onFailedStep(`${name} ${id}: ${stepName}`, message);
          const durable = durableOf({ steps: step, past, id, attempts: options.stepAttempts, failed });
          try {
            return await run(input, durable);
          } catch (error) {
            if (isEngines(error)) throw error;
            const end = await endOf(durable, error);
            await options.onBroken?.({ workflow: name, id, input }, end.message);
            throw end;
          }
        },
      ),
    ]),
  );
  const worker = client.newWorker({ concurrency: options.concurrency });
  await worker.start();

  /** Pages of the runs of one kind, newest first. */
  const pagesOf = async function* (workflow: string, status: RunStatus | null = null) {
    let after: string | undefined;
    do {
      const page = await backend.listWorkflowRuns({
        workflowName: workflow,
        limit: PAGE,
        ...(status === null ? {} : { status }),
        ...(after === undefined ? {} : { after }),
      });
      yield page.data;
      after = page.pagination.next ?? undefined;
    } while (after !== undefined);
  };
  const indexes = new Map<string, RunIndex>();
  const indexOf = (workflow: string): RunIndex => {
    const known =
      indexes.get(workflow) ??
      indexRuns(async function* () {
        for await (const page of pagesOf(workflow)) {
          yield page.map((run) => ({ id: envelopeOf(run.input).id, run: run.id }));
        }
      });
    indexes.set(workflow, known);
    return known;
  };
  const runOf = async (workflow: string, id: string) => {
    const known = await indexOf(workflow).find(id);
    return known === null ? null : backend.getWorkflowRun({ workflowRunId: known });
  };
  const workOf = (workflow: string, run: Run): Work => ({
    workflow,
    id: envelopeOf(run.input).id,
    input: envelopeOf(run.input).input,
    state: isUnfinished(run) ? 'unfinished' : run.status === 'completed' ? 'done' : 'failed',
  });

  let started = 0;
  /** Makes a run, or finds the one that was made with the same key within a day. */
  const made = async (workflow: string, work: Omit<Envelope, 'order'>, key: string) => {
    const definition = runnable.get(workflow);
    if (definition === undefined) throw new Error(`there is no workflow ${workflow}`);
    started += 1;
    return (await definition.run({ ...work, order: started }, { idempotencyKey: key })).workflowRun;
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
        if (holder === id || isUnfinished(run)) return holder;
      }
    },
    async unfinished(workflow) {
      const runs = new Map<string, Run>();
      // Only what is unfinished is read. Pending twice: work may go from running back to pending between the two.
      for (const status of [...UNFINISHED, 'pending'] as const) {
        for await (const page of pagesOf(workflow, status)) for (const run of page) runs.set(run.id, run);
      }
      return [...runs.values()].sort(byStart).map((run) => workOf(workflow, run));
    },
    async result(workflow, id) {
      for (;;) {
        const run = await runOf(workflow, id);
        if (run === null) throw new Error(`there is no ${workflow} ${id}`);
        if (run.status === 'completed') return run.output;
        if (!isUnfinished(run)) {
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
      if (run !== null && isUnfinished(run)) await client.cancelWorkflowRun(run.id);
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
  /** Counts what a process starts: the database knows the order to the millisecond only. */
  readonly order: number;
}

function envelopeOf(value: unknown): Envelope {
  if (value === null || typeof value !== 'object') return { id: '', input: null, order: 0 };
  const order = Reflect.get(value, 'order');
  return {
    id: String(Reflect.get(value, 'id')),
    input: Reflect.get(value, 'input'),
    order: typeof order === 'number' ? order : 0,
  };
}

/** A run of the engine, as far as it is used. */
interface Run {
  readonly id: string;
  readonly status: string;
  readonly input: unknown;
  readonly createdAt: Date;
}

type RunStatus = (typeof UNFINISHED)[number];

function isUnfinished({ status }: Run): boolean {
  return UNFINISHED.some((one) => one === status);
}

function byStart(a: Run, b: Run): number {
  return (
    a.createdAt.getTime() - b.createdAt.getTime() || envelopeOf(a.input).order - envelopeOf(b.input).order
  );
}

async function openBackend({ databaseUrl, dataDirectory }: EngineOptions) {
  if (databaseUrl === null) return BackendSqlite.connect(path.join(dataDirectory, 'campaigns.sqlite'));
  const { BackendPostgres } = await import('openworkflow/postgres');
  const { default: postgres } = await import('postgres');
  // The engine's migrations fail where another replica makes the same tables at the same moment.
  const sql = postgres(databaseUrl, { max: 1, connection: { application_name: 'self-harness start' } });
  try {
    await sql`SELECT pg_advisory_lock(hashtextextended('self_harness.engine', 0))`;
    return await BackendPostgres.connect(databaseUrl);
  } finally {
    // The lock goes with its connection.
    await sql.end();
  }
}

/** A run of the engine, while it is read: waits that are over are kept from the engine, whose list has an end. */
function keepPasts(backend: Pick<BackendSqlite, 'listStepAttempts'>): (run: string) => Past {
  const pasts = new Map<string, Past>();
  const list = backend.listStepAttempts.bind(backend);
  backend.listStepAttempts = async (params) => {
    const page = await list(params);
    const known = params.after === undefined ? undefined : pasts.get(params.workflowRunId);
    const past = known ?? emptyPast();
    pasts.set(params.workflowRunId, past);
    return { ...page, data: page.data.filter((attempt) => note(past, attempt)) };
  };
  return (run) => {
    const past = pasts.get(run) ?? emptyPast();
    // Read anew whenever the run is taken up.
    pasts.delete(run);
    return past;
  };
}

/** openworkflow throws, too, to lay work to sleep and to try a step again; its errors have names and no types. */
const ENGINES = new Set(['SleepSignalError', 'StaleExecutionBranchError', 'StepError']);

function isEngines(error: unknown): boolean {
  return error instanceof Error && ENGINES.has(error.name);
}

/**
 * What ends the work. Something unexpected between two steps, such as a database that was away for a moment, is tried
 * again as if it were a step of its own.
 * @throws the engine's own error while it is to be tried again
 */
async function endOf(durable: Durable, error: unknown): Promise<Error> {
  const isFinal =
    error instanceof StepFailure || Reflect.get(Object(error), 'code') === 'STEP_LIMIT_EXCEEDED';
  if (!isFinal) {
    try {
      await durable.step('go on', () => Promise.reject(error));
    } catch (end) {
      if (!(end instanceof StepFailure)) throw end;
    }
  }
  return error instanceof Error ? error : new Error(String(error));
}
