import { afterEach, describe, expect, it } from 'vitest';
import { runCampaign } from '../../src/campaign/campaign.ts';
import type { Progress } from '../../src/campaign/context.ts';
import { CampaignRecord } from '../../src/campaign/record/record.ts';
import { recordFindings } from '../../src/campaign/verify/record.ts';
import { type MemoryForge, type MemoryForgeOptions, memoryForge } from './memory-forge.ts';
import { CONFIG, depsOf, FILES, indifferent, input, maxSteps, straight, TASKS, worked } from './scenario.ts';

let forge: MemoryForge | null = null;
afterEach(async () => {
  await forge?.remove();
  forge = null;
});

async function campaign(options: Partial<MemoryForgeOptions>, seed = 7, rule: 'paper' | null = null) {
  forge = await memoryForge({ files: FILES, tasks: TASKS, draw: () => ({ outcome: 'pass' }), ...options });
  const heard: Progress[] = [];
  const record = await runCampaign(input(seed, rule), straight, depsOf(forge, heard));
  return { record: CampaignRecord.parse(record), forge, heard };
}

/** Every third task needs 14 turns; the others need 4, and one in ten of their trials fails anyway. */
const needsMoreSteps: MemoryForgeOptions['draw'] = (draw) => {
  const long = Number(draw.task.slice(-2)) % 3 === 0;
  if (draw.chance < 0.1) return { outcome: 'fail', verifier: { message: 'wrong answer' } };
  return worked(long ? 14 : 4, maxSteps(draw));
};

describe('a campaign', () => {
  it('raises a step budget that is too small, and proves it', async () => {
    const { record } = await campaign({ draw: needsMoreSteps });
    expect(record.ending.kind).toBe('opened');
    expect(record.weaknesses.map((weakness) => weakness.signature.mechanism)).toContain(
      'step_budget_exhausted',
    );
    const [accepted] = record.candidates.filter((candidate) => candidate.decision === 'accepted');
    expect(accepted?.proposal.mechanism).toBe('step_budget_exhausted');
    expect(record.final?.figures.pass.overall.delta).toBeGreaterThan(0);
  });

  it('leaves the branch of the pull request, the ledger, and no other branch', async () => {
    const { record, forge } = await campaign({ draw: needsMoreSteps });
    expect([...forge.branches.keys()].sort()).toEqual(
      [record.pull_request?.branch, 'self-harness/ledger'].sort(),
    );
    const ledger = forge.branches.get('self-harness/ledger')?.files;
    expect(ledger?.get('ledger.jsonl')?.trim().split('\n')).toHaveLength(record.candidates.length + 1);
    expect([...forge.pulls.keys()]).toEqual([record.pull_request?.branch]);
  });

  it('changes only the value of the edit in the pull request', async () => {
    const { record, forge } = await campaign({ draw: needsMoreSteps });
    const file = forge.branches.get(record.pull_request?.branch ?? '')?.files.get('agent/harness.yaml');
    expect(file).toMatch(/^max_steps: (1[4-9]|[2-9]\d) # turns\n$/);
  });

  it('never runs a sealed task in the experiment, and runs it fresh in the final', async () => {
    const { record } = await campaign({ draw: needsMoreSteps });
    const sealed = new Set(record.splits.sealed);
    expect(sealed.size).toBeGreaterThan(0);
    const tasksOf = (blocks: readonly { tasks: readonly string[] }[]) =>
      new Set(blocks.flatMap((one) => one.tasks));
    expect([...tasksOf(record.experiment.blocks)].filter((task) => sealed.has(task))).toEqual([]);
    expect([...sealed].every((task) => tasksOf(record.final?.blocks ?? []).has(task))).toBe(true);
    expect(record.final?.figures.pass.sealed?.candidate.n).toBe(sealed.size * 3);
  });

  it('needs few dispatches with the runner, and works without it, a run for each group', async () => {
    const planned = await campaign({ draw: needsMoreSteps });
    expect(planned.record.evaluations.length).toBeLessThanOrEqual(6);
    for (const { request } of planned.forge.started) expect(request.version).toBe(2);
    const single = await campaign({ draw: needsMoreSteps, plans: false });
    expect(single.record.ending.kind).toBe('opened');
    expect(single.record.settings.blocks).toBe(2);
    for (const { request } of single.forge.started) expect(request.version).toBe(1);
    expect(recordFindings(single.record)).toEqual([]);
  });

  it('mines held-in failures only', async () => {
    const { record } = await campaign({ draw: needsMoreSteps });
    const heldIn = new Set(record.splits.held_in);
    for (const weakness of record.weaknesses) {
      expect(weakness.tasks.filter((task) => !heldIn.has(task))).toEqual([]);
    }
  });

  it('counts no trial that nobody asked for, where an eval makes more attempts than it is told to', async () => {
    const { record } = await campaign({ draw: needsMoreSteps, attempts: 3 });
    expect(record.weaknesses.length).toBeGreaterThan(0);
    expect(recordFindings(record)).toEqual([]);
  });

  it('finds nothing to fix where nothing fails', async () => {
    const { record, forge } = await campaign({ draw: () => ({ outcome: 'pass' }) });
    expect(record.ending.kind).toBe('nothing_to_fix');
    expect(forge.pulls.size).toBe(0);
  });

  it('proposes nothing for failures that no surface can act on', async () => {
    const { record } = await campaign({
      draw: ({ chance }) =>
        chance < 0.5 ? { outcome: 'fail', verifier: { message: 'wrong answer' } } : { outcome: 'pass' },
    });
    expect(record.ending.kind).toBe('nothing_to_fix');
  });

  it('runs invalid cells again and counts them as nothing', async () => {
    const { record, forge } = await campaign({
      draw: (draw) =>
        draw.chance < 0.15 ? { outcome: 'invalid', reason: 'connection reset' } : needsMoreSteps({ ...draw }),
    });
    expect(record.outcomes.invalid).toBeGreaterThan(0);
    expect(record.invalid_reasons['connection reset']).toBe(record.outcomes.invalid);
    expect(forge.started.some((order) => /-r1$/.test(order.key))).toBe(true);
    const { overall } = record.final?.figures.pass ?? {};
    expect(overall?.baseline.n).toBe(overall?.candidate.n);
  });

  it('asks again for an evaluation that was cancelled, and counts it as nothing', async () => {
    const cancelled = { status: 'broken', reason: 'it was cancelled', mend: null, durationMs: 1 } as const;
    const { record, forge } = await campaign({
      draw: needsMoreSteps,
      end: ({ key }) => (/^(baseline-2|experiment-1)$/.test(key) ? { ...cancelled, passing: true } : null),
    });
    expect(record.ending.kind).toBe('opened');
    const keys = forge.started.map((order) => order.key);
    expect(keys).toEqual(expect.arrayContaining(['baseline-2-r1', 'experiment-1-r1']));
    expect(record.final?.figures.invalid).toEqual({ baseline: 0, candidate: 0 });
    const again = forge.started.find((order) => order.key === 'baseline-2-r1');
    expect(again?.request).toMatchObject({
      version: 2,
      cells: [{ tasks: 'all', attempt: 2 }, { attempt: 3 }],
    });
  });

  it('asks for any number of tasks in one dispatch: the plan is a file', async () => {
    const tasks = Array.from({ length: 600 }, (_, i) => `${'a-long-name-of-a-task/'.repeat(9)}${i}`);
    const files = { ...FILES, '.github/self-harness.yml': `${CONFIG}budget:\n  trials: 50000\n` };
    const { record, forge } = await campaign({ files, tasks, draw: needsMoreSteps });
    expect(record.ending.kind).toBe('opened');
    expect(forge.started.length).toBeLessThanOrEqual(6);
    expect(record.final?.figures.invalid).toEqual({ baseline: 0, candidate: 0 });
  });

  it('ends in failed, with the reason, when an evaluation brings nothing', async () => {
    const { record, forge } = await campaign({
      end: () => ({
        status: 'broken',
        reason: 'the machine is full',
        mend: 'Free some space.',
        passing: false,
        durationMs: 1,
      }),
    });
    expect(record.ending).toEqual({ kind: 'failed', reason: 'the machine is full. Free some space.' });
    expect([...forge.branches.keys()]).toEqual([]);
  });

  it.each([
    [
      'a config with an unknown key',
      { '.github/self-harness.yml': `${CONFIG}gaet: {}\n` },
      'did you mean "gate"?',
    ],
    ['a surface that is not there', { 'agent/harness.yaml': null }, 'agent/harness.yaml'],
    ['no config', { '.github/self-harness.yml': null }, 'is missing'],
    [
      'a surface inside the evaluator',
      { '.github/self-harness.yml': CONFIG.replace('agent/harness.yaml', 'eval/run.js') },
      'protected',
    ],
  ])('ends in failed for %s', async (_name, change, words) => {
    const files = Object.entries({ ...FILES, ...change }).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    );
    const { record, forge } = await campaign({ files: Object.fromEntries(files) });
    expect(record.ending.kind).toBe('failed');
    expect(record.ending.reason).toContain(words);
    expect(forge.started).toEqual([]);
  });

  it('stays within the budget of trials, the baseline and the final too', async () => {
    for (const trials of [500, 700, 900]) {
      const files = { ...FILES, '.github/self-harness.yml': `${CONFIG}budget:\n  trials: ${trials}\n` };
      const { record } = await campaign({ files, draw: needsMoreSteps });
      expect(record.spent.agent.trials).toBeLessThanOrEqual(trials);
      expect(record.ending.kind).not.toBe('failed');
    }
  });

  it('names the number needed where a budget has no room for a campaign', async () => {
    const files = { ...FILES, '.github/self-harness.yml': `${CONFIG}budget:\n  trials: 100\n` };
    const { record, forge } = await campaign({ files, draw: needsMoreSteps });
    expect(record.candidates).toEqual([]);
    const [, needed] = /needs at least (\d+) trials/.exec(record.ending.reason) ?? [];
    expect(Number(needed)).toBeGreaterThan(100);
    expect(record.ending.reason).toContain('`budget.trials` allows 100');
    // The tasks are known only once they ran: one pass, and nothing more.
    expect(forge.started).toHaveLength(1);
    const enough = { ...FILES, '.github/self-harness.yml': `${CONFIG}budget:\n  trials: ${needed}\n` };
    const second = await campaign({ files: enough, draw: needsMoreSteps });
    expect(second.record.candidates.length).toBeGreaterThan(0);
    expect(second.record.spent.agent.trials).toBeLessThanOrEqual(Number(needed));
  });

  it('does not propose again what the ledger says was rejected', async () => {
    const same: MemoryForgeOptions['draw'] = (draw) => indifferent(draw.chance < 0.5, maxSteps(draw));
    const first = await campaign({ draw: same });
    const tried = new Set(first.record.candidates.map((candidate) => candidate.proposal.id));
    expect(tried.size).toBeGreaterThan(0);
    const second = await runCampaign(input(8), straight, depsOf(first.forge));
    const rejected = first.record.candidates.filter((candidate) => candidate.decision === 'rejected');
    const again = second.candidates.map((candidate) => candidate.proposal.id);
    expect(again.filter((id) => rejected.some((candidate) => candidate.proposal.id === id))).toEqual([]);
  });

  it('accepts a no-effect edit in at most 2 of 40 campaigns', { timeout: 300_000 }, async () => {
    const endings: Record<string, number> = {};
    for (let seed = 1; seed <= 40; seed++) {
      // Each task has a difficulty of its own; the budget has nothing to do with it.
      const { record, forge } = await campaign(
        { draw: (draw) => indifferent(draw.chance < difficulty(draw.task, seed), maxSteps(draw)) },
        seed,
      );
      await forge.remove();
      endings[record.ending.kind] = (endings[record.ending.kind] ?? 0) + 1;
    }
    expect((endings.opened ?? 0) + (endings.not_confirmed ?? 0)).toBeLessThanOrEqual(2);
    expect((endings.nothing_accepted ?? 0) + (endings.unresolved ?? 0)).toBeGreaterThanOrEqual(38);
  });
});

function difficulty(task: string, seed: number): number {
  const x = ((Number(task.slice(-2)) * 37 + seed * 11) % 64) / 64;
  // A third nearly always pass, a third nearly never, the rest in between.
  return x < 0.33 ? 0.95 : x < 0.66 ? 0.05 : (x - 0.66) / 0.34;
}
