/**
 * The baseline: what the agent does as it is, before any edit. Mined, and what bets are shaped by; no evidence.
 */
import type { CellGroup } from '../../eval/plan.ts';
import { BASE_ARM } from '../../validation/experiment/block.ts';
import type { CampaignContext, Prepared } from '../context.ts';
import { CampaignFailure } from '../failure.ts';
import { settledCells } from './cells.ts';
import { dispatch, type Gathered } from './dispatch.ts';
import { pastBaseline } from './history.ts';

/** Highest attempt number among the cells; 0 without one. */
export function lastAttempt(gathered: readonly Gathered[]): number {
  return settledCells(gathered).reduce((most, cell) => Math.max(most, cell.attempt), 0);
}

/** Tasks that a baseline met. */
export function tasksMet(gathered: readonly Gathered[]): string[] {
  return [...new Set(settledCells(gathered).map((cell) => cell.task))].sort();
}

/**
 * Attempts of every task: what the repository ran by itself first, then passes of our own.
 *
 * @param passesFor how many passes to have in all, once the number of tasks is known
 * @throws CampaignFailure where nothing could be measured, and whatever `passesFor` throws
 */
export async function gatherBaseline(
  context: CampaignContext,
  prepared: Prepared,
  passesFor: (gathered: readonly Gathered[]) => number,
): Promise<Gathered[]> {
  const gathered = await pastBaseline(context, prepared);
  if (tasksMet(gathered).length === 0) {
    // Nobody knows yet how many tasks there are, and the budget binds from the first pass on.
    gathered.push(...(await passes(context, prepared, 1, 1)));
    const [first] = gathered;
    if (gathered.every(({ failure }) => failure !== null))
      throw new CampaignFailure(first?.failure ?? 'the baseline evaluation brought nothing');
  }
  const done = lastAttempt(gathered);
  const wanted = passesFor(gathered);
  if (wanted > done) gathered.push(...(await passes(context, prepared, done + 1, wanted)));
  return gathered;
}

async function passes(
  context: CampaignContext,
  prepared: Prepared,
  from: number,
  to: number,
): Promise<Gathered[]> {
  const groups = Array.from(
    { length: to - from + 1 },
    (_, index): CellGroup => ({ block: from + index, arm: BASE_ARM, tasks: 'all', attempt: from + index }),
  );
  const key = `baseline-${from}`;
  return dispatch(context, prepared, { key, arms: { [BASE_ARM]: { files: {} } }, groups });
}
