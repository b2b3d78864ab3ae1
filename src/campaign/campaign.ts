/**
 * The loop of Self-Harness as one durable campaign, readable top to bottom:
 * baseline → weaknesses → proposals → candidates → one experiment for all of them → final → pull request.
 *
 * The function is replayed after a crash or a wait: everything that touches the world stands in a `durable.step`,
 * and everything between is a pure function of the steps' results.
 */
import { assignSplits } from '../validation/splits.ts';
import type { CampaignContext, CampaignDeps, CampaignInput, Durable, Stage } from './context.ts';
import { StepFailure } from './engine/engine.ts';
import { withinSteps } from './engine/step-limit.ts';
import { gatherBaseline, lastAttempt, tasksMet } from './evaluate/baseline.ts';
import { Cancelled } from './evaluate/cancelled.ts';
import { settledCells } from './evaluate/cells.ts';
import { prepare } from './evaluate/prepare.ts';
import { conflictsOf } from './experiment/arms.ts';
import { fitBudget, tooSmallWords } from './experiment/budget.ts';
import { decide } from './experiment/decide.ts';
import { gateSettings } from './experiment/gate-settings.ts';
import { extendCampaign } from './extend.ts';
import { CampaignFailure } from './failure.ts';
import { heldOutUses, proposalsOf, readLedger, rejectedProposals } from './ledger/ledger.ts';
import { recall } from './ledger/memory.ts';
import { makeCandidate, textsAdded } from './propose/candidates.ts';
import { propose } from './propose/propose.ts';
import { acceptedProposals, prunings } from './propose/prunings.ts';
import { study } from './propose/study.ts';
import { Draft } from './record/draft.ts';
import { publish } from './record/publish.ts';
import type { CampaignRecord, Ending } from './record/record.ts';

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
  const prepared = preparation.foundation;
  const { config } = prepared;
  draft.prepared = prepared;
  const ledger = await durable.step('read the ledger', () => readLedger(forge));

  if (input.mode.kind === 'extend')
    return extendCampaign(context, prepared, draft, { campaign: input.mode.campaign, ledger });

  stage(context, 'baseline', `up to ${config.gate.baseline_passes} attempts of every task`);
  const splitsOf = (tasks: readonly string[]) =>
    assignSplits(tasks, {
      key: config.splits.key,
      sealedFrom: config.splits.sealed_from,
      named: config.splits,
    });
  const baseline = await gatherBaseline(context, prepared, (gathered) => {
    const met = tasksMet(gathered);
    const question = {
      tasks: met.length,
      gating: [...splitsOf(met).values()].filter((split) => split !== 'sealed').length,
      budget: config.budget.trials,
      baselinePasses: config.gate.baseline_passes,
      done: lastAttempt(gathered),
      spent: draft.trials(),
    };
    const answer = fitBudget(question);
    if (!answer.fits) throw new CampaignFailure(tooSmallWords(answer.needs, question.tasks, question.budget));
    if (answer.baselinePasses < config.gate.baseline_passes)
      draft.notes.push(
        `The baseline has ${answer.baselinePasses} instead of ${config.gate.baseline_passes} passes, so that the budget of ${question.budget} trials suffices for the experiment.`,
      );
    return answer.baselinePasses;
  });
  const history = settledCells(baseline);
  const tasks = tasksMet(baseline);
  const splits = splitsOf(tasks);
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
  const candidates = proposed.proposals.map((proposal, index) => {
    const asked = found.weaknesses.filter(({ id }) => proposal.weaknesses.includes(id));
    const aims = [...new Set(asked.flatMap((weakness) => weakness.tasks))].sort();
    return makeCandidate(prepared, proposal, `c${index + 1}`, { tasks, ownTexts, aims });
  });
  draft.candidates = candidates;
  for (const { id, proposal, decision, reason } of candidates) {
    const told = decision === 'refused' ? decision : null;
    deps.report({ kind: 'candidate', id, title: proposal.title, decision: told, reason });
  }
  const runnable = candidates.filter(({ decision }) => decision !== 'refused');
  if (runnable.length === 0)
    return { kind: 'nothing_accepted', reason: 'Every proposal was refused by a guard; nothing was run.' };

  const maker = { foundation: prepared, candidates: runnable, tasks, ownTexts };
  draft.settings = {
    ...gateSettings(config, prepared.plans, input),
    history_to: draft.lastBaselineAttempt(),
  };
  draft.conflicts = conflictsOf(maker);
  return decide(context, prepared, draft, maker);
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
