/**
 * More passes for the unresolved edits of an ended campaign. The same test goes on: the coins and cells of the ledger
 * are its first passes, so that α is spent once.
 */
import { campaignPath, TRAJECTORIES_FILE } from '../../evidence/links.ts';
import { parseTrajectories, type Trajectory } from '../../evidence/trajectory.ts';
import type { CampaignContext, Prepared } from '../context.ts';
import type { Gathered } from '../evaluate/dispatch.ts';
import { LEDGER_BRANCH } from '../ledger/ledger.ts';
import { parseRecord } from '../record/parse-record.ts';
import type { CampaignRecord, Candidate, GateSettings } from '../record/record.ts';
import { gateSettings } from './gate-settings.ts';

interface Extension {
  readonly record: CampaignRecord;
  /** The record's, with more passes. */
  readonly settings: GateSettings;
  /** What the ended campaign had gathered, as far as the test goes on with it. */
  readonly gathered: readonly Gathered[];
  /** Trajectories that it kept. */
  readonly trajectories: readonly Trajectory[];
}

export type Extended =
  | { readonly ok: true; readonly extension: Extension }
  | { readonly ok: false; readonly reason: string };

/** Whether an edit is open: under test when the passes or the budget ended. */
export function isOpen({ decision, verdict }: Pick<Candidate, 'decision' | 'verdict'>): boolean {
  return decision === 'unresolved' && verdict?.reason === 'budget_ended';
}

/** What the ledger holds of the campaign, or why it cannot be extended. Runs compare only where all hashes agree. */
export async function readExtension(
  context: CampaignContext,
  prepared: Prepared,
  campaign: string,
): Promise<Extended> {
  const { forge } = context;
  const text = await forge.readFile(LEDGER_BRANCH, campaignPath(campaign, 'campaign.json'));
  if (text === null) return refused(`The ledger does not hold the campaign ${campaign}.`);
  const parsed = parseRecord(text);
  if (!parsed.ok) return refused(`The record of the campaign ${campaign} cannot be used: ${parsed.reason}`);
  const kept = await forge.readFile(LEDGER_BRANCH, campaignPath(campaign, TRAJECTORIES_FILE));
  return extensionOf(context, parsed.record, prepared, kept === null ? [] : parseTrajectories(kept));
}

function extensionOf(
  { input }: CampaignContext,
  record: CampaignRecord,
  { harnessHash, evaluatorHash, config, plans }: Prepared,
  trajectories: readonly Trajectory[],
): Extended {
  const changed = [
    ...(record.hashes.harness === harnessHash ? [] : ['the surfaces']),
    ...(record.hashes.evaluator === evaluatorHash ? [] : ['the evaluator or the config']),
    ...(record.agent.model === config.agent.model ? [] : ['the model']),
  ];
  if (changed.length > 0)
    return refused(
      `Since the campaign ${record.id}, ${changed.join(' and ')} changed, so its trials do not compare with new ones. \`/harness improve\` starts afresh.`,
    );
  if (record.settings.rule !== 'sequential')
    return refused('The published rule looks once, after two passes: it cannot be extended.');
  if (!record.candidates.some(isOpen)) return refused(`The campaign ${record.id} left no edit unresolved.`);
  const more = gateSettings(config, plans, input);
  const settings = { ...record.settings, passes: passesOf(record) + more.passes };
  return { ok: true, extension: { record, settings, gathered: gatheredOf(record), trajectories } };
}

function passesOf({ experiment }: CampaignRecord): number {
  return experiment.blocks.reduce((most, { pass }) => Math.max(most, pass), 0);
}

/** The dispatches of the record with the cells they brought. What came after the experiment is left out: it is run afresh. */
function gatheredOf(record: CampaignRecord): Gathered[] {
  const last = passesOf(record);
  const kept = [...record.cells, ...record.superseded].filter(
    ({ attempt }) => attempt <= record.settings.history_to + last,
  );
  const byKey = Map.groupBy(kept, ({ trial }) => evaluationKey(trial));
  return record.evaluations.flatMap((evaluation): Gathered[] => {
    const cells = byKey.get(evaluation.key);
    if (cells === undefined) return [];
    return [{ runs: [], evaluation, cells, problems: [], failure: null, again: false }];
  });
}

/** The evaluation that a cell's trial is of: its id begins with the key. */
export function evaluationKey(trial: string): string {
  return trial.split(/[.:/]/)[0] ?? '';
}

function refused(reason: string): Extended {
  return { ok: false, reason };
}
