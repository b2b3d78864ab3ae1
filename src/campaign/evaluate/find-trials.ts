/**
 * Named trials of baseline evaluations, read once more: mining keeps no trajectory.
 */
import type { Config } from '../../config/schema.ts';
import type { Trial } from '../../traces/trial.ts';
import type { CampaignContext } from '../context.ts';
import { type Gathered, trialsOfRun } from './dispatch.ts';

/** The wanted trials that are there, by their id within the campaign. */
export async function findTrials(
  context: CampaignContext,
  config: Config,
  gathered: readonly Gathered[],
  wanted: ReadonlySet<string>,
): Promise<Map<string, Trial>> {
  const found = new Map<string, Trial>();
  for (const run of gathered.flatMap(({ runs }) => runs)) {
    // A trial's id within the campaign begins with the key of its run.
    if (![...wanted].some((id) => id.startsWith(run.handle.key))) continue;
    for await (const { trial } of trialsOfRun(context, { config }, run))
      if (wanted.has(trial.id)) found.set(trial.id, trial);
  }
  return found;
}
