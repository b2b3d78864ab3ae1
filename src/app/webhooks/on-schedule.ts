/**
 * A schedule's moment has come: a campaign starts by itself, unless the config changed its mind meanwhile.
 */
import { openGitHubForge } from '../../forge/github/github.ts';
import type { Reaction } from '../bot.ts';
import { startByItself } from '../campaigns/start-by-itself.ts';
import { readConfig } from '../campaigns/start-campaign.ts';
import type { EventOf } from './event.ts';

export async function onSchedule({
  bot,
  event,
  place,
  durable,
}: Reaction<EventOf<'schedule'>>): Promise<string> {
  const forge = openGitHubForge(place);
  return durable.step('start a campaign', async () => {
    const config = await readConfig(forge);
    const schedule = config?.triggers.schedule ?? null;
    if (schedule === null) return 'No longer scheduled.';
    return startByItself(bot, forge, {
      // Only digits: the id names branches.
      id: `cron-${event.repository}-${event.moment.replaceAll(/\D/g, '').slice(0, 12)}`,
      trigger: `the schedule ${schedule} at ${event.moment}`,
      event,
    });
  });
}
