/**
 * From candidates to an ending: verdicts, the accepted edits together, the sealed split.
 */
import type { Weakness } from '../../mining/weakness.ts';
import type { Cell } from '../../validation/cell.ts';
import type { CampaignContext, Prepared } from '../context.ts';
import type { Draft } from '../record/draft.ts';
import type { Candidate, Ending, GateSettings } from '../record/record.ts';
import { combine } from './combine.ts';
import { isOpen } from './extension.ts';
import { runSealed } from './sealed.ts';
import { type ArmUnderTest, type Before, gateTasks, targetedTasks, validate } from './validate.ts';

export interface DecisionPlan {
  /** Candidates to run; those without a branch are passed over. */
  readonly candidates: readonly Candidate[];
  readonly settings: GateSettings;
  readonly weaknesses: readonly Weakness[];
  /** Baseline cells from before the first pass. */
  readonly history: readonly Cell[];
  readonly historyTo: number;
  readonly before?: Before;
  /** Rules the bot added earlier, which a pruning may take back. */
  readonly ownTexts: readonly string[];
  /** Ids of proposals that people refused since they were accepted: they are in no pull request again. */
  readonly refused?: ReadonlySet<string>;
}

/** Validates the candidates, then what was accepted together, and says how the campaign ends. */
export async function decide(
  context: CampaignContext,
  prepared: Prepared,
  draft: Draft,
  plan: DecisionPlan,
): Promise<Ending> {
  const { settings, weaknesses, history, historyTo, before } = plan;
  const { splits } = draft;
  const tell = (stage: 'validating' | 'combining', detail: string) =>
    context.deps.report({ kind: 'stage', stage, detail });
  tell('validating', `${plan.candidates.length} candidates on ${gateTasks(splits).length} tasks`);
  const validation = await validate(context, prepared, {
    round: 'validate',
    arms: plan.candidates.flatMap((candidate) => armOf(candidate, weaknesses)),
    splits,
    settings,
    history,
    historyTo,
    trialsLeft: prepared.config.budget.trials - draft.trials(),
    ...(before === undefined ? {} : { before }),
  });
  if (validation.cutShort !== null) draft.notes.push(validation.cutShort);
  draft.decide(validation.standings);

  const accepted = draft.candidates.filter(
    ({ decision, proposal }) => decision === 'accepted' && plan.refused?.has(proposal.id) !== true,
  );
  if (accepted.length === 0) {
    return nothingAccepted(draft.candidates, validation.outOfTime ? validation.cutShort : null);
  }
  tell('combining', accepted.map((candidate) => candidate.id).join(' + '));
  const tasks = [...splits.keys()];
  const combination = await combine(context, prepared, draft, {
    accepted,
    splits,
    settings,
    tasks,
    weaknesses,
    ownTexts: plan.ownTexts,
  });
  if (combination === null)
    return { kind: 'nothing_accepted', reason: 'The accepted edits do not hold together.' };
  draft.final = combination;
  await runSealed(context, prepared, draft, combination);
  return { kind: 'opened', reason: openedWords(combination.stack.applied.length, draft, settings) };
}

function openedWords(edits: number, { candidates }: Draft, settings: GateSettings): string {
  if (settings.margin !== undefined) {
    return `${edits} of ${candidates.length} deletions ${edits === 1 ? 'costs' : 'cost'} no more than the margin.`;
  }
  return `${edits} of ${candidates.length} edits measurably ${edits === 1 ? 'helps' : 'help'}, and neither split fell.`;
}

function armOf(candidate: Candidate, weaknesses: readonly Weakness[]): ArmUnderTest[] {
  if (candidate.branch === null || candidate.commit === null) return [];
  const { id, branch, commit } = candidate;
  return [{ id, branch, commit, targeted: targetedTasks([candidate], weaknesses) }];
}

function nothingAccepted(candidates: readonly Candidate[], outOfTime: string | null): Ending {
  const open = candidates.filter((candidate) => candidate.decision === 'unresolved');
  if (open.length > 0 && outOfTime !== null) {
    const goesOn = open.some(isOpen) ? ' `/harness extend` goes on from here.' : '';
    const reason = `${outOfTime} ${open.length} of ${candidates.length} edits could not be told from no change yet.${goesOn}`;
    return { kind: 'unresolved', reason };
  }
  if (open.length > 0) {
    return {
      kind: 'unresolved',
      reason: `The budget ended before ${open.length} of ${candidates.length} edits could be told from no change. More trials may settle it.`,
    };
  }
  return {
    kind: 'nothing_accepted',
    reason: `None of ${candidates.length} edits measurably helps without breaking something.`,
  };
}
