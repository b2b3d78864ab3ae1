/**
 * After the merge: eval runs of the default branch under the merged harness confirm or contradict the claim. A
 * proven regression opens a pull request that takes the edits back, once, with its evidence.
 */

import type { Foundation } from '../../campaign/context.ts';
import { attemptCells } from '../../campaign/evaluate/cells.ts';
import { prepare } from '../../campaign/evaluate/prepare.ts';
import { evaluationKey } from '../../campaign/experiment/extension.ts';
import { type Memory, recall, remember } from '../../campaign/ledger/memory.ts';
import { stack } from '../../campaign/propose/candidates.ts';
import type { CampaignRecord } from '../../campaign/record/record.ts';
import { eValue, interval, points, rate } from '../../evidence/figure.ts';
import { inlineCode } from '../../evidence/markdown/code.ts';
import { splitMap } from '../../evidence/split-map.ts';
import type { Forge } from '../../forge/forge.ts';
import type { GitHubRepository } from '../../forge/github/github.ts';
import { readAllTraces } from '../../traces/read/read.ts';
import type { Cell } from '../../validation/cell.ts';
import { compareCells, type GateVerdict } from '../../validation/compare/compare.ts';
import { BASE_ARM } from '../../validation/experiment/block.ts';
import { say } from '../answers/answer.ts';
import type { Bot } from '../bot.ts';
import { recordOf } from '../campaigns/last-record.ts';
import { keptCandidates, ownTexts, tasksOf } from './rebuild.ts';

type Claim = Memory['merged'][number];

/** Eval runs after the merge that are read at most: the claim is settled by then, or not at all. */
const MOST_RUNS = 20;
const MOST_ATTEMPTS = 50;

/** Looks at every merged claim that is still open. Asked again, it edits the same comment. */
export async function confirmMerged(bot: Bot, place: GitHubRepository, forge: Forge): Promise<string> {
  const { merged } = await recall(forge);
  if (merged.length === 0) return 'Nothing to confirm.';
  const prepared = await prepare(forge, bot.now());
  if (!prepared.ok) return 'The config is not valid, so nothing can be confirmed.';
  const { foundation } = prepared;
  const done: string[] = [];
  for (const claim of merged) {
    const record = await recordOf(forge, claim.campaign);
    const comparable =
      record !== null &&
      claim.harness_hash === foundation.harnessHash &&
      record.hashes.evaluator === foundation.evaluatorHash;
    // Another harness or another evaluator: what runs now says nothing about this claim.
    if (!comparable) continue;
    done.push(await confirmOne(bot, place, forge, { claim, record, foundation }));
  }
  return done.join(' ') || 'No merged claim is comparable with the default branch.';
}

interface Confirming {
  readonly claim: Claim;
  readonly record: CampaignRecord;
  readonly foundation: Foundation;
}

async function confirmOne(bot: Bot, place: GitHubRepository, forge: Forge, on: Confirming): Promise<string> {
  const { claim, record, foundation } = on;
  const { cells: after, runs } = await cellsAfter(forge, foundation);
  if (after.length === 0) return 'No eval run under the merged harness has traces yet.';
  const verdict = claimVerdict(record, after);
  // Of more runs than are read the first would be missing, and the rest no longer the same attempts.
  const isLast = runs >= MOST_RUNS;
  const settled = verdict.verdict === 'accept' || verdict.verdict === 'reject' || isLast;
  const revert = verdict.verdict === 'reject' ? await revertPull(bot, forge, on, verdict) : null;
  const text = confirmationText(verdict, revert, isLast);
  await say(place, claim.pull, 'confirmation', await bot.redact(text));
  if (settled) {
    await remember(forge, `The claim of ${record.id} is settled`, (memory) => ({
      ...memory,
      merged: memory.merged.filter((one) => one.campaign !== claim.campaign),
    }));
  }
  return `Claim of ${record.id}: ${verdict.verdict}.`;
}

/** Cells of the default branch's own eval runs under the harness as it is now, numbered run after run. */
async function cellsAfter(
  forge: Forge,
  foundation: Foundation,
): Promise<{ readonly cells: readonly Cell[]; readonly runs: number }> {
  const { config, base } = foundation;
  const { workflow, artifacts } = config.eval;
  if (workflow === undefined) return { cells: [], runs: 0 };
  const past = await forge.pastEvaluations(workflow, artifacts, MOST_RUNS);
  const same = new Map([[base.commit, true]]);
  const cells: Cell[] = [];
  let runs = 0;
  // The oldest first: which attempt a trial is must not change when a later run ends.
  for (const handle of past.toReversed()) {
    const { commit } = handle.order;
    if (!same.has(commit)) same.set(commit, await sameGround(forge, foundation, commit));
    if (same.get(commit) !== true) continue;
    runs += 1;
    const sources = await forge.evaluationTraces(handle);
    const { trials } = await readAllTraces(sources, {
      passThreshold: config.eval.pass_threshold,
      skipSteps: true,
    });
    const first = 1 + cells.reduce((most, cell) => Math.max(most, cell.attempt), 0);
    const own = trials.map((trial) => ({ ...trial, id: `${handle.key}:${trial.id}` }));
    cells.push(...attemptCells(own, 'merged', first, MOST_ATTEMPTS, null));
  }
  return { cells, runs };
}

/** Whether harness and evaluator at a commit are those of the default branch now. */
async function sameGround(forge: Forge, foundation: Foundation, commit: string): Promise<boolean> {
  const there = await prepare({ ...forge, base: async () => ({ ...foundation.base, commit }) }, new Date(0));
  return (
    there.ok &&
    there.foundation.harnessHash === foundation.harnessHash &&
    there.foundation.evaluatorHash === foundation.evaluatorHash
  );
}

/** The merged harness against the baseline that the claim was measured on, whole runs against whole runs. */
export function claimVerdict(
  record: Pick<CampaignRecord, 'cells' | 'settings' | 'splits'>,
  after: readonly Cell[],
): GateVerdict {
  // Whole runs of all tasks: a block of the experiment holds a few.
  const baseline = record.cells.filter(
    ({ arm, trial }) => arm === BASE_ARM && !evaluationKey(trial).startsWith('experiment'),
  );
  return compareCells({
    rule: 'sequential',
    baseline,
    candidate: after,
    runs: new Map([...baseline, ...after].map(({ trial }) => [trial, evaluationKey(trial)])),
    splits: splitMap(record.splits),
    candidates: 1,
    alpha: record.settings.alpha,
  });
}

function confirmationText(verdict: GateVerdict, revert: string | null, isLast: boolean): string {
  const { overall } = verdict;
  const gain =
    overall.delta === null
      ? ''
      : ` The pass rate went from ${rate(overall.baseline)} to ${rate(overall.candidate)}: ${points(overall.delta)} points on the same tasks${overall.interval === null ? '' : ` ${interval(overall.interval)}`}.`;
  if (verdict.verdict === 'accept') {
    return `**Confirmed.** Eval runs of the default branch since the merge confirm the claim: the evidence is ${eValue(verdict.e_value)}, and ${eValue(verdict.threshold)} was needed.${gain}`;
  }
  if (verdict.verdict === 'reject') {
    return `**Contradicted.** Eval runs of the default branch since the merge are worse than the baseline of this pull request.${gain} ${revert === null ? 'The surfaces have changed since, so I cannot take the edits back by myself.' : `${revert} takes the edits back.`}`;
  }
  if (isLast)
    return `Merged. ${MOST_RUNS} eval runs of the default branch neither confirm nor contradict the claim, and no more are read.${gain}`;
  return `Merged. The eval runs of the default branch so far neither confirm nor contradict the claim.${gain} This comment is edited when the next run ends.`;
}

/** Opens the pull request that takes the edits back, or null where the harness is not what the edits made. */
async function revertPull(
  bot: Bot,
  forge: Forge,
  { claim, record, foundation }: Confirming,
  verdict: GateVerdict,
): Promise<string | null> {
  const before = await prepare({ ...forge, base: async () => record.base }, bot.now());
  if (!before.ok) return null;
  const { refused } = await recall(forge);
  const kept = keptCandidates(record, new Set(refused));
  const made = stack(before.foundation, kept, tasksOf(record), await ownTexts(forge));
  // Only where the edits alone lie between then and now is the old text what taking them back means.
  if (made.harnessHash !== foundation.harnessHash) return null;
  const files = new Map<string, string>();
  for (const { id, path } of foundation.config.surfaces) {
    const old = before.foundation.contents[id];
    if (old !== undefined && old !== foundation.contents[id]) files.set(path, old);
  }
  const branch = `self-harness/revert-${record.id}`;
  const known = await forge.readPullRequest(branch);
  if (known !== null) return `#${known.number}`;
  await forge.putBranch(branch, foundation.base.commit, [
    {
      message: `Take back the harness edits of pull request ${claim.pull}\n\nSelf-Harness-Campaign: ${record.id}`,
      files,
    },
  ]);
  const pull = await forge.openPullRequest({
    branch,
    base: foundation.base.branch,
    title: `Take back the harness edits of #${claim.pull}`,
    body: await bot.redact(revertBody(claim, verdict)),
    labels: foundation.config.pull_request.labels,
    reviewers: foundation.config.pull_request.reviewers,
    draft: foundation.config.pull_request.draft,
  });
  return `#${pull.number}`;
}

function revertBody(claim: Claim, verdict: GateVerdict): string {
  const { overall, flips } = verdict;
  const tasks = flips.lost.slice(0, 20).map((task) => `- ${inlineCode(task)}`);
  return [
    `**The harness edits of #${claim.pull} make the agent worse on the default branch.** Eval runs since the merge were compared with the baseline that pull request was measured on: same tasks, model and evaluator.`,
    `- Pass rate ${rate(overall.baseline)} → ${rate(overall.candidate)}${overall.delta === null ? '' : `, ${points(overall.delta)} points`}${overall.interval === null ? '' : ` ${interval(overall.interval)}`}.\n- ${verdict.pairs} pairs: ${verdict.wins} won, ${verdict.losses} lost, ${verdict.ties} tied. The harm e-value is ${eValue(verdict.harm_e_value)}.`,
    tasks.length === 0 ? '' : `Tasks that mostly passed and now mostly fail:\n\n${tasks.join('\n')}`,
    'The baseline ran earlier than these runs. If the model behind the same name changed meanwhile, that is a cause this comparison cannot tell from the edits: look at the runs before merging.',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
