import nock from 'nock';
import { ProbotOctokit } from 'probot';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sendWritesOnce } from '../../src/forge/github/writes/single-writes.ts';

// Probot's own client: it is its retry plugin that must not repeat a write.
const client = () => {
  const octokit = new ProbotOctokit({
    throttle: { enabled: false },
    retry: { retryAfterBaseValue: 1 },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  } as ConstructorParameters<typeof ProbotOctokit>[0]);
  sendWritesOnce(octokit);
  return octokit;
};

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  const unused = nock.pendingMocks();
  nock.cleanAll();
  nock.enableNetConnect();
  expect(unused).toEqual([]);
});

const place = { owner: 'octo', repo: 'agent' };
const comments = '/repos/octo/agent/issues/1/comments';

it('sends what makes something once, whatever became of it', async () => {
  nock('https://api.github.com').post(comments).reply(502);
  const octokit = client();
  await expect(
    octokit.rest.issues.createComment({ ...place, issue_number: 1, body: 'x' }),
  ).rejects.toMatchObject({ status: 502 });
});

it('repeats reads, and changes of what is there', async () => {
  nock('https://api.github.com').get(comments).reply(502).get(comments).reply(200, []);
  nock('https://api.github.com')
    .patch('/repos/octo/agent/pulls/1')
    .reply(502)
    .patch('/repos/octo/agent/pulls/1')
    .reply(200, {});
  const octokit = client();
  expect((await octokit.rest.issues.listComments({ ...place, issue_number: 1 })).data).toEqual([]);
  expect((await octokit.rest.pulls.update({ ...place, pull_number: 1, body: 'x' })).status).toBe(200);
});
