/**
 * What the App's reactions are given: a client for an installation, durable work, and the world's few facts.
 */
import type { Octokit } from '@octokit/rest';
import { type Durable, EndNote } from '../campaign/context.ts';
import type { Engine } from '../campaign/engine/engine.ts';
import type { GitHubRepository } from '../forge/github/github.ts';
import type { AppEvent } from './webhooks/event.ts';

/** The engine's kinds of work. */
export const WORK = {
  event: 'event',
  campaign: 'campaign',
  review: 'review',
  /** A note that a campaign is to end: read by the campaign when it looks again. */
  cancellation: 'cancellation',
  /** Cleaning up after work that broke off, and telling of it. */
  aftermath: 'aftermath',
} as const;

/** A job of GitHub Actions: it hears of nothing while it works, and GitHub sends it no press of a button. */
interface Job {
  /** Its page. */
  readonly url: string;
  /** From 1; a re-run is the next. */
  readonly attempt: number;
}

export interface Bot {
  /** The job that the bot lives in; a server lives in none. */
  readonly job?: Job;
  /** A client with the rights of an installation. */
  client(installation: number): Promise<Octokit>;
  /** Login of the App's own user, such as `self-harness-bot[bot]`. */
  login(): Promise<string>;
  engine(): Engine;
  now(): Date;
  redact(text: string): Promise<string>;
  log(message: string): void;
}

/** One reaction at work. */
export interface Reaction<E extends AppEvent = AppEvent> {
  readonly bot: Bot;
  readonly event: E;
  readonly durable: Durable;
  readonly place: GitHubRepository;
}

/** `owner/name#installation`: names a repository and how to reach it, as a campaign's input. */
export function addressOf(event: { owner: string; repo: string; installation: number }): string {
  return `${event.owner}/${event.repo}#${event.installation}`;
}

/** @throws Error when the text is no address */
export function parseAddress(address: string): { owner: string; repo: string; installation: number } {
  const match = /^([^/]+)\/([^#]+)#(\d+)$/.exec(address);
  const [, owner, repo, installation] = match ?? [];
  if (owner === undefined || repo === undefined || installation === undefined) {
    throw new Error(`not a repository's address: ${address}`);
  }
  return { owner, repo, installation: Number(installation) };
}

/** A repository to work on, with the rights of its installation. */
export async function placeOf(
  bot: Bot,
  { owner, repo, installation }: { owner: string; repo: string; installation: number },
): Promise<GitHubRepository> {
  const place = { octokit: await bot.client(installation), owner, repo };
  // A job may hold a person's token, whose comments no App has made.
  return bot.job === undefined ? place : { ...place, speaker: await bot.login() };
}

/**
 * The id of a piece of work that a request names. A job that runs again has lost its database: under the old id it
 * would find the evaluations that it cancelled itself.
 */
export function workId(bot: Bot, id: string): string {
  const attempt = bot.job?.attempt ?? 1;
  return attempt === 1 ? id : `${id}-${attempt}`;
}

/** How a person ends what runs. */
export function howToEnd(bot: Bot): string {
  return bot.job === undefined
    ? '`/harness cancel` ends it.'
    : `[Its job](${bot.job.url}) shows how it goes; cancelling that ends it.`;
}

/** Whether a campaign or review was told to end, and why. */
export async function endNoteOf(bot: Bot, id: string): Promise<EndNote | null> {
  const note = await bot.engine().find(WORK.cancellation, id);
  return note === null ? null : EndNote.parse(note.input);
}

/** Tells a campaign or review to end: it reads the note when it looks again, and cleans up after itself. */
export async function tellToEnd(bot: Bot, id: string, note: EndNote): Promise<void> {
  await bot.engine().start(WORK.cancellation, id, note);
  await bot.engine().wake(id);
}
