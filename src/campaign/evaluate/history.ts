/**
 * Baseline cells that cost nothing: evaluations the repository ran by itself under the same harness and evaluator.
 */
import { type EvaluationHandle, requestOf } from '../../forge/forge.ts';
import type { CampaignContext, Prepared } from '../context.ts';
import { matteringPaths } from './comparable.ts';
import { type Gathered, readEvaluation } from './gather.ts';

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
    const request = { ...requestOf(handle.order), attempts: MOST_ATTEMPTS, first_attempt: firstAttempt };
    const known: EvaluationHandle = { ...handle, order: { ...handle.order, request } };
    const one = await durable.step(`read ${handle.key}`, () =>
      readEvaluation(context, prepared, known, {
        status: 'completed',
        exit: 'past evaluation',
        durationMs: 0,
      }),
    );
    if (one.failure !== null) continue;
    gathered.push(one);
    firstAttempt = 1 + one.cells.reduce((most, cell) => Math.max(most, cell.attempt), 0);
  }
  context.gathered.push(...gathered);
  return gathered;
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
