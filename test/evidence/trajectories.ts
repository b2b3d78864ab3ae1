/** Trajectories as the ledger would keep them of a record of `aRecord`. */

import type { CampaignRecord } from '../../src/campaign/record/record.ts';
import { wantedTrials } from '../../src/campaign/record/wanted-trials.ts';
import type { Kept, Trajectory } from '../../src/evidence/trajectory.ts';

const NOTHING: Kept = { length: 0, pieces: [] };

function keptAs(record: CampaignRecord, why: Trajectory['kept_for']): Trajectory[] {
  const wanted = new Set(wantedTrials(record).flatMap((one) => (one.why === why ? [one.trial] : [])));
  const quotes = new Map(
    record.weaknesses.flatMap((weakness) => weakness.evidence.map((one) => [one.trial, one.quote])),
  );
  const tools = new Map(
    record.weaknesses.flatMap((weakness) => weakness.evidence.map((one) => [one.trial, one.tool])),
  );
  const messages = new Map(record.cells.map((cell) => [cell.trial, cell.message]));
  const ends = new Map(
    record.weaknesses.flatMap((weakness) =>
      (weakness.ends ?? []).map(({ trial, stop, reason }) => [
        trial,
        { stop, reason, message: messages.get(trial) ?? null },
      ]),
    ),
  );
  return record.cells
    .filter((cell) => wanted.has(cell.trial))
    .map(({ trial, arm, task, attempt, outcome, message }) => {
      const text = `bash ${quotes.get(trial) ?? 'done'}`;
      const said = (index: number) => ({
        index,
        role: 'agent' as const,
        calls: [],
        text: { length: 9, pieces: [{ from: 0, text: `I look ${index}` }] },
        arguments: NOTHING,
        observation: NOTHING,
        error: NOTHING,
      });
      const cited = {
        ...said(3),
        calls: [tools.get(trial) ?? 'bash'],
        observation: { length: 4000, pieces: [{ from: 0, text }] },
      };
      return {
        version: 1,
        trial,
        arm,
        task,
        attempt,
        outcome,
        kept_for: why,
        steps_total: 40,
        ended: ends.get(trial) ?? { stop: 'finished', reason: null, message },
        steps: [said(0), said(1), cited, said(39)],
      };
    });
}

/** With the quote where the record says it stands. */
export function citedTrajectories(record: CampaignRecord): Trajectory[] {
  return keptAs(record, 'citation');
}

export function flipTrajectories(record: CampaignRecord): Trajectory[] {
  return keptAs(record, 'flip');
}
