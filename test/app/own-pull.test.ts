import { afterEach, expect, it } from 'vitest';
import { handsOff } from '../../src/app/pull-request/own-pull.ts';
import { openGitHubForge } from '../../src/forge/github/github.ts';
import { readPull } from '../../src/forge/github/pull-detail.ts';
import { createFixture, type Fixture, OWN } from '../github/fixture.ts';
import { botOn } from './bot-on.ts';

let fixture: Fixture;
afterEach(async () => {
  fixture.github.assertContract();
  await fixture.github.stop();
});

it('a commit of the bot that a person has amended is the person’s', async () => {
  fixture = await createFixture();
  const { repo } = fixture;
  repo.setRole('maintainer', 'write');
  const desk = botOn(fixture);
  const forge = openGitHubForge(desk.place);
  const { commit: base } = await forge.base();
  const branch = 'self-harness/improve-c1';
  const files = new Map([['agent/prompt.md', 'Verify.\n']]);
  const { commits } = await forge.putBranch(branch, base, [{ message: 'Edit', files }]);
  const made = { branch, base: 'main', title: 'x', body: '', labels: [], reviewers: [], draft: false };
  const { number } = await forge.openPullRequest(made);
  const isTheirs = async () => {
    const pull = await readPull(desk.place, number);
    if (pull === null) throw new Error('no pull request');
    return handsOff(desk.bot, desk.place, pull);
  };
  expect(await isTheirs()).toBe(false);

  // `git commit --amend` keeps the author.
  const as = fixture.as('maintainer');
  const { data: own } = await as.git.getCommit({ ...OWN, commit_sha: commits[0] ?? '' });
  const { data: amended } = await as.git.createCommit({
    ...OWN,
    message: own.message,
    tree: own.tree.sha,
    parents: [base],
    author: own.author,
    committer: { name: 'maintainer', email: fixture.github.user('maintainer').email },
  });
  await as.git.updateRef({ ...OWN, ref: `heads/${branch}`, sha: amended.sha, force: true });
  expect(await isTheirs()).toBe(true);
  expect(repo.comments(number)[0]?.body).toContain('the branch is yours');
});
