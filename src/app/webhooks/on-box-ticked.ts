/**
 * A box of the dashboard was ticked: the command beside it, by whoever ticked it.
 */
import { inlineCode } from '../../evidence/markdown/code.ts';
import { openGitHubForge } from '../../forge/github/github.ts';
import { say } from '../answers/answer.ts';
import type { Reaction } from '../bot.ts';
import { obey } from '../commands/run-command.ts';
import { refreshDashboard } from '../dashboard/dashboard.ts';
import type { EventOf } from './event.ts';

export async function onBoxTicked(reaction: Reaction<EventOf<'box_ticked'>>): Promise<string> {
  const { bot, event, place, durable } = reaction;
  // Anybody can open an issue that looks like the dashboard, and a bot that ticks is as little obeyed as one that talks.
  if (event.authorIsBot || event.issueAuthor !== (await bot.login())) return 'Not a box of mine.';
  const { installation, owner, repo, issue, command, author, authorIsBot, at } = event;
  const request = {
    installation,
    owner,
    repo,
    // Of the edit's own moment: the same tick is the same work. Digits, since it names branches.
    id: `${issue}-${command}-${at.replaceAll(/\D/g, '')}`,
    author,
    authorIsBot,
    pull: null,
    // The dashboard itself tells how it goes; a comment a campaign would be a stream.
    origin: null,
  };
  const answer = await obey(
    { bot, durable, place, forge: openGitHubForge(place), argument: null, request },
    command,
  );
  if (answer.kind === 'refused') {
    const text = `${inlineCode(`/harness ${command}`)}, ticked by ${inlineCode(author)} on ${at.slice(0, 10)}, was not done: ${answer.text}`;
    await durable.step('answer', () => say(place, issue, 'box', text));
  }
  await durable.step('untick', () => refreshDashboard(bot, event));
  return answer.kind;
}
