/**
 * The catalog: vetted operators from mechanism and knob role, or text surface, to an edit. Works with no model.
 */
import { applyEdits, readSurface } from '../../harness/apply.ts';
import type { Edit } from '../../harness/edit.ts';
import { readPointer } from '../../harness/structured/value.ts';
import type { Knob, Surface, SurfaceContents } from '../../harness/surface.ts';
import { applyTextEdits } from '../../harness/text.ts';
import type { Weakness } from '../../mining/weakness.ts';
import { proposalId } from '../identity.ts';
import { TREATMENTS } from '../plan.ts';
import type { Proposal } from '../proposal.ts';
import { KNOB_OPERATORS, type KnobOperator } from './knob-operators.ts';
import { placeRule } from './placement.ts';
import { TEXT_RULES, type TextRule } from './rules.ts';
import { isOff, nextValues } from './steps.ts';
import { textTargets } from './text-target.ts';
import { undoEdits } from './undo.ts';
import { saysAlready } from './wording.ts';

export interface CatalogInput {
  /** Ranked, the gravest first; those nobody can address are passed over. */
  readonly weaknesses: readonly Weakness[];
  readonly surfaces: readonly Surface[];
  readonly contents: SurfaceContents;
  /** Ids of proposals that were tried and did not hold: the next alternative takes their place. */
  readonly refused: ReadonlySet<string>;
}

/**
 * Proposals for every weakness in their order, each weakness's own alternatives best first: its knobs before its
 * text rules, and every operator once before any of them a second time. Every proposal applies to the contents.
 */
export function catalogProposals(input: CatalogInput): Proposal[] {
  const byId = new Map<string, { proposal: Proposal; asking: Weakness[] }>();
  for (const weakness of input.weaknesses) {
    if (!weakness.addressable) continue;
    for (const proposal of alternatives(input, weakness)) {
      const known = byId.get(proposal.id);
      if (known === undefined) byId.set(proposal.id, { proposal, asking: [weakness] });
      else if (!known.asking.includes(weakness)) known.asking.push(weakness);
    }
  }
  return [...byId.values()].map(({ proposal, asking }) => askedBy(proposal, asking));
}

/** A proposal in the name of every weakness that asks for it; what it says of the first it says of all. */
function askedBy(proposal: Proposal, asking: readonly Weakness[]): Proposal {
  const words = found(asking.slice(0, 1));
  const hypothesis = found(asking) + proposal.hypothesis.slice(words.length);
  return { ...proposal, hypothesis, weaknesses: asking.map((weakness) => weakness.id) };
}

function alternatives(input: CatalogInput, weakness: Weakness): Proposal[] {
  const treatment = TREATMENTS[weakness.signature.mechanism];
  const knobs = treatment.knobs.map((id) => knobProposals(input, weakness, operatorOf(id)));
  const rules = treatment.rules.map((id) => ruleProposals(input, weakness, ruleOf(id)));
  const columns = [...knobs, ...rules].map((column) => column.filter((one) => !input.refused.has(one.id)));
  const rounds = Math.max(0, ...columns.map((column) => column.length));
  return Array.from({ length: rounds }, (_, round) =>
    columns.flatMap((column) => column.slice(round, round + 1)),
  ).flat();
}

function knobProposals(input: CatalogInput, weakness: Weakness, operator: KnobOperator): Proposal[] {
  return input.surfaces.flatMap((surface) => {
    const content = input.contents.get(surface.id);
    if (content === undefined) return [];
    const root = readSurface(surface, content);
    const knobs = surface.knobs.filter((knob) => knob.role === operator.role);
    return knobs.flatMap((knob) => turns(surface, content, root, knob, operator, weakness));
  });
}

function turns(
  surface: Surface,
  content: string,
  root: unknown,
  knob: Knob,
  operator: KnobOperator,
  weakness: Weakness,
): Proposal[] {
  const needed = surface.knobs.find((other) => other.role === operator.needs);
  if (needed !== undefined && isOff(readPointer(root, needed.pointer))) return [];
  const current = readPointer(root, knob.pointer);
  return nextValues(knob, current, operator.move).flatMap((value) => {
    const edits = [turn(root, knob, value), ...alongside(surface, root, operator)];
    const applied = applyEdits(surface, content, edits);
    if (!applied.ok || applied.content.length > (surface.max_chars ?? Number.POSITIVE_INFINITY)) return [];
    const turned = turnedWords(current, value);
    return [
      {
        ...identified(surface.id, edits, weakness),
        operator: operator.id,
        title: `${turned.verb} the ${operator.noun}${turned.range}`,
        hypothesis: `${found([weakness])}. ${turned.verb} the ${operator.noun} (${knob.pointer})${turned.range}.`,
        expected_effect: operator.effect,
        risks: [...operator.risks],
        ...undoable(surface, content, edits),
      },
    ];
  });
}

/** A knob whose key is absent is added; `applyEdits` says whether there is anything to add it to. */
function turn(root: unknown, { pointer }: Knob, value: string | number | boolean): Edit {
  return { op: readPointer(root, pointer) === undefined ? 'add' : 'set', pointer, value };
}

function alongside(surface: Surface, root: unknown, operator: KnobOperator): Edit[] {
  const knob = surface.knobs.find((other) => other.role === operator.along);
  const current = knob === undefined ? undefined : readPointer(root, knob.pointer);
  const [value] = knob === undefined || !isOff(current) ? [] : nextValues(knob, current, 'raise');
  return knob === undefined || value === undefined ? [] : [turn(root, knob, value)];
}

function undoable(surface: Surface, content: string, edits: readonly Edit[]): { undo?: Edit[] } {
  const undo = undoEdits(surface, content, edits);
  return undo === undefined ? {} : { undo };
}

function ruleProposals(input: CatalogInput, weakness: Weakness, rule: TextRule): Proposal[] {
  const targets = textTargets(input.surfaces, input.contents, rule.phase, weakness.surfaces);
  // A rule that stands in one text already need not be said again in another.
  if (targets.some((target) => saysAlready(target.text, rule.text))) return [];
  const [target] = targets;
  if (target === undefined) return [];
  const insertion = placeRule(target.text, rule.text, rule.phase);
  let edits: Edit[] = [insertion];
  if (target.pointer !== null) {
    const placed = applyTextEdits(target.text, [insertion]);
    if (!placed.ok) return [];
    edits = [{ op: 'set', pointer: target.pointer, value: placed.content }];
  }
  const content = input.contents.get(target.surface.id) ?? '';
  const applied = applyEdits(target.surface, content, edits);
  const cap = target.surface.max_chars ?? Number.POSITIVE_INFINITY;
  if (!applied.ok || applied.content.length > cap) return [];
  return [
    {
      ...identified(target.surface.id, edits, weakness),
      operator: rule.id,
      title: rule.title,
      hypothesis: `${found([weakness])}. Nothing in ${target.surface.path} asks for the conduct that would have avoided it.`,
      expected_effect: rule.effect,
      risks: [...rule.risks, 'A longer prompt costs tokens in every run.'],
      ...undoable(target.surface, content, edits),
    },
  ];
}

function identified(surface: string, edits: Edit[], weakness: Weakness) {
  const { mechanism } = weakness.signature;
  const id = proposalId({ surface, edits, mechanism });
  return { id, origin: 'catalog' as const, mechanism, weaknesses: [weakness.id], surface, edits };
}

/** How many trials of how many tasks show what weaknesses of one mechanism have found. */
function found(weaknesses: readonly Weakness[]): string {
  const trials = new Set(weaknesses.flatMap((weakness) => weakness.trials)).size;
  const tasks = new Set(weaknesses.flatMap((weakness) => weakness.tasks)).size;
  const [finding = ''] = weaknesses.map(({ signature }) => TREATMENTS[signature.mechanism].finding);
  return `${trials} failing ${trials === 1 ? 'trial' : 'trials'} of ${tasks} tasks ${finding}`;
}

function turnedWords(current: unknown, value: string | number | boolean): { verb: string; range: string } {
  if (value === true) return { verb: 'Switch on', range: '' };
  if (typeof value === 'number' && typeof current === 'number' && current > 0) {
    return { verb: value > current ? 'Raise' : 'Lower', range: ` from ${current} to ${value}` };
  }
  return { verb: 'Set', range: ` to ${String(value)}` };
}

function operatorOf(id: string): KnobOperator {
  const operator = KNOB_OPERATORS.find((candidate) => candidate.id === id);
  if (operator === undefined) throw new Error(`no knob operator "${id}" in the catalog`);
  return operator;
}

function ruleOf(id: string): TextRule {
  const rule = TEXT_RULES.find((candidate) => candidate.id === id);
  if (rule === undefined) throw new Error(`no text rule "${id}" in the catalog`);
  return rule;
}
