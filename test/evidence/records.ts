/** Campaign records that hold together: outcomes are drawn with a seed, everything else is computed from them. */
import { expectedOf, finalFigures, isConfirmed } from '../../src/campaign/experiment/final.ts';
import { examineCells, experimentSettings, finalArm } from '../../src/campaign/experiment/settings.ts';
import { verdictOf } from '../../src/campaign/experiment/words.ts';
import { baselineRates, invalidReasons, outcomesOf, spendingOf } from '../../src/campaign/record/derived.ts';
import type { CampaignRecord, Candidate, GateSettings } from '../../src/campaign/record/record.ts';
import { renderPullRequest } from '../../src/evidence/pull-request.ts';
import { splitMap } from '../../src/evidence/split-map.ts';
import { titleOf } from '../../src/mining/title.ts';
import type { Weakness } from '../../src/mining/weakness.ts';
import { proposalId } from '../../src/proposing/identity.ts';
import type { Proposal } from '../../src/proposing/proposal.ts';
import type { Cell } from '../../src/validation/cell.ts';
import { armName, type Block, editsOn } from '../../src/validation/experiment/block.ts';
import { nextPasses, passesOfDispatch } from '../../src/validation/experiment/experiment.ts';
import { dealFinal } from '../../src/validation/experiment/head-to-head.ts';

interface EditSpec {
  /** Pass rate (0..1) of the tasks it acts on, under the edit alone; the baseline's is 0.35. */
  readonly rate: number;
  /** Tasks it acts on, by their place. Default: all. */
  readonly on?: (place: number) => boolean;
  readonly title?: string;
  readonly hypothesis?: string;
  readonly refused?: string;
  readonly diff?: string;
  readonly origin?: Proposal['origin'];
}

export interface RecordSpec {
  readonly edits: readonly EditSpec[];
  /** Passes of the experiment at most. Default 12. */
  readonly passes?: number;
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
const PASSES = 12;
const FINAL_PASSES = 3;
const RATE = 0.35;
const BASE = 'b'.repeat(40);

export function aRecord(spec: RecordSpec): CampaignRecord {
  const tasks = spec.tasks ?? Array.from({ length: 36 }, (_, i) => `task-${String(i + 1).padStart(2, '0')}`);
  const sealedFrom = tasks.length - (spec.sealed ?? 0);
  const splits = {
    held_in: tasks.filter((_, i) => i < sealedFrom && i % 4 !== 3),
    held_out: tasks.filter((_, i) => i < sealedFrom && i % 4 === 3),
    sealed: tasks.slice(sealedFrom),
    held_out_uses: 1,
  };
  const draw = drawing(spec.message ?? 'wrong answer');
  const cells: Cell[] = [];
  for (let attempt = 1; attempt <= HISTORY; attempt += 1)
    cells.push(...draw({ key: 'baseline-1', arm: 'baseline', tasks, attempt, rate: () => RATE }));
  const settings: GateSettings = {
    rule: 'sequential',
    alpha: 0.05,
    alpha_harm: 0.05,
    outcome: 'both',
    passes: spec.passes ?? PASSES,
    extra_passes: 0,
    blocks: 8,
    vetoes: { cost_ratio: 1.5, latency_ratio: 2 },
    seed: 7,
    margin: spec.margin ?? null,
    history_to: HISTORY,
  };
  const weaknesses = weaknessesOf(spec, cells, { tasks, heldIn: splits.held_in });
  const rateOf = (edits: readonly string[]) => (task: string) =>
    1 -
    edits.reduce((missed, id) => {
      const edit = spec.edits[Number(id.slice(1)) - 1];
      const acts = edit?.on?.(tasks.indexOf(task)) ?? true;
      return missed * ((1 - (acts ? (edit?.rate ?? RATE) : RATE)) / (1 - RATE));
    }, 1 - RATE);
  const run = (key: string, arm: string, edits: readonly string[], block: Block) =>
    cells.push(...draw({ key, arm, tasks: block.tasks, attempt: HISTORY + block.pass, rate: rateOf(edits) }));
  let candidates = spec.edits.map((edit, i) => candidateOf(edit, i, { settings, weaknesses }));
  const basis = { settings, candidates, conflicts: [], splits: splitMap(splits) };
  const tested = experimentSettings(basis);
  const order = tested.edits.map(({ id }) => id);
  const blocks: Block[] = [];
  let state = examineCells(basis, blocks, cells);
  while (!state.over) {
    const dealt = nextPasses(tested, state, passesOfDispatch(tested, state));
    for (const block of dealt)
      for (const side of ['first', 'second'] as const) {
        const edits = editsOn(block, side, order);
        run(`experiment-${block.dispatch}`, armName(edits), edits, block);
      }
    blocks.push(...dealt);
    state = examineCells(basis, blocks, cells);
  }
  const { leftOut } = spec;
  candidates = candidates.map((candidate) => {
    const standing = state.standings.find(({ id }) => id === candidate.id);
    if (standing === undefined) return candidate;
    const verdict = verdictOf(standing, { settings, ended: true });
    const judged = { ...candidate, verdict, decision: DECISIONS[verdict.verdict], reason: verdict.words };
    return candidate.id === leftOut?.candidate
      ? { ...judged, decision: 'unresolved' as const, reason: leftOut.reason }
      : judged;
  });
  const kept = candidates.filter(({ decision }) => decision === 'accepted');
  const edits = kept.map(({ id }) => id);
  let final: CampaignRecord['final'] = null;
  if (edits.length > 0) {
    const finalBlocks = dealFinal({
      tasks,
      passes: FINAL_PASSES,
      blocks: settings.blocks,
      from: blocks.length + 1,
      fromPass: state.passes + 1,
      dispatch: state.dispatches + 1,
      seed: settings.seed,
    });
    const armOf = finalArm(edits);
    for (const block of finalBlocks)
      for (const side of ['first', 'second'] as const) {
        const arm = armOf(block, side);
        run('final', arm, arm === 'baseline' ? [] : edits, block);
      }
    const figures = finalFigures({ settings, splits: splitMap(splits), blocks: finalBlocks, edits }, cells);
    if (figures === null) throw new Error('the final has no figures');
    const expected = expectedOf(state.standings.filter(({ id }) => edits.includes(id)));
    final = {
      candidates: edits,
      harness_hash: edits.length === 1 ? (kept[0]?.harness_hash ?? '') : 'e'.repeat(64),
      blocks: finalBlocks,
      figures,
      expected,
      confirmed: isConfirmed(figures, expected, kept, settings),
      left_out: leftOut === undefined ? [] : [leftOut],
    };
  }
  return finished(spec, { blocks, cells, candidates, final, settings, splits, weaknesses });
}

const DECISIONS = { accept: 'accepted', reject: 'rejected', unresolved: 'unresolved' } as const;

type Parts = Pick<CampaignRecord, 'cells' | 'candidates' | 'final' | 'settings' | 'splits' | 'weaknesses'> & {
  readonly blocks: Block[];
};

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
      trial: 'baseline-1:lost',
      message: 'sandbox: connection reset',
    },
  ];
  const all = { cells, superseded };
  const byKey = Map.groupBy([...cells, ...superseded], ({ trial }) => trial.split(':')[0] ?? '');
  const evaluations = [...byKey].map(([key, own]) => ({
    key,
    groups: 1,
    tasks: new Set(own.map((cell) => cell.task)).size,
    trials: own.length,
    invalid: own.filter((cell) => cell.outcome === 'invalid').length,
    exit: 'exit 0',
    url: spec.runUrl ?? null,
    duration_ms: 1200,
  }));
  const open = candidates.filter((one) => one.decision === 'unresolved').length;
  const edits = final?.candidates.length ?? 0;
  const ending: CampaignRecord['ending'] =
    final !== null
      ? {
          kind: 'opened',
          reason:
            settings.margin === null
              ? `${edits} of ${candidates.length} edits ${edits === 1 ? 'is' : 'are'} proven to help, and fresh runs of all of them together show it again.`
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
    version: 2,
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
    experiment: { conflicts: [], blocks: parts.blocks },
    final,
    baseline: baselineRates(cells, splitMap(splits), settings.history_to),
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
  readonly settings: GateSettings;
  readonly weaknesses: readonly Weakness[];
}

/** A candidate before the experiment; a refused one is decided already. */
function candidateOf(edit: EditSpec, index: number, { settings, weaknesses }: Ground): Candidate {
  const id = `c${index + 1}`;
  const edits = [{ op: 'set' as const, pointer: `/runtime/knob_${index + 1}`, value: 10 * (index + 2) }];
  const mechanism = 'step_budget_exhausted' as const;
  const prunes = settings.margin !== null;
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
  const refused = edit.refused !== undefined;
  return {
    id,
    proposal,
    aims: weakness?.tasks ?? [],
    decision: refused ? 'refused' : 'unresolved',
    reason: edit.refused ?? 'not tried yet',
    harness_hash: refused ? null : String(index + 1).repeat(64),
    diff: refused ? '' : diff,
    verdict: null,
  };
}

function weaknessesOf(
  { excerpts = 2, quote = QUOTE, reason = 'step limit reached (10)', tool = 'bash', edits }: RecordSpec,
  cells: readonly Cell[],
  { tasks, heldIn }: { readonly tasks: readonly string[]; readonly heldIn: readonly string[] },
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
    const own = failing.filter(({ task }) => tasks.indexOf(task) % causes.length === index);
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
  return ({ key, arm, tasks, attempt, rate }: Drawn): Cell[] =>
    tasks.map((task): Cell => {
      const passes = next() < rate(task);
      return {
        arm,
        task,
        attempt,
        outcome: passes ? 'pass' : 'fail',
        score: passes ? 1 : 0,
        tokens: 4000 + Math.floor(next() * 2000),
        costUsd: 0.01 + Math.floor(next() * 100) / 10_000,
        durationMs: 20_000 + Math.floor(next() * 9000),
        trial: `${key}:native:${arm}:${task}:${attempt}`,
        message: passes ? null : message,
      };
    });
}

interface Drawn {
  readonly key: string;
  readonly arm: string;
  readonly tasks: readonly string[];
  readonly attempt: number;
  readonly rate: (task: string) => number;
}
