/**
 * An eval run ended: campaigns that wait look again, and on the default branch a campaign may start by itself.
 */
import { ranItsCommit } from '../../forge/github/evaluations.ts';
import { openGitHubForge } from '../../forge/github/github.ts';
import { addressOf, type Reaction, WORK } from '../bot.ts';
import { startByItself } from '../campaigns/start-by-itself.ts';
import { campaignsOf, readConfig } from '../campaigns/start-campaign.ts';
import { confirmMerged } from '../pull-request/confirm.ts';
import type { EventOf } from './event.ts';

export async function onRunCompleted({
  bot,
  event,
  place,
  durable,
}: Reaction<EventOf<'run_completed'>>): Promise<string> {
  if (event.fork) return 'A run of a fork: never evaluated, never trusted.';
  if (event.branch?.startsWith('self-harness/') === true) {
    for (const kind of [WORK.campaign, WORK.review] as const) {
      for (const one of await campaignsOf(bot, addressOf(event), kind)) await bot.engine().wake(one.id);
    }
    return 'Woke what waits for it.';
  }
  if (!ranItsCommit(event.event))
    return `A run for ${event.event}: it may have run anything, and not the commit it names.`;
  const forge = openGitHubForge(place);
  // Every run of every workflow comes by here: what is none of ours is to cost little.
  const seen = await durable.step('see what ran', async () => {
    const config = await readConfig(forge);
    if (config === null) return { elsewhere: 'No config that holds.' };
    if (event.workflow !== `.github/workflows/${config.eval.workflow}`)
      return { elsewhere: 'Another workflow.' };
    const base = await forge.base();
    if (event.branch !== base.branch) return { elsewhere: 'Not the default branch.' };
    return { elsewhere: null, base, starts: config.triggers.workflow_run };
  });
  if (seen.elsewhere !== null) return seen.elsewhere;
  await durable.step('confirm what was merged', () => confirmMerged(bot, place, forge));
  const { base, starts } = seen;
  if (!starts) return 'Not asked to start by itself.';
  if (event.head !== base.commit) return 'Not the tip of the default branch.';
  return durable.step('start a campaign', () => {
    const trigger = `the eval run ${event.run} on ${base.branch}`;
    return startByItself(bot, forge, { id: `run-${event.run}`, trigger, event });
  });
}
