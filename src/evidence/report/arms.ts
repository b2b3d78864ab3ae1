/**
 * The arms of a campaign as the report shows them.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import type { Cell } from '../../validation/cell.ts';
import { armName, BASE_ARM } from '../../validation/experiment/block.ts';

export interface ArmView {
  readonly id: string;
  readonly name: string;
  /** Cells of the arm that the report shows under it. */
  readonly cells: readonly Cell[];
}

/**
 * What a task did before, what it did in the fresh runs at the end, and, for each edit, with it on: the experiment
 * mixes edits, so an edit has no runs of its own.
 */
export function armsOf(record: CampaignRecord): ArmView[] {
  const { cells, candidates, final, settings } = record;
  const views: ArmView[] = [];
  const before = cells.filter(({ arm, attempt }) => arm === BASE_ARM && attempt <= settings.history_to);
  views.push({ id: BASE_ARM, name: 'Before any edit', cells: before });
  if (final !== null) {
    const first = settings.history_to + Math.min(...final.blocks.map(({ pass }) => pass));
    const fresh = cells.filter(({ attempt }) => attempt >= first);
    const stack = armName(final.candidates);
    views.push(
      {
        id: 'final-before',
        name: 'Fresh runs without the edits',
        cells: fresh.filter(({ arm }) => arm === BASE_ARM),
      },
      {
        id: 'final-after',
        name: 'Fresh runs with the kept edits',
        cells: fresh.filter(({ arm }) => arm === stack),
      },
    );
  }
  const last = Math.max(0, ...record.experiment.blocks.map(({ pass }) => pass));
  const tried = cells.filter(
    ({ attempt }) => attempt > settings.history_to && attempt <= settings.history_to + last,
  );
  for (const { id, proposal } of candidates) {
    const own = tried.filter(({ arm }) => arm.split('-').includes(id));
    if (own.length > 0) views.push({ id, name: `With ${id} on: ${proposal.title}`, cells: own });
  }
  return views.filter((view) => view.cells.length > 0);
}

/** A short name for an axis or a column. */
export function armLabel(arm: string): string {
  return { [BASE_ARM]: 'before', 'final-before': 'fresh, without', 'final-after': 'fresh, with' }[arm] ?? arm;
}
