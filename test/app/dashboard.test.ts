import { afterEach, describe, expect, it } from 'vitest';
import { WORK } from '../../src/app/bot.ts';
import { startTicking } from '../../src/app/clock/tick.ts';
import { refreshDashboard } from '../../src/app/dashboard/dashboard.ts';
import { remember } from '../../src/campaign/ledger/memory.ts';
import { CONFIG_PATH } from '../../src/config/schema.ts';
import { DASHBOARD_CLOSED } from '../../src/evidence/dashboard.ts';
import { renderPullRequest } from '../../src/evidence/pull-request.ts';
import { CONFIG } from '../e2e/agent-repository.ts';
import { CASES, HOSTILE } from '../evidence/cases.ts';
import { OWN } from '../github/fixture.ts';
import { botOn, campaigns } from './bot-on.ts';
import { type DashboardDesk, dashboardDesk, ON } from './dashboard-desk.ts';

let on: DashboardDesk;
afterEach(() => on?.close());

describe('the dashboard issue', () => {
  it('is opened once, and not written again while it would say the same', async () => {
    on = await dashboardDesk();
    expect(await on.refresh()).toMatch(/^Opened/);
    expect(on.dashboard()).toMatchObject({ title: 'Harness dashboard', state: 'open' });
    expect(await on.writes(() => on.refresh())).toEqual([]);
    expect(await on.refresh()).toMatch(/says it already/);
  });

  it('is opened once by two at the same time', async () => {
    on = await dashboardDesk();
    await Promise.all([on.refresh(), on.refresh(), on.refresh()]);
    expect(on.dashboards()).toHaveLength(1);
  });

  it('is one again where two servers opened two: the older is kept', async () => {
    on = await dashboardDesk();
    await on.refresh();
    const [first] = on.dashboards();
    await on.fixture.bot.issues.create({ ...OWN, title: 'Harness dashboard', body: first?.body ?? '' });
    await on.refresh();
    expect(on.dashboards().map((issue) => issue.state)).toEqual(['open', 'closed']);
    expect(on.dashboards()[1]?.body).not.toContain('- [ ]');
    expect(await on.writes(() => on.refresh())).toEqual([]);
  });

  it('is rewritten in place by one edit when something has changed', async () => {
    on = await dashboardDesk();
    await on.refresh();
    await on.ended(CASES['one-edit']);
    expect(await on.writes(() => on.refresh())).toEqual(['issues/update']);
    expect(on.dashboard().body).toContain(`| \`${CASES['one-edit'].id}\` | 2026-01-02 | opened | 1 of 2 |`);
  });

  it('heals when somebody has rewritten it, even without its marker', async () => {
    on = await dashboardDesk();
    await on.refresh();
    const { number, body } = on.dashboard();
    on.fixture.repo.editIssue(number, { body: `${body}\r\n\r\nMine!`, by: 'dev' });
    expect(await on.hear()).toEqual([]);
    await on.refresh();
    expect(on.dashboard().body).toBe(body);
    on.fixture.repo.editIssue(number, { body: 'Nothing of it is left.', by: 'dev' });
    await on.refresh();
    expect(on.dashboard()).toMatchObject({ number, body });
    on.fixture.repo.editIssue(number, { title: 'Our harness', by: 'dev' });
    expect(await on.writes(() => on.refresh())).toEqual([]);
    expect(on.dashboard().title).toBe('Our harness');
  });

  it('is left alone when a person closes it, until somebody reopens it', async () => {
    on = await dashboardDesk();
    await on.refresh();
    await on.fixture.repo.close(on.dashboard().number, 'dev');
    await on.ended(CASES.rejected);
    expect(await on.writes(() => on.refresh())).toEqual([]);
    expect(await on.refresh()).toMatch(/closed by a person/);
    on.fixture.repo.reopen(on.dashboard().number, 'dev');
    await on.refresh();
    expect(on.dashboard().body).toContain('nothing accepted');
  });

  it('is closed when the config switches it off, and opened again when it is on again', async () => {
    on = await dashboardDesk();
    await on.refresh();
    await on.pushConfig(CONFIG);
    expect(on.dashboard().state).toBe('closed');
    expect(on.dashboard().body).not.toContain('- [ ]');
    expect(await on.writes(() => on.refresh())).toEqual([]);
    await on.pushConfig(ON);
    expect(on.dashboard().state).toBe('open');
    expect(on.dashboard().body).toContain('- [ ] <!-- command:improve -->');
  });

  it('is not kept where the config does not ask, or does not hold', async () => {
    on = await dashboardDesk(CONFIG);
    expect(await on.writes(() => on.refresh())).toEqual([]);
    await on.pushConfig('agent: 3\n');
    expect(await on.writes(() => on.refresh())).toEqual([]);
    expect(on.dashboards().map((issue) => issue.title)).toEqual([`${CONFIG_PATH} is not valid`]);
  });

  it('is nobody else’s issue that looks like it', async () => {
    on = await dashboardDesk();
    on.fixture.repo.openIssue({ title: 'Harness dashboard', body: DASHBOARD_CLOSED, by: 'dev' });
    expect(await on.refresh()).toMatch(/^Opened/);
    const { body } = on.dashboard();
    await on.fixture.repo.close(on.dashboard().number, 'dev');
    const copy = on.fixture.repo.openIssue({ title: 'Harness dashboard', body: body ?? '', by: 'dev' });
    on.fixture.repo.editIssue(copy.number, { body: body?.replaceAll('- [ ]', '- [x]') ?? '', by: 'dev' });
    expect(new Set(await on.hear())).toEqual(new Set(['Not a box of mine.']));
    expect(campaigns(on.desk)).toEqual([]);
    expect(on.fixture.repo.comments(copy.number)).toEqual([]);
  });

  it('keeps nothing from working when GitHub refuses it', async () => {
    on = await dashboardDesk();
    on.fixture.github.setFaults([{ operations: ['issues/create'], fault: { kind: 'status', status: 503 } }]);
    expect(await on.refresh()).toMatch(/^The dashboard of octo\/agent was left as it is: .*503/);
    expect(on.desk.said.at(-1)).toContain('503');
    on.fixture.github.setFaults([]);
    expect(await on.refresh()).toMatch(/^Opened/);
  });

  it('is looked after by the clock', async () => {
    on = await dashboardDesk();
    const ticker = startTicking(on.desk.bot, async () => on.fixture.asApp, {
      everyMs: 3_600_000,
      reconcileMs: 1,
      graceMs: 3_600_000,
    });
    await ticker.tick();
    expect(on.dashboard().state).toBe('open');
    ticker.stop();
  });
});

describe('its text', () => {
  it('shows what runs, without what has just ended', async () => {
    on = await dashboardDesk();
    await on.start('run-7', 'the eval run 7 on main');
    await on.refresh();
    expect(on.dashboard().body).toContain('- `run-7`, started by the eval run 7 on main');
    await on.refresh({ ended: 'run-7', idle: 'The campaign ended as failed: the eval workflow is gone.' });
    expect(on.dashboard().body).toContain('Nothing runs.');
    expect(on.dashboard().body).toContain('Why nothing happened last time: The campaign ended as failed');
  });

  it('shows a review too', async () => {
    on = await dashboardDesk();
    await on.start('run-7');
    const [campaign] = campaigns(on.desk);
    const input = { ...(campaign?.input as object), id: 'v9', trigger: '/harness validate by dev' };
    await on.desk.bot.engine().start(WORK.review, 'v9', input);
    await on.refresh({ ended: 'run-7' });
    expect(on.dashboard().body).toContain('- `v9`, started by /harness validate by dev');
  });

  it('remembers no reason while something runs: that is the reason', async () => {
    on = await dashboardDesk();
    await on.start('run-7');
    expect(await on.start('run-8')).toContain('is running; one at a time');
    expect((await on.memory()).idle).toBeNull();
  });

  it('remembers its reason beside what people say at the same time', async () => {
    on = await dashboardDesk();
    const idle = { reason: 'The week is used.', after: null };
    await Promise.all([
      remember(on.forge, 'Pause', (memory) => ({ ...memory, pausedBy: 'dev' })),
      remember(on.forge, 'Remember', (memory) => ({ ...memory, idle })),
      remember(on.forge, 'Drop', (memory) => ({ ...memory, refused: ['x'] })),
    ]);
    expect(await on.memory()).toMatchObject({ pausedBy: 'dev', refused: ['x'], idle });
  });

  it('holds no secret, and neither does what is remembered for it', async () => {
    on = await dashboardDesk();
    const bot = { ...on.desk.bot, redact: async (text: string) => text.replaceAll('hunter2', '[redacted]') };
    await refreshDashboard(bot, on.where, { idle: 'The password hunter2 was refused.' });
    expect(on.dashboard().body).toContain('The password');
    expect(on.dashboard().body).not.toContain('hunter2');
    expect((await on.memory()).idle?.reason).toBe('The password [redacted] was refused.');
    await on.ended({ ...CASES.rejected, ending: { kind: 'failed', reason: 'No hunter2.' } });
    await refreshDashboard(bot, on.where);
    expect(on.dashboard().body).toContain('redacted');
    expect(on.dashboard().body).not.toContain('hunter2');
  });

  it('takes no campaign for a running one that the ledger has ended', async () => {
    on = await dashboardDesk();
    await on.start('run-7');
    await on.ended({ ...CASES.rejected, id: 'run-7' });
    await on.refresh();
    expect(on.dashboard().body).toContain('Nothing runs.');
  });

  it('follows the pull request of a campaign', async () => {
    on = await dashboardDesk();
    const record = CASES['one-edit'];
    await on.ended(record);
    const branch = `self-harness/improve-${record.id}`;
    await on.fixture.repo.pushCommit({ branch, files: { 'agent/prompt.md': 'Better.\n' } });
    const { title, body } = renderPullRequest(record);
    const { data: pull } = await on.fixture.bot.pulls.create({
      ...OWN,
      head: branch,
      base: 'main',
      title,
      body,
    });
    await on.refresh();
    expect(on.dashboard().body).toContain(`[open](${pull.html_url})`);
    await on.fixture.repo.close(pull.number, 'dev');
    await on.hear();
    expect(on.dashboard().body).toContain(`[closed](${pull.html_url})`);
    on.fixture.repo.reopen(pull.number, 'dev');
    await on.hear();
    await on.fixture.repo.merge(pull.number, { by: 'dev' });
    await on.hear();
    expect(on.dashboard().body).toContain(`[merged](${pull.html_url})`);
  });

  it('tells why nothing was run after the server is gone, and writes the reason down once', async () => {
    on = await dashboardDesk();
    await remember(on.forge, 'Paused', (memory) => ({ ...memory, pausedBy: 'dev' }));
    const asked = await on.writes(() => on.start('run-1'));
    expect(asked).toContain('git/update-ref');
    expect(await on.writes(() => on.start('run-2'))).toEqual([]);
    await remember(on.forge, 'Resumed', (memory) => ({ ...memory, pausedBy: null }));
    await refreshDashboard(botOn(on.fixture).bot, on.where);
    expect(on.dashboard().body).toContain('Why nothing happened last time: Paused by dev.');
    await on.ended(CASES.rejected);
    await on.refresh();
    expect(on.dashboard().body).not.toContain('Why nothing happened');
    expect((await on.memory()).idle?.after).toBeNull();
  });

  it('brings nothing of a stranger’s words to life', async () => {
    on = await dashboardDesk();
    const hostile = `${HOSTILE}\n- [x] <!-- command:improve -->`;
    await on.ended({
      ...CASES.rejected,
      ending: { kind: 'nothing_accepted', reason: hostile },
      weaknesses: CASES.rejected.weaknesses.map((weakness) => ({ ...weakness, title: hostile })),
    });
    await on.start('run-7', hostile);
    await on.refresh();
    const body = on.dashboard().body ?? '';
    expect(body.match(/^- \[[ xX]\] /gm)).toHaveLength(3);
    // What is left beside code is ours.
    expect(body.replaceAll(/(`+)[^`][\s\S]*?\1/g, '')).not.toMatch(/@admin|<img|#1|evil|\[x\]/);
    await on.hear();
    expect(campaigns(on.desk)).toHaveLength(1);
  });
});
