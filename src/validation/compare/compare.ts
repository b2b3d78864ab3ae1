/**
 * Two sets of runs side by side, somebody else's, which nobody interleaved: two answers where they differ.
 *
 * "If single runs share nothing": every run of a task is exchangeable with every other. "If a whole run can be off" (a
 * bad hour of the provider hits a whole run): only whole runs are. The second is the honest one, and takes several
 * runs a side.
 */
import type { Cell, Split } from '../cell.ts';
import { studentQuantile } from '../experiment/student.ts';
import type { Comparison } from '../experiment/verdict.ts';
import { verifierSuspects } from '../suspects.ts';
import { cellEvidence, labellingsOf, type RunScores, runEvidence, type TaskScores } from './exchange.ts';
import { paperRule } from './paper.ts';
import { type Spend, spendOf, type Veto, type Vetoes, vetoOf } from './vetoes.ts';

export type Rule = 'sequential' | 'paper';

/** One way to look at the data. */
interface Answer {
  readonly verdict: 'accept' | 'reject' | 'unresolved';
  readonly e_value: number;
  readonly harm_e_value: number;
}

/** The document of `gate --json`. */
export interface GateVerdict {
  readonly verdict: 'accept' | 'reject' | 'unresolved';
  /** The answer as complete sentences. */
  readonly words: string;
  readonly rule: Rule;
  /** Pairs of the n-th runs of a task on both sides. */
  readonly pairs: number;
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  readonly invalid: number;
  readonly e_value: number;
  readonly harm_e_value: number;
  /** The e-value at which the candidate is accepted, K/α. */
  readonly threshold: number;
  readonly runs: { readonly baseline: number; readonly candidate: number };
  readonly per_cell: Answer;
  /** null where the runs are too few to tell, or too many to share out in every way. */
  readonly per_run: Answer | null;
  readonly splits: { readonly held_in: Comparison; readonly held_out: Comparison };
  readonly overall: Comparison;
  readonly flips: { readonly gained: readonly string[]; readonly lost: readonly string[] };
  readonly spend: { readonly baseline: Spend; readonly candidate: Spend };
  readonly candidates: number;
  readonly alpha: number;
  readonly left_out: readonly { readonly task: string; readonly reason: string }[];
  readonly notes: readonly string[];
}

export interface CompareInput {
  readonly rule: Rule;
  readonly baseline: readonly Cell[];
  readonly candidate: readonly Cell[];
  /** Run of each trial, by trial id. */
  readonly runs: ReadonlyMap<string, string>;
  readonly splits: ReadonlyMap<string, Split>;
  /** Candidates K that share α. */
  readonly candidates: number;
  readonly alpha: number;
  readonly vetoes?: Vetoes;
}

/** Compares two sets of cells of the same tasks. The order of the input and of its runs changes nothing. */
export function compareCells(input: CompareInput): GateVerdict {
  const { candidates, alpha, rule } = input;
  const threshold = candidates / alpha;
  const sides = scoresByTask(input.baseline, input.candidate);
  const runs = {
    baseline: runScores(input.baseline, input.runs),
    candidate: runScores(input.candidate, input.runs),
  };
  const perCell = answerOf(cellEvidence(sides.values()), threshold, alpha);
  // Where no labelling could reach the threshold, whole runs cannot answer.
  const enough = labellingsOf(runs.baseline, runs.candidate) >= threshold;
  const byRuns = enough ? runEvidence(runs.baseline, runs.candidate) : null;
  const perRun = byRuns === null ? null : answerOf(byRuns, threshold, alpha);
  const decisive = perRun ?? perCell;
  const veto = input.vetoes === undefined ? null : vetoOf(input.baseline, input.candidate, input.vetoes);
  const inSplit = (split: Split) =>
    comparison(new Map([...sides].filter(([task]) => input.splits.get(task) === split)));
  const overall = comparison(sides);
  const paper = rule === 'paper' ? paperRule(input.baseline, input.candidate, input.splits) : null;
  const verdict =
    paper !== null
      ? paper.met
        ? 'accept'
        : 'reject'
      : veto !== null && decisive.verdict === 'accept'
        ? 'reject'
        : decisive.verdict;
  const both = {
    perCell,
    perRun,
    runs: { baseline: runs.baseline.length, candidate: runs.candidate.length },
  };
  return {
    verdict,
    words: paper?.words ?? wordsOf(decisive, overall, threshold, veto, both),
    rule,
    ...pairsOf(input.baseline, input.candidate),
    invalid: [...input.baseline, ...input.candidate].filter(({ outcome }) => outcome === 'invalid').length,
    e_value: decisive.e_value,
    harm_e_value: decisive.harm_e_value,
    threshold,
    runs: both.runs,
    per_cell: perCell,
    per_run: perRun,
    splits: { held_in: inSplit('held_in'), held_out: inSplit('held_out') },
    overall,
    flips: flipsOf(sides),
    spend: { baseline: spendOf(input.baseline), candidate: spendOf(input.candidate) },
    candidates,
    alpha,
    left_out: leftOut(input),
    notes: notesOf(input, both),
  };
}

type Sides = ReadonlyMap<string, TaskScores>;

interface Both {
  readonly perCell: Answer;
  readonly perRun: Answer | null;
  readonly runs: GateVerdict['runs'];
}

function answerOf(
  { better, worse }: { better: number; worse: number },
  threshold: number,
  alpha: number,
): Answer {
  const verdict = better >= threshold ? 'accept' : worse >= 1 / alpha ? 'reject' : 'unresolved';
  return { verdict, e_value: better, harm_e_value: worse };
}

function scoresByTask(baseline: readonly Cell[], candidate: readonly Cell[]): Map<string, TaskScores> {
  const own = (cells: readonly Cell[]) =>
    Map.groupBy(
      cells.filter(({ score }) => score !== null),
      ({ task }) => task,
    );
  const [before, after] = [own(baseline), own(candidate)];
  const scores = (cells: readonly Cell[]) => cells.map(({ score }) => score ?? 0);
  return new Map(
    [...after].flatMap(([task, cells]) => {
      const other = before.get(task);
      return other === undefined
        ? []
        : [[task, { baseline: scores(other), candidate: scores(cells) }] as const];
    }),
  );
}

function runScores(cells: readonly Cell[], runs: ReadonlyMap<string, string>): RunScores {
  const byRun = Map.groupBy(
    cells.filter(({ score }) => score !== null),
    ({ trial }) => runs.get(trial) ?? '',
  );
  // By name, so that the order of the input changes nothing.
  return [...byRun]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, own]) => {
      const byTask = Map.groupBy(own, ({ task }) => task);
      return new Map([...byTask].map(([task, of]) => [task, mean(of.map(({ score }) => score ?? 0))]));
    });
}

/** Means over tasks, with a 95 % interval from how runs of one task differ (from how tasks differ, where each ran once). */
function comparison(sides: Sides): Comparison {
  const count = (side: 'baseline' | 'candidate') => {
    const all = [...sides.values()].flatMap((task) => task[side]);
    return { pass: all.reduce((sum, score) => sum + score, 0), n: all.length };
  };
  const tasks = [...sides.values()];
  const rates = { baseline: count('baseline'), candidate: count('candidate') };
  if (tasks.length === 0) return { ...rates, delta: null, interval: null };
  const differences = tasks.map(({ baseline, candidate }) => mean(candidate) - mean(baseline));
  const delta = mean(differences);
  const repeated = tasks.every(({ baseline, candidate }) => baseline.length > 1 && candidate.length > 1);
  const error = repeated
    ? Math.sqrt(tasks.reduce((sum, { baseline, candidate }) => sum + noise(baseline) + noise(candidate), 0)) /
      tasks.length
    : Math.sqrt(noise(differences));
  const freedom = Math.max(
    1,
    repeated ? rates.candidate.n + rates.baseline.n - 2 * tasks.length : tasks.length - 1,
  );
  const reach = studentQuantile(0.975, freedom) * error;
  return { ...rates, delta, interval: [Math.max(-1, delta - reach), Math.min(1, delta + reach)] };
}

/** Variance of the mean. */
function noise(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1) / values.length;
}

function pairsOf(
  baseline: readonly Cell[],
  candidate: readonly Cell[],
): Pick<GateVerdict, 'pairs' | 'wins' | 'losses' | 'ties'> {
  const placeOf = ({ task, attempt }: Cell) => `${task}\n${attempt}`;
  const before = new Map(baseline.map((cell) => [placeOf(cell), cell]));
  const counts = { pairs: 0, wins: 0, losses: 0, ties: 0 };
  for (const cell of candidate) {
    const other = before.get(placeOf(cell));
    if (other === undefined || other.score === null || cell.score === null) continue;
    before.delete(placeOf(cell));
    counts.pairs += 1;
    const kind = cell.score > other.score ? 'wins' : cell.score < other.score ? 'losses' : 'ties';
    counts[kind] += 1;
  }
  return counts;
}

function flipsOf(sides: Sides): GateVerdict['flips'] {
  const [gained, lost]: [string[], string[]] = [[], []];
  for (const [task, { baseline, candidate }] of sides) {
    const [before, after] = [mean(baseline), mean(candidate)];
    if (before < 0.5 && after > 0.5) gained.push(task);
    if (before > 0.5 && after < 0.5) lost.push(task);
  }
  return { gained: gained.sort(), lost: lost.sort() };
}

function leftOut({ baseline, candidate, splits }: CompareInput): GateVerdict['left_out'] {
  const valid = (cells: readonly Cell[]) =>
    new Set(cells.filter(({ score }) => score !== null).map(({ task }) => task));
  const [before, after] = [valid(baseline), valid(candidate)];
  return [...splits.keys()]
    .filter((task) => !before.has(task) || !after.has(task))
    .map((task) => ({ task, reason: 'every run of a side ended without a verdict' }));
}

function wordsOf(
  answer: Answer,
  overall: Comparison,
  threshold: number,
  veto: Veto | null,
  both: Both,
): string {
  const size =
    overall.delta === null || overall.interval === null
      ? ''
      : ` The pass rate changes by ${points(overall.delta)} points, 95 % interval ${points(overall.interval[0])} to ${points(overall.interval[1])}.`;
  const found = `e-value ${short(answer.e_value)} of the ${short(threshold)} needed`;
  const proven = {
    accept: `It makes some task better: ${found}.`,
    reject: `It makes some task worse: the evidence of harm is ${short(answer.harm_e_value)}.`,
    unresolved: `Neither better nor worse is proven: ${found}.`,
  }[answer.verdict];
  return `${proven}${size}${veto === null ? '' : ` ${veto.words}`}${runWords(both)}`;
}

function runWords({ perCell, perRun, runs }: Both): string {
  if (perRun === null)
    return Math.min(runs.baseline, runs.candidate) < 6
      ? ` This is valid if single runs share nothing. Whether a whole run was off cannot be told from ${runs.baseline} and ${runs.candidate} ${runs.baseline + runs.candidate === 2 ? 'run' : 'runs'}: run each version at least six times, in turns, or let \`self-harness-bot improve\` run both side by side.`
      : ' This is valid if single runs share nothing: there are too many runs to exchange whole ones.';
  if (perRun.verdict === perCell.verdict) return '';
  const other = { accept: 'it is better', reject: 'it is worse', unresolved: 'neither is proven' }[
    perCell.verdict
  ];
  return ` That allows for a whole run being off. If single runs share nothing, ${other} (e-value ${short(perCell.e_value)}).`;
}

function notesOf({ baseline, candidate, splits }: CompareInput, both: Both): string[] {
  const notes: string[] = [];
  const suspects = verifierSuspects([...baseline, ...candidate].filter(({ task }) => splits.has(task)));
  if (suspects.length > 0) {
    const tasks = suspects.map(({ task, message }) => `${task} ("${message.slice(0, 60)}")`);
    const more = tasks.length > 8 ? ` and ${tasks.length - 8} more` : '';
    notes.push(
      `No run of either side passed, and all failed with one message: ${tasks.slice(0, 8).join(', ')}${more}. The task or its verifier may be at fault.`,
    );
  }
  if (both.runs.baseline === 1 && both.runs.candidate === 1)
    notes.push('One run a side: a flaky task cannot be told from a changed one.');
  return notes;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function points(share: number): string {
  const value = (100 * share).toFixed(1);
  return value.startsWith('-') ? `−${value.slice(1)}` : `+${value}`;
}

function short(value: number): string {
  return value >= 10_000 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
