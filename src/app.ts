/**
 * The GitHub App: webhooks in, durable work out. A delivery is bounded and verified, reduced to an event,
 * stored under its delivery id, and answered; a delivery that comes twice is stored once.
 */
import type { Probot } from 'probot';
import { WORK } from './app/bot.ts';
import { admitDeliveries } from './app/delivery-body.ts';
import { eventsOf, workIdOf } from './app/event.ts';
import type { Engine } from './campaign/engine.ts';

/** Registers the App's one handler, behind its bounds. `engine` is asked when a delivery comes. */
export function app(probot: Probot, engine: () => Engine): void {
  admitDeliveries(probot);
  probot.onAny(async ({ id, name, payload }) => {
    for (const [index, event] of eventsOf(name, payload).entries()) {
      await engine().start(WORK.event, workIdOf(id, index, event), event);
    }
  });
}
