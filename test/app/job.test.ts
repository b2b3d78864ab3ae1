/** What is different for a bot that lives in a job of GitHub Actions. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { say } from '../../src/app/answers/answer.ts';
import { type Bot, placeOf, WORK } from '../../src/app/bot.ts';
import { reportStart } from '../../src/app/campaigns/report.ts';
import { handle } from '../../src/app/webhooks/handle.ts';
import { putCheck } from '../../src/forge/github/checks.ts';
import { createFixture, type Fixture } from '../github/fixture.ts';
import { type BotOnGitHub, botOn, campaigns } from './bot-on.ts';

const JOB = { url: 'https://github.test/octo/agent/actions/runs/77/attempts/2', attempt: 2 };
const ADDRESS = { owner: 'octo', repo: 'agent', installation: 0 };

let fixture: Fixture;
let on: BotOnGitHub;
let bot: Bot;
beforeEach(async () => {
  fixture = await createFixture();
  fixture.repo.setRole('maintainer', 'write');
  on = botOn(fixture);
  bot = { ...on.bot, job: JOB };
});
afterEach(async () => {
  fixture.github.assertContract();
  await fixture.github.stop();
});

async function command(text: string) {
  const issue = fixture.repo.openIssue({ title: 'Better' });
  const comment = fixture.repo.comment(issue.number, text, 'maintainer');
  const event = {
    kind: 'comment',
    ...ADDRESS,
    comment: comment.id,
    issue: issue.number,
    isPullRequest: false,
    author: 'maintainer',
    authorIsBot: false,
    text,
  };
  await handle(bot, event, on.reaction({ kind: 'installed', ...ADDRESS }).durable);
  return { comment, answers: fixture.repo.comments(issue.number).filter((one) => one !== comment) };
}

describe('a bot in a job', () => {
  it('says how a campaign is ended, since it hears of no command', async () => {
    on.works.push({ workflow: WORK.campaign, id: 'c1', input: {}, state: 'unfinished' });
    const { answers } = await command('/harness cancel');
    expect(answers[0]?.body).toContain('cancel its workflow run in the Actions tab');
    expect(on.works.map((work) => work.workflow)).toEqual([WORK.campaign]);
  });

  it('names what a re-run starts anew: the old branches hold what was cancelled', async () => {
    const { comment } = await command('/harness improve');
    expect(campaigns(on).map((work) => work.id)).toEqual([`c${comment.id}-2`]);
    const input = campaigns(on)[0]?.input;
    const issue = comment.issue.number;
    expect(input).toMatchObject({ id: `c${comment.id}-2`, origin: { issue, comment: comment.id } });
  });

  it('shows its job where a server would offer a command', async () => {
    const issue = fixture.repo.openIssue({ title: 'Better' });
    const origin = { issue: issue.number, comment: null };
    const input = { id: 'x', repository: 'octo/agent#0', trigger: '', seed: 1, rule: null, origin } as const;
    await reportStart(bot, await placeOf(bot, ADDRESS), { ...input, mode: { kind: 'improve' } });
    const [comment] = fixture.repo.comments(issue.number);
    expect(comment?.body).toContain(`[Its job](${JOB.url})`);
    expect(comment?.body).not.toContain('/harness cancel');
  });
});

describe('a person’s token', () => {
  it('finds its own comments again, and no copy that somebody else has made', async () => {
    bot = { ...bot, client: async () => fixture.as('machine'), login: async () => 'machine' };
    const place = await placeOf(bot, ADDRESS);
    const issue = fixture.repo.openIssue({ title: 'Better' });
    await say(place, issue.number, 'x', 'first');
    const [own] = fixture.repo.comments(issue.number);
    fixture.repo.deleteComment(own ?? fixture.repo.comment(issue.number, ''));
    fixture.repo.comment(issue.number, own?.body ?? '', 'mallory');
    await say(place, issue.number, 'x', 'second');
    await say(place, issue.number, 'x', 'third');
    const bodies = fixture.repo.comments(issue.number).map((one) => `${one.user.login}: ${one.body}`);
    expect(bodies.map((one) => one.replace(/<!--.*-->\n/, ''))).toEqual(['mallory: first', 'machine: third']);
  });

  it('may make no check run, and need not', async () => {
    fixture.repo.setRole('machine', 'write');
    const place = { octokit: fixture.as('machine'), owner: 'octo', repo: 'agent' };
    const head = await fixture.repo.head();
    const said = { title: 't', summary: 's', annotations: [], buttons: [] };
    await putCheck(place, { name: 'n', head, subject: 'x', conclusion: 'neutral', ...said });
    expect(fixture.repo.checks(head)).toEqual([]);
  });
});
