/** What strangers could write into the bot's own comments and check runs. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { say } from '../../src/app/answers/answer.ts';
import type { Bot } from '../../src/app/bot.ts';
import { reviewPullRequest } from '../../src/app/campaigns/review.ts';
import { handle } from '../../src/app/webhooks/handle.ts';
import { putCheck } from '../../src/forge/github/checks.ts';
import { straight } from '../campaign/scenario.ts';
import { AGENT_FILES } from '../e2e/agent-repository.ts';
import { createFixture, type Fixture, OWN } from '../github/fixture.ts';
import { type BotOnGitHub, botOn } from './bot-on.ts';

const MENTION = 'x @octo fixes #1';

let fixture: Fixture;
let desk: BotOnGitHub;
let bot: Bot;
beforeEach(async () => {
  fixture = await createFixture({ files: AGENT_FILES });
  fixture.repo.setRole('maintainer', 'write');
  desk = botOn(fixture);
  bot = desk.bot;
});
afterEach(async () => {
  fixture.github.assertContract();
  await fixture.github.stop();
});

const where = () => ({ ...OWN, installation: fixture.installation.id });

/** What GitHub would act on: text outside of code. */
const outsideCode = (text: string) => text.replaceAll(/(`+)[^`][\s\S]*?\1/g, '');

async function validated(files: Readonly<Record<string, string>>) {
  const { repo } = fixture;
  await repo.pushCommit({ branch: 'topic', files, by: 'maintainer' });
  const pull = await repo.openPullRequest({ title: 'Mine', head: 'topic', by: 'maintainer' });
  const comment = repo.comment(pull.number, '/harness validate', 'maintainer');
  const event = {
    kind: 'comment',
    ...where(),
    comment: comment.id,
    issue: pull.number,
    isPullRequest: true,
    author: 'maintainer',
    authorIsBot: false,
    text: comment.body,
  };
  await handle(bot, event, straight);
  return { pull, said: () => repo.comments(pull.number).at(-1)?.body ?? '' };
}

describe('a review', () => {
  it('says in code what a trace made it say', async () => {
    const { repo } = fixture;
    const hostile = `const fs = require('node:fs'); const to = process.env.SELF_HARNESS_TRACES_DIR || 'traces'; fs.mkdirSync(to, { recursive: true }); fs.writeFileSync(to + '/${MENTION}.zip', 'no zip');`;
    await repo.pushCommit({ files: { 'eval/run.js': hostile } });
    await fixture.github.settled();
    const { pull, said } = await validated({ 'agent/harness.yaml': 'max_steps: 20\n' });
    const [work] = desk.works;
    await reviewPullRequest(bot, {}, work?.input, straight);
    expect(said()).toContain(`/${MENTION}.zip`);
    // An artifact is known by its name: its address holds a signature.
    expect(said()).not.toContain('sig=');
    expect(outsideCode(said())).not.toContain('@octo');
    const [check] = repo.checks(pull.pull.head.sha ?? '');
    expect(outsideCode(check?.summary ?? '@octo')).not.toContain('@octo');
  });

  it('names the files of a pull request in code, whatever their names hold', async () => {
    const { said } = await validated({
      [`eval/a\n\n${MENTION}`]: 'x',
      'agent/harness.yaml': 'max_steps: 20\n',
    });
    expect(said()).toContain('changes what judges it');
    expect(said()).toContain('@octo');
    expect(outsideCode(said())).not.toContain('@octo');
    expect(said().match(/\n/g)).toHaveLength(1);
  });
});

describe('a text that GitHub would not take', () => {
  /** Every line ends inside a code span where it is cut anywhere else. */
  const LONG = Array.from({ length: 1_500 }, (_, i) => `- \`${i} ${MENTION}, ${'x'.repeat(40)}\``).join('\n');

  it('is cut at a line’s end in a comment, which is found again', async () => {
    const issue = fixture.repo.openIssue({ title: 'Talk' });
    for (const subject of ['a', 'a']) await say(desk.place, issue.number, subject, LONG);
    const comments = fixture.repo.comments(issue.number);
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body.length).toBeLessThanOrEqual(65_536);
    expect(comments[0]?.body).toContain('The rest is left out');
    expect(outsideCode(comments[0]?.body ?? '')).not.toContain('@octo');
  });

  it.each([0, 20, 40])('is cut at a line’s end in a check run, wherever that is (%d)', async (before) => {
    const head = await fixture.repo.head();
    const check = { name: 'n', head, subject: 's', conclusion: 'neutral', title: 't' } as const;
    const summary = `${'x'.repeat(before)}\n${LONG}`;
    await putCheck(desk.place, { ...check, summary, annotations: [], buttons: [] });
    const [made] = fixture.repo.checks(head);
    expect(made?.summary).toContain('The rest is left out');
    expect(outsideCode(made?.summary ?? '@octo')).not.toContain('@octo');
  });
});

it('one line that is too long is left out, not cut', async () => {
  const issue = fixture.repo.openIssue({ title: 'Talk' });
  await say(desk.place, issue.number, 'a', `\`${'@octo '.repeat(20_000)}\``);
  expect(outsideCode(fixture.repo.comments(issue.number)[0]?.body ?? '@octo')).not.toContain('@octo');
});
