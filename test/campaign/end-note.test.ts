/** A campaign that is told to end: by somebody, or because the time of what it runs in is over. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCampaign } from '../../src/campaign/campaign.ts';
import type { CampaignInput, EndNote } from '../../src/campaign/context.ts';
import { isOpen } from '../../src/campaign/experiment/extension.ts';
import { CampaignRecord } from '../../src/campaign/record/record.ts';
import { recordFindings } from '../../src/campaign/verify/record.ts';
import { type MemoryForge, type MemoryForgeOptions, memoryForge } from './memory-forge.ts';
import { CONFIG, depsOf, FILES, input, maxSteps, straight, TASKS, worked } from './scenario.ts';

let forge: MemoryForge;
beforeEach(async () => {
  forge = await forgeWith(seldom);
});
afterEach(() => forge.remove());

const forgeWith = (draw: MemoryForgeOptions['draw']) => memoryForge({ files: LIMITED, tasks: TASKS, draw });
const LIMITED = { ...FILES, '.github/self-harness.yml': `${CONFIG}gate:\n  max_passes: 8\n` };

/** One task in thirteen needs 14 turns, and a third of all other trials fail anyway: too little for one pass. */
const seldom: MemoryForgeOptions['draw'] = (draw) => {
  const long = Number(draw.task.slice(-2)) % 13 === 0;
  if (!long && draw.chance < 0.3) return { outcome: 'fail', verifier: { message: 'wrong answer' } };
  return worked(long ? 14 : 4, maxSteps(draw));
};

/** Every second task needs 14 turns, whatever happens: proven soon, with time for the final left or not. */
const plain: MemoryForgeOptions['draw'] = (draw) =>
  worked(Number(draw.task.slice(-2)) % 2 === 0 ? 14 : 4, maxSteps(draw));

const OVER = 'The 330 minutes of the job are over.';

/** A campaign whose note is written once the named evaluation is asked for; null: never. */
async function endedAt(
  key: string | null,
  why: EndNote['why'],
  change: Partial<CampaignInput> = {},
): Promise<CampaignRecord> {
  const running = { status: 'running' } as const;
  const reached = () => key !== null && forge.started.some((order) => order.key.startsWith(key));
  const record = await runCampaign({ ...input(7), id: 'first', ...change }, straight, {
    ...depsOf({
      ...forge,
      // From then on nothing ends any more.
      evaluationState: (handle, ms) =>
        reached() ? Promise.resolve(running) : forge.evaluationState(handle, ms),
    }),
    endNote: async () => (reached() ? { why, reason: OVER } : null),
  });
  return CampaignRecord.parse(record);
}

const candidateBranches = () =>
  [...forge.branches.keys()].filter((name) => name.startsWith('self-harness/first/'));

describe('a campaign that is told to end', () => {
  it('is cancelled, in the words of who said so, and leaves no branch', async () => {
    const record = await endedAt('experiment-2', 'asked');
    expect(record.ending).toEqual({ kind: 'cancelled', reason: OVER });
    expect(candidateBranches()).toEqual([]);
  });

  it('has failed where the time was over before there was an edit', async () => {
    const record = await endedAt('baseline', 'out_of_time');
    expect(record.ending).toEqual({ kind: 'failed', reason: OVER });
    expect(candidateBranches()).toEqual([]);
  });

  it('keeps what the passes before the end of the time have shown', async () => {
    const record = await endedAt('experiment-2', 'out_of_time');
    expect(record.ending.kind).toBe('unresolved');
    expect(record.ending.reason).toContain(OVER);
    expect(record.ending.reason).toContain('`/harness extend` goes on from here');
    expect(record.candidates.some(isOpen)).toBe(true);
    expect(record.notes).toContain(OVER);
    expect(candidateBranches()).toEqual([]);
    expect(recordFindings(record)).toEqual([]);
  });

  it('can be extended then: the same test goes on', async () => {
    const first = await endedAt('experiment-2', 'out_of_time');
    const second = await endedAt(null, 'asked', { id: 'more', mode: { kind: 'extend', campaign: 'first' } });
    for (const { id, verdict } of first.candidates.filter(isOpen)) {
      const after = second.candidates.find((one) => one.id === id)?.verdict;
      expect(after?.passes).toBeGreaterThan(verdict?.passes ?? 0);
      expect(after?.path.slice(0, verdict?.path.length)).toEqual(verdict?.path);
    }
  });

  it('opens nothing where the time ended before the fresh comparison, and keeps what was proven', async () => {
    await forge.remove();
    forge = await forgeWith(plain);
    const record = await endedAt('final', 'out_of_time');
    expect(record.ending.kind).toBe('unresolved');
    expect(record.ending.reason).toContain(
      'the fresh comparison that a pull request quotes could not be run',
    );
    expect(record.candidates.some(({ decision }) => decision === 'accepted')).toBe(true);
    expect(forge.pulls.size).toBe(0);
    expect(recordFindings(record)).toEqual([]);
  });

  it('asks for no evaluation once the note is there', async () => {
    const before = await endedAt('experiment-2', 'out_of_time');
    expect(before.candidates.length).toBeGreaterThan(0);
    const keys = forge.started.map((order) => order.key);
    expect(keys.filter((key) => /^(experiment-[3-9]|final)/.test(key))).toEqual([]);
  });
});
