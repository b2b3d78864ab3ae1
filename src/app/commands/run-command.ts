/**
 * What each command does, for whoever may give it: in a comment, or by a box of the dashboard.
 */
import type { CampaignInput } from '../../campaign/context.ts';
import { StepFailure } from '../../campaign/engine/engine.ts';
import { remember } from '../../campaign/ledger/memory.ts';
import { CONFIG_PATH } from '../../config/schema.ts';
import { prose } from '../../evidence/markdown/prose.ts';
import type { Forge } from '../../forge/forge.ts';
import { addressOf, type Reaction, tellToEnd, WORK } from '../bot.ts';
import { campaignsOf, readConfig, startCampaign } from '../campaigns/start-campaign.ts';
import { refreshDashboard } from '../dashboard/dashboard.ts';
import { analyzeLast } from './analyze-last.ts';
import { COMMANDS, type CommandName, commandTable } from './command.ts';
import { drop } from './drop.ts';
import { explain } from './explain.ts';
import { extend } from './extend.ts';
import { mayCommand } from './permission.ts';
import { startReview } from './start-review.ts';
import { status } from './status.ts';

/** `done` and `refused` end here; `started` work reports its own end. `text` null says nothing. */
export interface Answer {
  readonly kind: 'done' | 'refused' | 'started';
  readonly text: string | null;
}

/** A command as somebody gave it. */
interface CommandRequest {
  readonly installation: number;
  readonly owner: string;
  readonly repo: string;
  /** Names the work it starts, and the branches of that: the same request is the same work. */
  readonly id: string;
  readonly author: string;
  readonly authorIsBot: boolean;
  /** The pull request it was given in, or null. */
  readonly pull: number | null;
  /** Where a campaign it starts reports, null where the dashboard tells of it anyway. */
  readonly origin: CampaignInput['origin'];
}

export interface Obedience extends Omit<Reaction, 'event'> {
  readonly request: CommandRequest;
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
  pause: (on) => setPause(on, on.request.author),
  resume: (on) => setPause(on, null),
};

/**
 * Does what a command says, where the config lets commands be given and GitHub says that its author may. What GitHub
 * refuses on the way is the answer: nobody is left with a command that was seen and never answered.
 */
export async function obey(on: Obedience, name: CommandName): Promise<Answer> {
  try {
    return await obeyOrFail(on, name);
  } catch (error) {
    if (error instanceof StepFailure)
      return { kind: 'refused', text: await on.bot.redact(prose(error.message)) };
    throw error;
  }
}

async function obeyOrFail(on: Obedience, name: CommandName): Promise<Answer> {
  const { request, place, forge, durable } = on;
  // A repository without a valid config is helped all the same.
  const deaf = await durable.step('ask whether commands are obeyed', async () => {
    const config = await readConfig(forge);
    return config?.triggers.comments === false;
  });
  if (deaf) {
    return {
      kind: 'refused',
      text: `No command is obeyed here: \`triggers.comments\` is false in \`${CONFIG_PATH}\`.`,
    };
  }
  const user = { login: request.author, isBot: request.authorIsBot };
  const standing = await durable.step('ask for the permission', () =>
    mayCommand(place, user, COMMANDS[name].needs),
  );
  return standing.allowed ? DEEDS[name](on) : { kind: 'refused', text: standing.reason };
}

async function improve(on: Obedience, mode: { kind: 'improve' } | { kind: 'prune' }): Promise<Answer> {
  const { bot, request, forge, durable } = on;
  const start = await durable.step('start the campaign', () =>
    startCampaign(bot, forge, {
      id: `c${request.id}`,
      trigger: `/harness ${mode.kind} by ${request.author}`,
      byItself: false,
      event: request,
      origin: request.origin,
      mode,
    }),
  );
  return start.started ? { kind: 'started', text: null } : { kind: 'refused', text: start.reason };
}

async function cancel({ bot, request, durable }: Obedience): Promise<Answer> {
  if (bot.job !== undefined) {
    const text =
      'Here each campaign runs in a job of GitHub Actions, which hears of no comment while it works: cancel its workflow run in the Actions tab. It then ends cleanly.';
    return { kind: 'refused', text };
  }
  const address = addressOf(request);
  const running = [...(await campaignsOf(bot, address)), ...(await campaignsOf(bot, address, WORK.review))];
  if (running.length === 0) return { kind: 'refused', text: 'Nothing is running.' };
  for (const campaign of running) {
    // Cancelling is a wish the campaign reads when it looks again: it then cleans up after itself.
    await durable.step(`cancel ${campaign.id}`, async () => {
      await tellToEnd(bot, campaign.id, { why: 'asked', reason: `${request.author} asked for it to end.` });
      return null;
    });
  }
  return {
    kind: 'done',
    text: `Ending ${running.map((one) => `\`${one.id}\``).join(', ')} and removing its branches.`,
  };
}

async function setPause({ bot, forge, request, durable }: Obedience, by: string | null): Promise<Answer> {
  const why = by === null ? `Resumed by ${request.author}` : `Paused by ${by}`;
  await durable.step('remember', () =>
    remember(forge, why, (memory) => ({ ...memory, pausedBy: by })).then(() => null),
  );
  await durable.step('refresh the dashboard', () => refreshDashboard(bot, request));
  return {
    kind: 'done',
    text:
      by === null
        ? 'Campaigns start by themselves again.'
        : 'No campaign starts by itself until `/harness resume`.',
  };
}
