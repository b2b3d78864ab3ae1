/**
 * A comment: if its first word is `/harness`, a command. Everything else is none of our business.
 */
import { openGitHubForge } from '../../forge/github/github.ts';
import { type Reaction as Emoji, react, say } from '../answers/answer.ts';
import type { Reaction } from '../bot.ts';
import { type CommandName, parseCommand } from '../commands/command.ts';
import { type Answer, obey } from '../commands/run-command.ts';
import type { EventOf } from './event.ts';

type On = Reaction<EventOf<'comment'>>;

export async function onComment(reaction: On): Promise<string> {
  const { event, place, durable } = reaction;
  const command = parseCommand(event.text);
  // A bot's comment gets no answer either: two bots that answer each other do not end.
  if (command === null || event.authorIsBot) return 'Not a command.';
  await durable.step('see', () => react(place, event.comment, 'eyes').then(() => null));
  const answer = command.ok
    ? await answerTo(reaction, command.name, command.argument)
    : ({ kind: 'refused', text: command.message } satisfies Answer);
  if (answer.text !== null) {
    const text = answer.text;
    await durable.step('answer', () => say(place, event.issue, `answer:${event.comment}`, text));
  }
  // Long work reacts at its own end.
  if (answer.kind !== 'started') {
    const emoji: Emoji = answer.kind === 'done' ? 'rocket' : 'confused';
    await durable.step('finish', () => react(place, event.comment, emoji).then(() => null));
  }
  return answer.kind;
}

function answerTo(
  { bot, event, place, durable }: On,
  name: CommandName,
  argument: string | null,
): Promise<Answer> {
  const { installation, owner, repo, author, authorIsBot } = event;
  const request = {
    installation,
    owner,
    repo,
    id: String(event.comment),
    author,
    authorIsBot,
    pull: event.isPullRequest ? event.issue : null,
    origin: { issue: event.issue, comment: event.comment },
  };
  return obey({ bot, durable, place, forge: openGitHubForge(place), argument, request }, name);
}
