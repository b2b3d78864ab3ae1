/**
 * Buttons of check runs, and "Re-run": they do what the commands do, after the same question.
 */
import { improvementBranch } from '../../campaign/propose/candidates.ts';
import { readReview } from '../../campaign/review.ts';
import { inlineCode } from '../../evidence/markdown/code.ts';
import type { Forge } from '../../forge/forge.ts';
import { openGitHubForge } from '../../forge/github/github.ts';
import { say } from '../answers/answer.ts';
import { type Bot, type Reaction, WORK } from '../bot.ts';
import { campaignOfCheck, putCampaignCheck } from '../campaigns/campaign-check.ts';
import { recordOf } from '../campaigns/last-record.ts';
import { COMMANDS } from '../commands/command.ts';
import { startExtension } from '../commands/extend.ts';
import { mayCommand } from '../commands/permission.ts';
import { ReviewInput, startReviewOf } from '../commands/start-review.ts';
import type { EventOf } from './event.ts';

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
  // GitHub shows a button to those who may: to anybody else it says nothing.
  const standing = await durable.step('ask for the permission', () =>
    mayCommand(place, { login: event.actor, isBot: event.actor.endsWith('[bot]') }, COMMANDS[wanted].needs),
  );
  if (!standing.allowed) return standing.reason;
  const forge = openGitHubForge(place);
  if (campaign !== null && wanted === 'extend') return extendByButton(reaction, forge, campaign);
  const pull = await durable.step('find the pull request', () =>
    review === null ? pullOfCampaign(forge, subject) : pullOfReview(bot, forge, review),
  );
  if (pull === null) return 'Its pull request is not known any more.';
  return durable.step('start the review', async () => {
    // The same button of the same check is the same request, however often it is pressed.
    const id =
      review === null
        ? `${subject}-${event.head.slice(0, 12)}`
        : `${review}-${wanted === 'extend' ? 'x' : 'r'}`;
    const before = await endedBefore(bot, WORK.review, id, '/harness validate');
    const start =
      before ??
      (await startReviewOf(bot, place, forge, {
        id,
        pull,
        comment: null,
        by: event.actor,
        continues: wanted === 'extend' ? review : null,
        event,
      }));
    if (start.started) return `Started ${wanted} of pull request ${pull}.`;
    await say(place, pull, 'button', notDone(event, start.reason));
    return start.reason;
  });
}

/** Where nobody asked in a comment there is none to answer: the check itself says why its button did nothing. */
async function extendByButton(
  { bot, event, place, durable }: Reaction<EventOf<'check_action'>>,
  forge: Forge,
  campaign: string,
): Promise<string> {
  return durable.step('start the extension', async () => {
    const id = `${campaign}-x`;
    const before = await endedBefore(bot, WORK.campaign, id, '/harness extend');
    const start = before ?? (await startExtension(bot, forge, { id, by: event.actor, event, origin: null }));
    if (start.started) return `Started the extension of ${campaign}.`;
    const record = await recordOf(forge, campaign);
    if (record !== null)
      await putCampaignCheck({
        bot,
        place,
        forge,
        record,
        head: event.head,
        note: notDone(event, start.reason),
      });
    return start.reason;
  });
}

/** A refusal where what a button started once has ended, null where it may start: pressed again it is the same. */
async function endedBefore(
  bot: Bot,
  kind: typeof WORK.campaign | typeof WORK.review,
  id: string,
  command: string,
): Promise<{ readonly started: false; readonly reason: string } | null> {
  const known = await bot.engine().find(kind, id);
  if (known === null || known.state === 'unfinished') return null;
  return { started: false, reason: `It was pressed before. Comment \`${command}\` to have it done again.` };
}

function notDone({ action, actor }: EventOf<'check_action'>, reason: string): string {
  const label = { rerequested: 'Re-run', revalidate: 'Re-validate', extend: 'Extend' }[action] ?? action;
  return `${inlineCode(label)}, pressed by ${inlineCode(actor)}, was not done: ${reason}`;
}

async function pullOfCampaign(forge: Forge, campaign: string): Promise<number | null> {
  return (await forge.readPullRequest(improvementBranch(campaign)))?.number ?? null;
}

async function pullOfReview(bot: Bot, forge: Forge, review: string): Promise<number | null> {
  const work = await bot.engine().find(WORK.review, review);
  const known = ReviewInput.safeParse(work?.input);
  return known.success ? known.data.pull : ((await readReview(forge, review))?.pull ?? null);
}
