/**
 * The config's rules as settings of a campaign.
 */
import type { Config } from '../../config/schema.ts';
import type { CampaignInput } from '../context.ts';
import type { GateSettings } from '../record/record.ts';

/** Points (0..1) a deletion may cost at most. */
const MARGIN = 0.05;
/** Of the passes allowed, the share that every edit gets; the rest is for those that look promising then. */
const PLANNED_SHARE = 0.6;
/** An eval without our runner starts each group by itself: few blocks, so that starting up does not cost the most. */
const BLOCKS_ONE_BY_ONE = 2;

/** @param plans the eval carries out plans: starting a group costs little */
export function gateSettings(
  config: Config | null,
  plans: boolean,
  { seed, rule, mode }: CampaignInput,
): Omit<GateSettings, 'history_to'> {
  const gate = config?.gate;
  const most = gate?.max_passes ?? 20;
  const passes = Math.max(1, Math.round(most * PLANNED_SHARE));
  const blocks = gate?.blocks ?? 8;
  const deletion = mode.kind === 'prune';
  return {
    rule: deletion ? 'sequential' : (rule ?? gate?.rule ?? 'sequential'),
    alpha: gate?.alpha ?? 0.05,
    alpha_harm: gate?.alpha_harm ?? 0.05,
    outcome: deletion ? 'pass' : (gate?.outcome ?? 'both'),
    passes,
    extra_passes: most - passes,
    blocks: plans ? blocks : Math.min(BLOCKS_ONE_BY_ONE, blocks),
    vetoes: gate?.vetoes ?? { cost_ratio: 1.5, latency_ratio: 2 },
    seed,
    margin: deletion ? MARGIN : null,
  };
}
