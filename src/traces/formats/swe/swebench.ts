/**
 * SWE-bench evaluation reports: the aggregate `<model>.<run_id>.json` (schema 2), the `report.json` of each
 * instance under `logs/run_evaluation/<run_id>/<model>/<instance>/`, and the predictions they judged.
 *
 * Instances with an empty patch or an evaluation error have no report of their own, so the aggregate says
 * which instances ran; a report says why one failed. `total_instances` is the size of the dataset.
 */

import { folderOf } from '../../archive/tree.ts';
import { jsonRecords, jsonValue, messageOf } from '../../json.ts';
import { decode, peek } from '../../read/peek.ts';
import type { Trial } from '../../trial.ts';
import { ALONE, type Claim, type FileTree, type Format, type TraceFile } from '../format.ts';
import { stem } from '../shared/identity.ts';
import { isObject } from '../shared/lenient.ts';
import {
  type Aggregate,
  type Evaluation,
  evaluationTrials,
  type InstanceReport,
  parseAggregate,
  parseInstanceReports,
  parsePredictions,
} from './swebench-report.ts';

const LOGS = ['test_output.txt', 'run_instance.log', 'patch.diff', 'eval.sh'];

function isAggregate(value: unknown): boolean {
  if (!isObject(value)) return false;
  const lists = ['submitted_ids', 'completed_ids', 'unresolved_ids', 'empty_patch_ids'];
  // Key order is the writer's: in a head that was cut, the counts are there before the lists.
  const counts = 'submitted_instances' in value && 'resolved_instances' in value;
  return counts || ('resolved_ids' in value && lists.some((name) => name in value));
}

function isInstanceReport(value: unknown): boolean {
  if (!isObject(value)) return false;
  const entries = Object.values(value);
  return (
    entries.length > 0 &&
    entries.every(
      (entry) => isObject(entry) && ('patch_successfully_applied' in entry || 'patch_is_None' in entry),
    )
  );
}

function isPrediction(value: unknown): boolean {
  return isObject(value) && 'instance_id' in value && 'model_patch' in value;
}

function isPredictionMap(value: unknown): boolean {
  if (!isObject(value)) return false;
  const entries = Object.values(value);
  return entries.length > 0 && entries.slice(0, 3).every(isPrediction);
}

/** Where an instance report lies says which run and model it belongs to. */
function placeOf(path: string): { run: string | null; model: string | null; base: string } {
  const parts = path.split('/');
  const at = parts.lastIndexOf('run_evaluation');
  if (at >= 0 && parts.length >= at + 5) {
    return {
      run: parts[at + 1] ?? null,
      model: parts[at + 2] ?? null,
      base: `${parts.slice(0, at + 3).join('/')}/`,
    };
  }
  const folder = folderOf(path);
  return { run: null, model: null, base: folderOf(folder.slice(0, -1)) };
}

interface Collected {
  readonly aggregates: { readonly path: string; readonly name: string; readonly lists: Aggregate }[];
  readonly evaluations: Map<string, Evaluation & { reports: Map<string, InstanceReport> }>;
  readonly predictions: { readonly path: string; readonly models: ReadonlyMap<string, string | null> }[];
}

/** The evaluation an aggregate sums up: by name, or the only one there is. */
function joinAggregates({ aggregates, evaluations, predictions }: Collected): Evaluation[] {
  const joined: Evaluation[] = [];
  const left = new Map(evaluations);
  for (const { path, name, lists } of aggregates) {
    const named = [...left].find(([, { run, model }]) => run !== null && name === `${model}.${run}`);
    const only = aggregates.length === 1 && left.size === 1 ? [...left][0] : undefined;
    const found = named ?? only;
    if (found !== undefined) {
      left.delete(found[0]);
      joined.push({ ...found[1], name, path, lists });
      continue;
    }
    const model = predictions
      .flatMap(({ models }) => [...models.values()])
      .find((candidate) => candidate !== null && name.startsWith(`${candidate.replaceAll('/', '__')}.`));
    const run = model ? name.slice(model.replaceAll('/', '__').length + 1) : name;
    joined.push({ name, path, run, model: model ?? null, base: null, reports: new Map(), lists });
  }
  return [...joined, ...left.values()];
}

/** Reads the evaluation log of an instance that has no report, where there is one. */
async function errorLog(tree: FileTree, evaluation: Evaluation, instance: string): Promise<string | null> {
  const file =
    evaluation.base === null ? undefined : tree.get(`${evaluation.base}${instance}/run_instance.log`);
  if (file === undefined) return null;
  return decode(await file.bytes());
}

export const swebench: Format = {
  id: 'swe-bench',
  gives: 'verdicts',
  async claim(file): Promise<Claim | null> {
    const { value, records } = await peek(file);
    if (isInstanceReport(value)) return { owns: LOGS.map((name) => folderOf(file.path) + name) };
    const mine = isAggregate(value) || isPredictionMap(value) || records.slice(0, 3).some(isPrediction);
    return mine ? ALONE : null;
  },
  async *read(files, context): AsyncIterable<Trial> {
    const collected: Collected = { aggregates: [], evaluations: new Map(), predictions: [] };
    for await (const file of files) {
      const problem = (message: string) => context.problem(file.path, message);
      try {
        await collect(file, collected, problem, context);
      } catch (error) {
        // Thrown on, it would cost what was collected from the files before.
        problem(messageOf(error));
      }
    }
    const evaluations = joinAggregates(collected);
    for (const evaluation of evaluations) {
      const logs = new Map<string, string>();
      for (const instance of evaluation.lists?.errors ?? []) {
        const log = await errorLog(context.tree, evaluation, instance);
        if (log !== null) logs.set(instance, log);
      }
      yield* evaluationTrials(evaluation, logs);
    }
    for (const { path, models } of collected.predictions) {
      const judged = evaluations.some(({ lists, reports }) =>
        [...models.keys()].some((instance) => reports.has(instance) || lists?.submitted.has(instance)),
      );
      if (judged) continue;
      context.problem(
        path,
        `${models.size} predictions and no evaluation of them: upload the report of swebench.harness.run_evaluation too`,
      );
    }
  },
};

async function collect(
  file: TraceFile,
  collected: Collected,
  problem: (message: string) => void,
  context: Parameters<Format['read']>[1],
): Promise<void> {
  const { value: seen } = await peek(file);
  if (isAggregate(seen)) {
    const lists = parseAggregate(await jsonValue(file));
    if (lists === null) problem('looks like a SWE-bench report, but has no list of instance ids');
    else collected.aggregates.push({ path: file.path, name: stem(file.path), lists });
  } else if (isInstanceReport(seen)) {
    const { run, model, base } = placeOf(file.path);
    const key = `${base}\0${run ?? ''}\0${model ?? ''}`;
    const name = run === null ? base : `${model}.${run}`;
    const evaluation = collected.evaluations.get(key) ?? {
      ...{ name, path: file.path, run, model, base, lists: null },
      reports: new Map<string, InstanceReport>(),
    };
    collected.evaluations.set(key, evaluation);
    const { reports, misfits } = parseInstanceReports(await jsonValue(file), file.path);
    for (const report of reports) evaluation.reports.set(report.instance, report);
    if (misfits > 0) problem(`${misfits} instance reports have no verdict (\`resolved\`) and were left out`);
  } else {
    const records: unknown[] = [];
    for await (const { value } of jsonRecords(file, context)) {
      if (isPredictionMap(value) && isObject(value)) records.push(...Object.values(value));
      else records.push(value);
    }
    collected.predictions.push({ path: file.path, models: parsePredictions(records) });
  }
}
