/**
 * The GitHub App: webhooks in, durable work out. A delivery is bounded and verified, reduced to an event,
 * stored under its delivery id, and answered; a delivery that comes twice is stored once.
 */
import type { Probot } from 'probot';
import { WORK } from './app/bot.ts';
import { admitDeliveries, type Delivery } from './app/webhooks/delivery-body.ts';
import { eventsOf, workIdOf } from './app/webhooks/event.ts';
import type { Engine } from './campaign/engine/engine.ts';

/**
 * Registers the App's one handler, behind its bounds. `engine` is asked when a delivery comes.
 * @param storeMs how long storing one may take, where it is not the usual
 */
export function app(probot: Probot, engine: () => Engine, storeMs?: number): void {
  const store = async ({ id, name, payload }: Delivery) => {
    for (const [index, event] of eventsOf(name, payload).entries()) {
      await engine().start(WORK.event, workIdOf(id, index, event), event);
    }
  };
  admitDeliveries(probot, store, storeMs);
}
