/**
 * The splits of a record as a map from task to split.
 */
import type { CampaignRecord } from '../campaign/record/record.ts';
import type { Split } from '../validation/cell.ts';

export function splitMap(splits: CampaignRecord['splits']): ReadonlyMap<string, Split> {
  const kinds = ['held_in', 'held_out', 'sealed'] as const;
  return new Map(kinds.flatMap((split) => splits[split].map((task) => [task, split] as const)));
}
