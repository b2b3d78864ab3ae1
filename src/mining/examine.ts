/**
 * Examining one trial: facts with evidence, and the signature they make. Holds no step afterwards, so that any
 * number of trials can be examined one at a time.
 */
import type { Trial } from '../traces/trial.ts';
import { chancesOf } from './conduct.ts';
import { artifacts } from './detectors/artifacts.ts';
import { blindChange } from './detectors/blind-change.ts';
import { budgets } from './detectors/budgets.ts';
import { drift } from './detectors/drift.ts';
import { exploration } from './detectors/exploration.ts';
import { finishing } from './detectors/finishing.ts';
import { outputFormat } from './detectors/output-format.ts';
import { repetition } from './detectors/repetition.ts';
import { shellState } from './detectors/shell-state.ts';
import { toolErrors } from './detectors/tool-errors.ts';
import { truncation } from './detectors/truncation.ts';
import type { Diagnosis } from './diagnosis.ts';
import { clippedWhole, detached } from './evidence.ts';
import { type Detector, runOf } from './fact.ts';
import { signatureOf, terminalCause } from './signature.ts';
import { echoesAgent, hasDetail, verdictKey, verdictText } from './verdict-text.ts';

const DETECTORS: readonly Detector[] = [
  budgets,
  repetition,
  truncation,
  toolErrors,
  blindChange,
  shellState,
  outputFormat,
  artifacts,
  exploration,
  drift,
  finishing,
];

/** Facts kept of one trial, and characters kept of a reason: a campaign holds a hundred thousand of these. */
const MAX_FACTS = 4;
const MAX_REASON = 200;

export interface ExamineOptions {
  /** Detectors to run; all by default. */
  readonly detectors?: readonly Detector[];
}

/** Examines one trial. Pure: equal trials give equal diagnoses. */
export function examine(trial: Trial, options: ExamineOptions = {}): Diagnosis {
  const run = runOf(trial);
  const facts = (options.detectors ?? DETECTORS)
    .flatMap((detector) => detector(run))
    .sort((a, b) => b.weight - a.weight || (a.mechanism < b.mechanism ? -1 : 1))
    .slice(0, MAX_FACTS);
  const verdict = verdictText(trial);
  const cause = trial.outcome === 'fail' ? terminalCause(trial, facts, verdict) : null;
  const changed = run.actions.findLastIndex((action) => action.kind === 'change' && action.failure === null);
  return {
    trial: trial.id,
    task: trial.task,
    population: `${trial.source.format} ${trial.agent ?? ''}`.trim(),
    outcome: trial.outcome,
    fault: trial.fault,
    cause,
    signature: cause === null ? null : signatureOf(cause, facts),
    // What passes is counted, never quoted.
    facts: trial.outcome === 'pass' ? facts.map((fact) => ({ ...fact, evidence: [] })) : facts,
    chances: chancesOf(run),
    message: trial.outcome === 'pass' ? null : verdictKey(verdict),
    messageHasDetail: hasDetail(trial),
    messageEchoes: trial.outcome !== 'pass' && echoesAgent(verdict, trial),
    reason: trial.reason === null ? null : detached(clippedWhole(trial.reason, MAX_REASON)),
    agentSteps: trial.steps.reduce((n, step) => (step.role === 'agent' ? n + 1 : n), 0),
    checkedBeforeFinish: run.actions
      .slice(changed + 1)
      .some((action) => action.kind === 'inspect' || action.kind === 'check'),
  };
}
