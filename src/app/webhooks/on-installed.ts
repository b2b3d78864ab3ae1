/**
 * The App was installed, or a repository was added: one without a config is offered one.
 */
import { StepFailure } from '../../campaign/engine/engine.ts';
import type { Reaction } from '../bot.ts';
import { proposeConfig } from '../onboarding/onboarding.ts';
import type { EventOf } from './event.ts';

export async function onInstalled({ bot, place, durable }: Reaction<EventOf<'installed'>>): Promise<string> {
  return (
    durable
      .step('propose a config', () => proposeConfig(bot, place))
      // Nobody asked, so there is nobody to tell but the log.
      .catch((error) => (error instanceof StepFailure ? error.message : Promise.reject(error)))
  );
}
