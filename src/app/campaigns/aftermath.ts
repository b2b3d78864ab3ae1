/**
 * After work that broke off for good: what it runs is ended, its branches are removed and whoever waits for it is
 * told, as far as GitHub lets it. A campaign that vanishes in silence would be worse than one that failed.
 */
import { z } from 'zod';
import { CampaignInput, type Durable } from '../../campaign/context.ts';
import type { Work } from '../../campaign/engine/engine.ts';
import { prose } from '../../evidence/markdown/prose.ts';
import { clipped } from '../../evidence/markdown/visible.ts';
import { putCheck } from '../../forge/github/checks.ts';
import { unlessRefused } from '../../forge/github/failure.ts';
import { openGitHubForge } from '../../forge/github/github.ts';
import { react, say } from '../answers/answer.ts';
import { type Bot, parseAddress, placeOf, WORK } from '../bot.ts';
import { refreshDashboard } from '../dashboard/dashboard.ts';
import { AppEvent } from '../webhooks/event.ts';
import { endBranch } from './left-over.ts';

const Broken = z.object({ workflow: z.string(), input: z.unknown(), reason: z.string() });
type Broken = z.infer<typeof Broken>;

/** Of a reason (characters): an error may quote much. */
const LONGEST_REASON = 1_000;

/** The work that follows on a piece of work that broke off. */
export function aftermathId(workflow: string, id: string): string {
  return `${workflow}-${id}`;
}

/** For the engine's `onBroken`: the aftermath is work of its own, so that it outlives the process. */
export async function startAftermath(
  bot: Bot,
  { workflow, id, input }: Omit<Work, 'state'>,
  reason: string,
): Promise<void> {
  // What cleans up gets no aftermath of its own.
  if (workflow === WORK.aftermath) return;
  const broken: Broken = { workflow, input, reason };
  await bot.engine().start(WORK.aftermath, aftermathId(workflow, id), broken);
}

export async function settleBroken(bot: Bot, raw: unknown, durable: Durable): Promise<string> {
  const { workflow, input, reason } = Broken.parse(raw);
  const words = await bot.redact(prose(clipped(reason, LONGEST_REASON)));
  if (workflow === WORK.event) return settleCommand(bot, input, words, durable);
  const campaign = CampaignInput.safeParse(input);
  if (!campaign.success) return 'Nobody waits for it.';
  const { id, repository, origin } = campaign.data;
  const what = workflow === WORK.review ? 'The review' : 'Campaign';
  const where = parseAddress(repository);
  const place = await placeOf(bot, where);
  const forge = openGitHubForge(place);
  const removed = await durable.step('end what is left', () =>
    unlessRefused(bot.log, async () => {
      for (const branch of await forge.listBranches(`self-harness/${id}/`)) await endBranch(place, branch);
    }),
  );
  const left = removed
    ? 'Its branches are removed'
    : `Its branches \`self-harness/${id}/…\` could not be removed`;
  const text = `${what} \`${id}\` broke off: ${words} ${left}, and nothing was changed. Ask again when the cause is fixed.`;
  await durable.step('tell', async () => {
    const told =
      origin !== null &&
      (await unlessRefused(bot.log, () =>
        say(place, origin.issue, workflow === WORK.review ? 'review' : `campaign:${id}`, text),
      ));
    if (origin !== null && origin.comment !== null) await react(place, origin.comment, 'confused');
    if (told) return null;
    await unlessRefused(bot.log, async () => {
      const { commit: head } = await forge.base();
      const check = { name: 'self-harness', head, subject: `campaign:${id}`, title: `${what} broke off` };
      await putCheck(place, { ...check, conclusion: 'failure', summary: text, annotations: [], buttons: [] });
    });
    return null;
  });
  await durable.step('refresh the dashboard', () => refreshDashboard(bot, where, { ended: id, idle: text }));
  return text;
}

/** A command was seen, so it is answered. Nobody waits for other events. */
async function settleCommand(bot: Bot, input: unknown, words: string, durable: Durable): Promise<string> {
  const event = AppEvent.safeParse(input);
  if (!event.success || event.data.kind !== 'comment') return 'Nobody waits for it.';
  const { comment, issue, ...where } = event.data;
  const place = await placeOf(bot, where);
  await durable.step('tell', async () => {
    await say(place, issue, `answer:${comment}`, `This could not be done: ${words}`);
    await react(place, comment, 'confused');
    return null;
  });
  return 'Said that it could not be done.';
}
