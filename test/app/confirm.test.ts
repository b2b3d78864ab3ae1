import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { claimVerdict, confirmMerged } from '../../src/app/pull-request/confirm.ts';
import { prepare } from '../../src/campaign/evaluate/prepare.ts';
import { remember } from '../../src/campaign/ledger/memory.ts';
import type { Forge } from '../../src/forge/forge.ts';
import type { Cell } from '../../src/validation/cell.ts';
import { CASES } from '../evidence/cases.ts';
import { dashboardDesk } from './dashboard-desk.ts';

const TASKS = Array.from({ length: 30 }, (_, i) => `task-${i + 1}`);
const { settings: SETTINGS } = CASES['one-edit'];

function cells(arm: string, attempts: number, passes: (task: number) => boolean): Cell[] {
  return Array.from({ length: attempts }, (_, a) =>
    TASKS.map((task, i): Cell => {
      const pass = passes(i);
      const unmeasured = { tokens: null, costUsd: null, durationMs: null, message: null };
      const outcome = pass ? 'pass' : 'fail';
      return {
        arm,
        task,
        attempt: a + 1,
        outcome,
        score: pass ? 1 : 0,
        trial: `${arm}-${a}:native:${task}`,
        ...unmeasured,
      };
    }),
  ).flat();
}

const half = (task: number) => task % 2 === 0;
const record = {
  settings: SETTINGS,
  splits: { held_in: TASKS.slice(0, 15), held_out: TASKS.slice(15), sealed: [], held_out_uses: 1 },
  cells: cells('baseline', 3, half),
};

describe('a merged claim', () => {
  it('is confirmed by runs that pass where the baseline failed', () => {
    expect(
      claimVerdict(
        record,
        cells('merged', 2, () => true),
      ).verdict,
    ).toBe('accept');
  });

  it('is contradicted by runs that fail where the baseline passed', () => {
    expect(
      claimVerdict(
        record,
        cells('merged', 2, () => false),
      ).verdict,
    ).toBe('reject');
  });

  it('stays open where the runs are as the baseline was', () => {
    const verdict = claimVerdict(record, cells('merged', 2, half));
    expect(verdict.verdict).toBe('unresolved');
  });
});

describe('a claim that many runs leave open', () => {
  it('is let go, and the comment says so: runs are not read for ever', async () => {
    const on = await dashboardDesk();
    const { repo } = on.fixture;
    const prepared = await prepare(on.forge, new Date());
    if (!prepared.ok) throw new Error(prepared.reason);
    const { harnessHash, evaluatorHash, base } = prepared.foundation;
    const made = { ...CASES['one-edit'], id: 'c1' };
    await on.ended({ ...made, hashes: { ...made.hashes, evaluator: evaluatorHash } });
    const issue = repo.openIssue({ title: 'The merged pull request' });
    const claim = { campaign: 'c1', pull: issue.number, harness_hash: harnessHash };
    await remember(on.forge, 'Merged', (memory) => ({ ...memory, merged: [claim] }));
    // Each run has one trial, of a task that passes as often as it fails.
    const directory = await mkdtemp(path.join(tmpdir(), 'self-harness-confirm-'));
    const [task] = made.splits.held_in;
    let runs = 19;
    let reads = 0;
    const forge: Forge = {
      ...on.forge,
      pastEvaluations: async (_workflow, _artifacts, limit) =>
        Array.from({ length: Math.min(limit, runs) }, (_, i) => ({
          key: `run-${i}`,
          id: String(i),
          url: null,
          order: { commit: base.commit, request: { tasks: 'all' } },
        })) as never,
      evaluationTraces: async ({ id }) => {
        reads += 1;
        const file = path.join(directory, `${id}.jsonl`);
        const trial = { task_id: task, attempt: 1, outcome: Number(id) % 2 === 0 ? 'pass' : 'fail' };
        await writeFile(file, `${JSON.stringify(trial)}\n`);
        return [{ location: file }];
      },
    };
    const confirm = () => confirmMerged(on.desk.bot, on.desk.place, forge);
    const said = () => repo.comments(issue.number).map((one) => one.body);
    await confirm();
    expect(said().join()).toContain('is edited when the next run ends');
    expect((await on.memory()).merged).toHaveLength(1);
    runs = 30;
    await confirm();
    expect(said()).toHaveLength(1);
    expect(said().join()).toContain('20 eval runs');
    expect(said().join()).not.toContain('is edited when the next run ends');
    expect((await on.memory()).merged).toEqual([]);
    reads = 0;
    await confirm();
    expect(reads).toBe(0);
    await rm(directory, { recursive: true });
    await on.close();
  });
});
