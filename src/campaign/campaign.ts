/**
 * The loop of Self-Harness as one durable campaign, readable top to bottom:
 * baseline → weaknesses → proposals → candidates → verdicts → combination → sealed split → pull request.
 *
 * The function is replayed after a crash or a wait: everything that touches the world stands in a `durable.step`,
 * and everything between is a pure function of the steps' results.
 */
import type { Proposal } from '../proposing/proposal.ts';
import { assignSplits } from '../validation/splits.ts';
import type { CampaignContext, CampaignDeps, CampaignInput, Durable, Prepared, Stage } from './context.ts';
import { StepFailure } from './engine/engine.ts';
import { withinSteps } from './engine/step-limit.ts';
import { baselineRequests, lastAttempt } from './evaluate/baseline.ts';
import { Cancelled, gather, settledCells } from './evaluate/gather.ts';
import { pastBaseline } from './evaluate/history.ts';
import { prepare } from './evaluate/prepare.ts';
import { extendCampaign } from './extend.ts';
import { CampaignFailure } from './failure.ts';
import { heldOutUses, proposalsOf, readLedger, rejectedProposals } from './ledger/ledger.ts';
import { recall } from './ledger/memory.ts';
import { makeBaseline, makeCandidate, textsAdded } from './propose/candidates.ts';
import { propose } from './propose/propose.ts';
import { acceptedProposals, prunings } from './propose/prunings.ts';
import { study } from './propose/study.ts';
import { Draft } from './record/draft.ts';
import { publish } from './record/publish.ts';
import type { CampaignRecord, Candidate, Ending, GateSettings } from './record/record.ts';
import { decide } from './validate/decide.ts';
import { MARGIN } from './validate/not-worse.ts';

/** Runs one campaign to its one ending. Only bugs and exhausted retries are thrown. */
export async function runCampaign(
  input: CampaignInput,
  durable: Durable,
  deps: CampaignDeps,
): Promise<CampaignRecord> {
  const forge = await deps.openForge(input.repository);
  const context: CampaignContext = {
    input,
    forge,
    ...withinSteps(durable, deps),
    ordered: new Map(),
    gathered: [],
    open: new Map(),
  };
  const draft = new Draft(context.gathered);
  let ending: Ending;
  try {
    ending = await loop(context, draft);
  } catch (error) {
    ending = endingOf(error, draft);
  }
  return publish(context, draft, ending);
}

function endingOf(error: unknown, draft: Draft): Ending {
  if (error instanceof Cancelled) {
    const { why, reason } = error.note;
    if (why === 'asked') return { kind: 'cancelled', reason };
    // Without candidates there is nothing that more time could settle: something must be changed first.
    return { kind: draft.settings === null ? 'failed' : 'unresolved', reason };
  }
  if (error instanceof CampaignFailure || error instanceof StepFailure) {
    return { kind: 'failed', reason: error.message };
  }
  // Anything else is the engine's own business (a wait, a retry) and must pass through.
  throw error;
}

async function loop(context: CampaignContext, draft: Draft): Promise<Ending> {
  const { durable, deps, forge, input } = context;

  stage(context, 'preparing', forge.repository);
  const preparation = await durable.step('prepare', async () => prepare(forge, deps.now()));
  if (!preparation.ok) throw new CampaignFailure(preparation.reason);
  const { foundation } = preparation;
  const { config } = foundation;
  const baselineBranch = await durable.step('make baseline', () => makeBaseline(context, foundation));
  const prepared: Prepared = { ...foundation, baseline: baselineBranch };
  draft.prepared = prepared;
  const ledger = await durable.step('read the ledger', () => readLedger(forge));

  if (input.mode.kind === 'extend')
    return extendCampaign(context, prepared, draft, { campaign: input.mode.campaign, ledger });

  stage(context, 'baseline', `${config.gate.baseline_passes} attempts of every task`);
  const past = await pastBaseline(context, prepared);
  const fresh = await gather(context, prepared, 'baseline', baselineRequests(prepared, lastAttempt(past)));
  const baseline = [...past, ...fresh];
  const nothing = baseline.every((gathered) => gathered.failure !== null);
  if (nothing) throw new CampaignFailure(baseline[0]?.failure ?? 'the baseline evaluation brought nothing');
  const history = settledCells(baseline);

  const tasks = [...new Set(history.map((cell) => cell.task))].sort();
  const splits = assignSplits(tasks, {
    key: config.splits.key,
    sealedFrom: config.splits.sealed_from,
    named: config.splits,
  });
  draft.splits = splits;
  draft.heldOutUses = heldOutUses(
    ledger,
    [...splits].filter(([, s]) => s === 'held_out').map(([task]) => task),
  );

  stage(context, 'mining', `${history.length} trials of ${tasks.length} tasks`);
  const found = await durable.step('mine', () => study(context, config, baseline, splits));
  draft.study = found;
  const memory = await durable.step('recall', () => recall(forge));
  const pruning = input.mode.kind === 'prune';
  const addressable = found.weaknesses.filter((weakness) => weakness.addressable);
  if (!pruning && addressable.length === 0) return nothingToFix(found.weaknesses.length, history.length);

  stage(context, 'proposing', pruning ? 'deletions' : `for ${addressable.length} weaknesses`);
  const refused = new Set(memory.refused);
  const proposed = await durable.step('propose', async () =>
    pruning
      ? prunings(prepared, { ledger, refused, weaknesses: found.weaknesses })
      : propose(context, prepared, {
          weaknesses: addressable,
          rejected: [...rejectedProposals(ledger), ...proposalsOf(ledger, refused)],
          ledger,
          baseline,
          tasks,
          spent: found.usage,
        }),
  );
  draft.proposed = proposed;
  if (proposed.proposals.length === 0) {
    const reason = pruning
      ? 'Nothing that the bot added is left to take back, and no rule repeats another.'
      : 'No edit is left to try for the weaknesses found.';
    return { kind: 'nothing_to_fix', reason: `${reason} ${proposed.notes.join(' ')}`.trim() };
  }
  const ownTexts = pruning ? textsAdded(acceptedProposals(ledger)) : [];
  const candidates = await makeCandidates(context, prepared, {
    proposals: proposed.proposals,
    tasks,
    ownTexts,
  });
  draft.candidates = candidates;
  const runnable = candidates.filter((candidate) => candidate.branch !== null);
  if (runnable.length === 0)
    return { kind: 'nothing_accepted', reason: 'Every proposal was refused by a guard; nothing was run.' };

  const settings: GateSettings = {
    rule: pruning ? 'sequential' : (input.rule ?? config.gate.rule),
    alpha: config.gate.alpha,
    alpha_harm: config.gate.alpha_harm,
    k: runnable.length,
    max_passes: config.gate.max_passes,
    vetoes: config.gate.vetoes,
    seed: input.seed,
    ...(pruning ? { margin: MARGIN } : {}),
  };
  draft.settings = settings;
  return decide(context, prepared, draft, {
    candidates: runnable,
    settings,
    weaknesses: found.weaknesses,
    history,
    historyTo: draft.lastBaselineAttempt(),
    ownTexts,
  });
}

async function makeCandidates(
  context: CampaignContext,
  prepared: Prepared,
  {
    proposals,
    tasks,
    ownTexts,
  }: {
    readonly proposals: readonly Proposal[];
    readonly tasks: readonly string[];
    readonly ownTexts: readonly string[];
  },
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const [index, proposal] of proposals.entries()) {
    const id = `c${index + 1}`;
    const candidate = await context.durable.step(`make ${id}`, () =>
      makeCandidate(context, prepared, proposal, id, tasks, ownTexts),
    );
    candidates.push(candidate);
    const decision = candidate.decision === 'refused' ? 'refused' : null;
    context.deps.report({ kind: 'candidate', id, title: proposal.title, decision, reason: candidate.reason });
  }
  return candidates;
}

function nothingToFix(weaknesses: number, trials: number): Ending {
  return {
    kind: 'nothing_to_fix',
    reason:
      weaknesses === 0
        ? `No recurring weakness was found in ${trials} baseline trials.`
        : 'The weaknesses found are not ones that the declared surfaces can act on.',
  };
}

function stage(context: CampaignContext, name: Stage, detail: string): void {
  context.deps.report({ kind: 'stage', stage: name, detail });
}
