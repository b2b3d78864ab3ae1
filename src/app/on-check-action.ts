/**
 * Buttons of check runs, and "Re-run": they do what the commands do, after the same question.
 */
import { improvementBranch } from '../campaign/candidates.ts';
import { readReview } from '../campaign/review.ts';
import type { Forge } from '../forge/forge.ts';
import { openGitHubForge } from '../forge/github/github.ts';
import { type Bot, type Reaction, WORK } from './bot.ts';
import { campaignOfCheck } from './campaign-check.ts';
import { COMMANDS } from './command.ts';
import type { EventOf } from './event.ts';
import { startExtension } from './extend.ts';
import { mayCommand } from './permission.ts';
import { ReviewInput, startReviewOf } from './start-review.ts';

/** What a button does: 'Re-run' on a check is its 'Re-validate'. */
const BUTTONS: Readonly<Record<string, 'validate' | 'extend'>> = {
  rerequested: 'validate',
  revalidate: 'validate',
  extend: 'extend',
};

export async function onCheckAction(reaction: Reaction<EventOf<'check_action'>>): Promise<string> {
  const { bot, event, place, durable } = reaction;
  const review = /^review:(.+)$/.exec(event.subject)?.[1] ?? null;
  const campaign = campaignOfCheck(event.subject);
  const wanted = BUTTONS[event.action];
  const subject = review ?? campaign;
  if (subject === null || wanted === undefined) return 'Not a check of mine that can be run again.';
  // A check has no comment to answer in: a refusal is silent, as the button is only shown to people who may.
  const standing = await durable.step('ask for the permission', () =>
    mayCommand(place, { login: event.actor, isBot: event.actor.endsWith('[bot]') }, COMMANDS[wanted].needs),
  );
  if (!standing.allowed) return standing.reason;
  const forge = openGitHubForge(place);
  if (campaign !== null && wanted === 'extend') {
    return durable.step('start the extension', async () => {
      const request = { id: `${campaign}-x`, by: event.actor, event, origin: null };
      const start = await startExtension(bot, forge, request);
      return start.started ? `Started the extension of ${campaign}.` : start.reason;
    });
  }
  return durable.step('start the review', async () => {
    const pull =
      review === null ? await pullOfCampaign(forge, subject) : await pullOfReview(bot, forge, review);
    if (pull === null) return 'Its pull request is not known any more.';
    const start = await startReviewOf(bot, place, forge, {
      // The same button of the same check is the same request, however often it is pressed.
      id:
        review === null
          ? `${subject}-${event.head.slice(0, 12)}`
          : `${review}-${wanted === 'extend' ? 'x' : 'r'}`,
      pull,
      comment: null,
      by: event.actor,
      continues: wanted === 'extend' ? review : null,
      event,
    });
    return start.started ? `Started ${wanted} of pull request ${pull}.` : start.reason;
  });
}

async function pullOfCampaign(forge: Forge, campaign: string): Promise<number | null> {
  return (await forge.readPullRequest(improvementBranch(campaign)))?.number ?? null;
}

async function pullOfReview(bot: Bot, forge: Forge, review: string): Promise<number | null> {
  const work = await bot.engine().find(WORK.review, review);
  const known = ReviewInput.safeParse(work?.input);
  return known.success ? known.data.pull : ((await readReview(forge, review))?.pull ?? null);
}
