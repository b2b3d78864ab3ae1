/**
 * What the trajectory reader draws: texts in pieces, cited ones marked, gaps said. Made here, so that the script in
 * the page only has to show it.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import type { Evidence } from '../../mining/weakness.ts';
import { visible } from '../markdown/visible.ts';
import { type Kept, type Trajectory, type TrajectoryStep, textsFields } from '../trajectory.ts';
import { endParts, endText } from '../trial-end.ts';

/** A piece of text (`m` 1 where it is cited) or a gap of so many characters. */
export type Segment = { readonly t: string; readonly m?: 1 } | { readonly gap: number };

interface StepView {
  readonly i: number;
  readonly role: string;
  readonly calls: readonly string[];
  readonly cited: boolean;
  readonly texts: readonly { readonly name: string; readonly s: readonly Segment[] }[];
}

export interface TrajectoryView {
  readonly trial: string;
  readonly arm: string;
  readonly task: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly total: number;
  /** Index of the trajectory of the same task to show beside it, or −1. */
  readonly beside: number;
  /** How the run ended and what the eval said; '' where nothing is known. */
  readonly end: string;
  readonly steps: readonly StepView[];
}

const FIELD_NAMES = {
  text: 'said',
  arguments: 'called with',
  observation: 'got back',
  error: 'error',
} as const;

export function trajectoryViews(
  record: CampaignRecord,
  trajectories: readonly Trajectory[],
): TrajectoryView[] {
  const evidence = Map.groupBy(
    record.weaknesses.flatMap((weakness) => weakness.evidence),
    (one) => one.trial,
  );
  return trajectories.map((trajectory, index) => ({
    trial: visible(trajectory.trial),
    arm: trajectory.arm,
    task: visible(trajectory.task),
    attempt: trajectory.attempt,
    outcome: trajectory.outcome,
    total: trajectory.steps_total,
    beside: partner(trajectories, index),
    end: visible(endText(trajectory.ended === undefined ? [] : endParts(trajectory.ended))),
    steps: trajectory.steps.map((step) => stepView(step, evidence.get(trajectory.trial) ?? [])),
  }));
}

/** The other side of a flipped task: the same task, the other arm, the other outcome. */
function partner(trajectories: readonly Trajectory[], index: number): number {
  const own = trajectories[index];
  if (own === undefined) return -1;
  return trajectories.findIndex(
    (other) =>
      other.task === own.task &&
      other.outcome !== own.outcome &&
      (other.arm === 'baseline') !== (own.arm === 'baseline'),
  );
}

function stepView(step: TrajectoryStep, evidence: readonly Evidence[]): StepView {
  const cited = evidence.filter((one) => one.step === step.index);
  const texts = textsFields
    .filter((field) => step[field].length > 0)
    .map((field) => ({
      name: FIELD_NAMES[field],
      s: segments(
        step[field],
        cited.filter((one) => one.field === field),
      ),
    }));
  return { i: step.index, role: step.role, calls: step.calls.map(visible), cited: cited.length > 0, texts };
}

/** The pieces of a text cut where citations begin and end. */
export function segments(kept: Kept, cited: readonly Pick<Evidence, 'start' | 'end'>[]): Segment[] {
  const found: Segment[] = [];
  let at = 0;
  for (const { from, text } of kept.pieces) {
    if (from > at) found.push({ gap: from - at });
    const cuts = new Set([0, text.length]);
    for (const { start, end } of cited)
      for (const cut of [start - from, end - from]) if (cut > 0 && cut < text.length) cuts.add(cut);
    const places = [...cuts].sort((a, b) => a - b);
    for (const [index, begin] of places.entries()) {
      const stop = places[index + 1];
      if (stop === undefined) break;
      const marked = cited.some(({ start, end }) => start - from <= begin && end - from >= stop);
      const shown = visible(text.slice(begin, stop));
      found.push(marked ? { t: shown, m: 1 } : { t: shown });
    }
    at = from + text.length;
  }
  if (kept.length > at) found.push({ gap: kept.length - at });
  return found;
}
