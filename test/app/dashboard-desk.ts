/** A repository that may ask for a dashboard, and a bot that keeps it: what people do to it, and what comes of it. */

import { startByItself } from '../../src/app/campaigns/start-by-itself.ts';
import { refreshDashboard } from '../../src/app/dashboard/dashboard.ts';
import { eventsOf } from '../../src/app/webhooks/event.ts';
import { handle } from '../../src/app/webhooks/handle.ts';
import { LEDGER_FILE, ledgerLines } from '../../src/campaign/ledger/ledger.ts';
import { type Memory, recall } from '../../src/campaign/ledger/memory.ts';
import type { CampaignRecord } from '../../src/campaign/record/record.ts';
import { CONFIG_PATH } from '../../src/config/schema.ts';
import type { Forge } from '../../src/forge/forge.ts';
import { openGitHubForge } from '../../src/forge/github/github.ts';
import { straight } from '../campaign/scenario.ts';
import { AGENT_FILES, CONFIG } from '../e2e/agent-repository.ts';
import { createFixture, type Fixture, OWN } from '../github/fixture.ts';
import type { Issue } from '../github/world/model.ts';
import { type BotOnGitHub, botOn } from './bot-on.ts';

export const ON = `${CONFIG}pull_request:\n  dashboard: true\n`;

export interface DashboardDesk {
  readonly fixture: Fixture;
  readonly desk: BotOnGitHub;
  readonly forge: Forge;
  readonly where: { readonly owner: string; readonly repo: string; readonly installation: number };
  refresh(news?: { ended?: string; idle?: string }): Promise<string>;
  /** The issues that the App opened. */
  dashboards(): Issue[];
  /** The one dashboard. @throws Error where there is none, or more */
  dashboard(): Issue;
  /** Reacts to the webhooks since the last time, as often as told. Returns what was done, in words. */
  hear(times?: number): Promise<string[]>;
  pushConfig(config: string): Promise<void>;
  /** Somebody ticks boxes, as GitHub's page does: by an edit of the body. */
  tick(by: string, ...commands: string[]): void;
  /** What the bot wrote to GitHub meanwhile, by operation. */
  writes(act: () => Promise<unknown>): Promise<string[]>;
  /** A campaign starts by itself, or says why not. */
  start(id: string, trigger?: string): Promise<string>;
  /** A campaign is in the ledger. */
  ended(record: CampaignRecord): Promise<void>;
  memory(): Promise<Memory>;
  /** Nothing has broken GitHub's description. */
  close(): Promise<void>;
}

/** Nobody listens to its webhooks: `hear` hands them in. */
export async function dashboardDesk(config = ON): Promise<DashboardDesk> {
  const fixture = await createFixture({
    hookUrl: 'http://127.0.0.1:9/',
    files: { ...AGENT_FILES, [CONFIG_PATH]: config },
  });
  const { github, repo } = fixture;
  repo.setRole('dev', 'write');
  repo.setRole('reader', 'read');
  repo.setRole('triager', 'triage');
  const desk = botOn(fixture);
  const forge = openGitHubForge(desk.place);
  const where = { ...OWN, installation: fixture.installation.id };
  const login = await desk.bot.login();
  await github.settled();
  let mark = github.deliveries.length;

  const dashboards = () =>
    [...repo.repository.issues.values()].filter(
      (issue) => issue.pull === undefined && issue.user.login === login,
    );
  const dashboard = () => {
    const [issue, ...more] = dashboards();
    if (issue === undefined || more.length > 0) throw new Error(`${dashboards().length} dashboards`);
    return issue;
  };
  const hear = async (times = 1) => {
    await github.settled();
    const fresh = github.deliveries.slice(mark);
    mark = github.deliveries.length;
    const done: string[] = [];
    for (const { event, payload } of Array.from({ length: times }, () => fresh).flat()) {
      for (const one of eventsOf(event, payload)) {
        done.push(await handle(desk.bot, one, straight));
      }
    }
    return done;
  };
  return {
    fixture,
    desk,
    forge,
    where,
    refresh: (news = {}) => refreshDashboard(desk.bot, where, news),
    dashboards,
    dashboard,
    hear,
    async pushConfig(text) {
      await repo.pushCommit({ files: { [CONFIG_PATH]: text }, by: 'dev' });
      await hear();
    },
    tick(by, ...commands) {
      repo.editIssue(dashboard().number, { body: tickedIn(dashboard().body ?? '', ...commands), by });
    },
    async writes(act) {
      const since = github.log.mark();
      await act();
      const made = github.log.entries.slice(since).filter((one) => one.write && one.actor === login);
      return made.flatMap(({ operation }) => operation ?? []);
    },
    start: (id, trigger = 'a test') => startByItself(desk.bot, forge, { id, trigger, event: where }),
    async ended(record) {
      const lines = ledgerLines(record).map((line) => JSON.stringify(line));
      await forge.writeLedger({
        message: 'A campaign',
        append: new Map([[LEDGER_FILE, lines.join('\n')]]),
        files: new Map([[`campaigns/${record.id}/campaign.json`, JSON.stringify(record)]]),
      });
    },
    memory: () => recall(forge),
    async close() {
      github.assertContract();
      await github.stop();
    },
  };
}

/** A body with these boxes ticked. @throws Error where one has no box */
export function tickedIn(body: string, ...commands: string[]): string {
  return commands.reduce((text, command) => {
    const ticked = text.replace(`- [ ] <!-- command:${command} `, `- [x] <!-- command:${command} `);
    if (ticked === text) throw new Error(`there is no box for ${command}`);
    return ticked;
  }, body);
}
