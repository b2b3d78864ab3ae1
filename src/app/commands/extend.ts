/**
 * `/harness extend`: more trials for what the budget left open. In a pull request that was reviewed it is the
 * review that goes on, anywhere else the last campaign.
 */
import type { CampaignInput } from '../../campaign/context.ts';
import { isOpen } from '../../campaign/experiment/extension.ts';
import { LEDGER_BRANCH } from '../../campaign/ledger/ledger.ts';
import { readReview } from '../../campaign/review.ts';
import type { Forge } from '../../forge/forge.ts';
import type { Bot } from '../bot.ts';
import { lastRecord } from '../campaigns/last-record.ts';
import { type Start, startCampaign } from '../campaigns/start-campaign.ts';
import type { Answer, Obedience } from './run-command.ts';
import { startReviewOf } from './start-review.ts';

export async function extend(on: Obedience): Promise<Answer> {
  const { bot, request, forge, place, durable } = on;
  const { pull } = request;
  const review = pull === null ? null : await durable.step('find the review', () => lastReview(forge, pull));
  if (pull !== null && review !== null) {
    const start = await durable.step('extend the review', () =>
      startReviewOf(bot, place, forge, {
        id: `v${request.id}`,
        pull,
        comment: request.origin?.comment ?? null,
        by: request.author,
        continues: review,
        event: request,
      }),
    );
    return start.started ? { kind: 'started', text: null } : { kind: 'refused', text: start.reason };
  }
  const start = await durable.step('start the extension', () =>
    startExtension(bot, forge, {
      id: `c${request.id}`,
      by: request.author,
      event: request,
      origin: request.origin,
    }),
  );
  return start.started ? { kind: 'started', text: null } : { kind: 'refused', text: start.reason };
}

export interface ExtensionRequest {
  /** Derived from what asked for it: the same request is the same campaign. */
  readonly id: string;
  readonly by: string;
  readonly event: { readonly owner: string; readonly repo: string; readonly installation: number };
  readonly origin: CampaignInput['origin'];
}

/** Gives the edits that the last campaign left unresolved more trials, or says why it cannot. */
export async function startExtension(
  bot: Bot,
  forge: Forge,
  { id, by, event, origin }: ExtensionRequest,
): Promise<Start> {
  const record = await lastRecord(forge);
  if (record === null) return { started: false, reason: 'No campaign has ended here yet.' };
  if (!record.candidates.some(isOpen)) {
    return {
      started: false,
      reason: `Campaign \`${record.id}\` left no edit unresolved: there is nothing to extend.`,
    };
  }
  return startCampaign(bot, forge, {
    id,
    trigger: `/harness extend by ${by}`,
    byItself: false,
    event,
    origin,
    mode: { kind: 'extend', campaign: record.id },
  });
}

/** The newest review of a pull request in the ledger whose verdict the budget left open, null where there is none. */
async function lastReview(forge: Forge, pull: number): Promise<string | null> {
  if (!(await forge.listBranches(LEDGER_BRANCH)).includes(LEDGER_BRANCH)) return null;
  const files = await forge.listFiles(LEDGER_BRANCH);
  const ids = files.flatMap(({ path }) => /^reviews\/(.+)\.json$/.exec(path)?.[1] ?? []);
  const reviews = await Promise.all(ids.map((id) => readReview(forge, id)));
  const own = reviews.filter((one) => one?.pull === pull && one.verdict.reason === 'budget_ended');
  // A review that goes on holds the cells of the one before, so the newest of a chain has the most.
  return own.toSorted((a, b) => (b?.cells.length ?? 0) - (a?.cells.length ?? 0))[0]?.id ?? null;
}
