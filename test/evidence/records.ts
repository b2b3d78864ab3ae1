/** Campaign records that hold together: outcomes are drawn with a seed, everything else is computed from them. */
import {
  baselineRates,
  invalidReasons,
  outcomesOf,
  sealedComparison,
  spendingOf,
} from '../../src/campaign/record/derived.ts';
import type { CampaignRecord, Candidate, GateSettings } from '../../src/campaign/record/record.ts';
import { type Basis, judgeArm } from '../../src/campaign/validate/judgement.ts';
import { renderPullRequest } from '../../src/evidence/pull-request.ts';
import { splitMap } from '../../src/evidence/split-map.ts';
import { titleOf } from '../../src/mining/title.ts';
import type { Weakness } from '../../src/mining/weakness.ts';
import { proposalId } from '../../src/proposing/identity.ts';
import type { Proposal } from '../../src/proposing/proposal.ts';
import type { Cell } from '../../src/validation/cell.ts';

interface EditSpec {
  /** Pass rate of every task under the edit (0..1); the baseline's is 0.35. */
  readonly rate: number;
  readonly passes?: number;
  readonly title?: string;
  readonly hypothesis?: string;
  readonly refused?: string;
  readonly diff?: string;
  readonly origin?: Proposal['origin'];
}

export interface RecordSpec {
  readonly edits: readonly EditSpec[];
  readonly tasks?: readonly string[];
  readonly sealed?: number;
  readonly quote?: string;
  readonly message?: string;
  /** Why the cited trials ended, and the tool whose answer is quoted. */
  readonly reason?: string;
  readonly tool?: string;
  /** Weaknesses an edit is asked for by. */
  readonly excerpts?: number;
  readonly runUrl?: string | null;
  /** Set for deletions, which are judged by what they may cost at most (0..1). */
  readonly margin?: number;
  /** An accepted edit that is left out because another turns the same value. */
  readonly leftOut?: { readonly candidate: string; readonly reason: string };
}

/** What the cited trials got back, where a case says nothing else. */
const QUOTE = '3 of 14 pages read; next: page 4';

const HISTORY = 3;
const PASSES = 4;
const BASE = 'b'.repeat(40);

export function aRecord(spec: RecordSpec): CampaignRecord {
  const tasks = spec.tasks ?? Array.from({ length: 36 }, (_, i) => `task-${String(i + 1).padStart(2, '0')}`);
  const sealedFrom = tasks.length - (spec.sealed ?? 0);
  const splits = {
    held_in: tasks.filter((_, i) => i < sealedFrom && i % 3 !== 2),
    held_out: tasks.filter((_, i) => i < sealedFrom && i % 3 === 2),
    sealed: tasks.slice(sealedFrom),
    held_out_uses: 1,
  };
  const gating = tasks.slice(0, sealedFrom);
  const draw = drawing(spec.message ?? 'wrong answer');
  const cells = [
    ...draw('baseline', tasks, HISTORY, 0.35, 0),
    ...draw('baseline', gating, PASSES, 0.35, HISTORY),
    ...spec.edits.flatMap((edit, i) =>
      edit.refused === undefined ? draw(`c${i + 1}`, gating, edit.passes ?? PASSES, edit.rate, 0) : [],
    ),
  ];
  const runnable = spec.edits.filter((edit) => edit.refused === undefined).length;
  const settings: GateSettings = {
    rule: 'sequential',
    alpha: 0.05,
    alpha_harm: 0.05,
    k: Math.max(1, runnable),
    max_passes: PASSES,
    vetoes: { cost_ratio: 1.5, latency_ratio: 2 },
    seed: 7,
    ...(spec.margin === undefined ? {} : { margin: spec.margin }),
  };
  const weaknesses = weaknessesOf(spec, cells, splits.held_in);
  const { leftOut } = spec;
  const left_out = leftOut === undefined ? [] : [leftOut];
  const candidates = spec.edits
    .map((edit, i) => candidateOf(edit, i, { cells, settings, splits, weaknesses }))
    .map((candidate) =>
      candidate.id === leftOut?.candidate
        ? { ...candidate, decision: 'unresolved' as const, reason: leftOut.reason }
        : candidate,
    );
  const kept = candidates.filter((candidate) => candidate.decision === 'accepted');
  const [only] = kept;
  let final: CampaignRecord['final'] = null;
  if (kept.length > 1) {
    cells.push(
      ...draw('baseline', gating, 1, 0.35, HISTORY + PASSES),
      ...draw('combined', gating, 1, 0.97, 0),
    );
    const own = { ...settings, k: 1 };
    const basis: Basis = {
      history_to: HISTORY + PASSES,
      baseline_to: HISTORY + PASSES + 1,
      trials_left: 900,
    };
    const verdict = judgeArm({ arm: 'combined', cells, splits: splitMap(splits), settings: own, basis });
    final = {
      arm: 'combined',
      candidates: kept.map((one) => one.id),
      harness_hash: 'e'.repeat(64),
      settings: own,
      verdict,
      basis,
      left_out,
    };
  } else if (only?.verdict && only.basis) {
    final = {
      arm: only.id,
      candidates: [only.id],
      harness_hash: only.harness_hash ?? '',
      settings,
      verdict: only.verdict,
      basis: only.basis,
      left_out,
    };
  }
  if (final !== null) cells.push(...draw(final.arm, splits.sealed, HISTORY, 0.8, 0));
  return finished(spec, { cells, candidates, final, settings, splits, weaknesses });
}

type Parts = Pick<CampaignRecord, 'cells' | 'candidates' | 'final' | 'settings' | 'splits' | 'weaknesses'>;

function finished(spec: RecordSpec, parts: Parts): CampaignRecord {
  const { cells, candidates, final, settings, splits } = parts;
  const superseded: Cell[] = [
    {
      arm: 'baseline',
      task: splits.held_in[0] ?? 'task-01',
      attempt: 1,
      outcome: 'invalid',
      score: null,
      tokens: 120,
      costUsd: 0.001,
      durationMs: 90,
      trial: 'baseline:lost',
      message: 'sandbox: connection reset',
    },
  ];
  const all = { cells, superseded };
  const arms = [...new Set(cells.map((cell) => cell.arm))];
  const evaluations = arms.map((arm) => {
    const own = [...cells, ...superseded].filter((cell) => cell.trial.startsWith(`${arm}:`));
    const url = spec.runUrl === undefined ? null : spec.runUrl;
    return {
      key: arm,
      arm,
      commit: BASE,
      tasks: new Set(own.map((cell) => cell.task)).size,
      trials: own.length,
      invalid: own.filter((cell) => cell.outcome === 'invalid').length,
      exit: 'exit 0',
      url,
      duration_ms: 1200,
    };
  });
  const open = candidates.filter((one) => one.decision === 'unresolved').length;
  const edits = final?.candidates.length ?? 0;
  const ending: CampaignRecord['ending'] =
    final !== null
      ? {
          kind: 'opened',
          reason:
            settings.margin === undefined
              ? `${edits} of ${candidates.length} edits measurably ${edits === 1 ? 'helps' : 'help'}, and neither split fell.`
              : `${edits} of ${candidates.length} deletions ${edits === 1 ? 'costs' : 'cost'} no more than the margin.`,
        }
      : open > 0
        ? {
            kind: 'unresolved',
            reason: `The budget ended before ${open} of ${candidates.length} edits could be told from no change. More trials may settle it.`,
          }
        : {
            kind: 'nothing_accepted',
            reason: `None of ${candidates.length} edits measurably helps without breaking something.`,
          };
  const record: CampaignRecord = {
    version: 1,
    id: '20260102-030405-abcd',
    repository: 'acme/agent',
    base: { branch: 'main', commit: BASE },
    trigger: '/harness improve by ada',
    started_at: '2026-01-02T03:04:05.000Z',
    finished_at: '2026-01-02T04:14:35.000Z',
    ending,
    agent: { name: 'ticket-agent', model: 'openai/gpt-5-mini' },
    proposer: { label: 'external', model: 'openai/gpt-5' },
    hashes: { harness: 'a'.repeat(64), evaluator: 'd'.repeat(64) },
    settings,
    splits,
    outcomes: outcomesOf(all),
    invalid_reasons: invalidReasons(all),
    weaknesses: parts.weaknesses,
    set_apart: [
      {
        kind: 'beyond_model',
        task: splits.held_in[3] ?? 'task',
        trials: baselineTrials(cells, splits.held_in[3]),
        reason: 'All 3 trials fail and nothing in them explains why.',
      },
      {
        kind: 'environment',
        task: splits.held_in[4] ?? 'task',
        trials: baselineTrials(cells, splits.held_in[4]),
        reason: 'The sandbox lost its connection.',
      },
      {
        kind: 'verifier_suspect',
        task: splits.held_in[5] ?? 'task',
        trials: baselineTrials(cells, splits.held_in[5]),
        reason: 'Every attempt fails with the same message.',
      },
    ],
    candidates,
    final,
    sealed: sealedComparison(
      cells,
      splitMap(splits),
      final === null ? null : { arm: final.arm, alpha: settings.alpha },
    ),
    baseline: baselineRates(cells, splitMap(splits)),
    evaluations,
    spent: {
      agent: spendingOf(all, evaluations),
      proposer: { calls: 2, input_tokens: 8123, output_tokens: 911, cost_usd: 0.0421 },
      duration_ms: 4_230_000,
    },
    pull_request: null,
    problems: [],
    notes: [],
    cells,
    superseded,
  };
  if (final === null) return record;
  const commits = final.candidates.map((_, i) => String(i + 1).repeat(40));
  const { title } = renderPullRequest(record);
  return {
    ...record,
    pull_request: { branch: `self-harness/improve-${record.id}`, commits, title, url: null },
  };
}

function baselineTrials(cells: readonly Cell[], task: string | undefined): string[] {
  return cells.filter((cell) => cell.arm === 'baseline' && cell.task === task).map((cell) => cell.trial);
}

interface Ground {
  readonly cells: readonly Cell[];
  readonly settings: GateSettings;
  readonly splits: CampaignRecord['splits'];
  readonly weaknesses: readonly Weakness[];
}

function candidateOf(
  edit: EditSpec,
  index: number,
  { cells, settings, splits, weaknesses }: Ground,
): Candidate {
  const id = `c${index + 1}`;
  const edits = [{ op: 'set' as const, pointer: `/runtime/knob_${index + 1}`, value: 10 * (index + 2) }];
  const mechanism = 'step_budget_exhausted' as const;
  const prunes = settings.margin !== undefined;
  const weakness = prunes ? undefined : weaknesses[index % Math.max(1, weaknesses.length)];
  const proposal: Proposal = {
    id: proposalId({ surface: 'runtime', edits, mechanism }),
    origin: edit.origin ?? 'catalog',
    operator: edit.origin === 'model' ? null : prunes ? 'prune_edit' : 'raise_step_budget',
    mechanism,
    weaknesses: weakness === undefined ? [] : [weakness.id],
    surface: 'runtime',
    edits,
    title: edit.title ?? `Raise knob ${index + 1} to ${10 * (index + 2)}`,
    hypothesis: edit.hypothesis ?? 'Runs that were still making progress were cut off.',
    expected_effect: 'They get the steps to finish.',
    risks: ['Runs that loop cost more before they end.'],
  };
  const diff =
    edit.diff ??
    `--- a/agent/harness.yaml\n+++ b/agent/harness.yaml\n@@ -4,3 +4,3 @@\n runtime:\n-  knob_${index + 1}: 10\n+  knob_${index + 1}: ${10 * (index + 2)}\n   other: 1\n`;
  if (edit.refused !== undefined) {
    return {
      id,
      proposal,
      decision: 'refused',
      reason: edit.refused,
      branch: null,
      commit: null,
      harness_hash: null,
      diff: '',
      verdict: null,
      basis: null,
    };
  }
  const basis: Basis = {
    history_to: HISTORY,
    baseline_to: HISTORY + (edit.passes ?? PASSES),
    trials_left: 0,
  };
  const verdict = judgeArm({ arm: id, cells, splits: splitMap(splits), settings, basis });
  const decision = ({ accept: 'accepted', reject: 'rejected', unresolved: 'unresolved' } as const)[
    verdict.verdict
  ];
  return {
    id,
    proposal,
    decision,
    reason: verdict.words,
    branch: `self-harness/x/${id}`,
    commit: String(index + 1).repeat(40),
    harness_hash: String(index + 1).repeat(64),
    diff,
    verdict,
    basis,
  };
}

function weaknessesOf(
  { excerpts = 2, quote = QUOTE, reason = 'step limit reached (10)', tool = 'bash', edits }: RecordSpec,
  cells: readonly Cell[],
  heldIn: readonly string[],
): Weakness[] {
  const failing = cells.filter(
    (cell) => cell.arm === 'baseline' && cell.outcome === 'fail' && heldIn.includes(cell.task),
  );
  const causes = [
    'step_limit',
    'wrong_result',
    'timeout',
    'no_answer',
    'artifact_missing',
    'context_limit',
  ] as const;
  return causes.slice(0, Math.max(1, Math.min(edits.length, causes.length))).map((cause, index) => {
    const own = failing.filter((_, i) => i % causes.length === index);
    const trials = own.map((cell) => cell.trial).sort();
    return {
      id: `step_budget_exhausted.${cause}.root_cause`,
      signature: { cause, status: 'root_cause', mechanism: 'step_budget_exhausted' },
      title: titleOf({ cause, status: 'root_cause', mechanism: 'step_budget_exhausted' }),
      trials,
      tasks: [...new Set(own.map((cell) => cell.task))].sort(),
      evidence: trials.slice(0, excerpts).map((trial) => ({
        trial,
        step: 3,
        field: 'observation',
        start: 5,
        end: 5 + quote.length,
        quote,
        tool,
      })),
      ends: trials.slice(0, excerpts).map((trial) => ({ trial, steps: 40, stop: 'step_limit', reason })),
      addressable: true,
      surfaces: ['runtime'],
      preserve: [],
    };
  });
}

/** Draws outcomes by a small linear congruence: every record is the same on every machine. */
function drawing(message: string) {
  let state = 12345;
  const next = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
  return (arm: string, tasks: readonly string[], attempts: number, rate: number, from: number): Cell[] =>
    tasks.flatMap((task) =>
      Array.from({ length: attempts }, (_, i): Cell => {
        const passes = next() < rate;
        return {
          arm,
          task,
          attempt: from + i + 1,
          outcome: passes ? 'pass' : 'fail',
          score: passes ? 1 : 0,
          tokens: 4000 + Math.floor(next() * 2000),
          costUsd: 0.01 + Math.floor(next() * 100) / 10_000,
          durationMs: 20_000 + Math.floor(next() * 9000),
          trial: `${arm}:native:${task}:${from + i + 1}`,
          message: passes ? null : message,
        };
      }),
    );
}
