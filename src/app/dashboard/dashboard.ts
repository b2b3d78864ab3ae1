/**
 * The dashboard kept: one issue a repository where the config asks for it, rewritten in place when what it tells has
 * changed. A person who closes it is not overruled; the bot opens again only what it closed itself.
 */
import type { CampaignInput } from '../../campaign/context.ts';
import { readLedger } from '../../campaign/ledger/ledger.ts';
import { recall, remember } from '../../campaign/ledger/memory.ts';
import type { Config } from '../../config/schema.ts';
import { DASHBOARD_CLOSED, hasDashboardMarker, renderDashboard } from '../../evidence/dashboard.ts';
import { parseMarker } from '../../evidence/pull-request/marker.ts';
import { translated } from '../../forge/github/failure.ts';
import { type GitHubRepository, openGitHubForge } from '../../forge/github/github.ts';
import { inTurn } from '../answers/turns.ts';
import { addressOf, type Bot, WORK } from '../bot.ts';
import { recordOf } from '../campaigns/last-record.ts';
import { campaignsOf, readConfig } from '../campaigns/start-campaign.ts';
import { dashboardState, lastCampaign, lastMined } from './dashboard-state.ts';
import { type OwnIssue, ownIssues } from './own-issues.ts';

const TITLE = 'Harness dashboard';

/** What only the one who asks for a refresh knows. */
export interface DashboardNews {
  /** A campaign or review that is ending: the engine still calls it unfinished. */
  readonly ended?: string;
  /** Why nothing was run: remembered in the repository, so that it outlives the server. */
  readonly idle?: string | null;
}

interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly installation: number;
}

/**
 * Writes the dashboard if it would say something else; at most one edit. Never throws, since no campaign and no
 * command may fail by it, and the clock comes by again. Returns what was done, in words.
 */
export function refreshDashboard(bot: Bot, where: Place, news: DashboardNews = {}): Promise<string> {
  // Of two at once, the one that looked first could write last.
  return inTurn(`dashboard ${addressOf(where)}`, () =>
    refresh(bot, where, news).catch((error) => {
      const text = `The dashboard of ${where.owner}/${where.repo} was left as it is: ${error instanceof Error ? error.message : String(error)}`;
      bot.log(text);
      return text;
    }),
  );
}

async function refresh(bot: Bot, where: Place, news: DashboardNews): Promise<string> {
  const { owner, repo, installation } = where;
  const place = { octokit: await bot.client(installation), owner, repo };
  const config = await readConfig(openGitHubForge(place));
  // What a broken config asks for is not known: there is an issue about that already.
  if (config === null) return 'No config that holds.';
  const own = await ownIssues(bot, place, 'all');
  const [issue, ...others] = own.filter(isDashboard).sort((a, b) => a.number - b.number);
  // Two servers at once, or a list of GitHub's that was behind: the oldest is the one.
  for (const other of others) await close(place, other);
  if (!config.pull_request.dashboard) {
    if (issue !== undefined) await close(place, issue);
    return 'No dashboard is asked for.';
  }
  if (issue !== undefined && !issue.open && issue.body !== DASHBOARD_CLOSED)
    return `Issue ${issue.number} was closed by a person.`;
  return write(place, issue ?? null, await bodyOf(bot, where, { place, config, own, news }));
}

/** By its marker, or by its title where somebody has rewritten the body. */
function isDashboard({ pull, body, title }: OwnIssue): boolean {
  return pull === null && (hasDashboardMarker(body) || title === TITLE);
}

interface Known {
  readonly place: GitHubRepository;
  readonly config: Config;
  readonly own: readonly OwnIssue[];
  readonly news: DashboardNews;
}

async function bodyOf(bot: Bot, where: Place, { place, config, own, news }: Known): Promise<string> {
  const forge = openGitHubForge(place);
  const ledger = await readLedger(forge);
  const last = lastCampaign(ledger);
  const running = await runningIn(bot, where, news.ended ?? null, last);
  // While something runs, the dashboard shows why nothing else does.
  if (news.idle != null && running.length === 0) {
    const idle = { reason: await bot.redact(news.idle), after: last };
    await remember(forge, 'Remember why nothing was run', (memory) => ({ ...memory, idle }));
  }
  const mined = lastMined(ledger);
  const state = dashboardState({
    config,
    ledger,
    memory: await recall(forge),
    mined: mined === null ? null : await recordOf(forge, mined),
    running,
    pulls: pullsOf(own),
    now: bot.now(),
  });
  return bot.redact(renderDashboard(state));
}

/** What the engine has under way, without what has in truth ended. */
async function runningIn(
  bot: Bot,
  where: Place,
  ...ended: readonly (string | null)[]
): Promise<CampaignInput[]> {
  const address = addressOf(where);
  const works = [...(await campaignsOf(bot, address)), ...(await campaignsOf(bot, address, WORK.review))];
  return works.filter((one) => !ended.includes(one.id));
}

/** Pull requests of campaigns, by the campaign that their bodies name. */
function pullsOf(own: readonly OwnIssue[]) {
  return new Map(
    own.flatMap(({ pull, body }) => {
      const found = pull === null ? null : parseMarker(body);
      return pull !== null && found?.kind === 'found' ? [[found.marker.campaign, pull] as const] : [];
    }),
  );
}

async function write(place: GitHubRepository, issue: OwnIssue | null, body: string): Promise<string> {
  const { octokit, owner, repo } = place;
  if (issue === null) {
    const { data } = await translated('open the dashboard', () =>
      octokit.rest.issues.create({ owner, repo, title: TITLE, body }),
    );
    return `Opened the dashboard, issue ${data.number}.`;
  }
  if (issue.open && issue.body === body) return `The dashboard, issue ${issue.number}, says it already.`;
  await translated('rewrite the dashboard', () =>
    octokit.rest.issues.update({
      owner,
      repo,
      issue_number: issue.number,
      body,
      ...(issue.open ? {} : { state: 'open' as const }),
    }),
  );
  return `Rewrote the dashboard, issue ${issue.number}.`;
}

async function close({ octokit, owner, repo }: GitHubRepository, issue: OwnIssue): Promise<void> {
  if (!issue.open) return;
  await translated('close the dashboard', () =>
    octokit.rest.issues.update({
      owner,
      repo,
      issue_number: issue.number,
      state: 'closed',
      state_reason: 'not_planned',
      body: DASHBOARD_CLOSED,
    }),
  );
}
