/**
 * Suspects: tasks whose failures say more about the task than about the agent, and tasks that flip by themselves.
 */
import type { Cell } from './cell.ts';

export interface VerifierSuspect {
  readonly task: string;
  /** The message every attempt of every arm failed with. */
  readonly message: string;
  readonly attempts: number;
  readonly arms: readonly string[];
}

/** Attempts below which one message for all proves nothing. */
const SUSPECT_FROM = 3;

/**
 * Tasks that no attempt of any arm passed, all failing with one and the same verifier message, over at least three
 * attempts: the verifier or the task is likelier at fault than the agent. They are flagged for a person; the gate
 * still counts them, because a task that fails for both arms moves nothing.
 */
export function verifierSuspects(cells: readonly Cell[]): VerifierSuspect[] {
  const suspects: VerifierSuspect[] = [];
  for (const [task, of] of Map.groupBy(cells.filter(isValid), (cell) => cell.task)) {
    const messages = new Set(of.map((cell) => normalised(cell.message)));
    const [message] = messages;
    if (of.length < SUSPECT_FROM || messages.size !== 1 || message === undefined || message === '') continue;
    if (of.some((cell) => (cell.score ?? 0) > 0)) continue;
    suspects.push({
      task,
      message,
      attempts: of.length,
      arms: [...new Set(of.map((cell) => cell.arm))].sort(),
    });
  }
  return suspects.sort((a, b) => (a.task < b.task ? -1 : 1));
}

export interface FlipRate {
  readonly task: string;
  readonly attempts: number;
  /** Share of pairs of attempts under the same arm that disagree, 0..1. */
  readonly rate: number;
}

/** How often equal attempts of a task disagree, from all pairs of attempts under the same arm. Tasks without such a pair are left out. */
export function flipRates(cells: readonly Cell[]): FlipRate[] {
  const rates: FlipRate[] = [];
  for (const [task, of] of Map.groupBy(cells.filter(isValid), (cell) => cell.task)) {
    let pairs = 0;
    let disagreeing = 0;
    for (const [, same] of Map.groupBy(of, (cell) => cell.arm)) {
      const passes = same.filter((cell) => cell.outcome === 'pass').length;
      pairs += (same.length * (same.length - 1)) / 2;
      disagreeing += passes * (same.length - passes);
    }
    if (pairs > 0) rates.push({ task, attempts: of.length, rate: disagreeing / pairs });
  }
  return rates.sort((a, b) => b.rate - a.rate || (a.task < b.task ? -1 : 1));
}

function isValid(cell: Cell): boolean {
  return cell.outcome === 'pass' || cell.outcome === 'fail';
}

/** Numbers that change from run to run (durations, addresses, dates) do not make two messages different. */
function normalised(message: string | null): string {
  return (message ?? '').replace(/0x[0-9a-f]+|\d+(\.\d+)?/gi, '#').trim();
}
