/**
 * Named trials of baseline evaluations, read once more: mining keeps no trajectory.
 */
import type { Config } from '../../config/schema.ts';
import { readTraces } from '../../traces/read/read.ts';
import type { Trial } from '../../traces/trial.ts';
import type { CampaignContext } from '../context.ts';
import { type Gathered, trialId } from './gather.ts';

/** The wanted trials that are there, by their id within the campaign. */
export async function findTrials(
  context: CampaignContext,
  config: Config,
  gathered: readonly Gathered[],
  wanted: ReadonlySet<string>,
): Promise<Map<string, Trial>> {
  const found = new Map<string, Trial>();
  for (const { handle } of gathered) {
    // A trial's id within the campaign begins with the key of its evaluation.
    if (![...wanted].some((id) => id.startsWith(`${handle.key}:`))) continue;
    const sources = await context.forge.evaluationTraces(handle);
    for await (const trial of readTraces(sources, { passThreshold: config.eval.pass_threshold })) {
      const id = trialId(handle.key, trial);
      if (wanted.has(id)) found.set(id, { ...trial, id });
    }
  }
  return found;
}
