/**
 * The App's loop inside a job of GitHub Actions: the event of the workflow is answered as the App answers a webhook,
 * and what it starts is seen to its end. The runner starts `action/main.js`, and `action/post.js` after a cancelled
 * job.
 */
import { appendFile, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { askedOf } from './action/asked.ts';
import { openJobBot } from './action/bot.ts';
import { readEnvironment, readPayload } from './action/environment.ts';
import { CANCELLED, endAll, endOf, type Job, seeThrough } from './action/job.ts';
import { jobLog } from './action/log.ts';
import { placeOf, WORK } from './app/bot.ts';
import { startCampaign } from './app/campaigns/start-campaign.ts';
import { openGitHubForge } from './forge/github/github.ts';
import { createRedactor } from './traces/redact/redact.ts';

/** Does what the event asks for. Returns the exit code of the step. */
export function runAction(env: NodeJS.ProcessEnv): Promise<number> {
  return inJob(env, null, async ({ bot, environment, log }) => {
    const asked = askedOf(environment, await readPayload(environment));
    if (asked.kind === 'nothing') return asked.reason;
    if (asked.kind === 'event') {
      const id = `event-${environment.run.id}`;
      await bot.engine().start(WORK.event, id, asked.event);
      const done = await endOf(bot, WORK.event, id);
      return asked.event.kind === 'comment' ? 'The comment was answered where it stands.' : String(done);
    }
    const forge = openGitHubForge(await placeOf(bot, asked.request.event));
    const start = await startCampaign(bot, forge, asked.request);
    const said = start.started ? `Campaign ${start.id}: ${asked.request.trigger}.` : start.reason;
    log.line(said);
    return said;
  });
}

/**
 * Ends what a cancelled step has left unfinished, in the minutes that GitHub leaves to a cancelled job.
 * @param data directory of that step's database
 */
export function finishAction(env: NodeJS.ProcessEnv, data: string): Promise<number> {
  return inJob(env, data, async (job) => {
    const engine = job.bot.engine();
    for (const { id } of await engine.unfinished(WORK.event)) await engine.cancel(WORK.event, id);
    await endAll(job, CANCELLED);
    return CANCELLED.reason;
  });
}

async function inJob(
  env: NodeJS.ProcessEnv,
  known: string | null,
  begin: (job: Job) => Promise<string>,
): Promise<number> {
  const redactor = createRedactor({ env });
  const redact = async (text: string) => (await redactor.redact(text)).text;
  const log = jobLog((text) => void process.stdout.write(text), redact);
  try {
    const environment = readEnvironment(env);
    const data = known ?? (await mkdtemp(path.join(environment.temp, 'self-harness-')));
    // The runner hands it to `action/post.js` as STATE_data.
    if (known === null) await appendFile(environment.files.state, `data=${data}\n`);
    const bot = await openJobBot({ job: environment, env, data, log, redact });
    try {
      return await seeThrough({ environment, bot, log }, begin);
    } finally {
      await bot.engine().stop();
    }
  } catch (error) {
    log.endGroup();
    log.error(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await log.written();
  }
}
