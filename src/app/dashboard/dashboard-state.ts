/**
 * What the dashboard tells, of what GitHub, the ledger and the engine know.
 */
import type { Ledger } from '../../campaign/ledger/ledger.ts';
import type { Memory } from '../../campaign/ledger/memory.ts';
import type { CampaignRecord } from '../../campaign/record/record.ts';
import type { Config } from '../../config/schema.ts';
import type { DashboardPull, DashboardState } from '../../evidence/dashboard.ts';
import { endedThisWeek } from '../campaigns/start-campaign.ts';

export interface DashboardFacts {
  readonly config: Config;
  readonly ledger: Ledger;
  readonly memory: Memory;
  /** Record of the campaign that mined last, or null. */
  readonly mined: CampaignRecord | null;
  readonly running: DashboardState['running'];
  /** Pull requests by their campaign. */
  readonly pulls: ReadonlyMap<string, DashboardPull>;
  readonly now: Date;
}

export function dashboardState(facts: DashboardFacts): DashboardState {
  const { config, ledger, memory, mined, running, pulls, now } = facts;
  const { campaigns_per_week: perWeek, trials } = config.budget;
  return {
    running,
    ended: endedCampaigns(ledger, pulls),
    waiting: mined === null ? [] : weaknessesWaiting(mined, memory.refused),
    budget: {
      campaignsLeft: Math.max(0, perWeek - endedThisWeek(ledger, now)),
      campaignsPerWeek: perWeek,
      trialsPerCampaign: trials,
    },
    pausedBy: memory.pausedBy,
    idleReason: memory.idle?.after === lastCampaign(ledger) ? (memory.idle?.reason ?? null) : null,
    obeys: config.triggers.comments,
  };
}

/** Id of the campaign that ended last, null before the first. */
export function lastCampaign(ledger: Ledger): string | null {
  return ledger.lines.findLast((line) => line.kind === 'campaign')?.campaign ?? null;
}

/** Id of the last campaign that came as far as mining: one that failed or was cancelled says nothing of weaknesses. */
export function lastMined(ledger: Ledger): string | null {
  const mined = ledger.lines.findLast(
    (line) => line.kind === 'campaign' && line.ending.kind !== 'failed' && line.ending.kind !== 'cancelled',
  );
  return mined?.campaign ?? null;
}

function endedCampaigns(
  { lines }: Ledger,
  pulls: ReadonlyMap<string, DashboardPull>,
): DashboardState['ended'] {
  return lines
    .flatMap((line) => {
      if (line.kind !== 'campaign') return [];
      const { campaign: id, finished_at: finishedAt, ending, trials } = line;
      const edits = lines.flatMap((one) =>
        one.kind === 'edit' && one.campaign === id ? [one.decision] : [],
      );
      const accepted = edits.filter((decision) => decision === 'accepted').length;
      return [{ id, finishedAt, ending, trials, accepted, tried: edits.length, pull: pulls.get(id) ?? null }];
    })
    .reverse();
}

/** Weaknesses that no edit of the pull request acts on. An edit that a person refused leaves its weakness waiting. */
function weaknessesWaiting(record: CampaignRecord, refused: readonly string[]): DashboardState['waiting'] {
  const kept = new Set(record.final?.candidates);
  const acted = new Set(
    record.candidates
      .filter(({ id, proposal }) => kept.has(id) && !refused.includes(proposal.id))
      .flatMap(({ proposal }) => proposal.weaknesses),
  );
  return record.weaknesses
    .filter((weakness) => !acted.has(weakness.id))
    .map(({ title, trials, tasks, addressable }) => ({
      title,
      trials: trials.length,
      tasks: tasks.length,
      addressable,
    }));
}
