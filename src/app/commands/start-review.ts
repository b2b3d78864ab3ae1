/**
 * `/harness validate`: the gate on a pull request's harness changes, whoever wrote them. What may be measured is
 * decided here, before anything is spent.
 */
import { z } from 'zod';
import { CampaignInput } from '../../campaign/context.ts';
import { loadConfig } from '../../config/load.ts';
import { CONFIG_PATH, type Config, protectedGlobs } from '../../config/schema.ts';
import { inlineCode } from '../../evidence/markdown/code.ts';
import type { Forge } from '../../forge/forge.ts';
import type { GitHubRepository } from '../../forge/github/github.ts';
import { compareBranches, readPull } from '../../forge/github/pull-detail.ts';
import { pathMatcher } from '../../harness/path-match.ts';
import { addressOf, type Bot, WORK, workId } from '../bot.ts';
import { seedOf } from '../campaigns/start-campaign.ts';
import { problemLines } from '../config-check/config-meaning.ts';
import type { Answer, Obedience } from './run-command.ts';

/** A review as durable work. Its origin is the pull request and the comment that asked. */
export const ReviewInput = CampaignInput.extend({
  pull: z.number().int(),
  /** Head of the pull request when it was asked for, and the commit where it left the base. */
  head: z.string(),
  base: z.object({ branch: z.string(), commit: z.string() }),
  /** Review of the same commit whose test goes on, or null. */
  continues: z.string().nullable(),
});
export type ReviewInput = z.infer<typeof ReviewInput>;

export interface ReviewRequest {
  /** Derived from what asked for it: the same request is the same review. */
  readonly id: string;
  readonly pull: number;
  readonly comment: number | null;
  readonly by: string;
  readonly continues: string | null;
  readonly event: { readonly owner: string; readonly repo: string; readonly installation: number };
}

export type ReviewStart = { readonly started: true } | { readonly started: false; readonly reason: string };

export async function startReview({ bot, place, request, forge, durable }: Obedience): Promise<Answer> {
  const { pull } = request;
  if (pull === null) {
    return { kind: 'refused', text: '`/harness validate` is for the comments of a pull request.' };
  }
  const start = await durable.step('start the review', () =>
    startReviewOf(bot, place, forge, {
      id: `v${request.id}`,
      pull,
      comment: request.origin?.comment ?? null,
      by: request.author,
      continues: null,
      event: request,
    }),
  );
  return start.started ? { kind: 'started', text: null } : { kind: 'refused', text: start.reason };
}

/** Starts a review, or says why there can be none. */
export async function startReviewOf(
  bot: Bot,
  place: GitHubRepository,
  forge: Forge,
  request: ReviewRequest,
): Promise<ReviewStart> {
  const pull = await readPull(place, request.pull);
  if (pull === null || pull.state !== 'open') return refused('Only an open pull request can be validated.');
  if (pull.fork) {
    return refused(
      'This pull request comes from a fork. Its code would run with this repository’s secrets, so it is never evaluated. Push it to a branch here first, once you have read it.',
    );
  }
  const { branch } = await forge.base();
  if (pull.base !== branch)
    return refused(`Only pull requests into ${inlineCode(branch)} are validated: the config is read there.`);
  const compared = await compareBranches(place, branch, pull.head);
  if (compared === null) return refused('GitHub does not know where it left the base.');
  const reason = await whyNotComparable(forge, compared.mergeBase, pull.head);
  if (reason !== null) return refused(reason);
  const id = workId(bot, request.id);
  const input: ReviewInput = {
    id,
    repository: addressOf(request.event),
    trigger: `/harness validate by ${request.by}`,
    seed: seedOf(request.continues ?? id),
    rule: null,
    origin: { issue: pull.number, comment: request.comment },
    mode: { kind: 'improve' },
    pull: pull.number,
    head: pull.head,
    base: { branch, commit: compared.mergeBase },
    continues: request.continues,
  };
  await bot.engine().start(WORK.review, id, input);
  return { started: true };
}

/** Why two commits cannot be compared by the gate, or null: surfaces must be what differs, and not what judges. */
async function whyNotComparable(forge: Forge, base: string, head: string): Promise<string | null> {
  const text = await forge.readFile(base, CONFIG_PATH);
  if (text === null) return `There is no ${CONFIG_PATH} where this pull request left the base.`;
  const loaded = loadConfig(text);
  if (!loaded.ok)
    return `The config is not valid where this pull request left the base:\n\n${problemLines(loaded.problems)}`;
  const changed = await changedPaths(forge, base, head);
  const judging = changed.filter(isProtected(loaded.config));
  if (judging.length > 0) {
    return `This pull request also changes what judges it (${listed(judging)}), so its runs do not compare with the base’s. Put that into a pull request of its own.`;
  }
  const surfaces = new Set(loaded.config.surfaces.map((surface) => surface.path));
  if (!changed.some((path) => surfaces.has(path))) {
    return `This pull request changes no declared surface (${listed([...surfaces])}), so there is nothing for the gate to judge.`;
  }
  return null;
}

function isProtected(config: Config): (path: string) => boolean {
  return pathMatcher([...protectedGlobs(config), CONFIG_PATH]);
}

/** Paths whose content differs between two commits, sorted. */
export async function changedPaths(forge: Forge, base: string, head: string): Promise<string[]> {
  const [before, after] = await Promise.all([forge.listFiles(base), forge.listFiles(head)]);
  const old = new Map(before.map((file) => [file.path, file.blob]));
  const now = new Map(after.map((file) => [file.path, file.blob]));
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => old.get(path) !== now.get(path))
    .sort();
}

function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).map(inlineCode);
  return paths.length > 5 ? `${shown.join(', ')} and ${paths.length - 5} more` : shown.join(', ');
}

function refused(reason: string): ReviewStart {
  return { started: false, reason };
}
