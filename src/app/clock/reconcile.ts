/**
 * What was missed is found again. GitHub does not send a failed delivery twice by itself, and a server may be away
 * when a run ends: so the bot looks, on every start and then from time to time.
 */
import type { Octokit } from '@octokit/rest';
import { readLedger } from '../../campaign/ledger/ledger.ts';
import { ForgeError } from '../../forge/forge.ts';
import { ranItsCommit } from '../../forge/github/evaluations.ts';
import { translated } from '../../forge/github/failure.ts';
import { openGitHubForge } from '../../forge/github/github.ts';
import { addressOf, type Bot, WORK } from '../bot.ts';
import { campaignsOf } from '../campaigns/start-campaign.ts';
import { eventsOf, workIdOf } from '../webhooks/event.ts';
import type { SurveyedRepository } from './survey.ts';

/** GitHub keeps deliveries for three days. */
const KEPT_MS = 3 * 24 * 3_600_000;
/** A run's webhook may still be under way for so long (ms). */
const GRACE_MS = 2 * 60_000;
/** Two looks overlap by this much, since a delivery is listed a little after it was tried (ms). */
const OVERLAP_MS = 10 * 60_000;

const KNOWN_EVENTS = new Set([
  'workflow_run',
  'issue_comment',
  'issues',
  'pull_request',
  'push',
  'check_run',
  'installation',
  'installation_repositories',
]);

/** What one look found, for the log. */
export interface Reconciled {
  readonly deliveries: number;
  readonly runs: number;
  readonly woken: number;
  /** Whether GitHub told of all deliveries: if not, the next look has to go back as far. */
  readonly complete: boolean;
}

/**
 * One look.
 * @param app a client of the App itself
 * @param lastLook when the last look of this process began, or null: then all that GitHub keeps is looked at
 */
export async function reconcile(
  bot: Bot,
  app: Octokit,
  repositories: readonly SurveyedRepository[],
  lastLook: Date | null,
  graceMs: number = GRACE_MS,
): Promise<Reconciled> {
  const now = bot.now().getTime();
  const since = Math.max(now - KEPT_MS, lastLook === null ? 0 : lastLook.getTime() - OVERLAP_MS);
  const deliveries = await handleFailedDeliveries(bot, app, since).catch((error) => {
    bot.log(`Lost deliveries were not looked for: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  });
  const runs = await handleUnseenRuns(bot, repositories, graceMs);
  await offerConfigs(bot, repositories);
  const woken = await wakeWaiting(bot);
  return { deliveries: deliveries ?? 0, runs, woken, complete: deliveries !== null };
}

/**
 * Handles the deliveries that never came through from their stored payloads, under their own ids: one that GitHub
 * or a person sends again later is then known.
 */
async function handleFailedDeliveries(bot: Bot, app: Octokit, since: number): Promise<number> {
  let handled = 0;
  for (const { id, guid } of await failedDeliveries(app, since)) {
    try {
      const { data } = await translated('read a webhook delivery', () =>
        app.rest.apps.getWebhookDelivery({ delivery_id: id }),
      );
      const events = eventsOf(data.event, data.request.payload);
      for (const [index, event] of events.entries()) {
        await bot.engine().start(WORK.event, workIdOf(guid, index, event), event);
      }
      handled += events.length;
    } catch (error) {
      // What GitHub will not show is gone; anything else may go better the next time, and is looked for again.
      if (!(error instanceof ForgeError) || error.passing) throw error;
      bot.log(`Delivery ${guid} was left out: ${error.message}`);
    }
  }
  return handled;
}

interface FailedDelivery {
  readonly id: number;
  readonly guid: string;
}

/** Deliveries since a moment of which no try came through, oldest first, one a guid. */
async function failedDeliveries(app: Octokit, since: number): Promise<FailedDelivery[]> {
  const delivered = new Set<string>();
  const failed = new Map<string, number>();
  const pages = app.paginate.iterator(app.rest.apps.listWebhookDeliveries, { per_page: 100 });
  for await (const { data } of pages) {
    // Newest first, so the first one that is too old ends the walk.
    for (const one of data) {
      if (Date.parse(one.delivered_at) < since) return undelivered(failed, delivered);
      if (one.status_code >= 200 && one.status_code < 300) delivered.add(one.guid);
      else if (KNOWN_EVENTS.has(one.event)) failed.set(one.guid, one.id);
    }
  }
  return undelivered(failed, delivered);
}

function undelivered(failed: ReadonlyMap<string, number>, delivered: ReadonlySet<string>): FailedDelivery[] {
  return [...failed].flatMap(([guid, id]) => (delivered.has(guid) ? [] : [{ id, guid }])).reverse();
}

/** Tells every campaign and review that waits to look again: the webhook of its run may have been lost. */
async function wakeWaiting(bot: Bot): Promise<number> {
  const works = [
    ...(await bot.engine().unfinished(WORK.campaign)),
    ...(await bot.engine().unfinished(WORK.review)),
  ];
  for (const { id } of works) await bot.engine().wake(id);
  return works.length;
}

/** Finds eval runs at the tip of a default branch that ended and that no campaign has looked at. */
async function handleUnseenRuns(
  bot: Bot,
  repositories: readonly SurveyedRepository[],
  graceMs: number,
): Promise<number> {
  let found = 0;
  for (const repository of repositories) {
    try {
      if (await handleUnseenRun(bot, repository, graceMs)) found += 1;
    } catch (error) {
      const name = `${repository.owner}/${repository.repo}`;
      bot.log(`${name} was left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return found;
}

async function handleUnseenRun(bot: Bot, repository: SurveyedRepository, graceMs: number): Promise<boolean> {
  const { installation, owner, repo, config, defaultBranch: branch } = repository;
  const workflow = config?.eval.workflow;
  if (config === null || workflow === undefined || !config.triggers.workflow_run) return false;
  const octokit = await bot.client(installation);
  const { data } = await translated('list runs of the eval workflow', () =>
    octokit.rest.actions.listWorkflowRuns({
      owner,
      repo,
      workflow_id: workflow,
      branch,
      status: 'completed',
      per_page: 20,
    }),
  );
  const name = `${owner}/${repo}`;
  const run = data.workflow_runs.find(
    (one) => ranItsCommit(one.event) && one.head_repository?.full_name === name,
  );
  if (run === undefined) return false;
  const age = bot.now().getTime() - Date.parse(run.updated_at);
  if (age < graceMs || age > KEPT_MS) return false;
  if ((await campaignsOf(bot, addressOf(repository))).length > 0) return false;
  const ledger = await readLedger(openGitHubForge({ octokit, owner, repo }));
  // A campaign that ended after the run has had its say, also when it was started by something else.
  const covered = ledger.lines.some(
    (line) => line.kind === 'campaign' && Date.parse(line.finished_at) >= Date.parse(run.updated_at),
  );
  if (covered || (await bot.engine().find(WORK.event, `unseen-${run.id}`)) !== null) return false;
  await bot.engine().start(WORK.event, `unseen-${run.id}`, {
    kind: 'run_completed',
    installation,
    owner,
    repo,
    run: run.id,
    workflow: `.github/workflows/${workflow}`,
    branch: run.head_branch,
    event: run.event,
    head: run.head_sha,
    fork: false,
  });
  return true;
}

/** A repository whose installation was never heard of is offered a config, once. */
async function offerConfigs(bot: Bot, repositories: readonly SurveyedRepository[]): Promise<void> {
  for (const { installation, owner, repo, hasConfig } of repositories) {
    if (hasConfig) continue;
    const event = { kind: 'installed', installation, owner, repo } as const;
    await bot.engine().start(WORK.event, workIdOf('', 0, event), event);
  }
}
