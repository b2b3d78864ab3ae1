/**
 * One job from start to end: what was begun ends by itself, or with the job's time, or with the job.
 */
import { appendFile } from 'node:fs/promises';
import { type Bot, tellToEnd, WORK } from '../app/bot.ts';
import { aftermathId } from '../app/campaigns/aftermath.ts';
import type { EndNote } from '../campaign/context.ts';
import { CampaignRecord } from '../campaign/record/record.ts';
import type { JobEnvironment } from './environment.ts';
import type { JobLog } from './log.ts';
import { exitCodeOf, tellEnding } from './outcome.ts';

/** No webhook wakes a campaign here, so it looks by the clock: GITHUB_TOKEN has 1,000 requests an hour. */
const LOOK_MS = 60_000;

export interface Job {
  readonly environment: JobEnvironment;
  readonly bot: Bot;
  readonly log: JobLog;
}

interface Work {
  readonly kind: typeof WORK.campaign | typeof WORK.review;
  readonly id: string;
}

export const CANCELLED: EndNote = { why: 'asked', reason: 'The job was cancelled.' };

/**
 * Begins, and waits for every campaign and review that is then under way. Returns the exit code.
 * @param begin returns in words what was done
 */
export async function seeThrough(job: Job, begin: (job: Job) => Promise<string>): Promise<number> {
  const { environment, bot, log } = job;
  let told: EndNote | null = null;
  const end = (note: EndNote) => {
    if (told !== null) return;
    told = note;
    log.line(note.reason);
    void endAll(job, note).catch((error) => log.line(`It could not be told to end: ${error}`));
  };
  // To cancel a job the runner sends SIGINT, after 7.5 s SIGTERM, and kills after 2.5 s more.
  const onSignal = () => end(CANCELLED);
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const deadline = setTimeout(() => end(timeOver(environment)), environment.timeoutMinutes * 60_000);
  const look = setInterval(() => void wakeAll(bot).catch(() => 'the next one will do'), LOOK_MS);
  try {
    const said = await begin(job);
    // What was told before there was anything to end.
    if (told !== null) await endAll(job, told);
    const works = await underWay(bot);
    if (works.length === 0) await appendFile(environment.files.summary, `No campaign was run. ${said}\n`);
    const codes: number[] = [];
    for (const work of works) codes.push(await resultOf(job, work));
    return Math.max(0, ...codes);
  } finally {
    clearTimeout(deadline);
    clearInterval(look);
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
  }
}

function timeOver({ timeoutMinutes }: JobEnvironment): EndNote {
  const reason = `The ${timeoutMinutes} minutes of the job are over. Raise \`timeout_minutes\` (GitHub’s own runners end a job after 360), or make the eval shorter.`;
  return { why: 'out_of_time', reason };
}

/** Tells everything under way to end. It then stops its evaluations and removes its branches by itself. */
export async function endAll({ bot }: Job, note: EndNote): Promise<void> {
  for (const { id } of await underWay(bot)) await tellToEnd(bot, id, note);
}

async function wakeAll(bot: Bot): Promise<void> {
  for (const { id } of await underWay(bot)) await bot.engine().wake(id);
}

async function underWay(bot: Bot): Promise<Work[]> {
  const kinds = [WORK.campaign, WORK.review] as const;
  const works = await Promise.all(
    kinds.map(async (kind) => (await bot.engine().unfinished(kind)).map(({ id }) => ({ kind, id }))),
  );
  return works.flat();
}

async function resultOf(job: Job, { kind, id }: Work): Promise<number> {
  const { bot, environment, log } = job;
  const result = await endOf(bot, kind, id).catch((error: Error) => error);
  log.endGroup();
  if (result instanceof Error) {
    log.error(`The ${kind} ${id} broke off: ${result.message}`);
    return 1;
  }
  if (kind === WORK.review) {
    log.notice(`Review ${id}: ${result}`);
    await appendFile(environment.files.summary, `Review \`${id}\`: see its comment in the pull request.\n`);
    return 0;
  }
  const record = CampaignRecord.parse(result);
  await tellEnding(bot, environment, log, record);
  return exitCodeOf(record.ending);
}

/** What a piece of work came to. @throws Error when it broke off; its aftermath is then over as well */
export async function endOf(bot: Bot, workflow: string, id: string): Promise<unknown> {
  try {
    return await bot.engine().result(workflow, id);
  } catch (error) {
    await bot
      .engine()
      .result(WORK.aftermath, aftermathId(workflow, id))
      .catch((after: Error) => bot.log(after.message));
    throw error;
  }
}
