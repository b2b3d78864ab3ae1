/**
 * `self-harness gate`: two sets of trials in, an answer or a refusal out.
 */
import type { Trial } from '../../traces/trial.ts';
import type { Split } from '../cell.ts';
import { assignSplits } from '../splits.ts';
import { compareCells, type GateVerdict, type Rule } from './compare.ts';
import { matchTrials } from './trial-cells.ts';
import type { Vetoes } from './vetoes.ts';

export interface GateReportOptions {
  readonly rule?: Rule;
  /** Candidates K that share α. Default 1. */
  readonly candidates?: number;
  /** Default 0.05. */
  readonly alpha?: number;
  /** Compare although the models differ. */
  readonly allowModelChange?: boolean;
  /** Key of the split, and tasks listed by name; a stand-alone comparison has no sealed split. */
  readonly splitKey?: string;
  readonly named?: Partial<Record<Split, readonly string[]>>;
  readonly vetoes?: Vetoes;
}

type RefusalKind = 'empty' | 'no_overlap' | 'model_differs' | 'same_trials' | 'bad_option';

/** Why two sets are not compared. `message` says what to do. */
interface Refusal {
  readonly kind: RefusalKind;
  readonly message: string;
}

export type GateReport =
  | { readonly ok: true; readonly verdict: GateVerdict }
  | { readonly ok: false; readonly refusal: Refusal };

const DEFAULT_SPLIT_KEY = 'self-harness';

/** Compares two sets of trials, or says why they cannot be compared. Throws on nothing a user can write. */
export function gateReport(
  baseline: readonly Trial[],
  candidate: readonly Trial[],
  options: GateReportOptions = {},
): GateReport {
  const refusal = refusalOf(baseline, candidate, options);
  if (refusal !== null) return { ok: false, refusal };
  const matched = matchTrials(baseline, candidate);
  const tasks = [...new Set(matched.candidate.map((cell) => cell.task))];
  if (tasks.length === 0) return refused('no_overlap', noOverlap(baseline, candidate, matched.leftOut));
  const splits = assignSplits(tasks, {
    key: options.splitKey ?? DEFAULT_SPLIT_KEY,
    sealedFrom: null,
    ...(options.named === undefined ? {} : { named: withoutSealed(options.named) }),
  });
  const verdict = compareCells({
    rule: options.rule ?? 'sequential',
    baseline: [...matched.baseline, ...matched.history],
    candidate: matched.candidate,
    runs: new Map([...baseline, ...candidate].map((trial) => [trial.id, runOf(trial)])),
    splits,
    candidates: options.candidates ?? 1,
    alpha: options.alpha ?? 0.05,
    ...(options.vetoes === undefined ? {} : { vetoes: options.vetoes }),
  });
  return {
    ok: true,
    verdict: {
      ...verdict,
      left_out: [...matched.leftOut, ...verdict.left_out],
      notes: [
        ...overlapNotes(matched.leftOut),
        ...copyNotes(baseline, candidate),
        ...modelNotes(baseline, candidate),
        ...matched.notes,
        ...verdict.notes,
      ],
    },
  };
}

/** The run that a trial is of: as its format names it, or the folder that it was found in. */
function runOf({ run, source }: Trial): string {
  return run ?? source.path.split('/').slice(0, -1).join('/');
}

function refusalOf(
  baseline: readonly Trial[],
  candidate: readonly Trial[],
  options: GateReportOptions,
): Refusal | null {
  const wrong = optionRefusal(options);
  if (wrong !== null) return wrong;
  for (const [arm, trials] of [
    ['baseline', baseline],
    ['candidate', candidate],
  ] as const) {
    if (trials.length > 0) continue;
    return { kind: 'empty', message: `The ${arm} holds no trials. Check the path given with --${arm}.` };
  }
  const places = new Set(baseline.map(placeOf));
  const same = candidate.filter((trial) => places.has(placeOf(trial))).length;
  if (same > 0) {
    const message = `${same} of ${candidate.length} candidate trials are also in the baseline. Give each set its own directory.`;
    return { kind: 'same_trials', message };
  }
  return options.allowModelChange === true ? null : modelRefusal(baseline, candidate);
}

function placeOf({ id, source }: Trial): string {
  return JSON.stringify([id, source.path]);
}

/**
 * Equal trials of two places are a copy, or two runs of which nothing but an equal verdict was written down: which
 * of the two cannot be told, so it is said and not refused. They are ties, and a tie never accepts.
 */
function copyNotes(baseline: readonly Trial[], candidate: readonly Trial[]): string[] {
  const ids = new Set(baseline.map(({ id }) => id));
  const same = candidate.filter(({ id }) => ids.has(id)).length;
  if (same === 0) return [];
  return [
    `${same} of ${candidate.length} candidate trials equal one of the baseline to the last character. If they are copies, comparing them says nothing.`,
  ];
}

function optionRefusal({
  alpha = 0.05,
  candidates = 1,
}: Pick<GateReportOptions, 'alpha' | 'candidates'>): Refusal | null {
  if (!(alpha > 0 && alpha < 1))
    return bad(`--alpha must lie between 0 and 1, both excluded, such as 0.05; it is ${alpha}`);
  if (!isCount(candidates)) return bad(`--candidates must be a whole number from 1; it is ${candidates}`);
  return null;
}

function modelRefusal(baseline: readonly Trial[], candidate: readonly Trial[]): Refusal | null {
  const [before, after] = [modelsOf(baseline), modelsOf(candidate)];
  if (before.length === 0 || after.length === 0 || before.join() === after.join()) return null;
  const message = `The models differ: baseline ${before.join(', ')}, candidate ${after.join(', ')}. A difference could not be told from the harness's. Pass --allow-model-change to compare anyway.`;
  return { kind: 'model_differs', message };
}

/** What cannot be refused because it is not known, or was allowed, is said. */
function modelNotes(baseline: readonly Trial[], candidate: readonly Trial[]): string[] {
  const [before, after] = [modelsOf(baseline), modelsOf(candidate)];
  if (before.length === 0 || after.length === 0) {
    const silent =
      before.length > 0 ? 'The candidate does' : after.length > 0 ? 'The baseline does' : 'The traces do';
    return [`${silent} not name the model, so a change of model would go unseen.`];
  }
  if (before.join() === after.join()) return [];
  return [
    `The models differ (${before.join(', ')}; ${after.join(', ')}), so the harness alone does not explain the difference.`,
  ];
}

function modelsOf(trials: readonly Trial[]): string[] {
  return [...new Set(trials.map(({ model }) => model).filter((model) => model !== null))].sort();
}

function noOverlap(
  baseline: readonly Trial[],
  candidate: readonly Trial[],
  leftOut: readonly { task: string; reason: string }[],
): string {
  if (leftOut.length > 0 && leftOut.every(({ reason }) => reason.startsWith('its version'))) {
    return 'Every shared task has another version in the other set, so the evaluators differ. Run both sets with the same tasks.';
  }
  const example = (trials: readonly Trial[]): string => trials[0]?.task ?? '';
  return `The two sets share no task (baseline for example "${example(baseline)}", candidate "${example(candidate)}"). Give two evaluations of the same tasks.`;
}

function overlapNotes(leftOut: readonly { task: string; reason: string }[]): string[] {
  return [...Map.groupBy(leftOut, ({ reason }) => reason)].map(([reason, of]) => {
    const shown = of.slice(0, 8).map(({ task }) => task);
    const more = of.length > shown.length ? ` and ${of.length - shown.length} more` : '';
    return `Left out, as ${reason}: ${shown.join(', ')}${more}.`;
  });
}

function withoutSealed(
  named: Partial<Record<Split, readonly string[]>>,
): Partial<Record<Split, readonly string[]>> {
  return { held_in: named.held_in ?? [], held_out: [...(named.held_out ?? []), ...(named.sealed ?? [])] };
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

function bad(message: string): Refusal {
  return { kind: 'bad_option', message };
}

function refused(kind: RefusalKind, message: string): GateReport {
  return { ok: false, refusal: { kind, message } };
}
