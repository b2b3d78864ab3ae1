/**
 * The arms of a campaign as the report shows them.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';

export interface ArmView {
  readonly id: string;
  readonly name: string;
}

/** Baseline first, then the candidates that ran, then the combination. */
export function armsOf({ cells, candidates, final }: CampaignRecord): ArmView[] {
  const ran = new Set(cells.map((cell) => cell.arm));
  const named = new Map<string, string>([['baseline', 'Baseline']]);
  for (const { id, proposal } of candidates) named.set(id, `${id}: ${proposal.title}`);
  for (const arm of ran) {
    if (!named.has(arm))
      named.set(arm, arm === final?.arm ? 'All kept edits together' : `Edits together (${arm})`);
  }
  return [...named].filter(([id]) => ran.has(id)).map(([id, name]) => ({ id, name }));
}

/** A short name for an axis or a column. */
export function armLabel(arm: string, { final }: CampaignRecord): string {
  return arm === final?.arm && arm !== 'baseline' && /^combined/.test(arm) ? 'together' : arm;
}
