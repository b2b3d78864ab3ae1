/**
 * The base moved while the bot's pull request is open: its branch follows, and figures that no longer hold say so.
 */
import { openGitHubForge } from '../../forge/github/github.ts';
import type { Reaction } from '../bot.ts';
import { checkConfigOnDefaultBranch } from '../config-check/config-check.ts';
import { refreshDashboard } from '../dashboard/dashboard.ts';
import { proposeConfig } from '../onboarding/onboarding.ts';
import { handsOff, openOwnPull, recordOfPull } from '../pull-request/own-pull.ts';
import { rebuild } from '../pull-request/rebuild.ts';
import type { EventOf } from './event.ts';

export async function onPush(reaction: Reaction<EventOf<'push'>>): Promise<string> {
  const { bot, event, place, durable } = reaction;
  // The bot's own branches move often; none of them is a base.
  if (event.branch.startsWith('self-harness/')) return 'A branch of the bot.';
  const checked = await checkConfigOnDefaultBranch(reaction);
  // The config may have switched it on or off.
  if (checked !== null) await durable.step('refresh the dashboard', () => refreshDashboard(bot, event));
  // The first commit of a repository that was installed without one: nothing could be proposed before.
  if (checked !== null && event.created)
    return durable.step('propose a config', () => proposeConfig(bot, place));
  return durable.step('refresh the pull request', async () => {
    const pull = await openOwnPull(bot, place);
    if (pull === null || pull.base !== event.branch) return 'No pull request of mine stands on it.';
    const forge = openGitHubForge(place);
    const record = await recordOfPull(forge, pull);
    if (record === null) return 'The ledger does not hold its campaign.';
    if (await handsOff(bot, place, pull)) return 'A person works on the branch: hands off.';
    const rebuilt = await rebuild({ bot, place, forge, pull, record });
    if (rebuilt.kind === 'impossible') return `Left as it is: ${rebuilt.reason}`;
    return rebuilt.stale === null ? 'Refreshed.' : 'Refreshed, and marked as stale.';
  });
}
