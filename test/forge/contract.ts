/**
 * What every forge promises. Each implementation runs this one suite.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGroups } from '../../src/eval/groups.ts';
import { type EvalPlan, PLAN_FILE, planHash, planText } from '../../src/eval/plan.ts';
import type { EvaluationOrder, EvaluationState, Forge } from '../../src/forge/forge.ts';
import { readAllTraces } from '../../src/traces/read/read.ts';

export interface ForgeUnderTest {
  readonly forge: Forge;
  /** Milliseconds one look at an evaluation may wait. */
  readonly lookMs: number;
  /** What an order needs to be carried out by our runner. */
  readonly plans?: Partial<EvaluationOrder>;
  close(): Promise<void>;
}

/** Files of the repository the suite expects; the eval writes one passing trial a task. */
export const CONTRACT_FILES: Readonly<Record<string, string>> = {
  'agent/prompt.md': 'Be kind.\n',
  '.github/self-harness.yml': `
agent: { model: m }
surfaces: [{ id: prompt, path: agent/prompt.md, kind: markdown }]
eval: { command: node eval/run.js }
`,
  'eval/run.js': `
const fs = require('node:fs');
const request = JSON.parse(process.env.SELF_HARNESS_REQUEST);
const dir = process.env.SELF_HARNESS_TRACES_DIR;
const tasks = request.tasks === 'all' ? ['a', 'b'] : request.tasks;
const prompt = fs.readFileSync('agent/prompt.md', 'utf8');
const lines = tasks.map((task) => JSON.stringify({ task_id: task, attempt: request.first_attempt, outcome: prompt.includes('kind') ? 'pass' : 'fail' }));
fs.mkdirSync(dir, { recursive: true });
fs.writeFileSync(dir + '/trials.jsonl', lines.join('\\n') + '\\n');
`,
};

export function forgeContract(name: string, open: () => Promise<ForgeUnderTest>): void {
  describe(`the forge contract: ${name}`, () => {
    let under: ForgeUnderTest;
    let forge: Forge;
    beforeAll(async () => {
      under = await open();
      forge = under.forge;
    });
    afterAll(() => under.close());

    const change = (content: string) => [
      { message: `Write ${content}`, files: new Map([['agent/prompt.md', content]]) },
    ];

    it('reads files of the base and says null for one that is not there', async () => {
      const { commit, branch } = await forge.base();
      expect(branch).toBe('main');
      expect(await forge.readFile(commit, 'agent/prompt.md')).toBe('Be kind.\n');
      expect(await forge.readFile(commit, 'agent/none.md')).toBeNull();
    });

    it('lists files by path with their blobs', async () => {
      const files = await forge.listFiles((await forge.base()).commit);
      const paths = files.map((file) => file.path);
      expect(paths).toContain('agent/prompt.md');
      expect(paths).toEqual([...paths].sort());
      expect(files.every((file) => /^[0-9a-f]{40}$/.test(file.blob))).toBe(true);
    });

    it('puts one commit a plan on a branch and leaves the base as it was', async () => {
      const base = await forge.base();
      const plans = [...change('One.\n'), ...change('Two.\n')];
      const branch = await forge.putBranch('self-harness/t1/c1', base.commit, plans);
      expect(branch.commits).toHaveLength(2);
      expect(await forge.readFile(branch.commits[0] ?? '', 'agent/prompt.md')).toBe('One.\n');
      expect(await forge.readFile('self-harness/t1/c1', 'agent/prompt.md')).toBe('Two.\n');
      expect(await forge.base()).toEqual(base);
    });

    it('puts the same branch again without a second commit', async () => {
      const base = await forge.base();
      const first = await forge.putBranch('self-harness/t2/c1', base.commit, change('Same.\n'));
      const second = await forge.putBranch('self-harness/t2/c1', base.commit, change('Same.\n'));
      expect(second.commits).toEqual(first.commits);
    });

    it('lists and deletes branches by prefix, and deleting twice is no error', async () => {
      const base = await forge.base();
      await forge.putBranch('self-harness/t3/c1', base.commit, change('A.\n'));
      await forge.putBranch('self-harness/t3/c2', base.commit, change('B.\n'));
      expect(await forge.listBranches('self-harness/t3/')).toEqual([
        'self-harness/t3/c1',
        'self-harness/t3/c2',
      ]);
      await forge.deleteBranch('self-harness/t3/c1');
      await forge.deleteBranch('self-harness/t3/c1');
      expect(await forge.listBranches('self-harness/t3/')).toEqual(['self-harness/t3/c2']);
    });

    it('evaluates the commit of a branch, not the base', async () => {
      const base = await forge.base();
      const branch = await forge.putBranch('self-harness/t4/c1', base.commit, change('Be curt.\n'));
      const baseline = await outcome(under, order('b', 'main', base.commit, 'baseline'));
      const candidate = await outcome(under, order('c1', branch.name, branch.commits[0] ?? '', 'c1'));
      expect(baseline).toEqual(['pass', 'pass']);
      expect(candidate).toEqual(['fail', 'fail']);
    });

    it('runs only the tasks asked for', async () => {
      const base = await forge.base();
      const branch = await forge.putBranch('self-harness/t6/c1', base.commit, change('Still kind.\n'));
      const asked = order('one', branch.name, branch.commits[0] ?? '', 'c1', ['b']);
      expect(await outcome(under, asked)).toHaveLength(1);
    });

    it('carries out a plan: each group with its arm laid over the base, and traces of its own', async () => {
      const base = await forge.base();
      const plan: EvalPlan = {
        ...{ version: 2, campaign: 't', key: 'p1', seed: 7 },
        arms: { base: { files: {} }, curt: { files: { 'agent/prompt.md': 'Be curt.\n' } } },
        cells: [
          { block: 1, arm: 'curt', tasks: ['a', 'b'], attempt: 1 },
          { block: 1, arm: 'base', tasks: ['a', 'b'], attempt: 1 },
          { block: 2, arm: 'base', tasks: ['b'], attempt: 2 },
          { block: 2, arm: 'curt', tasks: ['b'], attempt: 2 },
        ],
      };
      const files = new Map([[PLAN_FILE, planText(plan)]]);
      const branch = await forge.putBranch('self-harness/t7/p1', base.commit, [{ message: 'Plan', files }]);
      const asked = {
        ...order('p1', branch.name, branch.commits[0] ?? '', ''),
        ...under.plans,
        request: plan,
      };
      expect(await ended(under, asked)).toMatchObject({ status: 'completed' });
      const sources = await forge.evaluationTraces(await forge.startEvaluation(asked));
      const found = await readGroups(sources, { key: plan.key, sha256: planHash(plan) });
      expect(found.problems).toEqual([]);
      const outcomes = found.groups.map(async ({ name, traces }) => {
        const { trials } = await readAllTraces([traces]);
        return [name, trials.map(({ task, attempt, outcome }) => `${task}${attempt} ${outcome}`)];
      });
      expect(Object.fromEntries(await Promise.all(outcomes))).toEqual({
        'b1-curt': ['a1 fail', 'b1 fail'],
        'b1-base': ['a1 pass', 'b1 pass'],
        'b2-base': ['b2 pass'],
        'b2-curt': ['b2 fail'],
      });
    });

    it('starts an evaluation once, however often it is asked', async () => {
      const base = await forge.base();
      const asked = order('once', 'main', base.commit, 'baseline');
      const first = await forge.startEvaluation(asked);
      const second = await forge.startEvaluation(asked);
      expect(second.id).toBe(first.id);
    });

    it('opens, reads, updates and closes one pull request a branch', async () => {
      const base = await forge.base();
      await forge.putBranch('self-harness/improve-t5', base.commit, change('Better.\n'));
      const draft = {
        branch: 'self-harness/improve-t5',
        base: 'main',
        title: 'Better',
        body: 'Why.',
        labels: ['self-harness'],
        reviewers: [],
        draft: false,
      };
      const opened = await forge.openPullRequest(draft);
      expect((await forge.openPullRequest(draft)).number).toBe(opened.number);
      await forge.updatePullRequest(draft.branch, { body: 'Why now.' });
      expect(await forge.readPullRequest(draft.branch)).toMatchObject({
        state: 'open',
        title: 'Better',
        body: 'Why now.',
      });
      await forge.closePullRequest(draft.branch);
      expect((await forge.readPullRequest(draft.branch))?.state).toBe('closed');
      expect(await forge.readPullRequest('self-harness/improve-none')).toBeNull();
    });

    it('makes a file of the ledger from what it holds, though another writer is there at once', async () => {
      const add = (name: string) =>
        forge.writeLedger({
          message: `Add ${name}`,
          change: new Map([['names', (before: string | null) => `${before ?? ''}${name}\n`]]),
        });
      await Promise.all(['a', 'b', 'c'].map(add));
      const names = (await forge.readFile('self-harness/ledger', 'names')) ?? '';
      expect(names.trimEnd().split('\n').sort()).toEqual(['a', 'b', 'c']);
    });

    it('appends to the ledger, and a line written twice stands once', async () => {
      const write = (line: string) =>
        forge.writeLedger({
          message: `Write ${line}`,
          append: new Map([['ledger.jsonl', line]]),
          files: new Map([[`campaigns/${line}/campaign.json`, `{"id":"${line}"}\n`]]),
        });
      await write('one');
      await write('two');
      await write('two');
      expect(await forge.readFile('self-harness/ledger', 'ledger.jsonl')).toBe('one\ntwo\n');
      expect(await forge.readFile('self-harness/ledger', 'campaigns/one/campaign.json')).toBe(
        '{"id":"one"}\n',
      );
    });
  });
}

export function order(
  key: string,
  branch: string,
  commit: string,
  arm: string,
  tasks: string[] | 'all' = 'all',
  ordinal = 0,
): EvaluationOrder {
  return {
    key,
    branch,
    commit,
    timeoutMs: 60_000,
    ordinal,
    how: { command: 'node eval/run.js', workflow: 'eval.yml', artifacts: 'traces-*' },
    request: { version: 1, campaign: 't', arm, tasks, attempts: 1, first_attempt: 1, seed: 7 },
  };
}

/** Runs an evaluation to its end. */
export async function ended(
  { forge, lookMs }: ForgeUnderTest,
  asked: EvaluationOrder,
): Promise<Exclude<EvaluationState, { status: 'running' }>> {
  const handle = await forge.startEvaluation(asked);
  for (let look = 0; look < 600; look++) {
    const state = await forge.evaluationState(handle, lookMs);
    if (state.status !== 'running') return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the evaluation did not end');
}

async function outcome(under: ForgeUnderTest, asked: EvaluationOrder): Promise<string[]> {
  const state = await ended(under, asked);
  expect(state.status).toBe('completed');
  const sources = await under.forge.evaluationTraces(await under.forge.startEvaluation(asked));
  const { trials } = await readAllTraces(sources);
  return trials.map((trial) => trial.outcome);
}
