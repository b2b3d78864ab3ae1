/** The workflow of docs/action.md, run by the stand-in's own runner with the action of this repository. */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { expireLeases } from '../campaign/leases.ts';
import { createFixture, type Fixture, until } from '../github/fixture.ts';
import type { Run } from '../github/world/model.ts';
import { type ActionPlace, type ActionProcess, actionPlace } from './action-process.ts';
import { ACTION, documentedWorkflow } from './action-workflow.ts';
import { AGENT_FILES, CONFIG } from './agent-repository.ts';
import { UNPACED } from './server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A test need not wait as GitHub asks for it. */
const HURRY = Object.entries({ SELF_HARNESS_POLL_SECONDS: '0.3', ...UNPACED });
const WORKFLOW = documentedWorkflow().replace(
  'jobs:\n',
  `env:\n${HURRY.map(([name, value]) => `  ${name}: "${value}"\n`).join('')}jobs:\n`,
);
const SETTINGS = 'triggers:\n  workflow_run: false\nproposer:\n  candidates: 1\n';

let fixture: Fixture;
let place: ActionPlace | undefined;
afterEach(async () => {
  await fixture.github.stop();
  await place?.remove();
});

async function withAction(): Promise<void> {
  fixture = await createFixture({
    runners: 4,
    actions: { [ACTION]: ROOT },
    files: {
      ...AGENT_FILES,
      '.github/self-harness.yml': `${CONFIG}${SETTINGS}`,
      '.github/workflows/self-harness.yml': WORKFLOW,
    },
  });
  fixture.repo.setRole('maintainer', 'write');
  await fixture.github.settled();
}

const runsOfAction = () =>
  fixture.repo.runs().filter((run) => run.workflow.path === '.github/workflows/self-harness.yml');

/** The run that one happening started, once it is over. */
async function ended(number: number): Promise<Run & { log: string }> {
  const run = await until(() => {
    const found = runsOfAction()[number];
    return found?.status === 'completed' ? found : undefined;
  }, 60_000).catch((error) => {
    throw new Error(`${error}\n${runsOfAction()[number]?.jobs[0]?.log}`);
  });
  return Object.assign(run, { log: run.jobs.map((job) => job.log).join('') });
}

describe('the Action, end to end', { timeout: 120_000 }, () => {
  it('answers /harness improve with a pull request, and opens no second one', async () => {
    await withAction();
    const { github, repo } = fixture;
    const issue = repo.openIssue({ title: 'Make it better', by: 'maintainer' });
    const comment = repo.comment(issue.number, '/harness improve', 'maintainer');
    const first = await ended(0);
    expect(first.conclusion, first.log).toBe('success');
    const [pull] = repo.pulls('open');
    expect(pull?.user.login, first.log).toBe('github-actions[bot]');
    expect(await repo.file('agent/harness.yaml', pull?.pull.head.ref)).toMatch(
      /^max_steps: (1[4-9]|[2-9]\d) /,
    );
    const [check] = repo.checks(pull?.pull.head.sha).filter((one) => one.name === 'self-harness');
    expect(check?.conclusion).toBe('success');
    expect(check?.actions, 'no press of a button would reach a job').toEqual([]);

    const answers = repo.comments(issue.number).filter((one) => one.user.type === 'Bot');
    expect(answers).toHaveLength(1);
    expect(answers[0]?.body).toContain('Pull request: ');
    expect(answers[0]?.body).toContain(
      'GitHub starts no workflow for a pull request that `GITHUB_TOKEN` opened',
    );
    expect(comment.reactions.map((one) => one.content).sort()).toEqual(['eyes', 'rocket']);
    expect((await repo.branches()).sort()).toEqual(
      ['main', pull?.pull.head.ref, 'self-harness/ledger'].sort(),
    );

    await repo.dispatch('self-harness.yml', { by: 'maintainer' });
    const second = await ended(1);
    expect(second.conclusion).toBe('success');
    expect(second.log).toContain(`Pull request #${pull?.number} is open, and I keep one at a time`);
    expect(repo.pulls('all')).toHaveLength(1);
    await github.settled();
    github.assertContract();
  });
});

const DISPATCH = { name: 'workflow_dispatch', payload: { sender: { login: 'maintainer' } } } as const;
/** As long as a test may wait: such an evaluation only ends by being cancelled. */
const FOREVER = String(120_000);

/** A repository whose evaluations take `evalMs`, and a runner's directory beside it. */
async function played(evalMs: string): Promise<ActionPlace> {
  const evaluation = AGENT_FILES['.github/workflows/eval.yml'] ?? '';
  fixture = await createFixture({
    runners: 4,
    files: {
      ...AGENT_FILES,
      '.github/self-harness.yml': `${CONFIG}${SETTINGS}`,
      '.github/workflows/eval.yml': evaluation.replace('env:\n', `env:\n          EVAL_MS: ${evalMs}\n`),
    },
  });
  place = await actionPlace(fixture);
  return place;
}

async function eventually(action: ActionProcess, ask: () => boolean): Promise<void> {
  await until(() => (ask() ? true : undefined), 30_000).catch((error) => {
    throw new Error(`${error}\n${action.log()}`);
  });
}

const evaluations = () => fixture.repo.runs().filter((run) => run.event === 'workflow_dispatch');

describe('a job that does not run to its end', { timeout: 60_000 }, () => {
  it('cancelled: ends its evaluations and removes its branches within the runner’s ten seconds', async () => {
    const runner = await played(FOREVER);
    const action = await runner.start(DISPATCH);
    await eventually(action, () => evaluations().some((run) => run.status === 'in_progress'));
    const cancelled = performance.now();
    action.kill('SIGINT');
    expect(await action.ended(), action.log()).toBe(0);
    expect(performance.now() - cancelled).toBeLessThan(7_500);
    await fixture.github.settled();
    expect(evaluations().map((run) => run.conclusion)).toEqual(evaluations().map(() => 'cancelled'));
    expect(await fixture.repo.branches()).toEqual(['main']);
    expect(await runner.file('output')).toBe('ending=cancelled\npull_request=\ncampaign=job-77\n');
    expect(await runner.file('summary')).toContain('The job was cancelled.');
    fixture.github.assertContract();
  });

  it('killed: the step after it ends the campaign, and the ledger tells of it', async () => {
    const runner = await played('0');
    const action = await runner.start({ ...DISPATCH, env: UNPACED });
    await eventually(action, () =>
      evaluations().some((run) => run.branch?.endsWith('/experiment-1') === true),
    );
    action.kill('SIGKILL');
    await action.ended();
    expect(
      (await fixture.repo.branches()).filter((name) => name.startsWith('self-harness/job-77/')),
    ).not.toEqual([]);
    const data = /^data=(.+)$/m.exec(await runner.file('state'))?.[1] ?? '';
    await expireLeases({ dataDirectory: data, databaseUrl: null });
    const post = await runner.startPost({ ...DISPATCH, env: UNPACED });
    expect(await post.ended(), post.log()).toBe(0);
    await fixture.github.settled();
    expect((await fixture.repo.branches()).sort()).toEqual(['main', 'self-harness/ledger']);
    const ledger = (await fixture.repo.file('ledger.jsonl', 'self-harness/ledger')) ?? '';
    expect(JSON.parse(ledger.trim().split('\n').at(-1) ?? '').ending.kind).toBe('cancelled');
    fixture.github.assertContract();
  });

  it('out of time: fails with the mend where nothing was measured, and cleans up', async () => {
    const runner = await played(FOREVER);
    const inputs = { timeout_minutes: '0.05' };
    const action = await runner.start({ ...DISPATCH, inputs, env: UNPACED });
    expect(await action.ended(), action.log()).toBe(1);
    expect(action.log()).toContain('The 0.05 minutes of the job are over. Raise `timeout_minutes`');
    await fixture.github.settled();
    expect(evaluations().map((run) => run.conclusion)).toEqual(evaluations().map(() => 'cancelled'));
    expect(await fixture.repo.branches()).toEqual(['main']);
    expect(await runner.file('output')).toContain('ending=failed\n');
    fixture.github.assertContract();
  });
});

it('names the setting where Actions may not open pull requests, and keeps the branch', async () => {
  const runner = await played('0');
  fixture.repo.allowActionsToOpenPulls(false);
  const action = await runner.start({ ...DISPATCH, env: UNPACED });
  expect(await action.ended(), action.log()).toBe(1);
  expect(action.log()).toContain('“Allow GitHub Actions to create and approve pull requests” in Settings');
  expect(await runner.file('summary')).toContain('self-harness/improve-job-77');
  expect((await fixture.repo.branches()).sort()).toEqual([
    'main',
    'self-harness/improve-job-77',
    'self-harness/ledger',
  ]);
  fixture.github.assertContract();
});
