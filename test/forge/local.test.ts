import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EvalPlan } from '../../src/eval/plan.ts';
import { type LocalForge, openLocalForge, requireCleanTree } from '../../src/forge/local/local.ts';
import { CONTRACT_FILES, ended, forgeContract, order } from './contract.ts';
import { makeRepository, type TestRepository } from './repository.ts';

const OPTIONS = { commitDate: '2026-01-01T00:00:00Z', parallel: 2 };

forgeContract('local', async () => {
  const repository = await makeRepository(CONTRACT_FILES);
  const forge = await openLocalForge(repository.directory, OPTIONS);
  return { forge, lookMs: 10_000, close: () => repository.remove() };
});

describe('the local forge', () => {
  let repository: TestRepository;
  afterEach(() => repository.remove());

  async function open(files: Readonly<Record<string, string>> = CONTRACT_FILES): Promise<LocalForge> {
    repository = await makeRepository(files);
    return openLocalForge(repository.directory, OPTIONS);
  }
  const run = async (forge: LocalForge, command: string, timeoutMs = 60_000) => {
    const { commit } = await forge.base();
    const asked = order('k', 'main', commit, 'baseline');
    return ended(
      { forge, lookMs: 10_000, close: async () => {} },
      { ...asked, timeoutMs, how: { ...asked.how, command } },
    );
  };

  it('leaves no worktree and a clean tree behind', async () => {
    const forge = await open();
    await run(forge, 'node eval/run.js');
    const { commit } = await forge.base();
    await forge.stopEvaluations([await forge.startEvaluation(order('k', 'main', commit, 'baseline'))]);
    expect(await repository.git('worktree', 'list')).not.toContain('worktrees/');
    expect(await readdir(path.join(forge.dataDirectory, 'worktrees')).catch(() => [])).toEqual([]);
    expect(await repository.git('status', '--porcelain')).toBe('');
  });

  it('tells the exit code and the last words of a command that fails', async () => {
    const state = await run(await open(), 'echo no model key >&2; exit 1');
    expect(state).toMatchObject({ status: 'completed', exit: 'exit 1: no model key' });
  });

  it('says what to mend when the command cannot be found', async () => {
    const state = await run(await open(), 'no-such-command-here');
    expect(state).toMatchObject({ status: 'broken', mend: expect.stringContaining('eval.command') });
  });

  it('stops a command, and what it started, at the time limit', async () => {
    const state = await run(await open(), 'sleep 60 & sleep 60', 300);
    expect(state).toMatchObject({ status: 'broken', reason: expect.stringContaining('stopped after') });
  });

  it('remembers an ended evaluation in another process', async () => {
    const forge = await open();
    await run(forge, 'node eval/run.js');
    const again = await openLocalForge(repository.directory, OPTIONS);
    expect(await run(again, 'exit 3')).toMatchObject({ status: 'completed', exit: 'exit 0' });
  });

  it('abort ends what runs and leaves nothing', async () => {
    const forge = await open();
    const { commit } = await forge.base();
    const asked = order('k', 'main', commit, 'baseline');
    const handle = await forge.startEvaluation({ ...asked, how: { ...asked.how, command: 'sleep 60' } });
    const state = forge.evaluationState(handle, 60_000);
    const settled = expect(state).rejects.toThrow('interrupted');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await forge.abort();
    await settled;
    expect(await readdir(path.join(forge.dataDirectory, 'worktrees')).catch(() => [])).toEqual([]);
  });

  describe('with a plan', () => {
    const plan = (key: string, arms: readonly string[]): EvalPlan => ({
      ...{ version: 2, campaign: 't', key, seed: 7 },
      arms: Object.fromEntries(arms.map((arm) => [arm, { files: { 'agent/prompt.md': `${arm}\n` } }])),
      cells: arms.map((arm) => ({ block: 1, arm, tasks: 'all', attempt: 1 })),
    });
    const ordered = async (forge: LocalForge, request: EvalPlan, command = 'node eval/run.js') => {
      const { commit } = await forge.base();
      const asked = order(request.key, 'main', commit, '');
      return { ...asked, request, how: { ...asked.how, command } };
    };
    const worktrees = async () =>
      (await repository.git('worktree', 'list')).split('\n').filter((line) => line.includes('worktrees/'));

    it('makes one worktree for all plans of a commit, clean for the next, and removes it at the end', async () => {
      const forge = await open();
      const under = { forge, lookMs: 10_000, close: async () => {} };
      const states = [plan('p1', ['kind', 'curt']), plan('p2', ['curt', 'kind'])].map(async (request) =>
        ended(under, await ordered(forge, request)),
      );
      for (const state of await Promise.all(states)) {
        expect(state).toMatchObject({ status: 'completed', exit: '2 of 2 groups ran' });
      }
      const [only = '', ...others] = await worktrees();
      expect(others).toEqual([]);
      const [directory = ''] = only.split(' ');
      expect(await readFile(path.join(directory, 'agent/prompt.md'), 'utf8')).toBe('Be kind.\n');
      await forge.release();
      expect(await worktrees()).toEqual([]);
    });

    it('tells how many groups have ended', async () => {
      const forge = await open();
      const arms = ['a1', 'a2', 'a3', 'a4', 'a5', 'slow'];
      const wait = `test $SELF_HARNESS_ARM != slow || sleep 60`;
      const handle = await forge.startEvaluation(await ordered(forge, plan('p1', arms), wait));
      await expect
        .poll(() => forge.evaluationState(handle, 100), { timeout: 20_000 })
        .toEqual({ status: 'running', groups: { done: 5, of: 6 } });
      await forge.stopEvaluations([handle]);
      await forge.release();
    });

    it('abort ends what runs and leaves nothing; run again it starts anew', async () => {
      const forge = await open();
      const handle = await forge.startEvaluation(await ordered(forge, plan('p1', ['a1', 'a2']), 'sleep 60'));
      const settled = expect(forge.evaluationState(handle, 60_000)).rejects.toThrow('interrupted');
      await expect.poll(worktrees, { timeout: 20_000 }).toHaveLength(1);
      await forge.abort();
      await settled;
      expect(await worktrees()).toEqual([]);
      const again = await openLocalForge(repository.directory, OPTIONS);
      const under = { forge: again, lookMs: 10_000, close: async () => {} };
      const state = await ended(under, await ordered(again, plan('p1', ['a1', 'a2'])));
      expect(state).toMatchObject({ exit: '2 of 2 groups ran' });
      await again.release();
    });

    it('is broken with its reason where an arm touches what is not declared', async () => {
      const forge = await open();
      const request = { ...plan('p1', ['a1']), arms: { a1: { files: { 'eval/run.js': 'x' } } } };
      const state = await ended(
        { forge, lookMs: 10_000, close: async () => {} },
        await ordered(forge, request),
      );
      expect(state).toMatchObject({ status: 'broken', reason: expect.stringContaining('is no surface') });
      await forge.release();
    });

    it('tells what is wrong with its groups', async () => {
      const forge = await open();
      const asked = await ordered(forge, plan('p1', ['a1', 'a2']), 'echo no key >&2; exit 1');
      const state = await ended({ forge, lookMs: 10_000, close: async () => {} }, asked);
      expect(state).toMatchObject({
        status: 'completed',
        exit: expect.stringMatching(/^0 of 2 groups ran: .*no key/),
      });
      await forge.release();
    });
  });

  it('keeps staged changes out of its commits, and in the index', async () => {
    const forge = await open();
    await writeFile(path.join(repository.directory, 'staged.txt'), 'mine\n');
    await repository.git('add', 'staged.txt');
    const { commit } = await forge.base();
    const branch = await forge.putBranch('self-harness/x/c1', commit, [
      { message: 'm', files: new Map([['new.txt', 'n\n']]) },
    ]);
    const files = (await forge.listFiles(branch.name)).map((file) => file.path);
    expect(files).toContain('new.txt');
    expect(files).not.toContain('staged.txt');
    expect(await repository.git('status', '--porcelain')).toBe('A  staged.txt');
  });

  it('refuses a tree with uncommitted changes and names the files', async () => {
    await open();
    await writeFile(path.join(repository.directory, 'agent/prompt.md'), 'changed\n');
    await expect(requireCleanTree(repository.directory)).rejects.toThrow('agent/prompt.md');
  });

  it('says how to go on when a branch is not checked out', async () => {
    await open();
    await repository.git('checkout', '--quiet', '--detach');
    await expect(openLocalForge(repository.directory, OPTIONS)).rejects.toThrow('detached HEAD');
  });
});
