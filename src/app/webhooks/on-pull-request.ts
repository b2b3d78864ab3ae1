/**
 * The life of the bot's pull request, as people lead it: closed, merged, opened again, worked on.
 */

import { prepare } from '../../campaign/evaluate/prepare.ts';
import { recall, remember } from '../../campaign/ledger/memory.ts';
import type { CampaignRecord } from '../../campaign/record/record.ts';
import { inlineCode } from '../../evidence/markdown/code.ts';
import { prose } from '../../evidence/markdown/prose.ts';
import { parseMarker } from '../../evidence/pull-request/marker.ts';
import type { Forge } from '../../forge/forge.ts';
import { openGitHubForge } from '../../forge/github/github.ts';
import { type PullDetail, readPull } from '../../forge/github/pull-detail.ts';
import { say } from '../answers/answer.ts';
import type { Reaction } from '../bot.ts';
import { checkConfigPull } from '../config-check/config-check.ts';
import { refreshDashboard } from '../dashboard/dashboard.ts';
import { onConfigurePull } from '../onboarding/onboarding.ts';
import { confirmMerged } from '../pull-request/confirm.ts';
import { campaignOf, handsOff, isOwn, openOwnPull, recordOfPull } from '../pull-request/own-pull.ts';
import { rebuild } from '../pull-request/rebuild.ts';
import type { EventOf } from './event.ts';

type On = Reaction<EventOf<'pull_request'>>;

/** Deliveries come late and in any order, so the event only says where to look: GitHub says how it stands. */
export async function onPullRequest(reaction: On): Promise<string> {
  const { bot, event, place, durable } = reaction;
  if (event.fork || campaignOf(event.branch) === null) {
    const done = (await onConfigurePull(reaction)) ?? (await checkConfigPull(reaction));
    return done ?? 'Not a pull request of mine.';
  }
  // Its own news, or another bot's affair: people reopen and push.
  if (event.action === 'opened' && event.actorIsBot) return 'Opened by a bot.';
  const done = await durable.step('look at the pull request', async () => {
    const pull = await readPull(place, event.number);
    if (pull === null || !(await isOwn(bot, pull))) return 'Not a pull request of mine.';
    const forge = openGitHubForge(place);
    const record = await recordOfPull(forge, pull);
    // Closed: its own text says which edits it had.
    if (pull.state === 'closed') return onClosed(reaction, forge, pull, record);
    if (record === null) return withoutRecord(reaction, pull);
    if (pull.state === 'merged') return onMerged(reaction, forge, pull, record);
    if (event.action === 'reopened') return onReopened(reaction, forge, pull, record);
    return (await handsOff(bot, place, pull)) ? 'Hands off.' : 'As I left it.';
  });
  if (event.action === 'closed' || event.action === 'reopened')
    await durable.step('refresh the dashboard', () => refreshDashboard(bot, event));
  return done;
}

/** Closed unmerged: its edits are remembered by their content and not proposed again until asked. */
async function onClosed(
  { place }: On,
  forge: Forge,
  pull: PullDetail,
  record: CampaignRecord | null,
): Promise<string> {
  const ids = editsIn(pull, record);
  await remember(forge, `Pull request ${pull.number} was closed unmerged`, (memory) => ({
    ...memory,
    refused: [...new Set([...memory.refused, ...ids])],
  }));
  await say(
    place,
    pull.number,
    'closed',
    'Closed without merging, so I shall not propose these edits again. Reopen this pull request to have them back.',
  );
  return 'Remembered its edits as refused.';
}

/** Merged: the next evaluations of the default branch will say whether the claim holds. */
async function onMerged(
  { bot, place }: On,
  forge: Forge,
  pull: PullDetail,
  record: CampaignRecord,
): Promise<string> {
  const prepared = await prepare(forge, bot.now());
  if (!prepared.ok) {
    const text = `Merged. The config on the default branch is not valid, so later runs cannot confirm the figures: ${prose(prepared.reason)}`;
    await say(place, pull.number, 'confirmation', await bot.redact(text));
    return 'Merged, and the config is not valid: nothing to confirm by.';
  }
  const { foundation } = prepared;
  if (pull.base !== foundation.base.branch) {
    const text = `Merged into ${inlineCode(pull.base)}. Only eval runs of ${inlineCode(foundation.base.branch)} are read, so none will confirm the figures.`;
    await say(place, pull.number, 'confirmation', text);
    return 'Merged into another branch.';
  }
  const claim = { campaign: record.id, pull: pull.number, harness_hash: foundation.harnessHash };
  const known = (await recall(forge)).merged.some((one) => one.campaign === record.id);
  if (known) return 'Known to be merged.';
  await remember(forge, `Pull request ${pull.number} was merged`, (memory) => ({
    ...memory,
    merged: [...memory.merged, claim],
  }));
  await say(
    place,
    pull.number,
    'confirmation',
    foundation.evaluatorHash !== record.hashes.evaluator
      ? 'Merged. The evaluator changed since the figures were measured, so later runs cannot confirm them.'
      : 'Merged. The next eval runs of the default branch confirm or contradict the figures; this comment will say which.',
  );
  // The eval run of the merge may have ended before this event came.
  return confirmMerged(bot, place, forge);
}

/** The ledger is gone, or of a version that this one does not read. */
async function withoutRecord({ event, place }: On, pull: PullDetail): Promise<string> {
  const text = 'The ledger does not hold its campaign';
  if (pull.state === 'merged' && event.action === 'closed')
    await say(
      place,
      pull.number,
      'confirmation',
      `Merged. ${text}, so later runs cannot confirm the figures.`,
    );
  return `${text}.`;
}

/** Opened again: somebody wants the edits after all. Two at once are one too many. */
async function onReopened(
  { bot, place }: On,
  forge: Forge,
  pull: PullDetail,
  record: CampaignRecord,
): Promise<string> {
  const other = await openOwnPull(bot, place, pull.number);
  if (other !== null) {
    await forge.closePullRequest(pull.branch);
    await say(
      place,
      pull.number,
      'second',
      `Closed again: #${other.number} is open, and I keep one at a time.`,
    );
    return 'Closed again: another one is open.';
  }
  const wanted = new Set(editsIn(pull, record));
  await remember(forge, `Pull request ${pull.number} was reopened`, (memory) => ({
    ...memory,
    refused: memory.refused.filter((id) => !wanted.has(id)),
  }));
  if (await handsOff(bot, place, pull)) return 'Reopened; hands off.';
  const rebuilt = await rebuild({ bot, place, forge, pull, record });
  return rebuilt.kind === 'rebuilt' ? 'Reopened and refreshed.' : `Reopened. ${rebuilt.reason}`;
}

/** Ids of the proposals in the pull request: its marker knows which were dropped. */
function editsIn(pull: PullDetail, record: CampaignRecord | null): string[] {
  const found = parseMarker(pull.body);
  const marked =
    found.kind === 'found' && found.marker.campaign === campaignOf(pull.branch)
      ? found.marker.edits.map((edit) => edit.proposal)
      : null;
  if (record === null) return marked ?? [];
  const known = new Set(record.candidates.map((candidate) => candidate.proposal.id));
  if (marked !== null) return marked.filter((id) => known.has(id));
  return (record.final?.candidates ?? []).flatMap(
    (id) => record.candidates.find((candidate) => candidate.id === id)?.proposal.id ?? [],
  );
}
