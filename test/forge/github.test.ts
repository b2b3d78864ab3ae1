import { afterAll, describe, expect, it } from 'vitest';
import { prepare } from '../../src/campaign/evaluate/prepare.ts';
import { openGitHubForge } from '../../src/forge/github/github.ts';
import { CLI } from '../eval/repository.ts';
import { createFixture, EVAL_WORKFLOW, type Fixture, OWN } from '../github/fixture.ts';
import { CONTRACT_FILES, ended, forgeContract, order } from './contract.ts';

const WORKFLOW = EVAL_WORKFLOW.replace(
  'SELF_HARNESS_REQUEST:',
  `SELF_HARNESS_TRACES_DIR: traces\n          SELF_HARNESS_REQUEST:`,
);
const PLAN_WORKFLOW = WORKFLOW.replace('node eval/run.js', `node ${CLI} eval -- node eval/run.js`);
const FILES = {
  ...CONTRACT_FILES,
  '.github/workflows/eval.yml': WORKFLOW,
  '.github/workflows/plans.yml': PLAN_WORKFLOW.replace('  push:\n    branches: [main]\n', ''),
};

async function open(options: Parameters<typeof createFixture>[0] = {}): Promise<Fixture> {
  return createFixture({ files: FILES, ...options });
}

forgeContract('GitHub', async () => {
  const fixture = await open();
  return {
    forge: openGitHubForge({ octokit: fixture.bot, ...OWN }),
    lookMs: 0,
    plans: { how: { command: null, workflow: 'plans.yml', artifacts: 'traces-*' } },
    close: async () => {
      fixture.github.assertContract();
      await fixture.github.stop();
    },
  };
});

describe('the forge on GitHub', () => {
  const opened: Fixture[] = [];
  afterAll(async () => {
    for (const fixture of opened) await fixture.github.stop();
  });
  const forgeOf = async (options: Parameters<typeof createFixture>[0] = {}) => {
    const fixture = await open(options);
    opened.push(fixture);
    return { fixture, forge: openGitHubForge({ octokit: fixture.bot, ...OWN }) };
  };

  it('puts the message of a ruleset and the mend into one sentence', async () => {
    const { forge } = await forgeOf();
    const broken = {
      ...order('x', 'main', 'c', 'baseline'),
      how: { command: null, workflow: null, artifacts: '*' },
    };
    await expect(forge.startEvaluation(broken)).rejects.toThrow('Name the workflow file');
  });

  it('starts no push workflow with a candidate branch', async () => {
    const { fixture, forge } = await forgeOf({
      files: {
        ...FILES,
        '.github/workflows/push.yml': 'on: push\njobs: {a: {runs-on: x, steps: [{run: "true"}]}}\n',
      },
    });
    const base = await forge.base();
    await fixture.github.settled();
    const before = (await fixture.bot.actions.listWorkflowRunsForRepo({ ...OWN })).data.total_count;
    await forge.putBranch('self-harness/q/c1', base.commit, [
      { message: 'Edit\n\n[skip ci]', files: new Map([['agent/prompt.md', 'x\n']]) },
    ]);
    await fixture.github.settled();
    const after = (await fixture.bot.actions.listWorkflowRunsForRepo({ ...OWN })).data.total_count;
    expect(after).toBe(before);
  });

  it('reads artifacts by range with an address that expires', async () => {
    const { fixture, forge } = await forgeOf();
    const { commit } = await forge.base();
    const asked = order('r', 'main', commit, 'baseline');
    await ended({ forge, lookMs: 0, close: async () => {} }, asked);
    const handle = await forge.startEvaluation(asked);
    const [source] = await forge.evaluationTraces(handle);
    expect(source?.location).toMatch(/^http/);
    expect(typeof source?.resolve).toBe('function');
    fixture.github.assertContract();
  });

  it('takes nobody else’s pull request for its own, though it comes from its branch', async () => {
    const { fixture, forge } = await forgeOf();
    const { repo } = fixture;
    repo.setRole('reader', 'read');
    const { commit, branch: base } = await forge.base();
    const branch = 'self-harness/improve-x';
    await forge.putBranch(branch, commit, [{ message: 'x', files: new Map([['agent/prompt.md', 'x\n']]) }]);
    const stable = await repo.pushCommit({ branch: 'stable', files: { 'README.md': 'x' } });
    const theirs = await repo.openPullRequest({
      title: 'Trust me',
      head: branch,
      base: 'stable',
      by: 'reader',
    });
    expect(stable).not.toBe(commit);
    expect(await forge.readPullRequest(branch)).toBeNull();
    const draft = { branch, base, title: 'Mine', body: '', labels: [], reviewers: [], draft: false };
    const own = await forge.openPullRequest(draft);
    expect([own.number === theirs.number, own.title]).toEqual([false, 'Mine']);
    await forge.updatePullRequest(branch, { body: 'Evidence' });
    await forge.closePullRequest(branch);
    expect([theirs.state, theirs.body ?? '']).toEqual(['open', '']);
    expect(repo.pull(own.number)).toMatchObject({ state: 'closed', body: 'Evidence' });

    // On the very same base GitHub allows no second one: then it says so.
    const other = 'self-harness/improve-y';
    await forge.putBranch(other, commit, [{ message: 'y', files: new Map([['agent/prompt.md', 'y\n']]) }]);
    await repo.openPullRequest({ title: 'Trust me', head: other, by: 'reader' });
    await expect(forge.openPullRequest({ ...draft, branch: other })).rejects.toThrow('already exists');
  });

  it('counts as evaluations of the default branch only runs that ran it', async () => {
    const { fixture, forge } = await forgeOf();
    await fixture.repo.pushCommit({ files: { 'README.md': 'x' } });
    await fixture.github.settled();
    const past = () => forge.pastEvaluations('eval.yml', 'traces-*', 10);
    expect(await past()).toHaveLength(1);
    const [run] = fixture.repo.runs();
    // `/eval` in a comment, or a pull request of a fork, may well check out something else.
    for (const event of ['issue_comment', 'pull_request_target', 'workflow_run', 'repository_dispatch']) {
      Object.assign(run ?? {}, { event });
      expect(await past()).toEqual([]);
    }
    for (const event of ['schedule', 'workflow_dispatch', 'push']) {
      Object.assign(run ?? {}, { event });
      expect(await past()).toHaveLength(1);
    }
  });

  it('ends an evaluation that runs longer than it may', async () => {
    const { fixture, forge } = await forgeOf({ delays: { start: 1_500 } });
    const { commit } = await forge.base();
    await forge.putBranch('self-harness/q/slow', commit, [{ message: 'x\n\n[skip ci]', files: new Map() }]);
    const tip = await fixture.repo.head('self-harness/q/slow');
    const asked = { ...order('slow', 'self-harness/q/slow', tip, 'baseline'), timeoutMs: 0 };
    const handle = await forge.startEvaluation(asked);
    expect(await forge.evaluationState(handle, 0)).toMatchObject({ status: 'broken', passing: false });
    await fixture.github.settled();
    expect(fixture.repo.runs().find((run) => String(run.id) === handle.id)?.conclusion).toBe('cancelled');
  });

  it('moves a branch only from where it was seen, also on a server that cannot compare for it', async () => {
    const { fixture, forge } = await forgeOf();
    const { bot, repo } = fixture;
    const { commit } = await forge.base();
    const plan = (text: string) => [{ message: text, files: new Map([['agent/prompt.md', text]]) }];
    const branch = 'self-harness/improve-z';
    const first = (await forge.putBranch(branch, commit, plan('a'))).commits[0] ?? '';
    const second = (await forge.putBranch(branch, commit, plan('b'), first)).commits[0] ?? '';
    expect(await repo.head(branch)).toBe(second);
    await expect(forge.putBranch(branch, commit, plan('c'), first)).rejects.toMatchObject({ passing: true });
    expect(await repo.head(branch)).toBe(second);

    bot.hook.wrap('request', (request, options) => {
      if (!options.url.endsWith('/graphql')) return request(options);
      const message = "Field 'updateRefs' doesn't exist on type 'Mutation'";
      throw Object.assign(new Error(message), { name: 'GraphqlResponseError' });
    });
    await expect(forge.putBranch(branch, commit, plan('c'), first)).rejects.toMatchObject({ passing: true });
    const third = (await forge.putBranch(branch, commit, plan('c'), second)).commits[0];
    expect(await repo.head(branch)).toBe(third);
  });

  it('keeps a file executable that was', async () => {
    const { fixture, forge } = await forgeOf();
    const { bot } = fixture;
    const { commit } = await forge.base();
    const script = { path: 'agent/run.sh', mode: '100755', type: 'blob', content: 'true\n' } as const;
    const { data: tree } = await bot.git.createTree({ ...OWN, base_tree: commit, tree: [script] });
    const { data: made } = await bot.git.createCommit({
      ...OWN,
      message: 'x',
      tree: tree.sha,
      parents: [commit],
    });
    const { commits } = await forge.putBranch('self-harness/q/mode', made.sha, [
      { message: 'one', files: new Map([['agent/run.sh', 'false\n']]) },
      { message: 'two', files: new Map([['agent/prompt.md', 'x\n']]) },
      { message: 'three', files: new Map([['agent/run.sh', 'maybe\n']]) },
    ]);
    for (const tree_sha of commits) {
      const { data } = await bot.git.getTree({ ...OWN, tree_sha, recursive: 'true' });
      const modes = new Map(data.tree.map(({ path, mode }) => [path, mode]));
      expect([modes.get('agent/run.sh'), modes.get('agent/prompt.md')]).toEqual(['100755', '100644']);
    }
  });

  it('tells a symbolic link from a file: a surface must not be one', async () => {
    const { fixture, forge } = await forgeOf();
    const { bot, repo } = fixture;
    const config = `agent:\n  model: m\nsurfaces:\n  - { id: p, path: agent/link.md, kind: markdown }\neval:\n  workflow: eval.yml\n`;
    const commit = await repo.pushCommit({ files: { '.github/self-harness.yml': config } });
    const link = { path: 'agent/link.md', mode: '120000', type: 'blob', content: 'prompt.md' } as const;
    const { data: tree } = await bot.git.createTree({ ...OWN, base_tree: commit, tree: [link] });
    const { data: made } = await bot.git.createCommit({
      ...OWN,
      message: 'x',
      tree: tree.sha,
      parents: [commit],
    });
    await bot.git.updateRef({ ...OWN, ref: 'heads/main', sha: made.sha });
    expect(await prepare(forge, new Date(0))).toEqual({
      ok: false,
      reason: expect.stringContaining('agent/link.md is a symbolic link'),
    });
  });

  it('finds the run of an order though its branch has had more runs than one page', async () => {
    const { fixture, forge } = await forgeOf();
    const { commit } = await forge.base();
    await forge.putBranch('self-harness/q/many', commit, [{ message: 'x\n\n[skip ci]', files: new Map() }]);
    const tip = await fixture.repo.head('self-harness/q/many');
    const asked = order('many', 'self-harness/q/many', tip, 'baseline');
    const first = await forge.startEvaluation({ ...asked, ordinal: 0 });
    await fixture.github.settled();
    const model = fixture.repo.runs().find((run) => String(run.id) === first.id);
    if (model === undefined) throw new Error('no run');
    const { runs } = fixture.repo.repository;
    for (let i = 1; i <= 120; i++) runs.set(model.id + i, { ...model, id: model.id + i });
    const again = await forge.startEvaluation({ ...asked, ordinal: 0 });
    expect(again.id).toBe(first.id);
    expect((await forge.startEvaluation({ ...asked, ordinal: 110 })).id).toBe(String(model.id + 110));
  });
});
