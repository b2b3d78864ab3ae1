/**
 * Starting campaigns: one a repository at a time, within the week's number, never while paused.
 */
import { CampaignInput } from '../../campaign/context.ts';
import { type Ledger, readLedger } from '../../campaign/ledger/ledger.ts';
import type { Memory } from '../../campaign/ledger/memory.ts';
import { recall } from '../../campaign/ledger/memory.ts';
import { loadConfig } from '../../config/load.ts';
import { CONFIG_PATH, type Config } from '../../config/schema.ts';
import { DEFAULT_BRANCH, type Forge } from '../../forge/forge.ts';
import type { GitHubRepository } from '../../forge/github/github.ts';
import { addressOf, type Bot, WORK, workId } from '../bot.ts';
import { openOwnPull } from '../pull-request/own-pull.ts';

const WEEK_MS = 7 * 24 * 3600 * 1000;

export type Start =
  | { readonly started: true; readonly id: string }
  | { readonly started: false; readonly reason: string };

export interface StartRequest {
  /** Derived from what triggered it, so that the same trigger is the same campaign. */
  readonly id: string;
  readonly trigger: string;
  /** Nobody asked for it by name: the week's number and a pause apply. */
  readonly byItself: boolean;
  readonly event: { readonly owner: string; readonly repo: string; readonly installation: number };
  /** Comment to react to and issue to report in, or null. */
  readonly origin: CampaignInput['origin'];
  readonly mode?: CampaignInput['mode'];
}

/** Starts a campaign, or says why not. Asked again for the same trigger it answers the same. */
export async function startCampaign(bot: Bot, forge: Forge, request: StartRequest): Promise<Start> {
  const engine = bot.engine();
  const address = addressOf(request.event);
  const id = workId(bot, request.id);
  const known = await engine.find(WORK.campaign, id);
  if (known !== null) return { started: true, id };
  const running = (await campaignsOf(bot, address))[0];
  if (running !== undefined) return alreadyRunning(running.id);
  // Checked before anything is spent: a second pull request would not be opened at the end.
  const { owner, repo, installation } = request.event;
  const place: GitHubRepository = { octokit: await bot.client(installation), owner, repo };
  const open = await openOwnPull(bot, place);
  if (open !== null) {
    return {
      started: false,
      reason: `Pull request #${open.number} is open, and I keep one at a time: merge or close it first.`,
    };
  }
  // Read whoever asked: a campaign respects it at its end, and must not fail there for it.
  const memory = await recall(forge);
  if (request.byItself) {
    const reason = await whyNotByItself(bot, forge, memory);
    if (reason !== null) return { started: false, reason };
  }
  const input: CampaignInput = {
    id,
    repository: address,
    trigger: request.trigger,
    seed: seedOf(id),
    rule: null,
    origin: request.origin,
    mode: request.mode ?? { kind: 'improve' },
  };
  // Asked for twice at once (a merge, and the eval of the merge), both came here: the engine lets one through.
  const holder = await engine.startAlone(WORK.campaign, id, input, address);
  return holder === id ? { started: true, id: holder } : alreadyRunning(holder);
}

function alreadyRunning(id: string): Start {
  return { started: false, reason: `Campaign \`${id}\` is running; one at a time.` };
}

/** Campaigns of a repository that have not ended; or its reviews of pull requests. */
export async function campaignsOf(
  bot: Bot,
  address: string,
  kind: typeof WORK.campaign | typeof WORK.review = WORK.campaign,
): Promise<CampaignInput[]> {
  const works = await bot.engine().unfinished(kind);
  return works.flatMap((work) => {
    const input = CampaignInput.safeParse(work.input);
    return input.success && input.data.repository === address ? [input.data] : [];
  });
}

async function whyNotByItself(bot: Bot, forge: Forge, memory: Memory): Promise<string | null> {
  if (memory.pausedBy !== null) return `Paused by ${memory.pausedBy}.`;
  const config = await readConfig(forge);
  if (config === null) return 'There is no valid config on the default branch.';
  const recent = endedThisWeek(await readLedger(forge), bot.now());
  if (recent >= config.budget.campaigns_per_week) {
    return `${recent} campaigns ended in the last seven days; budget.campaigns_per_week is ${config.budget.campaigns_per_week}.`;
  }
  return null;
}

/** Campaigns of the last seven days, as `budget.campaigns_per_week` counts them. */
export function endedThisWeek(ledger: Ledger, now: Date): number {
  const since = now.getTime() - WEEK_MS;
  return ledger.lines.filter((line) => line.kind === 'campaign' && Date.parse(line.finished_at) >= since)
    .length;
}

/** The config of the default branch, null where there is none or it does not hold. */
export async function readConfig(forge: Forge): Promise<Config | null> {
  // One request, where asking for the branch and its commit first takes three.
  const text = await forge.readFile(DEFAULT_BRANCH, CONFIG_PATH);
  if (text === null) return null;
  const loaded = loadConfig(text);
  return loaded.ok ? loaded.config : null;
}

/** A seed of 31 bits from the campaign's id: anybody can recompute the schedule. */
export function seedOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return hash & 0x7fffffff;
}
