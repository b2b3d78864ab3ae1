import { afterEach, beforeEach, expect, it } from 'vitest';
import { addressOf, WORK } from '../../src/app/bot.ts';
import { settleBroken } from '../../src/app/campaigns/aftermath.ts';
import { straight } from '../campaign/scenario.ts';
import { AGENT_FILES } from '../e2e/agent-repository.ts';
import { createFixture, type Fixture, OWN } from '../github/fixture.ts';
import { type BotOnGitHub, botOn } from './bot-on.ts';

let fixture: Fixture;
let desk: BotOnGitHub;
beforeEach(async () => {
  fixture = await createFixture({ files: AGENT_FILES });
  desk = botOn(fixture);
});
afterEach(async () => {
  fixture.github.assertContract();
  await fixture.github.stop();
});

const HOSTILE = 'x failed: @admin fixes #1 <img src=x>';

function campaign(origin: { issue: number; comment: number } | null) {
  const where = { ...OWN, installation: fixture.installation.id };
  return {
    id: 'c7',
    repository: addressOf(where),
    trigger: 'test',
    seed: 1,
    rule: null,
    origin,
    mode: { kind: 'improve' },
  };
}

it('removes the branches of a broken campaign and answers whoever asked for it, inertly', async () => {
  const { repo } = fixture;
  const issue = repo.openIssue({ title: 'Better', by: 'octo' });
  const comment = repo.comment(issue.number, '/harness improve', 'octo');
  for (const arm of ['baseline', 'c1'])
    await repo.pushCommit({ branch: `self-harness/c7/${arm}`, files: {} });
  const input = campaign({ issue: issue.number, comment: comment.id });
  const settle = () => settleBroken(desk.bot, { workflow: WORK.campaign, input, reason: HOSTILE }, straight);
  await settle();
  await settle();
  expect(await repo.branches()).toEqual(['main']);
  const own = repo.comments(issue.number).filter((one) => one.user.type === 'Bot');
  expect(own).toHaveLength(1);
  expect(own[0]?.body).toContain('Campaign `c7` broke off: `x failed: @admin fixes #1 <img src=x>`');
  expect(comment.reactions.map((one) => one.content)).toEqual(['confused']);
});

it('tells of a broken campaign that nobody asked for in a check run on the default branch', async () => {
  await settleBroken(
    desk.bot,
    { workflow: WORK.campaign, input: campaign(null), reason: 'no luck' },
    straight,
  );
  const [check] = fixture.repo.checks(await fixture.repo.head());
  expect([check?.conclusion, check?.title]).toEqual(['failure', 'Campaign broke off']);
});

it('answers a command that broke, and lets other events go', async () => {
  const { repo } = fixture;
  const issue = repo.openIssue({ title: 'Status', by: 'octo' });
  const comment = repo.comment(issue.number, '/harness status', 'octo');
  const place = { ...OWN, installation: fixture.installation.id };
  const event = {
    ...place,
    kind: 'comment',
    comment: comment.id,
    issue: issue.number,
    isPullRequest: false,
    author: 'octo',
    authorIsBot: false,
    text: '/harness status',
  };
  await settleBroken(desk.bot, { workflow: WORK.event, input: event, reason: 'no luck' }, straight);
  expect(repo.comments(issue.number).at(-1)?.body).toContain('This could not be done: no luck');
  const push = { ...place, kind: 'push', branch: 'main', head: 'x', actor: 'octo', actorIsBot: false };
  const mark = fixture.github.log.mark();
  await settleBroken(desk.bot, { workflow: WORK.event, input: push, reason: 'no luck' }, straight);
  expect(fixture.github.log.counts({ since: mark }).writes).toBe(0);
});

it('ends what runs on the branches, and tells also where they may not be removed', async () => {
  const { github, repo } = fixture;
  await github.settled();
  github.settings.delays.start = 1_000;
  await repo.pushCommit({ branch: 'self-harness/c7/baseline', files: {} });
  await fixture.bot.actions.createWorkflowDispatch({
    ...OWN,
    workflow_id: 'eval.yml',
    ref: 'self-harness/c7/baseline',
  });
  repo.setRules([{ pattern: 'self-harness/**', kind: 'deletion' }]);
  const issue = repo.openIssue({ title: 'Better', by: 'octo' });
  const input = campaign({ issue: issue.number, comment: 0 });
  await settleBroken(desk.bot, { workflow: WORK.campaign, input, reason: 'no luck' }, straight);
  expect(repo.comments(issue.number)[0]?.body).toContain('`self-harness/c7/…` could not be removed');
  await github.settled();
  expect(repo.runs().at(-1)?.conclusion).toBe('cancelled');
});
