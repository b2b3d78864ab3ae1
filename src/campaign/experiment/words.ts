/**
 * A standing of the experiment as a verdict: a decision, its reason, and both in plain words.
 */
import { eValue, points } from '../../evidence/figure.ts';
import type { Decision as ExperimentDecision, Standing } from '../../validation/experiment/experiment.ts';
import type { EditReason, EditVerdict, Effect, SplitEffects } from '../../validation/experiment/verdict.ts';
import type { GateSettings } from '../record/record.ts';

/** Passes, or the budget, ended while an edit was still under test. */
export interface VerdictOptions {
  readonly settings: GateSettings;
  /** Nothing more is run: what is still under test stays open. */
  readonly ended: boolean;
}

export function verdictOf(standing: Standing, { settings, ended }: VerdictOptions): EditVerdict {
  const reason = reasonOf(standing.decision, settings.margin !== null, ended);
  const moved = movedBy(standing, settings);
  return {
    verdict: VERDICTS[reason],
    reason,
    words: wordsOf(standing, reason, settings, moved),
    e_value: standing.closed,
    threshold: 1 / settings.alpha,
    e_pass: standing.ePass,
    e_score: standing.eScore,
    harm_e_value: standing.harm,
    missing_e_value: standing.missing,
    moved: standing.decision === 'accepted' ? moved : null,
    passes: standing.pass,
    invalid: standing.invalid,
    effect: standing.effect,
    score_effect: standing.scoreEffect,
    cost: standing.cost,
    path: [...standing.path],
  };
}

function reasonOf(decision: ExperimentDecision, deletion: boolean, ended: boolean): EditReason {
  switch (decision) {
    case 'accepted':
      return deletion ? 'no_worse' : 'improvement_proven';
    case 'harmful':
      return 'harm_proven';
    case 'breaks_runs':
    case 'overfit':
    case 'futile':
    case 'superseded':
      return decision;
    case 'too_dear':
      return 'cost_veto';
    case 'too_slow':
      return 'latency_veto';
    case 'undecided':
      return 'budget_ended';
    case 'live':
      return ended ? 'budget_ended' : 'more_trials_needed';
  }
}

const VERDICTS = {
  improvement_proven: 'accept',
  no_worse: 'accept',
  paper_rule_met: 'accept',
  harm_proven: 'reject',
  breaks_runs: 'reject',
  overfit: 'reject',
  futile: 'reject',
  cost_veto: 'reject',
  latency_veto: 'reject',
  paper_rule_not_met: 'reject',
  superseded: 'reject',
  budget_ended: 'unresolved',
  more_trials_needed: 'unresolved',
} as const satisfies Record<EditReason, EditVerdict['verdict']>;

function movedBy({ ePass, eScore }: Standing, { alpha, outcome }: GateSettings): EditVerdict['moved'] {
  if (eScore === null || outcome === 'pass') return 'pass';
  if (outcome === 'score') return 'score';
  const [pass, score] = [ePass >= 1 / alpha, eScore >= 1 / alpha];
  return pass && score ? 'both' : score || eScore > ePass ? 'score' : 'pass';
}

function wordsOf(
  standing: Standing,
  reason: EditReason,
  { alpha, alpha_harm: alphaHarm, vetoes, margin }: GateSettings,
  moved: EditVerdict['moved'],
): string {
  const effect = moved === 'score' ? (standing.scoreEffect ?? standing.effect) : standing.effect;
  const what = moved === 'score' ? 'share of checks passed' : 'pass rate';
  const size = sizeOf(effect.overall, what);
  const bar = `e-value ${eValue(standing.closed)} of the ${eValue(1 / alpha)} needed`;
  switch (reason) {
    case 'improvement_proven':
      return `It makes some task better (${bar}). ${size}`;
    case 'no_worse':
      return `Without it the pass rate falls by no more than ${Math.round(100 * (margin ?? 0))} points (${bar}). ${size}`;
    case 'harm_proven':
      return `It makes some task worse: the evidence of harm reached ${eValue(standing.harm)} of the ${eValue(1 / alphaHarm)} that reject an edit. ${size}`;
    case 'breaks_runs':
      return `Runs with it end without a verdict more often: ${standing.invalid.on} with it, ${standing.invalid.off} without. What a broken run hides is no gain.`;
    case 'overfit':
      return `It helps the tasks whose failures asked for it and not the held-out ones: ${gain(effect.held_in)} there, ${gain(effect.held_out)} here.`;
    case 'futile':
      return `Even read with optimism its effect would not matter. ${size}`;
    case 'cost_veto':
      return `A run with it costs ${ratio(standing.cost.usd ?? standing.cost.tokens)} times one without; the limit is ${vetoes.cost_ratio}.`;
    case 'latency_veto':
      return `A run with it takes ${ratio(standing.cost.time)} times as long as one without; the limit is ${vetoes.latency_ratio}.`;
    case 'superseded':
      return 'Another edit of the same setting was accepted, and only one of them can be had.';
    case 'budget_ended':
      return `It could not be told from no change before the passes or the budget ended (${bar}). ${size}`;
    case 'more_trials_needed':
      return `It cannot be told from no change yet (${bar}). ${size}`;
    case 'paper_rule_met':
    case 'paper_rule_not_met':
      return size;
  }
}

function sizeOf(effect: Effect | null, what: string): string {
  if (effect === null) return 'No pair of runs had two verdicts.';
  return `Effect on the ${what}, beside the other edits: ${points(effect.mean)} points, 95 % interval ${points(effect.low)} to ${points(effect.high)}.`;
}

function gain(effect: SplitEffects['overall']): string {
  return effect === null ? 'no runs' : `${points(effect.mean)} points`;
}

function ratio(value: number | null): string {
  return value === null ? 'an unknown number of' : value.toFixed(2);
}
