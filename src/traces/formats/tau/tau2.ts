/**
 * tau2-bench results, in both storage forms: one `results.json` with every simulation in it, or (voice runs)
 * a `results.json` with an index beside `simulations/<id>.json`.
 *
 * The simulated user also calls tools and can cause a failure; its tokens and money are not the agent's.
 */
import { z } from 'zod';
import { folderOf } from '../../archive/tree.ts';
import { jsonValue, messageOf } from '../../json.ts';
import { peek } from '../../read/peek.ts';
import type { Trial } from '../../trial.ts';
import type { Format, ReadContext, ReadOptions } from '../format.ts';
import { attemptCounter, attemptOf, stem } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';
import { Simulation, simulationTrial } from './tau2-simulation.ts';

const Info = z
  .object({
    agent_info: z.object({ implementation: lenient.text, llm: lenient.text }).nullable().catch(null),
    environment_info: z.object({ domain_name: lenient.text }).nullable().catch(null),
    git_commit: lenient.text,
  })
  .nullable()
  .catch(null);

const Task = z.object({
  id: z.union([z.string(), z.number().transform(String)]),
  ticket: lenient.text,
  user_scenario: z.object({ instructions: lenient.anything }).nullable().catch(null),
});

const Results = z.object({
  timestamp: lenient.text,
  info: Info,
  tasks: lenient.list,
  simulations: lenient.list,
  simulation_index: lenient.list,
});
type Results = z.infer<typeof Results>;

/** What all simulations of one results file share. */
export interface RunOfSimulations {
  readonly domain: string | null;
  readonly agent: string | null;
  readonly model: string | null;
  readonly run: string | null;
  readonly instructions: ReadonlyMap<string, string>;
}

const UNKNOWN_RUN: RunOfSimulations = {
  domain: null,
  agent: null,
  model: null,
  run: null,
  instructions: new Map(),
};

/**
 * Reads a results file. `files` are the values of the simulation files beside it; where the results hold
 * only an index, a simulation whose file is missing still gives the verdict that the index names.
 */
export function parseTau2(
  value: unknown,
  path: string,
  options: ReadOptions,
  files: readonly { readonly path: string; readonly value: unknown }[] = [],
): lenient.Parsed {
  const parsed = Results.safeParse(value);
  if (!parsed.success) return { trials: [], problems: ['no tau2 results in it'] };
  const results = parsed.data;
  const candidates = [
    ...files,
    ...[...results.simulations, ...results.simulation_index].map((simulation) => ({
      path,
      value: simulation,
    })),
  ];
  return readSimulations(candidates, runOf(results), options);
}

/** Reads simulations; of several with one id the first that was given wins: files come before the index. */
function readSimulations(
  candidates: readonly { readonly path: string; readonly value: unknown }[],
  run: RunOfSimulations,
  options: ReadOptions,
): lenient.Parsed {
  const nextAttempt = attemptCounter();
  const trials = new Map<string, Trial>();
  let misfits = 0;
  for (const { path, value } of candidates) {
    const simulation = Simulation.safeParse(value);
    if (!simulation.success) {
      misfits++;
      continue;
    }
    const { data } = simulation;
    const key = data.id ?? `${data.task_id}#${data.trial ?? trials.size}`;
    if (trials.has(key)) continue;
    const attempt = data.trial === null ? nextAttempt(data.task_id) : attemptOf(data.trial + 1);
    trials.set(key, simulationTrial(data, run, attempt, path, options));
  }
  const problems: string[] = [];
  if (misfits > 0)
    problems.push(`${misfits} of ${candidates.length} simulations name no task and were left out`);
  else if (candidates.length === 0) problems.push('no simulations in it or beside it');
  return { trials: [...trials.values()], problems };
}

function runOf(results: Results): RunOfSimulations {
  const tasks = lenient.fitting(Task, results.tasks).fit.map(({ value }) => value);
  return {
    domain: results.info?.environment_info?.domain_name ?? null,
    agent: results.info?.agent_info?.implementation ?? null,
    model: results.info?.agent_info?.llm ?? null,
    run: results.timestamp,
    instructions: new Map(
      tasks.map(({ id, ticket, user_scenario }) => [
        id,
        ticket ?? lenient.asText(user_scenario?.instructions),
      ]),
    ),
  };
}

function isResults(value: unknown): boolean {
  if (!lenient.isObject(value) || !lenient.isObject(value.info)) return false;
  return 'environment_info' in value.info || ('agent_info' in value.info && 'user_info' in value.info);
}

function isSimulation(value: unknown): boolean {
  return lenient.isObject(value) && 'task_id' in value && 'termination_reason' in value && 'id' in value;
}

export const tau2: Format = {
  id: 'tau2',
  gives: 'trials',
  async claim(file) {
    const { value } = await peek(file);
    if (isResults(value)) return { owns: [`${folderOf(file.path)}simulations/`] };
    return isSimulation(value) ? { owns: [] } : null;
  },
  async *read(files, context) {
    for await (const file of files) {
      const value = await jsonValue(file);
      const { trials, problems } = isResults((await peek(file)).value)
        ? parseTau2(value, file.path, context.options, await simulationFiles(file.path, value, context))
        : // A simulation on its own, without the results file that would name domain and model.
          readSimulations([{ path: file.path, value }], UNKNOWN_RUN, context.options);
      for (const problem of problems) context.problem(file.path, problem);
      yield* trials;
    }
  },
};

/** The simulation files beside a results file that does not hold its simulations itself. */
async function simulationFiles(
  path: string,
  results: unknown,
  context: ReadContext,
): Promise<{ path: string; value: unknown }[]> {
  const found: { path: string; value: unknown }[] = [];
  const folder = `${folderOf(path)}simulations/`;
  for (const file of context.tree.under(folder)) {
    if (!file.path.endsWith('.json')) continue;
    try {
      found.push({ path: file.path, value: await jsonValue(file) });
    } catch (error) {
      context.problem(file.path, messageOf(error));
    }
  }
  const { data } = Results.safeParse(results);
  const missing = (data?.simulation_index ?? []).filter(
    (entry) => lenient.isObject(entry) && !found.some(({ path: at }) => stem(at) === entry.id),
  );
  if (missing.length > 0) {
    context.problem(
      folder,
      `${missing.length} simulations of the index have no file: their verdicts are read from the index, their steps are lost`,
    );
  }
  return found;
}
