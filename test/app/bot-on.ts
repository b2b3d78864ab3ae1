/** A bot on the stand-in, in this process: real requests, and an engine that only keeps what it is asked for. */

import { type Bot, type Reaction, WORK } from '../../src/app/bot.ts';
import type { AppEvent, EventOf } from '../../src/app/webhooks/event.ts';
import { eventsOf } from '../../src/app/webhooks/event.ts';
import type { Work } from '../../src/campaign/engine/engine.ts';
import type { GitHubRepository } from '../../src/forge/github/github.ts';
import { straight } from '../campaign/scenario.ts';
import type { Fixture } from '../github/fixture.ts';
import { recordingEngine } from './recording-engine.ts';

/** Steps run at once and are not remembered: one life of the process. */
const atOnce = straight;

export interface BotOnGitHub {
  readonly bot: Bot;
  readonly place: GitHubRepository;
  /** Work asked for, in order. */
  readonly works: Work[];
  readonly woken: readonly string[];
  readonly said: string[];
  /** The bot lives in the future by so many ms. */
  advance(ms: number): void;
  reaction<E extends AppEvent>(event: E): Reaction<E>;
  /** Events of the webhooks GitHub has sent so far, of one kind. */
  heard<K extends AppEvent['kind']>(kind: K): EventOf<K>[];
}

export function botOn({ github, bot: client, app, repo }: Fixture): BotOnGitHub {
  const said: string[] = [];
  let ahead = 0;
  const engine = recordingEngine();
  const bot: Bot = {
    client: async () => client,
    login: async () => `${app.slug}[bot]`,
    engine: () => engine,
    now: () => new Date(Date.now() + ahead),
    redact: async (text) => text,
    log: (message) => void said.push(message),
  };
  const place = { octokit: client, owner: repo.repository.owner.login, repo: repo.repository.name };
  return {
    bot,
    place,
    works: engine.works,
    woken: engine.woken,
    said,
    advance: (ms) => {
      ahead += ms;
    },
    reaction: (event) => ({ bot, event, durable: atOnce, place }),
    heard: (kind) =>
      github.deliveries
        .flatMap((delivery) => eventsOf(delivery.event, delivery.payload))
        .filter((event): event is EventOf<typeof kind> => event.kind === kind),
  };
}

/** Campaigns that were asked for. */
export function campaigns({ works }: BotOnGitHub): Work[] {
  return works.filter((work) => work.workflow === WORK.campaign);
}
