/**
 * What each command does. Permission has been asked for before.
 */
import type { Forge } from '../forge/forge.ts';
import { analyzeLast } from './analyze-last.ts';
import { addressOf, type Reaction, WORK } from './bot.ts';
import { campaignsOf, startCampaign } from './campaigns.ts';
import { type CommandName, commandTable } from './command.ts';
import { drop } from './drop.ts';
import type { EventOf } from './event.ts';
import { explain } from './explain.ts';
import { extend } from './extend.ts';
import { remember } from './memory.ts';
import { startReview } from './start-review.ts';
import { status } from './status.ts';

/** `done` and `refused` end here; `started` work reports its own end. `text` null says nothing. */
export interface Answer {
  readonly kind: 'done' | 'refused' | 'started';
  readonly text: string | null;
}

export interface Obedience extends Reaction<EventOf<'comment'>> {
  readonly forge: Forge;
  readonly argument: string | null;
}

const DEEDS: Readonly<Record<CommandName, (on: Obedience) => Promise<Answer>>> = {
  help: async () => ({ kind: 'done', text: commandTable() }),
  status,
  analyze: analyzeLast,
  improve: (on) => improve(on, { kind: 'improve' }),
  prune: (on) => improve(on, { kind: 'prune' }),
  validate: startReview,
  extend,
  explain,
  drop,
  cancel,
  pause: (on) => setPause(on, on.event.author),
  resume: (on) => setPause(on, null),
};

export async function obey(on: Obedience, name: CommandName): Promise<Answer> {
  return DEEDS[name](on);
}

async function improve(on: Obedience, mode: { kind: 'improve' } | { kind: 'prune' }): Promise<Answer> {
  const { bot, event, forge, durable } = on;
  const start = await durable.step('start the campaign', () =>
    startCampaign(bot, forge, {
      id: `c${event.comment}`,
      trigger: `/harness ${mode.kind} by ${event.author}`,
      byItself: false,
      event,
      origin: { issue: event.issue, comment: event.comment },
      mode,
    }),
  );
  return start.started ? { kind: 'started', text: null } : { kind: 'refused', text: start.reason };
}

async function cancel({ bot, event, durable }: Obedience): Promise<Answer> {
  if (bot.job !== undefined) {
    const text =
      'Here each campaign runs in a job of GitHub Actions, which hears of no comment while it works: cancel its workflow run in the Actions tab. It then ends cleanly.';
    return { kind: 'refused', text };
  }
  const address = addressOf(event);
  const running = [...(await campaignsOf(bot, address)), ...(await campaignsOf(bot, address, WORK.review))];
  if (running.length === 0) return { kind: 'refused', text: 'Nothing is running.' };
  for (const campaign of running) {
    // Cancelling is a wish the campaign reads when it looks again: it then cleans up after itself.
    await durable.step(`cancel ${campaign.id}`, async () => {
      await bot.engine().start(WORK.cancellation, campaign.id, { by: event.author });
      await bot.engine().wake(campaign.id);
      return null;
    });
  }
  return {
    kind: 'done',
    text: `Ending ${running.map((one) => `\`${one.id}\``).join(', ')} and removing its branches.`,
  };
}

async function setPause({ forge, event, durable }: Obedience, by: string | null): Promise<Answer> {
  const why = by === null ? `Resumed by ${event.author}` : `Paused by ${by}`;
  await durable.step('remember', () =>
    remember(forge, why, (memory) => ({ ...memory, pausedBy: by })).then(() => null),
  );
  return {
    kind: 'done',
    text:
      by === null
        ? 'Campaigns start by themselves again.'
        : 'No campaign starts by itself until `/harness resume`.',
  };
}
