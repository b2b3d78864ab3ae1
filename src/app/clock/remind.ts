/**
 * One reminder for a pull request that nobody has looked at for two weeks. Not a second one.
 */
import { say } from '../answers/answer.ts';
import { addressOf, type Bot, placeOf, type Reaction, WORK } from '../bot.ts';
import { openOwnPull } from '../pull-request/own-pull.ts';
import type { EventOf } from '../webhooks/event.ts';

const SILENCE_DAYS = 14;
const DAY_MS = 24 * 3600 * 1000;

/** Asks for the reminder where the bot's open pull request has been silent; asked for again it is the same work. */
export async function remindSilent(
  bot: Bot,
  where: { readonly owner: string; readonly repo: string; readonly installation: number },
): Promise<void> {
  const pull = await openOwnPull(bot, await placeOf(bot, where));
  if (pull === null) return;
  const silent = bot.now().getTime() - Date.parse(pull.updatedAt);
  if (silent < SILENCE_DAYS * DAY_MS) return;
  const { owner, repo, installation } = where;
  await bot.engine().start(WORK.event, `silent-${addressOf(where)}-${pull.number}`, {
    kind: 'silent',
    owner,
    repo,
    installation,
    number: pull.number,
  });
}

export async function onSilent({ event, place, durable }: Reaction<EventOf<'silent'>>): Promise<string> {
  await durable.step('remind', () =>
    say(
      place,
      event.number,
      'reminder',
      `This pull request has been silent for ${SILENCE_DAYS} days. Merge it, close it (its edits are then not proposed again), or comment \`/harness validate\` to measure it afresh. This is the only reminder.`,
    ),
  );
  return 'Reminded.';
}
