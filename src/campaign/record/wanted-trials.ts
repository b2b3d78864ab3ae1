/**
 * Which trajectories a campaign keeps: those it cites, and both sides of tasks whose outcome changed.
 */
import type { Trajectory } from '../../evidence/trajectory.ts';
import type { Cell } from '../../validation/cell.ts';
import { armName } from '../../validation/experiment/block.ts';
import type { CampaignRecord } from './record.ts';

export interface WantedTrial {
  readonly trial: string;
  readonly why: Trajectory['kept_for'];
}

/** Flipped tasks at most, each way. */
const MAX_FLIPS = 40;

/** Most important first: cited trials, then lost tasks, then gained ones. Each trial once. */
export function wantedTrials(record: CampaignRecord): WantedTrial[] {
  const cited = record.weaknesses.flatMap((weakness) => weakness.evidence.map((evidence) => evidence.trial));
  const flips = flipTrials(record);
  const wanted = new Map<string, WantedTrial>();
  for (const trial of cited) wanted.set(trial, { trial, why: 'citation' });
  for (const trial of flips) if (!wanted.has(trial)) wanted.set(trial, { trial, why: 'flip' });
  return [...wanted.values()];
}

function flipTrials({ final, cells }: CampaignRecord): string[] {
  if (final === null) return [];
  const { gained, lost } = final.figures.flips;
  const arm = armName(final.candidates);
  // Of the final alone: its figures are the ones that are shown.
  const first = Math.min(...final.blocks.map(({ pass }) => pass));
  const own = cells.filter(({ attempt }) => attempt >= first);
  const of = (tasks: readonly string[], now: 'pass' | 'fail') =>
    tasks.slice(0, MAX_FLIPS).flatMap((task) => flipPair(own, task, arm, now));
  return [...of(lost, 'fail'), ...of(gained, 'pass')];
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
