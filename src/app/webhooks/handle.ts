/**
 * One event's reaction, as durable work. Which reaction belongs to which event is this table.
 */
import type { Durable } from '../../campaign/context.ts';
import { type Bot, placeOf, type Reaction } from '../bot.ts';
import { onSilent } from '../clock/remind.ts';
import { AppEvent, type EventOf } from './event.ts';
import { onBoxTicked } from './on-box-ticked.ts';
import { onCheckAction } from './on-check-action.ts';
import { onComment } from './on-comment.ts';
import { onInstalled } from './on-installed.ts';
import { onPullRequest } from './on-pull-request.ts';
import { onPush } from './on-push.ts';
import { onRunCompleted } from './on-run-completed.ts';
import { onSchedule } from './on-schedule.ts';

type Handlers = { readonly [K in AppEvent['kind']]: (reaction: Reaction<EventOf<K>>) => Promise<string> };

const HANDLERS: Handlers = {
  run_completed: onRunCompleted,
  comment: onComment,
  pull_request: onPullRequest,
  push: onPush,
  check_action: onCheckAction,
  installed: onInstalled,
  schedule: onSchedule,
  silent: onSilent,
  box_ticked: onBoxTicked,
};

/** Reacts to one event. Returns what was done, in words, for the log. */
export async function handle(bot: Bot, input: unknown, durable: Durable): Promise<string> {
  const event = AppEvent.parse(input);
  return dispatch(event, { bot, durable, place: await placeOf(bot, event) });
}

function dispatch<K extends AppEvent['kind']>(
  event: EventOf<K>,
  rest: Omit<Reaction, 'event'>,
): Promise<string> {
  // The table's type ties each kind to its event; TypeScript cannot follow that through a union's index.
  const handler = HANDLERS[event.kind as K] as (reaction: Reaction<EventOf<K>>) => Promise<string>;
  return handler({ ...rest, event });
}
