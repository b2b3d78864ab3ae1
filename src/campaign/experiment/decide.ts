/**
 * From candidates to an ending: one experiment for all, then the accepted edits together, fresh, against the base.
 */
import { gatingTasks } from '../../validation/experiment/experiment.ts';
import type { CampaignContext, Prepared } from '../context.ts';
import type { Draft } from '../record/draft.ts';
import type { Candidate, Ending } from '../record/record.ts';
import { type ArmMaker, armFiles } from './arms.ts';
import { leastFinal } from './budget.ts';
import { type Final, runFinal } from './final.ts';
import { runPaper } from './paper.ts';
import { runExperiment } from './run.ts';
import { examineCells } from './settings.ts';

/** @param refused ids of proposals that people refused since they were accepted: they are in no pull request again */
export async function decide(
  context: CampaignContext,
  prepared: Prepared,
  draft: Draft,
  maker: ArmMaker,
  refused: ReadonlySet<string> = new Set(),
): Promise<Ending> {
  const tell = (stage: 'experiment' | 'final', detail: string) =>
    context.deps.report({ kind: 'stage', stage, detail });
  const paper = draft.settings?.rule === 'paper';
  tell('experiment', `${maker.candidates.length} edits on ${gatingTasks(draft.splits).length} tasks`);
  const { cutShort, outOfTime } = paper
    ? { cutShort: await runPaper(context, prepared, draft, maker), outOfTime: false }
    : await runExperiment(context, prepared, {
        basis: draft.basis(),
        blocks: draft.blocks,
        cells: () => draft.cells(),
        trialsLeft: () => prepared.config.budget.trials - draft.trials() - leastFinal(draft.splits.size),
        versionOf: (edits) => ({ files: armFiles(maker, edits) }),
        looked: (examination, ended) => draft.judge(examination, ended),
      });
  if (cutShort !== null) draft.notes.push(cutShort);

  const accepted = draft.candidates.filter(
    ({ decision, proposal }) => decision === 'accepted' && !refused.has(proposal.id),
  );
  if (accepted.length === 0) return nothingAccepted(draft.candidates, cutShort, outOfTime);
  tell('final', `${accepted.map(({ id }) => id).join(' + ')} against the baseline`);
  const examination = examineCells(draft.basis(), draft.blocks, draft.cells());
  const final = await runFinal(context, prepared, draft, maker, accepted, examination);
  if (typeof final === 'string')
    return {
      kind: 'unresolved',
      reason: `${accepted.length} of ${draft.candidates.length} edits were accepted, and the fresh comparison that a pull request quotes could not be run: ${final}`,
    };
  draft.final = final;
  return final.confirmed ? opened(final, draft) : notConfirmed(final);
}

function opened({ stack }: Final, { candidates, settings }: Draft): Ending {
  const edits = stack.applied.length;
  const reason =
    settings?.margin == null
      ? `${edits} of ${candidates.length} edits ${edits === 1 ? 'is' : 'are'} proven to help, and fresh runs of all of them together show it again.`
      : `${edits} of ${candidates.length} deletions ${edits === 1 ? 'costs' : 'cost'} no more than the margin.`;
  return { kind: 'opened', reason };
}

function notConfirmed({ stack, figures, expected }: Final): Ending {
  const { delta, interval } = figures.pass.overall;
  const found =
    delta === null || interval === null
      ? 'they could not be compared'
      : `the pass rate changed by ${points(delta)} points (95 % interval ${points(interval[0])} to ${points(interval[1])}), where the experiment had promised ${points(expected.pass)}`;
  return {
    kind: 'not_confirmed',
    reason: `${stack.applied.length === 1 ? 'One edit was' : `${stack.applied.length} edits were`} accepted, but in fresh runs of them together ${found}. Nothing is proposed.`,
  };
}

function nothingAccepted(
  candidates: readonly Candidate[],
  cutShort: string | null,
  outOfTime: boolean,
): Ending {
  const open = candidates.filter((candidate) => candidate.decision === 'unresolved');
  const untold = `${open.length} of ${candidates.length} edits could not be told from no change`;
  if (open.length > 0 && cutShort !== null && outOfTime)
    return {
      kind: 'unresolved',
      reason: `${cutShort} ${untold} yet. \`/harness extend\` goes on from here.`,
    };
  if (open.length > 0)
    return {
      kind: 'unresolved',
      reason: `${cutShort ?? 'The passes ended.'} ${untold}. \`/harness extend\` gives them more.`,
    };
  return {
    kind: 'nothing_accepted',
    reason: cutShort ?? `None of ${candidates.length} edits is proven to help without breaking something.`,
  };
}

function points(share: number): string {
  const value = (100 * share).toFixed(1);
  return value.startsWith('-') ? `−${value.slice(1)}` : `+${value}`;
}
