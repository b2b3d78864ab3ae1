import { Octokit } from '@octokit/rest';
import { afterEach, describe, expect, test } from 'vitest';
import { createFixture, EVAL_WORKFLOW, type Fixture, OWN, silent, until } from './fixture.ts';
import type { StartOptions } from './start.ts';
import type { Run } from './world/model.ts';

let fixture: Fixture;
afterEach(async () => {
  await fixture.github.stop();
});

const WORKFLOW = '.github/workflows/eval.yml';

async function start(workflow: string, options: StartOptions = {}): Promise<Fixture> {
  fixture = await createFixture({ ...options, files: { [WORKFLOW]: workflow } });
  return fixture;
}

/** A workflow of one job that runs the script. */
function script(text: string, head = 'on: workflow_dispatch'): string {
  const lines = text.split('\n').map((line) => `          ${line}`);
  return `name: eval\n${head}\njobs:\n  eval:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n${lines.join('\n')}\n`;
}

async function finished(id: number): Promise<Run> {
  await fixture.github.settled();
  const run = fixture.repo.repository.runs.get(id);
  if (run === undefined) throw new Error(`no run ${id}`);
  return run;
}

const log = (run: Run) => run.jobs.map((job) => job.log).join('');

describe('dispatch', () => {
  test('refuses what GitHub refuses, in its words', async () => {
    const { bot, repo, github } = await start(EVAL_WORKFLOW);
    await repo.pushCommit({ branch: 'old', files: { [WORKFLOW]: script('true', 'on: push') } });
    const dispatch = (more: object) =>
      bot.actions
        .createWorkflowDispatch({ ...OWN, workflow_id: 'eval.yml', ref: 'main', ...more })
        .then((answer) => answer.status)
        .catch((error) => `${error.status} ${error.response.data.message}`);
    expect(await dispatch({ ref: 'none' })).toBe('422 No ref found for: none');
    expect(await dispatch({ inputs: { seed: '7' } })).toBe('422 Unexpected inputs provided: ["seed"]');
    expect(await dispatch({ ref: 'old' })).toBe("422 Workflow does not have 'workflow_dispatch' trigger");
    expect(await dispatch({ workflow_id: 'none.yml' })).toBe('404 Not Found');
    expect(await dispatch({ inputs: { self_harness: 'x'.repeat(65_535) } })).toBe(
      '422 inputs are too large.',
    );
    await bot.actions.disableWorkflow({ ...OWN, workflow_id: 'eval.yml' });
    expect(await dispatch({})).toContain('422 Cannot trigger');
    github.assertContract();
  });

  test('without details the run is found by ref, event and time', async () => {
    const { bot, github } = await start(script('true'));
    const before = new Date();
    const answer = await bot.actions.createWorkflowDispatch({ ...OWN, workflow_id: 'eval.yml', ref: 'main' });
    expect(answer.status).toBe(204);
    const run = await until(async () => {
      const created = `>=${before.toISOString().slice(0, 19)}Z`;
      const found = await bot.actions.listWorkflowRuns({
        ...OWN,
        workflow_id: 'eval.yml',
        event: 'workflow_dispatch',
        branch: 'main',
        created,
      });
      return found.data.workflow_runs[0];
    });
    expect(run.head_sha).toBe(await fixture.repo.head());
    github.assertContract();
  });

  test('GHES before 3.21 knows no details: 400 with the field, 204 without', async () => {
    const { bot } = await start(script('true'), { dispatch: 'ghes-3.20' });
    const dispatch = (more: object) =>
      bot.request('POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', {
        ...OWN,
        workflow_id: 'eval.yml',
        ref: 'main',
        ...more,
      });
    await expect(dispatch({ return_run_details: true })).rejects.toMatchObject({ status: 400 });
    const answer = await dispatch({});
    expect([answer.status, answer.headers['x-github-enterprise-version']]).toEqual([204, '3.20.0']);
  });

  test('version 2026-03-10 of the API answers with details unasked', async () => {
    const { bot } = await start(script('true'));
    const headers = { 'x-github-api-version': '2026-03-10' };
    const answer = await bot.actions.createWorkflowDispatch({
      ...OWN,
      workflow_id: 'eval.yml',
      ref: 'main',
      headers,
    });
    expect(answer.status).toBe(200);
    const unknown = bot.repos.get({ ...OWN, headers: { 'x-github-api-version': '1999-01-01' } });
    await expect(unknown).rejects.toMatchObject({ status: 400 });
  });
});

describe('runs', () => {
  test('run what the ref holds, with its inputs, and nothing of this machine', async () => {
    process.env.STANDIN_SECRET = 'leaked';
    const text = `name: eval
on:
  workflow_dispatch:
    inputs:
      self_harness: { default: '{}' }
jobs:
  plan:
    runs-on: ubuntu-latest
    outputs:
      tasks: \${{ steps.plan.outputs.tasks }}
    steps:
      - id: plan
        run: echo 'tasks=["a","b"]' >> "$GITHUB_OUTPUT"
  eval:
    needs: plan
    runs-on: ubuntu-latest
    strategy:
      matrix:
        task: \${{ fromJSON(needs.plan.outputs.tasks) }}
    env:
      ARM: \${{ fromJSON(inputs.self_harness).arm || 'none' }}
    steps:
      - uses: actions/checkout@v4
      - run: echo "$ARM $TASK \${{ secrets.KEY }} \${STANDIN_SECRET:-clean} $(cat agent/prompt.md) $(git rev-parse HEAD)"
        env:
          TASK: \${{ matrix.task }}
`;
    const { repo } = await start(text);
    repo.setSecrets({ KEY: 'k3y' });
    const sha = await repo.pushCommit({ branch: 'c1', files: { 'agent/prompt.md': 'prompt of c1' } });
    const run = await finished(
      await repo.dispatch('eval.yml', { ref: 'c1', inputs: { self_harness: '{"arm":"c1"}' } }),
    );
    expect([run.conclusion, run.jobs.map((job) => job.name)]).toEqual([
      'success',
      ['plan', 'eval (a)', 'eval (b)'],
    ]);
    expect(log(run)).toContain(`c1 a k3y clean prompt of c1 ${sha}`);
    delete process.env.STANDIN_SECRET;
  });

  test('a failing step fails the run; always() still runs, and failure() too', async () => {
    const text = `${script('exit 3')}      - run: echo never
      - if: always()
        run: echo always
      - if: failure()
        run: echo failure
`;
    const { repo } = await start(text);
    const run = await finished(await repo.dispatch('eval.yml'));
    expect(run.conclusion).toBe('failure');
    expect(run.jobs[0]?.steps.map((step) => step.conclusion)).toEqual([
      'failure',
      'skipped',
      'success',
      'success',
    ]);
    expect(log(run)).toBe('Process completed with exit code 3.\nalways\nfailure\n');
  });

  test('an action that the stand-in lacks fails the test, not just the run', async () => {
    const { repo, github } = await start(`${script('true')}      - uses: someone/rocket@v1\n`);
    const run = await finished(await repo.dispatch('eval.yml'));
    expect(run.conclusion).toBe('failure');
    expect(() => github.assertContract()).toThrow('the stand-in does not have the action someone/rocket@v1');
  });

  test('cancelling stops the script and all that it started', async () => {
    const { repo, bot } = await start(script('sleep 60 & sleep 60'));
    const id = await repo.dispatch('eval.yml');
    await until(() => (repo.runs()[0]?.jobs[0]?.steps[0]?.status === 'in_progress' ? true : undefined));
    const start_ = Date.now();
    await bot.actions.cancelWorkflowRun({ ...OWN, run_id: id });
    const run = await finished(id);
    expect(run.conclusion).toBe('cancelled');
    expect(Date.now() - start_).toBeLessThan(20_000);
    await expect(bot.actions.cancelWorkflowRun({ ...OWN, run_id: id })).rejects.toMatchObject({
      status: 409,
    });
  });

  test('a re-run is a further attempt of the same run; a partial one keeps the jobs that passed', async () => {
    const text = `name: eval
on: workflow_dispatch
jobs:
  good:
    runs-on: ubuntu-latest
    outputs: { word: '\${{ steps.w.outputs.word }}' }
    steps:
      - { id: w, run: 'echo word=kept >> "$GITHUB_OUTPUT"' }
  flaky:
    needs: good
    runs-on: ubuntu-latest
    steps:
      - run: echo "\${{ needs.good.outputs.word }}"; [ "$GITHUB_RUN_ATTEMPT" = 2 ]
`;
    const { repo, bot } = await start(text);
    const id = await repo.dispatch('eval.yml');
    expect((await finished(id)).conclusion).toBe('failure');
    await bot.actions.reRunWorkflowFailedJobs({ ...OWN, run_id: id });
    const run = await finished(id);
    expect([run.conclusion, run.attempt]).toEqual(['success', 2]);
    const second = run.jobs.filter((job) => job.attempt === 2);
    expect(second.map((job) => [job.key, job.conclusion])).toEqual([
      ['good', 'success'],
      ['flaky', 'success'],
    ]);
    expect(second[1]?.log).toBe('kept\n');
    await expect(bot.actions.reRunWorkflowFailedJobs({ ...OWN, run_id: id })).rejects.toMatchObject({
      status: 403,
    });
  });
});

describe('concurrency groups', () => {
  const grouped = (more: string) =>
    script('sleep 0.3', `on: workflow_dispatch\nconcurrency:\n  group: eval\n${more}`);

  test('one runs, one waits, and a newcomer cancels the one that waits', async () => {
    const { repo, github } = await start(grouped(''));
    const ids = [];
    for (let i = 0; i < 3; i += 1) {
      ids.push(await repo.dispatch('eval.yml'));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await github.settled();
    expect(ids.map((id) => repo.repository.runs.get(id)?.conclusion)).toEqual([
      'success',
      'cancelled',
      'success',
    ]);
  });

  test('cancel-in-progress ends the running one', async () => {
    const { repo, github } = await start(grouped('  cancel-in-progress: true\n'));
    const first = await repo.dispatch('eval.yml');
    await until(() => (repo.runs()[0]?.status === 'in_progress' ? true : undefined));
    const second = await repo.dispatch('eval.yml');
    await github.settled();
    expect([first, second].map((id) => repo.repository.runs.get(id)?.conclusion)).toEqual([
      'cancelled',
      'success',
    ]);
  });

  test('queue: max keeps them all', async () => {
    const { repo, github } = await start(grouped('  queue: max\n'));
    for (let i = 0; i < 3; i += 1) await repo.dispatch('eval.yml');
    await github.settled();
    expect(repo.runs().map((run) => run.conclusion)).toEqual(['success', 'success', 'success']);
  });

  test('of a job lets one at a time in, and a job that its `if` skips never waits', async () => {
    const job = `on: { workflow_dispatch: { inputs: { go: { default: 'yes' } } } }
jobs:
  eval:
    if: inputs.go == 'yes'
    concurrency: { group: eval, queue: max }
    runs-on: ubuntu-latest
    steps: [{ run: sleep 0.3 }]
`;
    const { repo, github } = await start(job, { runners: 4 });
    await repo.dispatch('eval.yml');
    await repo.dispatch('eval.yml');
    const skipped = await repo.dispatch('eval.yml', { inputs: { go: 'no' } });
    await until(() =>
      repo.runs().some((run) => run.id === skipped && run.conclusion === 'skipped') ? true : undefined,
    );
    expect(repo.runs().map((run) => run.conclusion)).toEqual([null, null, 'skipped']);
    await github.settled();
    const [first, second] = repo.runs().map((run) => run.jobs[0]);
    expect(second?.startedAt?.getTime()).toBeGreaterThanOrEqual(first?.completedAt?.getTime() ?? 0);
  });
});

describe('triggers', () => {
  test('a push starts a run unless its head commit says [skip ci]; a dispatch does not care', async () => {
    const { repo, github } = await start(script('true', 'on: [push, workflow_dispatch]'));
    await repo.pushCommit({ branch: 'a', files: { x: '1' } });
    await repo.pushCommit({ branch: 'b', files: { x: '2' }, message: 'Try [skip ci]' });
    await github.settled();
    expect(repo.runs().map((run) => [run.event, run.branch])).toEqual([['push', 'a']]);
    await repo.dispatch('eval.yml', { ref: 'b' });
    await github.settled();
    expect(repo.runs().map((run) => run.event)).toEqual(['push', 'workflow_dispatch']);
  });

  test('branches and paths filter pushes', async () => {
    const filter = 'on:\n  push:\n    branches: [main, "release/**"]\n    paths-ignore: ["docs/**"]';
    const { repo, github } = await start(script('true', filter));
    await repo.pushCommit({ branch: 'topic', files: { x: '1' } });
    await repo.pushCommit({ branch: 'main', files: { 'docs/a/b.md': '1' } });
    await repo.pushCommit({ branch: 'release/1/a', files: { x: '1' } });
    await github.settled();
    expect(repo.runs().map((run) => run.branch)).toEqual(['release/1/a']);
  });

  test('pull_request runs at the head, workflow_run and schedule at the default branch', async () => {
    fixture = await createFixture({
      files: {
        [WORKFLOW]: script('true', 'on: [pull_request, schedule]'),
        '.github/workflows/after.yml': script(
          'echo after',
          'on:\n  workflow_run:\n    workflows: [eval]\n    types: [completed]',
        ).replace('name: eval', 'name: after'),
      },
    });
    const { repo, github } = fixture;
    const sha = await repo.pushCommit({ branch: 'topic', files: { x: '1' } });
    await repo.openPullRequest({ title: 'x', head: 'topic' });
    await github.settled();
    const main = await repo.head();
    expect(repo.runs().map((run) => [run.workflow.name, run.event, run.sha, run.branch])).toEqual([
      ['eval', 'pull_request', sha, 'topic'],
      ['after', 'workflow_run', main, 'main'],
    ]);
    repo.runSchedules();
    await github.settled();
    expect(repo.runs().map((run) => run.event)).toEqual([
      'pull_request',
      'workflow_run',
      'schedule',
      'workflow_run',
    ]);
    github.assertContract();
  });

  test('GITHUB_TOKEN does what the workflow asks for, and its pushes start nothing but dispatches do', async () => {
    const call = (path: string, body: string) =>
      `curl -sS -o /dev/null -w '%{http_code}\\n' -H "authorization: bearer $TOKEN" -d '${body}' "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/${path}"`;
    const act = `name: act
on: workflow_dispatch
permissions: { contents: write, actions: write }
jobs:
  act:
    runs-on: ubuntu-latest
    env: { TOKEN: '\${{ github.token }}' }
    steps:
      - run: |
          ${call('git/refs', `{"ref":"refs/heads/made","sha":"'$GITHUB_SHA'"}`)}
          ${call('actions/workflows/eval.yml/dispatches', '{"ref":"made"}')}
          ${call('issues', '{"title":"no permission"}')}
`;
    fixture = await createFixture({
      files: {
        [WORKFLOW]: script('true', 'on: [push, workflow_dispatch]'),
        '.github/workflows/act.yml': act,
      },
    });
    const { repo, github } = fixture;
    const run = await finished(await repo.dispatch('act.yml'));
    expect(log(run)).toBe('201\n200\n403\n'.replace('200', '204'));
    await github.settled();
    expect(repo.runs().map((one) => [one.workflow.name, one.event])).toEqual([
      ['act', 'workflow_dispatch'],
      ['eval', 'workflow_dispatch'],
    ]);
    github.assertContract();
  });

  test('GITHUB_TOKEN is the App GitHub Actions, and opens pull requests only where the setting allows it', async () => {
    const { repo, github } = await start(script('true'));
    const token = repo.workflowToken({ contents: 'write', issues: 'write', pull_requests: 'write' });
    const job = new Octokit({ baseUrl: github.api, auth: token, log: silent });
    const { viewer } = await job.graphql<{ viewer: { login: string } }>('{ viewer { login } }');
    expect(viewer.login).toBe('github-actions[bot]');
    await expect(job.users.getAuthenticated()).rejects.toMatchObject({ status: 403 });
    const issue = repo.openIssue({ title: 'Talk' });
    const said = await job.issues.createComment({ ...OWN, issue_number: issue.number, body: 'x' });
    expect(said.data.performed_via_github_app?.slug).toBe('github-actions');

    await repo.pushCommit({ branch: 'topic', files: { x: '1' } });
    const open = () => job.pulls.create({ ...OWN, title: 't', head: 'topic', base: 'main' });
    repo.allowActionsToOpenPulls(false);
    await expect(open()).rejects.toThrow(
      'GitHub Actions is not permitted to create or approve pull requests.',
    );
    repo.allowActionsToOpenPulls(true);
    expect((await open()).data.user.login).toBe('github-actions[bot]');
    github.assertContract();
  });

  test("a fork's pull request runs without secrets and with a token that only reads", async () => {
    const { repo, github } = await start(script(`echo "secret: '\${{ secrets.KEY }}'"`, 'on: pull_request'));
    repo.setSecrets({ KEY: 'k3y' });
    const fork = await repo.fork('mallory');
    await fork.pushCommit({ branch: 'patch', files: { x: '1' }, by: 'mallory' });
    const pull = await repo.openPullRequest({ title: 'x', head: 'mallory:patch', by: 'mallory' });
    await github.settled();
    const [run] = repo.runs();
    expect([run?.actor.login, run?.headRepository.owner.login, run?.pulls]).toEqual([
      'mallory',
      'mallory',
      [pull.number],
    ]);
    expect(run?.jobs[0]?.log).toBe("secret: ''\n");
    github.assertContract();
  });
});
