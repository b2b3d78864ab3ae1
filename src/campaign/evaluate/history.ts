/**
 * Baseline cells that cost nothing: evaluations the repository ran by itself under the same harness and evaluator.
 */
import type { EvaluationHandle } from '../../forge/forge.ts';
import type { Trial } from '../../traces/trial.ts';
import { BASE_ARM } from '../../validation/experiment/block.ts';
import type { CampaignContext, Prepared } from '../context.ts';
import { attemptCells } from './cells.ts';
import { matteringPaths } from './comparable.ts';
import { type Gathered, trialsOfRun } from './dispatch.ts';

/** More attempts of a task than one evaluation is expected to hold. */
const MOST_ATTEMPTS = 50;

/**
 * The newest past evaluations whose surfaces and evaluator are the base's, file by file, at most as many as
 * baseline passes are wanted. Which ones are taken never depends on their outcomes.
 */
export async function pastBaseline(context: CampaignContext, prepared: Prepared): Promise<Gathered[]> {
  const { durable, forge } = context;
  const { workflow, artifacts } = prepared.config.eval;
  if (workflow === undefined) return [];
  const handles = await durable.step('find past evaluations', async () => {
    const past = await forge.pastEvaluations(workflow, artifacts, prepared.config.gate.baseline_passes);
    const same = new Map<string, boolean>([[prepared.base.commit, true]]);
    const kept: EvaluationHandle[] = [];
    for (const handle of past) {
      const { commit } = handle.order;
      if (!same.has(commit)) same.set(commit, await sameFiles(context, prepared, commit));
      if (same.get(commit) === true) kept.push(handle);
    }
    return kept;
  });
  const gathered: Gathered[] = [];
  let firstAttempt = 1;
  for (const handle of handles) {
    const first = firstAttempt;
    const one = await durable.step(`read ${handle.key}`, () => readPast(context, prepared, handle, first));
    if (one.failure !== null) continue;
    gathered.push(one);
    firstAttempt = 1 + one.cells.reduce((most, cell) => Math.max(most, cell.attempt), 0);
  }
  context.gathered.push(...gathered);
  return gathered;
}

/** All attempts that an evaluation of the repository's own holds, as attempts of the baseline. */
async function readPast(
  context: CampaignContext,
  prepared: Prepared,
  handle: EvaluationHandle,
  firstAttempt: number,
): Promise<Gathered> {
  const group = { block: firstAttempt, arm: BASE_ARM, tasks: 'all', attempt: firstAttempt } as const;
  const run = { handle, group };
  const problems: { path: string; message: string }[] = [];
  const trials: Trial[] = [];
  for await (const { trial } of trialsOfRun(context, prepared, run, { skipSteps: true, problems }))
    trials.push(trial);
  const cells = attemptCells(trials, BASE_ARM, firstAttempt, MOST_ATTEMPTS, null);
  return {
    runs: [run],
    evaluation: {
      key: handle.key,
      groups: 1,
      tasks: new Set(cells.map((cell) => cell.task)).size,
      trials: trials.length,
      invalid: cells.filter((cell) => cell.outcome === 'invalid').length,
      exit: 'past evaluation',
      url: handle.url,
      duration_ms: 0,
    },
    cells,
    problems: problems.map(({ path, message }) => ({ path, message })),
    failure: cells.length === 0 ? 'the past evaluation holds no readable trial' : null,
    again: false,
  };
}

/** Whether every surface and every file of the evaluator is the same blob at another commit. */
async function sameFiles(context: CampaignContext, prepared: Prepared, commit: string): Promise<boolean> {
  const { config, base } = prepared;
  const matters = matteringPaths(config);
  const [here, there] = await Promise.all([
    context.forge.listFiles(base.commit),
    context.forge.listFiles(commit),
  ]);
  const digest = (files: readonly { path: string; blob: string }[]) =>
    files
      .filter((file) => matters(file.path))
      .map((file) => `${file.path} ${file.blob}`)
      .join('\n');
  return digest(here) === digest(there);
}
