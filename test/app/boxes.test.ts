import { afterEach, describe, expect, it } from 'vitest';
import { WORK } from '../../src/app/bot.ts';
import { reconcile } from '../../src/app/clock/reconcile.ts';
import { eventsOf, workIdOf } from '../../src/app/webhooks/event.ts';
import { LEDGER_BRANCH } from '../../src/campaign/ledger/ledger.ts';
import { OWN } from '../github/fixture.ts';
import { campaigns } from './bot-on.ts';
import { type DashboardDesk, dashboardDesk, ON, tickedIn } from './dashboard-desk.ts';

let on: DashboardDesk;
afterEach(() => on?.close());

describe('a ticked box', () => {
  it('is the command by whoever ticked it, and is unticked by one edit and no comment', async () => {
    on = await dashboardDesk();
    await on.refresh();
    const before = on.dashboard().body;
    on.tick('dev', 'improve');
    const made = await on.writes(() => on.hear());
    expect(made).toEqual(['issues/update']);
    const [campaign, ...more] = campaigns(on.desk);
    expect(more).toEqual([]);
    expect(campaign?.input).toMatchObject({
      trigger: '/harness improve by dev',
      origin: null,
      mode: { kind: 'improve' },
    });
    expect(campaign?.id).toMatch(/^c\d+-improve-\d{14}$/);
    expect(on.dashboard().body).toContain('started by /harness improve by dev');
    expect(on.dashboard().body).not.toContain('[x]');
    expect(before).not.toBe(on.dashboard().body);
    expect(on.fixture.repo.comments(on.dashboard().number)).toEqual([]);
    expect(await on.hear()).toEqual([]);
  });

  it('that is delivered twice is one work and one campaign', async () => {
    on = await dashboardDesk();
    await on.refresh();
    on.tick('dev', 'prune');
    await on.fixture.github.settled();
    const delivery = on.fixture.github.deliveries.find(
      ({ event, payload }) => eventsOf(event, payload)[0]?.kind === 'box_ticked',
    );
    if (delivery === undefined) throw new Error('no tick was delivered');
    const engine = on.desk.bot.engine();
    for (const again of [delivery, delivery]) {
      for (const [index, event] of eventsOf(again.event, again.payload).entries())
        await engine.start(WORK.event, workIdOf(again.guid, index, event), event);
    }
    expect(on.desk.works.filter((work) => work.workflow === WORK.event)).toHaveLength(1);
    await on.hear(2);
    expect(campaigns(on.desk).map((work) => work.input)).toMatchObject([{ mode: { kind: 'prune' } }]);
  });

  it('pauses and resumes', async () => {
    on = await dashboardDesk();
    await on.refresh();
    on.tick('dev', 'pause');
    expect((await on.writes(() => on.hear())).filter((one) => one === 'issues/update')).toHaveLength(1);
    expect((await on.memory()).pausedBy).toBe('dev');
    expect(on.dashboard().body).toContain('Paused by `dev`');
    expect(on.dashboard().body).not.toContain('command:pause');
    on.tick('dev', 'resume');
    await on.hear();
    expect((await on.memory()).pausedBy).toBeNull();
    expect(on.dashboard().body).not.toContain('Paused by');
    on.fixture.repo.comment(on.dashboard().number, '/harness pause', 'dev');
    await on.hear();
    expect(on.dashboard().body).toContain('Paused by `dev`');
  });

  it('is heard of each when two are ticked in one edit, and not again while one is waiting', async () => {
    on = await dashboardDesk();
    await on.refresh();
    on.tick('dev', 'improve');
    on.tick('dev', 'pause');
    await on.hear();
    expect(campaigns(on.desk)).toHaveLength(1);
    expect(on.dashboard().body).toContain('Paused by `dev`');
    expect(on.fixture.repo.comments(on.dashboard().number)).toEqual([]);
    on.tick('dev', 'prune', 'resume');
    await on.hear();
    expect(on.dashboard().body).not.toContain('Paused by');
    const [answer, ...more] = on.fixture.repo.comments(on.dashboard().number);
    expect(more).toEqual([]);
    expect(answer?.body).toContain('`/harness prune`, ticked by `dev` on ');
    expect(answer?.body).toContain('is running; one at a time');
  });

  it.each(['reader', 'triager', 'outsider'])(
    'is refused to %s, in one comment, and unticked',
    async (login) => {
      on = await dashboardDesk();
      await on.refresh();
      for (const command of ['improve', 'pause', 'pause']) {
        on.tick(login, command);
        await on.hear();
        expect(on.dashboard().body).not.toContain('[x]');
      }
      const [answer, ...more] = on.fixture.repo.comments(on.dashboard().number);
      expect(more).toEqual([]);
      expect(answer?.body).toContain(`\`/harness pause\`, ticked by \`${login}\``);
      expect(answer?.body).toContain('This needs write permission in octo/agent');
      expect(campaigns(on.desk)).toEqual([]);
      expect((await on.memory()).pausedBy).toBeNull();
      expect(await on.fixture.repo.branches()).not.toContain(LEDGER_BRANCH);
    },
  );

  it('is not heard from a bot, nor from the App itself', async () => {
    on = await dashboardDesk();
    await on.refresh();
    on.fixture.github.user('some-bot[bot]', 'Bot');
    on.fixture.repo.setRole('some-bot[bot]', 'write');
    on.tick('some-bot[bot]', 'improve');
    expect(await on.hear()).toEqual(['Not a box of mine.']);
    const { number, body } = on.dashboard();
    const ticked = tickedIn(body ?? '', 'pause');
    await on.fixture.bot.issues.update({ ...OWN, issue_number: number, body: ticked });
    expect(await on.hear()).toEqual(['Not a box of mine.']);
    expect(campaigns(on.desk)).toEqual([]);
    expect(on.fixture.repo.comments(number)).toEqual([]);
    expect((await on.memory()).pausedBy).toBeNull();
  });

  it('is found again when its webhook was lost', async () => {
    on = await dashboardDesk();
    await on.refresh();
    on.tick('dev', 'improve');
    await on.fixture.github.settled();
    await reconcile(on.desk.bot, on.fixture.asApp, [], null);
    const found = on.desk.works.filter((work) => work.workflow === WORK.event).map((work) => work.input);
    expect(found).toContainEqual(
      expect.objectContaining({ kind: 'box_ticked', command: 'improve', author: 'dev', authorIsBot: false }),
    );
  });

  it('in another issue of the App is text', async () => {
    on = await dashboardDesk();
    const { data } = await on.fixture.bot.issues.create({
      ...OWN,
      title: 'The config is not valid',
      body: 'x',
    });
    on.fixture.repo.editIssue(data.number, {
      body: '- [x] <!-- command:improve -->`/harness improve`',
      by: 'dev',
    });
    expect(await on.hear()).toEqual([]);
  });

  it('in a closed dashboard is no command', async () => {
    on = await dashboardDesk();
    await on.refresh();
    await on.fixture.repo.close(on.dashboard().number, 'dev');
    on.tick('dev', 'improve');
    expect(await on.hear()).toEqual([]);
    expect(campaigns(on.desk)).toEqual([]);
  });
});

describe('with `triggers.comments: false`', () => {
  it('there is no box, and neither a tick nor a comment is obeyed', async () => {
    on = await dashboardDesk();
    await on.refresh();
    const { number, body } = on.dashboard();
    await on.pushConfig(`${ON}triggers:\n  comments: false\n`);
    expect(on.dashboard().body).not.toContain('- [ ]');
    // Somebody’s page was still the old one.
    on.fixture.repo.editIssue(number, { body: tickedIn(body ?? '', 'pause'), by: 'dev' });
    await on.hear();
    on.fixture.repo.comment(number, '/harness pause', 'dev');
    await on.hear();
    expect((await on.memory()).pausedBy).toBeNull();
    const answers = on.fixture.repo.comments(number).filter((one) => one.user.type === 'Bot');
    expect(answers).toHaveLength(2);
    for (const answer of answers) expect(answer.body).toContain('`triggers.comments` is false');
  });
});
