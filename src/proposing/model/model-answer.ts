/**
 * A model's answer, and what may be taken from it. Nothing here calls a model; nothing a model writes is used
 * before it has passed here, and what passes here still has to pass the guards and the gate.
 */
import { z } from 'zod';
import { applyEdits, readSurface } from '../../harness/apply.ts';
import { type Edit, TextEdit, ValueEdit } from '../../harness/edit.ts';
import { covers } from '../../harness/pointer.ts';
import { readPointer } from '../../harness/structured/value.ts';
import type { Surface } from '../../harness/surface.ts';
import { applyTextEdits } from '../../harness/text.ts';
import { Mechanism } from '../../mining/vocabulary.ts';
import { oneLine, proseProblem } from '../catalog/prose.ts';
import { proposalId } from '../identity.ts';
import type { Proposal } from '../proposal.ts';
import { addressable, type ProposalBrief } from './model-brief.ts';

const TEXT_OPS = ['insert_after', 'insert_before', 'replace', 'delete'] as const;
const VALUE_OPS = ['set', 'add', 'remove'] as const;

/** Flat and with every member required: strict structured output takes it, and small models fill it in. */
const AnsweredEdit = z.object({
  op: z.enum([...TEXT_OPS, ...VALUE_OPS]),
  anchor: z.string(),
  text: z.string(),
  pointer: z.string(),
  value: z.string().describe('JSON text'),
});
type AnsweredEdit = z.infer<typeof AnsweredEdit>;

const AnsweredProposal = z.object({
  weakness: z.string().describe('the id of the weakness'),
  mechanism: Mechanism,
  surface: z.string().describe('the id of the surface'),
  title: z.string().describe('imperative, at most 72 characters'),
  hypothesis: z.string(),
  expected_effect: z.string(),
  risks: z.array(z.string()),
  edits: z.array(AnsweredEdit),
});
type AnsweredProposal = z.infer<typeof AnsweredProposal>;

export const ProposalAnswer = z.object({
  proposals: z.array(AnsweredProposal),
  decline: z.string().describe('why no edit would help; "" when there are proposals'),
});
export type ProposalAnswer = z.infer<typeof ProposalAnswer>;

/** A proposal that was not taken, and why, in words for the ledger and for the repair turn. */
export interface RefusedProposal {
  readonly title: string;
  readonly reason: string;
}

export interface AcceptedAnswer {
  readonly proposals: readonly Proposal[];
  readonly refused: readonly RefusedProposal[];
  /** The model's reason to propose nothing; null where it proposed something. */
  readonly declined: string | null;
}

/** What else a proposal must pass, such as the guards: the reason against it, or null. */
export type ProposalCheck = (proposal: Proposal) => string | null;

const MAX_EDITS = 4;
const TITLE_CHARS = 72;
const PROSE_CHARS = 500;
const MAX_RISKS = 5;

/** Takes the proposals that are sound, at most K, and says of every other why it was not taken. */
export function acceptAnswer(
  answer: ProposalAnswer,
  brief: ProposalBrief,
  check: ProposalCheck = () => null,
): AcceptedAnswer {
  const proposals: Proposal[] = [];
  const refused: RefusedProposal[] = [];
  for (const answered of answer.proposals) {
    const title =
      proseProblem(answered.title) === null ? oneLine(answered.title, TITLE_CHARS) : '(title withheld)';
    const taken = takeProposal(answered, brief);
    const reason =
      typeof taken === 'string'
        ? taken
        : proposals.length === brief.candidates
          ? `more than the ${brief.candidates} asked for`
          : proposals.some((other) => other.id === taken.id)
            ? 'the same edit twice'
            : check(taken);
    if (typeof taken === 'string' || reason !== null) refused.push({ title, reason: reason ?? '' });
    else proposals.push(taken);
  }
  const declined = answer.proposals.length === 0 ? declineReason(answer.decline) : null;
  return { proposals, refused, declined };
}

/**
 * The schema to hold a model to: an answer of which nothing could be taken is no answer, so the port's repair turn
 * tells the model why.
 */
export function answerSchemaFor(brief: ProposalBrief, check?: ProposalCheck): typeof ProposalAnswer {
  return ProposalAnswer.superRefine((answer, context) => {
    const { proposals, refused, declined } = acceptAnswer(answer, brief, check);
    if (proposals.length > 0 || (declined !== null && declined !== '')) return;
    const issues = refused.map((one) => `"${one.title}": ${one.reason}`);
    if (issues.length === 0) issues.push('give at least one proposal, or the reason to decline');
    for (const message of issues) context.addIssue({ code: 'custom', path: ['proposals'], message });
  });
}

function takeProposal(answered: AnsweredProposal, brief: ProposalBrief): Proposal | string {
  const weakness = addressable(brief).find((candidate) => candidate.id === answered.weakness);
  if (weakness === undefined) return `there is no weakness "${oneLine(answered.weakness, 60)}" to address`;
  const { mechanism } = weakness.signature;
  if (answered.mechanism !== mechanism) return `the mechanism of ${weakness.id} is ${mechanism}`;
  const surface = brief.surfaces.find((candidate) => candidate.id === answered.surface);
  const content = surface === undefined ? undefined : brief.contents.get(surface.id);
  if (surface === undefined || content === undefined) {
    return `there is no surface "${oneLine(answered.surface, 60)}"; the surfaces are ${brief.surfaces.map((s) => s.id).join(', ')}`;
  }
  const prose = [answered.title, answered.hypothesis, answered.expected_effect, ...answered.risks];
  const problem = prose.map(proseProblem).find((found) => found !== null);
  if (problem !== undefined) return `its description holds ${problem}`;
  if (answered.title.trim() === '' || answered.hypothesis.trim() === '')
    return 'it has no title or no hypothesis';

  const edits = takeEdits(answered.edits, surface, content);
  if (typeof edits === 'string') return edits;
  const applied = applyEdits(surface, content, edits);
  if (!applied.ok) return applied.failure.message;
  if (applied.content === content) return 'it changes nothing';
  return {
    id: proposalId({ surface: surface.id, edits, mechanism }),
    origin: 'model',
    operator: null,
    mechanism,
    weaknesses: [weakness.id],
    surface: surface.id,
    edits,
    title: oneLine(answered.title, TITLE_CHARS),
    hypothesis: oneLine(answered.hypothesis, PROSE_CHARS),
    expected_effect: oneLine(answered.expected_effect, PROSE_CHARS),
    risks: answered.risks.slice(0, MAX_RISKS).map((risk) => oneLine(risk, PROSE_CHARS)),
  };
}

function takeEdits(answered: readonly AnsweredEdit[], surface: Surface, content: string): Edit[] | string {
  if (answered.length === 0) return 'it holds no edit';
  if (answered.length > MAX_EDITS) return `it holds ${answered.length} edits; ${MAX_EDITS} is the most`;
  const isText = surface.kind === 'text' || surface.kind === 'markdown';
  const edits: Edit[] = [];
  for (const one of answered) {
    const edit = isText ? takeTextEdit(one, surface) : takeValueEdit(one, surface, content);
    if (typeof edit === 'string') return edit;
    edits.push(edit);
  }
  return edits;
}

function takeTextEdit({ op, anchor, text }: AnsweredEdit, surface: Surface): TextEdit | string {
  const parsed = TextEdit.safeParse(op === 'delete' ? { op, anchor } : { op, anchor, text });
  if (parsed.success) return parsed.data;
  return isTextOp(op)
    ? `its "${op}" has an empty anchor or text`
    : `${surface.id} is a text surface: use one of ${TEXT_OPS.join(', ')}`;
}

/** A text operation on a string inside the document becomes a `set` of the string as it is afterwards. */
function takeValueEdit(one: AnsweredEdit, surface: Surface, content: string): ValueEdit | string {
  const { op, pointer } = one;
  const declared = [...surface.knobs.map((knob) => knob.pointer), ...surface.pointers];
  if (!declared.some((allowed) => covers(allowed, pointer))) {
    return `"${oneLine(pointer, 80)}" of ${surface.id} may not be edited; these may: ${declared.join(', ')}`;
  }
  if (op === 'remove') return { op, pointer };
  if (isTextOp(op)) {
    const current = readPointer(readSurface(surface, content), pointer);
    if (typeof current !== 'string')
      return `the value at ${pointer} is no string: use one of ${VALUE_OPS.join(', ')}`;
    const edit = takeTextEdit(one, surface);
    if (typeof edit === 'string') return edit;
    const applied = applyTextEdits(current, [edit]);
    return applied.ok ? { op: 'set', pointer, value: applied.content } : applied.failure.message;
  }
  const value = parseJson(one.value);
  const parsed = ValueEdit.safeParse({ op, pointer, value });
  return parsed.success ? parsed.data : `the value for ${pointer} is no JSON text`;
}

function isTextOp(op: AnsweredEdit['op']): op is TextEdit['op'] {
  return TEXT_OPS.some((known) => known === op);
}

function declineReason(reason: string): string {
  return proseProblem(reason) === null ? oneLine(reason, PROSE_CHARS) : '(reason withheld)';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
