/**
 * From baseline trials to weaknesses. Only held-in failures are mined: an edit must not be drawn from the tasks
 * that judge it.
 */
import type { Config } from '../../config/schema.ts';
import type { Diagnosis } from '../../mining/diagnosis.ts';
import { examine } from '../../mining/examine.ts';
import { type Mined, mine } from '../../mining/mine.ts';
import type { SetApart, Weakness } from '../../mining/weakness.ts';
import type { ModelUsage } from '../../model/model.ts';
import { NO_USAGE } from '../../model/usage.ts';
import { diagnoseWithModel, unexplainedTrials } from '../../proposing/model/model-evidence.ts';
import type { CampaignContext, SplitMap } from '../context.ts';
import { type Gathered, trialsOfRun } from '../evaluate/dispatch.ts';
import { findTrials } from '../evaluate/find-trials.ts';

export interface Study {
  readonly weaknesses: readonly Weakness[];
  readonly setApart: readonly SetApart[];
  /** Name of the agent, as the traces tell it. */
  readonly agent: string | null;
  /** What the model was asked for a second look. */
  readonly usage: ModelUsage;
  readonly notes: readonly string[];
}

/** Reads the trajectories of the baseline evaluations, one trial at a time, and mines the held-in failures. */
export async function study(
  context: CampaignContext,
  config: Config,
  baseline: readonly Gathered[],
  splits: SplitMap,
): Promise<Study> {
  const heldIn = new Set([...splits].filter(([, split]) => split === 'held_in').map(([task]) => task));
  const diagnoses = new Map<string, Diagnosis>();
  let agent: string | null = null;
  for (const gathered of baseline) {
    // An eval may make more attempts than it was asked for; a weakness counts what the record holds.
    const counted = new Set(gathered.cells.map((cell) => cell.trial));
    for (const run of gathered.runs) {
      for await (const { trial } of trialsOfRun(context, { config }, run)) {
        agent ??= trial.agent;
        if (!heldIn.has(trial.task) || !counted.has(trial.id)) continue;
        diagnoses.set(trial.id, examine(trial));
      }
    }
  }
  const options = { surfaces: config.surfaces, heldIn };
  const byRules = mine([...diagnoses.values()], options);
  const { usage, notes } = await secondLook(context, config, { baseline, diagnoses, byRules });
  const mined = usage.calls === 0 ? byRules : mine([...diagnoses.values()], options);
  return { weaknesses: mined.weaknesses, setApart: mined.setApart, agent, usage, notes };
}

/** Asks the model, where there is one, about failures that no rule explains, and writes what stands into `diagnoses`. */
async function secondLook(
  context: CampaignContext,
  config: Config,
  found: { baseline: readonly Gathered[]; diagnoses: Map<string, Diagnosis>; byRules: Mined },
): Promise<{ usage: ModelUsage; notes: string[] }> {
  const model = context.deps.openModel(config, NO_USAGE);
  const unexplained = unexplainedTrials(found.byRules.setApart);
  if (model.name === null || unexplained.length === 0) return { usage: NO_USAGE, notes: [] };
  const trials = await findTrials(context, config, found.baseline, new Set(unexplained));
  const examined = unexplained.flatMap((id) => {
    const trial = trials.get(id);
    const diagnosis = found.diagnoses.get(id);
    return trial === undefined || diagnosis === undefined ? [] : [{ trial, diagnosis }];
  });
  const look = await diagnoseWithModel(model, examined, { redact: context.deps.redact });
  for (const diagnosis of look.diagnoses) found.diagnoses.set(diagnosis.trial, diagnosis);
  const notes: string[] = [];
  if (look.refused.length > 0) {
    notes.push(
      `${look.refused.length} of ${look.asked} diagnoses of the model cite what is not in the trace and were refused.`,
    );
  }
  if (look.failure !== null) notes.push(`The model's second look ended early: ${look.failure.message}`);
  return { usage: model.spent(), notes };
}
