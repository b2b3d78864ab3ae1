/**
 * The decision: accept, reject or unresolved, from what was counted.
 */
import type { Targets } from './e-process.ts';
import { informationToSettle, predictivePower } from './futility.ts';
import type { Tally } from './tally.ts';
import type { Comparison, Rule, Verdict, VerdictReason } from './verdict.ts';
import type { Veto } from './vetoes.ts';

export interface Standards {
  readonly rule: Rule;
  readonly targets: Targets;
  readonly maxPasses: number;
  /** Passes the test was laid out for. */
  readonly plannedPasses: number;
  /** Candidate trials that may still be run; null for no limit but the passes. */
  readonly trialsLeft: number | null;
  readonly veto: Veto | null;
}

export type Decision = Pick<Verdict, 'verdict' | 'reason' | 'words' | 'next' | 'trials_to_settle'>;

/**
 * Predictive power under which more trials are not worth their price. Chosen by the benchmark: an edit that does
 * nothing is dropped after two to three passes, an edit worth ten points hardly ever.
 */
const FUTILE_BELOW = 0.1;
/** A short plan says little about an edit: what a plan of this many passes could settle is still within reach. */
const LONG_PLAN = 8;
/** Passes of the published rule. */
const PAPER_PASSES = 2;
/** A pair of single cells brings half of what one cell against a known rate would. */
const PAIR_SHARE = 0.5;
/** More trials than this is not a plan but a no. */
const SETTLE_LIMIT = 1_000_000;

export function decide(tally: Tally, standards: Standards): Decision {
  if (tally.differences.length === 0) {
    const words = `No task has a valid attempt under both arms, so there is nothing to compare.${invalidWords(tally)}`;
    return { ...stopped('unresolved', 'nothing_to_compare', words), trials_to_settle: null };
  }
  const decision = standards.rule === 'paper' ? byPaper(tally, standards) : bySequence(tally, standards);
  const settle = decision.verdict === 'unresolved' ? trialsToSettle(tally, standards) : null;
  if (decision.reason !== 'budget_ended') return { ...decision, trials_to_settle: settle };
  return { ...decision, words: `${decision.words} ${settleWords(settle)}`, trials_to_settle: settle };
}

type Core = Omit<Decision, 'trials_to_settle'>;

/** The published rule (Zhang et al., arXiv 2606.09498): over 2 repeats neither split falls and at least one rises. */
function byPaper(tally: Tally, standards: Standards): Core {
  if (tally.passes < Math.min(PAPER_PASSES, standards.maxPasses) && budgetLeft(tally, standards)) {
    return going('The published rule looks after two passes.');
  }
  const deltas = [tally.heldIn.delta ?? 0, tally.heldOut.delta ?? 0];
  const met = deltas.every((delta) => delta >= 0) && deltas.some((delta) => delta > 0);
  const figures = `held-in ${points(tally.heldIn)}, held-out ${points(tally.heldOut)}`;
  return met
    ? stopped(
        'accept',
        'paper_rule_met',
        `Neither split fell and at least one rose (${figures}). This rule says so of about 30 % of edits that do nothing.`,
      )
    : stopped('reject', 'paper_rule_not_met', `A split fell, or none rose (${figures}).`);
}

function bySequence(tally: Tally, standards: Standards): Core {
  const { e, harm } = tally.state;
  const estimate = `The estimate is ${points(tally.overall)} points overall (held-in ${points(tally.heldIn)}, held-out ${points(tally.heldOut)})`;
  if (harm >= standards.targets.worse) {
    const words = `The edit makes tasks worse: the harm e-value reached ${brief(harm)}, the bar is ${brief(standards.targets.worse)}. ${estimate}.`;
    return stopped('reject', 'harm_proven', words);
  }
  if (standards.veto !== null) return stopped('reject', standards.veto.reason, standards.veto.words);
  const proven = e >= standards.targets.better;
  const failed = guards(tally);
  if (proven && failed.length === 0 && tally.unseen.length === 0) {
    const words = `The edit makes tasks better: the e-value reached ${brief(e)}, the bar is ${brief(standards.targets.better)}, and neither split fell. ${estimate}.`;
    return stopped('accept', 'improvement_proven', words);
  }
  if (!budgetLeft(tally, standards)) return ended(tally, standards, estimate);
  if (!proven && tally.unseen.length === 0) {
    const power = predictivePower(prospect(tally, standards));
    if (power < FUTILE_BELOW) {
      const words = `The rest of the budget would hardly settle it: the chance is ${percent(power)}. ${estimate}; the e-value is ${brief(e)}, the bar ${brief(standards.targets.better)}.`;
      return stopped('reject', 'futile', words);
    }
  }
  if (proven) return going(`Better overall, but ${waiting(tally, failed)}. More trials will tell.`);
  return going(
    `The e-value is ${brief(e)}, the bar ${brief(standards.targets.better)}; the budget allows more trials.`,
  );
}

function ended(tally: Tally, standards: Standards, estimate: string): Core {
  const { e } = tally.state;
  if (e < standards.targets.better) {
    // A plan that was run to its end and could not be settled by as much again has given its answer.
    if (tally.passes >= standards.plannedPasses && !withinReach(tally, standards)) {
      const words = `The budget ended, and as much again would hardly settle it. ${estimate}; the e-value is ${brief(e)}, the bar ${brief(standards.targets.better)}.`;
      return stopped('reject', 'futile', words);
    }
    const words = `The budget ended before the evidence was enough. ${estimate}; the e-value is ${brief(e)}, the bar ${brief(standards.targets.better)}.`;
    return stopped('unresolved', 'budget_ended', words);
  }
  const failed = guards(tally);
  if (failed.length > 0) {
    return stopped('reject', 'guard_failed', `Better overall, but ${failed.join(' and ')}. ${estimate}.`);
  }
  const words = `Better so far, but ${tally.unseen.length} tasks were never tried, so the edit cannot be accepted.`;
  return stopped('unresolved', 'budget_ended', words);
}

function prospect(tally: Tally, standards: Standards) {
  const { e, information, rate } = tally.state;
  const passes = Math.max(0, standards.maxPasses - tally.passes);
  const pairs = Math.min(passes * tally.gating.size, standards.trialsLeft ?? Number.POSITIVE_INFINITY);
  return {
    e,
    target: standards.targets.better,
    z: tally.z,
    information,
    remaining: pairs * PAIR_SHARE * rate,
  };
}

function trialsToSettle(tally: Tally, standards: Standards): number | null {
  const information = informationToSettle(prospect(tally, standards));
  if (information === null) return null;
  const trials = Math.ceil(information / (PAIR_SHARE * tally.state.rate));
  return Number.isFinite(trials) && trials <= SETTLE_LIMIT ? trials : null;
}

/** Whether a plan's trials once more would settle it 8 times in 10, if the estimate holds. */
function withinReach(tally: Tally, standards: Standards): boolean {
  const trials = trialsToSettle(tally, standards);
  return trials !== null && trials <= Math.max(standards.plannedPasses, LONG_PLAN) * tally.gating.size;
}

function settleWords(trials: number | null): string {
  return trials === null
    ? 'The estimate gives no hope that more trials would settle it.'
    : `About ${trials} more candidate trials would settle it 8 times in 10, if the estimate holds.`;
}

function budgetLeft(tally: Tally, standards: Standards): boolean {
  return tally.passes < standards.maxPasses && (standards.trialsLeft === null || standards.trialsLeft > 0);
}

/** What holds an acceptance back although the whole improved, in words; [] for nothing. */
function guards({ heldIn, heldOut, state }: Tally): string[] {
  const fell = (split: Comparison): boolean => split.delta !== null && split.delta < -1e-12;
  return [
    ...(fell(heldIn) ? ['held-in fell'] : []),
    ...(fell(heldOut) ? ['held-out fell'] : []),
    ...(state.broken > 1 ? ['more tasks broke than chance would have it'] : []),
  ];
}

function waiting(tally: Tally, failed: readonly string[]): string {
  return failed.length > 0 ? failed.join(' and ') : `${tally.unseen.length} tasks were not tried yet`;
}

function stopped(verdict: Verdict['verdict'], reason: VerdictReason, words: string): Core {
  return { verdict, reason, words, next: 'stop' };
}

function going(words: string): Core {
  return { verdict: 'unresolved', reason: 'more_trials_needed', words, next: 'continue' };
}

function invalidWords(tally: Tally): string {
  return tally.invalid === 0 ? '' : ` ${tally.invalid} attempts were invalid.`;
}

/** A difference in points with its sign; '–' where there is none. */
function points({ delta }: Comparison): string {
  if (delta === null) return '–';
  const value = (100 * delta).toFixed(1);
  return value.startsWith('-') ? `−${value.slice(1)}` : `+${value}`;
}

function percent(share: number): string {
  return share < 0.01 ? 'below 1 %' : `${Math.round(100 * share)} %`;
}

/** An e-value in at most three figures. */
function brief(value: number): string {
  if (value >= 1e6) return value.toExponential(1);
  return value >= 100 ? value.toFixed(0) : value >= 0.1 ? value.toPrecision(2) : value.toExponential(0);
}
