import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RequestError } from '@octokit/request-error';
import { afterEach, describe, expect, it } from 'vitest';
import { WORK } from '../../src/app/bot.ts';
import { reconcile } from '../../src/app/clock/reconcile.ts';
import { survey } from '../../src/app/clock/survey.ts';
import { startTicking } from '../../src/app/clock/tick.ts';
import { LEDGER_FILE } from '../../src/campaign/ledger/ledger.ts';
import { openGitHubForge } from '../../src/forge/github/github.ts';
import { AGENT_FILES, CONFIG } from '../e2e/agent-repository.ts';
import { createFixture, type Fixture } from '../github/fixture.ts';
import { type BotOnGitHub, botOn } from './bot-on.ts';

const DAY_MS = 24 * 3_600_000;
let fixture: Fixture;
let desk: BotOnGitHub;
afterEach(async () => {
  fixture?.github.assertContract();
  await fixture?.github.stop();
});

/** Nobody listens: every delivery fails. */
async function deaf(): Promise<void> {
  fixture = await createFixture({ hookUrl: 'http://127.0.0.1:9/', files: AGENT_FILES });
  fixture.repo.setRole('dev', 'write');
  desk = botOn(fixture);
  await fixture.github.settled();
}

async function look(last: Date | null = null, graceMs = 0) {
  const repositories = await survey(desk.bot, fixture.asApp);
  return reconcile(desk.bot, fixture.asApp, repositories, last, graceMs);
}

const events = (kind: string) =>
  desk.works.filter(
    ({ workflow, input }) =>
      workflow === WORK.event &&
      input !== null &&
      typeof input === 'object' &&
      Reflect.get(input, 'kind') === kind,
  );

describe('webhooks that did not come through', () => {
  it('are handled from what GitHub kept, once, under their own ids', async () => {
    await deaf();
    const issue = fixture.repo.openIssue({ title: 'x', by: 'dev' });
    fixture.repo.comment(issue.number, '/harness status', 'dev');
    await fixture.github.settled();
    await look();
    await look();
    const [comment, ...more] = events('comment');
    expect(more).toEqual([]);
    expect(comment?.input).toMatchObject({ text: '/harness status', author: 'dev' });
    const delivery = fixture.github.deliveries.find((one) => one.event === 'issue_comment');
    expect(comment?.id).toBe(`${delivery?.guid}-0`);
  });

  it('are left alone when another try came through, or after three days', async () => {
    await deaf();
    const issue = fixture.repo.openIssue({ title: 'x', by: 'dev' });
    fixture.repo.comment(issue.number, '/harness status', 'dev');
    await fixture.github.settled();
    desk.advance(3 * DAY_MS + 60_000);
    await look();
    expect(events('comment')).toEqual([]);
    desk.advance(-3 * DAY_MS - 60_000);
    const failed = fixture.github.deliveries.find((one) => one.event === 'issue_comment');
    if (failed === undefined) throw new Error('no delivery');
    const listener = createServer((_request, response) => response.end());
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    fixture.app.hook.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
    fixture.github.redeliver(failed);
    await fixture.github.settled();
    listener.close();
    await look();
    expect(events('comment')).toEqual([]);
  });

  it('are looked for since the last look only', async () => {
    await deaf();
    const issue = fixture.repo.openIssue({ title: 'x', by: 'dev' });
    fixture.repo.comment(issue.number, '/harness status', 'dev');
    await fixture.github.settled();
    desk.advance(DAY_MS);
    await look(new Date(Date.now() + DAY_MS / 2));
    expect(events('comment')).toEqual([]);
  });
});

describe('eval runs that ended unseen', () => {
  async function evaluated(): Promise<number> {
    await deaf();
    // GitHub lost every trace of this delivery.
    fixture.github.setWebhooks({ lose: 1 });
    await fixture.repo.pushCommit({ files: { 'note.txt': 'x' }, by: 'dev' });
    await fixture.github.settled();
    const run = fixture.repo.runs().at(-1);
    if (run === undefined) throw new Error('nothing ran');
    return run.id;
  }

  it('are handed in as if their webhook had come, once', async () => {
    const run = await evaluated();
    await look();
    await look();
    expect(events('run_completed')).toMatchObject([
      { input: { run, branch: 'main', workflow: '.github/workflows/eval.yml', fork: false } },
    ]);
  });

  it('wait for their webhook first', async () => {
    await evaluated();
    await look(null, 3_600_000);
    expect(events('run_completed')).toEqual([]);
  });

  it('are covered by a campaign that runs, or that ended after them', async () => {
    await evaluated();
    const { owner, repo } = desk.place;
    const repository = `${owner}/${repo}#${fixture.installation.id}`;
    const input = {
      id: 'c1',
      repository,
      trigger: 'x',
      seed: 1,
      rule: null,
      origin: null,
      mode: { kind: 'improve' },
    };
    await desk.bot.engine().start(WORK.campaign, 'c1', input);
    expect((await look()).woken).toBe(1);
    expect(desk.woken).toEqual(['c1']);
    expect(events('run_completed')).toEqual([]);
    desk.works.length = 0;
    const line = {
      version: 1,
      kind: 'campaign',
      campaign: 'c1',
      finished_at: new Date(Date.now() + 1000).toISOString(),
      ending: { kind: 'nothing_to_fix', reason: 'x' },
      held_out: [],
      gated: false,
      trials: 0,
    };
    await openGitHubForge(desk.place).writeLedger({
      message: 'x',
      append: new Map([[LEDGER_FILE, JSON.stringify(line)]]),
      files: new Map(),
    });
    await look();
    expect(events('run_completed')).toEqual([]);
  });
});

describe('a repository that was installed unheard', () => {
  it('is offered a config once', async () => {
    const { '.github/self-harness.yml': _config, ...files } = AGENT_FILES;
    fixture = await createFixture({ files });
    desk = botOn(fixture);
    await look();
    await look();
    expect(events('installed')).toHaveLength(1);
  });
});

describe('what cannot be read', () => {
  /** GitHub refuses these requests, as for a repository that a court has closed. */
  function refuse(octokit: Fixture['bot'], part: string): void {
    octokit.hook.wrap('request', (request, options) => {
      const { url }: { url: string } = octokit.request.endpoint.parse(options as never);
      if (!url.includes(part)) return request(options);
      throw new RequestError('Repository access blocked', 451, {
        request: { method: 'GET', url: part, headers: {} },
      });
    });
  }

  it('keeps no other repository of its installation waiting', async () => {
    fixture = await createFixture({ files: AGENT_FILES });
    const { github, app } = fixture;
    const bad = await github.createRepo({ owner: 'octo', name: 'bad', files: { 'README.md': 'x' } });
    github.changeRepositories(fixture.installation, 'added', [bad]);
    expect(app.slug).toBe('self-harness');
    desk = botOn(fixture);
    refuse(fixture.bot, '/repos/octo/bad/');
    const found = await survey(desk.bot, fixture.asApp);
    expect(found.map((one) => one.repo)).toEqual(['agent']);
    expect(desk.said.join()).toContain('octo/bad was left out');
  });

  it('keeps no other delivery and no schedule waiting', async () => {
    await deaf();
    const issue = fixture.repo.openIssue({ title: 'x', by: 'dev' });
    for (const text of ['/harness help', '/harness status']) fixture.repo.comment(issue.number, text, 'dev');
    await fixture.github.settled();
    const [first] = fixture.github.deliveries.filter((one) => one.event === 'issue_comment');
    refuse(fixture.asApp, `/app/hook/deliveries/${first?.id}`);
    await look();
    expect(events('comment')).toHaveLength(1);
  });

  it('does not keep the clock from its schedules', async () => {
    const config = `${CONFIG}triggers:\n  schedule: "* * * * *"\n`;
    fixture = await createFixture({ files: { ...AGENT_FILES, '.github/self-harness.yml': config } });
    desk = botOn(fixture);
    refuse(fixture.asApp, '/app/hook/deliveries');
    const options = { everyMs: 3_600_000, reconcileMs: 3_600_000, graceMs: 0 };
    const ticker = startTicking(desk.bot, async () => fixture.asApp, options);
    await ticker.tick();
    const mark = fixture.github.log.mark();
    await ticker.tick();
    ticker.stop();
    expect(events('schedule')).toHaveLength(1);
    // And what failed is not asked again at every tick.
    expect(fixture.github.log.entries.slice(mark)).toEqual([]);
  });
});
