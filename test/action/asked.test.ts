import { describe, expect, it } from 'vitest';
import { askedOf } from '../../src/action/asked.ts';
import { readEnvironment } from '../../src/action/environment.ts';
import { ENVIRONMENT } from './environment.ts';

const REPOSITORY = { name: 'agent', full_name: 'octo/agent', owner: { login: 'octo' } };
const COMMON = { repository: REPOSITORY, sender: { login: 'alice', type: 'User' } };

const asked = (name: string, payload: object, env: Record<string, string> = {}) =>
  askedOf(readEnvironment({ ...ENVIRONMENT, ...env, GITHUB_EVENT_NAME: name }), { ...COMMON, ...payload });

const run = (fullName: string) => ({
  id: 5,
  path: '.github/workflows/eval.yml',
  head_branch: 'main',
  head_sha: 'c0ffee',
  event: 'push',
  head_repository: { full_name: fullName },
});

describe('the event of a job', () => {
  it('asks for a campaign that the limits bind, on a schedule', () => {
    expect(asked('schedule', { schedule: '17 3 * * 1' })).toMatchObject({
      kind: 'campaign',
      request: { id: 'job-77', byItself: true, mode: { kind: 'improve' }, origin: null },
    });
  });

  it('asks for a campaign in the name of who pressed the button', () => {
    expect(asked('workflow_dispatch', { inputs: null }, { INPUT_MODE: 'prune' })).toMatchObject({
      kind: 'campaign',
      request: { byItself: false, trigger: 'workflow_dispatch by alice', mode: { kind: 'prune' } },
    });
  });

  it('is what a webhook would tell of the end of an eval', () => {
    const payload = { action: 'completed', workflow_run: run('octo/agent') };
    expect(asked('workflow_run', payload)).toMatchObject({
      kind: 'event',
      event: { kind: 'run_completed', owner: 'octo', repo: 'agent', run: 5, fork: false },
    });
  });

  it('is what a webhook would tell of a comment', () => {
    const comment = { id: 3, body: '/harness improve', user: { login: 'alice', type: 'User' } };
    const payload = { action: 'created', issue: { number: 2 }, comment };
    expect(asked('issue_comment', payload)).toMatchObject({
      kind: 'event',
      event: { kind: 'comment', comment: 3, issue: 2, text: '/harness improve' },
    });
  });

  it('is nothing for the run of a fork, nor for its pull request', () => {
    const ofRun = { action: 'completed', workflow_run: run('mallory/agent') };
    expect(asked('workflow_run', ofRun)).toMatchObject({
      kind: 'nothing',
      reason: expect.stringContaining('fork'),
    });
    const head = { ref: 'self-harness/improve-x', sha: 'c0ffee', repo: { full_name: 'mallory/agent' } };
    const pull = { number: 4, merged: false, head, base: { ref: 'main' } };
    expect(asked('pull_request', { action: 'closed', pull_request: pull })).toMatchObject({
      kind: 'nothing',
    });
  });

  it.each([
    ['issue_comment', { action: 'edited' }, 'issue_comment (edited)'],
    ['release', { action: 'published' }, 'release (published)'],
    ['create', {}, 'the event create.'],
  ])('is nothing for %s %j', (name, payload, words) => {
    expect(asked(name, payload)).toEqual({ kind: 'nothing', reason: expect.stringContaining(words) });
  });
});
