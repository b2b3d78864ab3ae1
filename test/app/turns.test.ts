/** What comes at once, by two events or from two servers, is done once. */
import { afterEach, expect, it } from 'vitest';
import { say } from '../../src/app/answers/answer.ts';
import { WORK } from '../../src/app/bot.ts';
import { remindSilent } from '../../src/app/clock/remind.ts';
import { handle } from '../../src/app/webhooks/handle.ts';
import { CONFIG_PATH } from '../../src/config/schema.ts';
import { straight } from '../campaign/scenario.ts';
import { type DashboardDesk, dashboardDesk } from './dashboard-desk.ts';

let on: DashboardDesk;
afterEach(() => on?.close());

it('a comment on one subject', async () => {
  on = await dashboardDesk();
  const issue = on.fixture.repo.openIssue({ title: 'Talk' });
  await Promise.all(['a', 'b', 'b'].map((text) => say(on.desk.place, issue.number, 'x', text)));
  expect(on.fixture.repo.comments(issue.number).map((one) => one.body)).toEqual([
    '<!-- self-harness:x -->\nb',
  ]);
});

it('the issue about a config that does not hold; one too many is closed', async () => {
  on = await dashboardDesk();
  const { repo, bot } = on.fixture;
  await repo.pushCommit({ files: { [CONFIG_PATH]: 'surfaces: 7\n' } });
  const push = { kind: 'push', ...on.where, branch: 'main', head: 'x', actor: 'dev', actorIsBot: false };
  const pushed = () => handle(on.desk.bot, push, straight);
  await Promise.all([pushed(), pushed(), pushed()]);
  const about = () => on.dashboards().filter((issue) => issue.title.includes('is not valid'));
  expect(about()).toHaveLength(1);
  // Another server was as fast.
  await bot.issues.create({
    owner: 'octo',
    repo: 'agent',
    title: about()[0]?.title ?? '',
    body: about()[0]?.body ?? '',
  });
  await pushed();
  expect(about().map((issue) => issue.state)).toEqual(['open', 'closed']);
});

it('the reminder of a silent pull request', async () => {
  on = await dashboardDesk();
  const { repo, bot } = on.fixture;
  const head = 'self-harness/improve-c1';
  await repo.pushCommit({ branch: head, files: { 'agent/harness.yaml': 'max_steps: 20\n' } });
  const { data } = await bot.pulls.create({ owner: 'octo', repo: 'agent', head, base: 'main', title: 'x' });
  const remind = () => remindSilent(on.desk.bot, on.where);
  await remind();
  expect(on.desk.works).toEqual([]);
  repo.pull(data.number).updatedAt = new Date(Date.now() - 15 * 24 * 3_600_000);
  // Two servers by the clock: the engine that they share takes it once.
  await Promise.all([remind(), remind()]);
  await remind();
  const works = on.desk.works.filter((work) => work.workflow === WORK.event);
  expect(works).toHaveLength(1);
  for (let i = 0; i < 2; i++) await handle(on.desk.bot, works[0]?.input, straight);
  expect(repo.comments(data.number).map((one) => one.body)).toEqual([
    expect.stringContaining('This is the only reminder'),
  ]);
});
