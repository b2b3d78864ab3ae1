/**
 * A campaign that nobody asked for by name. Where none starts, the dashboard tells why: there is no comment to
 * answer in.
 */
import type { Forge } from '../../forge/forge.ts';
import type { Bot } from '../bot.ts';
import { refreshDashboard } from '../dashboard/dashboard.ts';
import { type StartRequest, startCampaign } from './start-campaign.ts';

/** @returns what was done, in words */
export async function startByItself(
  bot: Bot,
  forge: Forge,
  request: Pick<StartRequest, 'id' | 'trigger' | 'event'>,
): Promise<string> {
  const start = await startCampaign(bot, forge, { ...request, byItself: true, origin: null });
  if (start.started) return `Started campaign ${start.id}.`;
  await refreshDashboard(bot, request.event, { idle: start.reason });
  return start.reason;
}
