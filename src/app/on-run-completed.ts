/**
 * An eval run ended: campaigns that wait look again, and on the default branch a campaign may start by itself.
 */
import { openGitHubForge } from '../forge/github/github.ts';
import { addressOf, type Reaction, WORK } from './bot.ts';
import { campaignsOf, readConfig } from './campaigns.ts';
import { confirmMerged } from './confirm.ts';
import type { EventOf } from './event.ts';
import { startByItself } from './start-by-itself.ts';

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
  const forge = openGitHubForge(place);
  await durable.step('confirm what was merged', () => confirmMerged(bot, place, forge));
  return durable.step('start a campaign', async () => {
    const config = await readConfig(forge);
    if (config === null || !config.triggers.workflow_run) return 'Not asked to start by itself.';
    const { branch, commit } = await forge.base();
    if (event.workflow !== `.github/workflows/${config.eval.workflow}`) return 'Another workflow.';
    if (event.branch !== branch || event.head !== commit) return 'Not the tip of the default branch.';
    const trigger = `the eval run ${event.run} on ${branch}`;
    return startByItself(bot, forge, { id: `run-${event.run}`, trigger, event });
  });
}
