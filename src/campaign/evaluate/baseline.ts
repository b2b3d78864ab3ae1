/**
 * The baseline: how many attempts are there already, and which are still wanting.
 */
import type { Prepared } from '../context.ts';
import { type ArmRequest, type Gathered, settledCells } from './gather.ts';

/** Highest attempt number among the cells; 0 without one. */
export function lastAttempt(gathered: readonly Gathered[]): number {
  return settledCells(gathered).reduce((most, cell) => Math.max(most, cell.attempt), 0);
}

/** The passes still wanting after `done` attempts that were there already. */
export function baselineRequests(prepared: Prepared, done: number): ArmRequest[] {
  const { baseline_passes: passes, passes_per_dispatch: perDispatch } = prepared.config.gate;
  const requests: ArmRequest[] = [];
  for (let first = done + 1; first <= passes; first += perDispatch) {
    requests.push({
      key: `baseline-p${first}`,
      arm: 'baseline',
      ...prepared.baseline,
      tasks: 'all',
      attempts: Math.min(perDispatch, passes - first + 1),
      firstAttempt: first,
    });
  }
  return requests;
}
