/**
 * What a campaign or a review on GitHub is given by the bot it runs in.
 */
import type { CampaignDeps } from '../../campaign/context.ts';
import type { Forge } from '../../forge/forge.ts';
import { modelFor } from '../../model/open.ts';
import { type Bot, endNoteOf } from '../bot.ts';

/** First pause between two looks at an evaluation (s), unless `SELF_HARNESS_POLL_SECONDS` says another. */
const POLL_SECONDS = 30;

export function campaignDeps(
  bot: Bot,
  env: NodeJS.ProcessEnv,
  forge: Forge,
  report: CampaignDeps['report'],
): CampaignDeps {
  return {
    openForge: async () => forge,
    openModel: (config, before) => modelFor(config, env, { redact: bot.redact, before }),
    redact: bot.redact,
    now: bot.now,
    report,
    endNote: (id) => endNoteOf(bot, id),
    // GitHub is asked, not waited for.
    lookMs: 0,
    pauseMs: Number(env.SELF_HARNESS_POLL_SECONDS ?? POLL_SECONDS) * 1000,
  };
}
