/**
 * Arms: which edits are on, as whole surface files laid over the base; and which edits cannot be on together.
 */

import { areAlternatives } from '../../proposing/catalog/alternatives.ts';
import { armName } from '../../validation/experiment/block.ts';
import { contentsMap, type Foundation } from '../context.ts';
import { applyProposal, stack } from '../propose/candidates.ts';
import type { Candidate } from '../record/record.ts';

export interface ArmMaker {
  readonly foundation: Foundation;
  /** In the campaign's order. */
  readonly candidates: readonly Candidate[];
  readonly tasks: readonly string[];
  /** Rules the bot added earlier, which a pruning may take back. */
  readonly ownTexts: readonly string[];
}

/** Files that the arm with these edits changes, by path. @throws where an edit does not apply: conflicts come first */
export function armFiles(maker: ArmMaker, edits: readonly string[]): Record<string, string> {
  const on = new Set(edits);
  const chosen = maker.candidates.filter(({ id }) => on.has(id));
  const made = stack(maker.foundation, chosen, maker.tasks, maker.ownTexts);
  const [conflict] = made.conflicts;
  if (conflict !== undefined)
    throw new Error(`the arm ${armName(edits)} cannot be made: ${conflict.candidate}: ${conflict.reason}`);
  return made.files;
}

/**
 * Groups of edits of which at most one may be on: they set one value, or do not apply beside each other. An edit that
 * does not apply beside all others together, though beside each, sits with them all.
 */
export function conflictsOf({ foundation, candidates, tasks, ownTexts }: ArmMaker): string[][] {
  const pairs: [string, string][] = [];
  for (const [index, a] of candidates.entries()) {
    for (const b of candidates.slice(index + 1)) {
      if (areAlternatives(a.proposal, b.proposal) || !beside(foundation, a, b, tasks, ownTexts))
        pairs.push([a.id, b.id]);
    }
  }
  const groups = connected(pairs);
  const sitting = new Set(groups.flatMap((group) => group.slice(1)));
  const together = candidates.filter(({ id }) => !sitting.has(id));
  const { conflicts } = stack(foundation, together, tasks, ownTexts);
  return conflicts.length === 0 ? groups : [candidates.map(({ id }) => id)];
}

function beside(
  { config, contents }: Foundation,
  a: Candidate,
  b: Candidate,
  tasks: readonly string[],
  ownTexts: readonly string[],
): boolean {
  const before = contentsMap({ contents });
  const first = applyProposal(config, before, a.proposal, tasks, ownTexts);
  if (!first.ok) return false;
  const after = new Map(before).set(first.surface.id, first.content);
  return applyProposal(config, after, b.proposal, tasks, ownTexts).ok;
}

function connected(pairs: readonly (readonly [string, string])[]): string[][] {
  const groups: Set<string>[] = [];
  for (const pair of pairs) {
    const touching = groups.filter((group) => pair.some((one) => group.has(one)));
    const merged = new Set([...touching.flatMap((group) => [...group]), ...pair]);
    for (const group of touching) groups.splice(groups.indexOf(group), 1);
    groups.push(merged);
  }
  return groups.map((group) => [...group].sort());
}
