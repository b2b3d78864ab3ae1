/**
 * Which trajectories a campaign keeps: those it cites, and both sides of tasks whose outcome changed.
 */
import type { Trajectory } from '../../evidence/trajectory.ts';
import type { Cell } from '../../validation/cell.ts';
import type { CampaignRecord } from './record.ts';

export interface WantedTrial {
  readonly trial: string;
  readonly why: Trajectory['kept_for'];
}

/** Flipped tasks at most, of the final arm and of each rejected edit. */
const MAX_FLIPS = 40;
const MAX_FLIPS_REJECTED = 4;

/** Most important first: cited trials, then lost tasks, then gained ones. Each trial once. */
export function wantedTrials(record: CampaignRecord): WantedTrial[] {
  const cited = record.weaknesses.flatMap((weakness) => weakness.evidence.map((evidence) => evidence.trial));
  const flips = flipTrials(record);
  const wanted = new Map<string, WantedTrial>();
  for (const trial of cited) wanted.set(trial, { trial, why: 'citation' });
  for (const trial of flips) if (!wanted.has(trial)) wanted.set(trial, { trial, why: 'flip' });
  return [...wanted.values()];
}

function flipTrials(record: CampaignRecord): string[] {
  const { final, candidates, cells } = record;
  const of = (arm: string, tasks: readonly string[], now: 'pass' | 'fail', most: number) =>
    tasks.slice(0, most).flatMap((task) => flipPair(cells, task, arm, now));
  const finals =
    final === null
      ? []
      : [
          ...of(final.arm, final.verdict.flips.lost, 'fail', MAX_FLIPS),
          ...of(final.arm, final.verdict.flips.gained, 'pass', MAX_FLIPS),
        ];
  const rejected = candidates.flatMap(({ id, verdict, decision }) =>
    verdict === null || decision === 'accepted' || id === final?.arm
      ? []
      : of(id, verdict.flips.lost, 'fail', MAX_FLIPS_REJECTED),
  );
  return [...finals, ...rejected];
}

/** The first trial of the arm that came out as `now`, and the first baseline trial that did not. */
function flipPair(cells: readonly Cell[], task: string, arm: string, now: 'pass' | 'fail'): string[] {
  const before = now === 'pass' ? 'fail' : 'pass';
  const first = (of: string, outcome: 'pass' | 'fail') =>
    cells
      .filter((cell) => cell.task === task && cell.arm === of && cell.outcome === outcome)
      .sort((a, b) => a.attempt - b.attempt)[0]?.trial;
  const [old, fresh] = [first('baseline', before), first(arm, now)];
  return old === undefined || fresh === undefined ? [] : [old, fresh];
}
