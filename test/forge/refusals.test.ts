/** GitHub's refusals as a person reads them. nock fails a test whose mock is not matched or not used. */
import { Octokit } from '@octokit/rest';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ForgeError } from '../../src/forge/forge.ts';
import { openGitHubForge } from '../../src/forge/github/github.ts';

const API = 'https://api.github.com';
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  const unused = nock.pendingMocks();
  nock.cleanAll();
  nock.enableNetConnect();
  expect(unused).toEqual([]);
});

const forge = () =>
  openGitHubForge({ octokit: new Octokit({ auth: 'token', log: silent }), owner: 'octo', repo: 'agent' });

async function failure(request: Promise<unknown>): Promise<ForgeError> {
  const error: unknown = await request.then(
    () => null,
    (thrown) => thrown,
  );
  if (!(error instanceof ForgeError)) throw new Error(`not a forge's error: ${String(error)}`);
  return error;
}

describe('what GitHub refuses', () => {
  it('names the ruleset and the mend when a branch may not be created', async () => {
    nock(API).get('/repos/octo/agent/compare/p...self-harness%2Fx%2Fc1').reply(404, { message: 'Not Found' });
    nock(API)
      .get('/repos/octo/agent/git/commits/p')
      .reply(200, { tree: { sha: 't' } });
    nock(API).post('/repos/octo/agent/git/commits').reply(201, { sha: 'c' });
    nock(API).post('/repos/octo/agent/git/refs').reply(422, {
      message: 'Repository rule violations found\n\nCannot create ref due to creations being restricted.',
    });
    nock(API)
      .patch('/repos/octo/agent/git/refs/heads%2Fself-harness%2Fx%2Fc1')
      .optionally()
      .reply(422, { message: 'Repository rule violations found' });
    const error = await failure(
      forge().putBranch('self-harness/x/c1', 'p', [{ message: 'm', files: new Map() }]),
    );
    expect(error.message).toContain('Repository rule violations found');
    expect(error.message).toContain('exempt branches named self-harness/**');
    expect(error.passing).toBe(false);
  });

  it.each([
    [500, 'Server Error', true],
    [502, 'Bad Gateway', true],
    [429, 'Too many requests', true],
    [403, 'You have exceeded a secondary rate limit.', true],
    [403, 'Resource not accessible by integration', false],
    [401, 'Bad credentials', false],
  ])('%i "%s" is worth another try: %s', async (status, message, passing) => {
    nock(API).get('/repos/octo/agent').reply(status, { message });
    const error = await failure(forge().base());
    expect(error.passing).toBe(passing);
    expect(error.message).toContain(message);
  });

  it('says which permission dialogue to open when a permission is missing', async () => {
    nock(API).get('/repos/octo/agent').reply(403, { message: 'Resource not accessible by integration' });
    expect((await failure(forge().base())).message).toContain('accept the App’s requested permissions');
  });

  it('opens the pull request although a label or a reviewer is refused, and asks again after a crash', async () => {
    const at = '/repos/octo/agent';
    const open = {
      number: 7,
      html_url: 'u',
      state: 'open',
      merged_at: null,
      head: { sha: 's', repo: { full_name: 'octo/agent' } },
      user: { login: 'self-harness[bot]', type: 'Bot' },
      title: 't',
      body: 'b',
    };
    const draft = {
      branch: 'self-harness/improve-x',
      base: 'main',
      title: 't',
      body: 'b',
      labels: ['self-harness'],
      reviewers: ['gone'],
      draft: false,
    };
    nock(API).get(`${at}/pulls`).query(true).reply(200, []).post(`${at}/pulls`).reply(201, open);
    for (const _time of [1, 2]) {
      nock(API).post(`${at}/issues/7/labels`).reply(410, { message: 'Issues are disabled for this repo' });
      nock(API).post(`${at}/pulls/7/requested_reviewers`).reply(422, {
        message: 'Reviews may only be requested from collaborators.',
      });
    }
    expect(await forge().openPullRequest(draft)).toMatchObject({ number: 7, state: 'open' });
    nock(API).get(`${at}/pulls`).query(true).reply(200, [open]);
    expect(await forge().openPullRequest(draft)).toMatchObject({ number: 7, state: 'open' });
  });

  it('names the setting that lets Actions open pull requests', async () => {
    const at = '/repos/octo/agent/pulls';
    nock(API).get(at).query(true).reply(200, []);
    const message = 'GitHub Actions is not permitted to create or approve pull requests.';
    nock(API).post(at).reply(403, { message });
    const draft = {
      branch: 'b',
      base: 'main',
      title: 't',
      body: '',
      labels: [],
      reviewers: [],
      draft: false,
    };
    const error = await failure(forge().openPullRequest(draft));
    expect(error.message).toContain('Allow GitHub Actions to create and approve pull requests');
    expect(error.message).toContain('Settings → Actions → General');
  });

  it('reads a missing file as null', async () => {
    nock(API)
      .get('/repos/octo/agent/contents/none.md')
      .query({ ref: 'main' })
      .reply(404, { message: 'Not Found' });
    expect(await forge().readFile('main', 'none.md')).toBeNull();
  });
});
