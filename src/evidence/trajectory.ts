/**
 * Trajectories as the ledger keeps them: redacted, and trimmed to what is cited plus context.
 *
 * The rule, so that anybody can say what is missing and why:
 * - steps: the first 4, the last 6, and each cited step with 2 before and 2 after;
 * - texts: 500 characters around each citation; of a text without one, the first 1,200 and the last 400;
 * - every step and every piece keeps its own number and offset, so a citation still points where it stood.
 */
import { z } from 'zod';
import type { Evidence } from '../mining/weakness.ts';
import { orderedJson } from '../traces/ordered-json.ts';
import { Outcome, type Step, StepField, Stop, stepText } from '../traces/trial.ts';
import type { TrajectoryLines, TrialLines } from './links.ts';

export const TRAJECTORY_RULE = {
  firstSteps: 4,
  lastSteps: 6,
  stepsAround: 2,
  charactersAround: 500,
  firstCharacters: 1_200,
  lastCharacters: 400,
} as const;

/** Characters [from, from + text.length) of a text. */
const Piece = z.object({ from: z.number().int().nonnegative(), text: z.string() });
type Piece = z.infer<typeof Piece>;

/** A text of `length` UTF-16 units of which some pieces are kept, in order. */
export const Kept = z.object({ length: z.number().int().nonnegative(), pieces: z.array(Piece) });
export type Kept = z.infer<typeof Kept>;

export const TrajectoryStep = z.object({
  index: z.number().int().nonnegative(),
  role: z.enum(['system', 'user', 'agent', 'tool']),
  /** Names of the tools called. */
  calls: z.array(z.string()),
  text: Kept,
  arguments: Kept,
  observation: Kept,
  error: Kept,
});
export type TrajectoryStep = z.infer<typeof TrajectoryStep>;

const TrajectoryHead = z.object({
  version: z.literal(1),
  trial: z.string(),
  arm: z.string(),
  task: z.string(),
  attempt: z.number().int().positive(),
  outcome: Outcome,
  /** Cited as evidence, or one side of a task whose outcome changed. */
  kept_for: z.enum(['citation', 'flip']),
  /** Steps of the whole trajectory. */
  steps_total: z.number().int().nonnegative(),
  /** How the run ended and what the eval said of it, in the words of the trace, shortened. */
  ended: z.object({ stop: Stop, reason: z.string().nullable(), message: z.string().nullable() }).optional(),
});

export const Trajectory = TrajectoryHead.extend({ steps: z.array(TrajectoryStep) });
export type Trajectory = z.infer<typeof Trajectory>;

/** A place that must stay readable. */
export type Cited = Pick<Evidence, 'step' | 'field' | 'start' | 'end'>;

/** The citable fields, in the order they are read. */
export const textsFields = StepField.options;

/** The steps that the rule keeps, in order. */
export function keptSteps(steps: readonly Step[], cited: readonly Cited[]): Step[] {
  const { firstSteps, lastSteps, stepsAround } = TRAJECTORY_RULE;
  const wanted = new Set(cited.map((one) => one.step));
  const near = (position: number) => {
    for (let at = position - stepsAround; at <= position + stepsAround; at++) {
      if (wanted.has(steps[at]?.index ?? -1)) return true;
    }
    return false;
  };
  return steps.filter(
    (_, position) => position < firstSteps || position >= steps.length - lastSteps || near(position),
  );
}

/** A kept step with its texts trimmed; `texts` and `calls` are the redacted ones, `cited` counts in them. */
export function trimmedStep(
  step: Pick<TrajectoryStep, 'index' | 'role' | 'calls'>,
  texts: Readonly<Record<StepField, string>>,
  cited: readonly Cited[],
): TrajectoryStep {
  const own = cited.filter((one) => one.step === step.index);
  const of = (field: StepField) =>
    kept(
      texts[field],
      own.filter((one) => one.field === field),
    );
  return {
    index: step.index,
    role: step.role,
    calls: step.calls,
    text: of('text'),
    arguments: of('arguments'),
    observation: of('observation'),
    error: of('error'),
  };
}

/** The citable texts of a step. */
export function textsOf(step: Step): Record<StepField, string> {
  return {
    text: stepText(step, 'text'),
    arguments: stepText(step, 'arguments'),
    observation: stepText(step, 'observation'),
    error: stepText(step, 'error'),
  };
}

function kept(text: string, cited: readonly { readonly start: number; readonly end: number }[]): Kept {
  const { charactersAround, firstCharacters, lastCharacters } = TRAJECTORY_RULE;
  const windows: [number, number][] =
    cited.length === 0
      ? [
          [0, firstCharacters],
          [text.length - lastCharacters, text.length],
        ]
      : cited.map(({ start, end }) => [start - charactersAround, end + charactersAround]);
  return { length: text.length, pieces: pieces(text, windows) };
}

function pieces(text: string, windows: readonly (readonly [number, number])[]): Piece[] {
  const merged: [number, number][] = [];
  for (const [from, to] of windows.toSorted((a, b) => a[0] - b[0])) {
    const start = wholeCharacter(text, Math.max(0, from));
    const end = wholeCharacter(text, Math.min(text.length, to));
    const last = merged.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else if (end > start) merged.push([start, end]);
  }
  return merged.map(([start, end]) => ({ from: start, text: text.slice(start, end) }));
}

/** Not between the halves of a surrogate pair. */
function wholeCharacter(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? Math.max(0, at - 1) : at;
}

/** What a trajectory says where a citation points; null where that was not kept. */
export function citedText(trajectory: Trajectory, { step, field, start, end }: Cited): string | null {
  const found = trajectory.steps.find((one) => one.index === step);
  const piece = found?.[field].pieces.find(({ from, text }) => from <= start && from + text.length >= end);
  return piece === undefined ? null : piece.text.slice(start - piece.from, end - piece.from);
}

/** trajectories.jsonl: a line for a trial's head and one for each of its steps, so that a step has a line number. */
export function serialiseTrajectories(trajectories: readonly Trajectory[]): string {
  return trajectories.map((trajectory) => linesOf(trajectory).join('')).join('');
}

function linesOf({ steps, ...head }: Trajectory): string[] {
  const stepLines = steps.map((step) => ({ kind: 'step', trial: head.trial, ...compact(step) }));
  return [{ kind: 'trial', ...head }, ...stepLines].map((line) => `${orderedJson(line)}\n`);
}

/** Empty texts are left out of the file. */
function compact(step: TrajectoryStep): object {
  const texts = textsFields.filter((field) => step[field].length > 0).map((field) => [field, step[field]]);
  return { index: step.index, role: step.role, calls: step.calls, ...Object.fromEntries(texts) };
}

/** The line numbers of what `serialiseTrajectories` writes. */
export function trajectoryLines(trajectories: readonly Trajectory[]): TrajectoryLines {
  const lines = new Map<string, TrialLines>();
  let line = 1;
  for (const { trial, steps } of trajectories) {
    const first = line;
    const byStep = new Map(steps.map((step, index) => [step.index, first + 1 + index]));
    lines.set(trial, { first, last: first + steps.length, steps: byStep });
    line = first + steps.length + 1;
  }
  return lines;
}

const NOTHING: Kept = { length: 0, pieces: [] };
const HeadLine = TrajectoryHead.extend({ kind: z.literal('trial') });
const StepLine = TrajectoryStep.extend({
  kind: z.literal('step'),
  trial: z.string(),
  text: Kept.default(NOTHING),
  arguments: Kept.default(NOTHING),
  observation: Kept.default(NOTHING),
  error: Kept.default(NOTHING),
});
const Line = z.discriminatedUnion('kind', [HeadLine, StepLine]);

/** Reads trajectories.jsonl back. @throws Error naming the line that is not of the schema */
export function parseTrajectories(text: string): Trajectory[] {
  const found: Trajectory[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const parsed = Line.safeParse(jsonOf(line));
    if (!parsed.success) throw new Error(`line ${index + 1} is not a trajectory of version 1`);
    if (parsed.data.kind === 'trial') {
      const { kind: _, ...head } = parsed.data;
      found.push({ ...head, steps: [] });
    } else {
      const { kind: _, trial, ...step } = parsed.data;
      const last = found.at(-1);
      if (last?.trial !== trial) throw new Error(`line ${index + 1} is a step without its trial`);
      last.steps.push(step);
    }
  }
  return found;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
