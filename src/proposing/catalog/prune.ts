/**
 * Pruning: taking back what no longer earns its place. The gate then asks for non-inferiority within its margin
 * and for lower cost, so a proposal here is a question, not a judgement.
 *
 * Only what this bot added is ever proposed for deletion, and rules that say again what another rule says. What a
 * person wrote alone stays theirs.
 */
import { applyEdits, readSurface } from '../../harness/apply.ts';
import { type Edit, isValueEdit } from '../../harness/edit.ts';
import { readPointer } from '../../harness/structured/value.ts';
import type { Surface, SurfaceContents } from '../../harness/surface.ts';
import type { Weakness } from '../../mining/weakness.ts';
import { proposalId } from '../identity.ts';
import type { Proposal } from '../proposal.ts';
import { SAME_RULE, similarity, stems } from './wording.ts';

export interface PruneInput {
  readonly surfaces: readonly Surface[];
  readonly contents: SurfaceContents;
  /** Accepted proposals of the ledger, the oldest first. */
  readonly accepted: readonly Proposal[];
  /** What the present traces still show. */
  readonly weaknesses: readonly Weakness[];
  /** Ids of prunings that were tried and did not hold. */
  readonly refused: ReadonlySet<string>;
}

/**
 * Deletions that still apply, best first: rules that repeat another rule; then edits whose mechanism is still
 * mined although they are in force, so that they do not seem to work; then the others, the oldest first.
 */
export function pruneProposals(input: PruneInput): Proposal[] {
  const mined = new Set(input.weaknesses.map((weakness) => weakness.signature.mechanism));
  const own = input.accepted.flatMap((proposal) => takeBack(input, proposal, mined.has(proposal.mechanism)));
  const idle = own.filter((proposal) => mined.has(proposal.mechanism));
  const quiet = own.filter((proposal) => !mined.has(proposal.mechanism));
  const repeats = input.surfaces.flatMap((surface) => repeatedRules(surface, input.contents.get(surface.id)));
  const seen = new Set<string>(input.refused);
  return [...repeats, ...idle, ...quiet].filter((proposal) => {
    const fresh = !seen.has(proposal.id);
    seen.add(proposal.id);
    return fresh;
  });
}

function takeBack(input: PruneInput, accepted: Proposal, stillMined: boolean): Proposal[] {
  const surface = input.surfaces.find((candidate) => candidate.id === accepted.surface);
  const content = surface === undefined ? undefined : input.contents.get(surface.id);
  if (surface === undefined || content === undefined || !inForce(surface, content, accepted.edits)) return [];
  const edits = reversed(surface, content, accepted);
  if (edits.length === 0 || !applyEdits(surface, content, edits).ok) return [];
  const reason = stillMined
    ? 'The mechanism it was meant for is still mined although it is in force.'
    : 'The mechanism it was meant for is not mined any more; it may have become unnecessary.';
  return [
    pruning(surface, edits, {
      operator: 'prune_edit',
      mechanism: accepted.mechanism,
      title: `Take back: ${accepted.title}`,
      hypothesis: `${reason} Without it no task should do worse, and a run should cost less.`,
      risks: [`It may be what keeps this away: ${accepted.expected_effect || accepted.hypothesis}`],
    }),
  ];
}

/** Every change the proposal made still stands as it made it. A knob turned since is no longer this edit's. */
function inForce(surface: Surface, content: string, edits: readonly Edit[]): boolean {
  const root = readSurface(surface, content);
  return edits.every((edit) => {
    if (!isValueEdit(edit))
      return edit.op !== 'delete' && content.replaceAll('\r\n', '\n').includes(edit.text.trim());
    const value = readPointer(root, edit.pointer);
    return edit.op === 'remove' ? value === undefined : JSON.stringify(value) === JSON.stringify(edit.value);
  });
}

/** The edits that undo the proposal: those it names itself, else deletions of the text it inserted. */
function reversed(surface: Surface, content: string, accepted: Proposal): Edit[] {
  if (accepted.undo !== undefined) return accepted.undo;
  const deletions = accepted.edits.map((edit): Edit | null => {
    if (isValueEdit(edit)) return edit.op === 'add' ? { op: 'remove', pointer: edit.pointer } : null;
    if (edit.op === 'replace') return { op: 'replace', anchor: edit.text, text: edit.anchor };
    return edit.op === 'delete' ? null : deletion(surface, content, edit.text);
  });
  return deletions.every((edit) => edit !== null) ? deletions : [];
}

/** Deletes inserted text with the line breaks it came with, as far as they are still there. */
function deletion(surface: Surface, content: string, text: string): Edit | null {
  for (const anchor of [text, text.replace(/^\n/, ''), text.trim()]) {
    if (anchor === '') continue;
    const edit: Edit = { op: 'delete', anchor };
    if (applyEdits(surface, content, [edit]).ok) return edit;
  }
  return null;
}

/** Rules shorter than this, in words that carry meaning, are too short to say that two of them are one. */
const LEAST_WORDS = 5;

/** List items of one text that say what an earlier item says. */
function repeatedRules(surface: Surface, content: string | undefined): Proposal[] {
  if (content === undefined || (surface.kind !== 'text' && surface.kind !== 'markdown')) return [];
  const items = content.split(/\r?\n/).filter((line) => /^\s*(?:[-*+]|\d{1,3}[.)])\s+\S/.test(line));
  return items.flatMap((item, index) => {
    if (stems(item).size < LEAST_WORDS) return [];
    const twin = items.slice(0, index).find((earlier) => similarity(earlier, item) >= SAME_RULE);
    const edit: Edit = { op: 'delete', anchor: `\n${item}` };
    if (twin === undefined || !applyEdits(surface, content, [edit]).ok) return [];
    return [
      pruning(surface, [edit], {
        operator: 'prune_repeated_rule',
        mechanism: 'unknown',
        title: `Remove a rule of ${surface.id} that repeats another`,
        hypothesis:
          'An earlier rule of the same text says the same in nearly the same words. Without the repetition no task should do worse, and a run should cost less.',
        risks: ['Repetition may be what made the model heed it.'],
      }),
    ];
  });
}

function pruning(
  surface: Surface,
  edits: Edit[],
  words: Pick<Proposal, 'operator' | 'mechanism' | 'title' | 'hypothesis' | 'risks'>,
): Proposal {
  return {
    id: proposalId({ surface: surface.id, edits, mechanism: words.mechanism }),
    origin: 'catalog',
    weaknesses: [],
    surface: surface.id,
    edits,
    expected_effect: 'The same pass rate with fewer tokens a run.',
    ...words,
  };
}
