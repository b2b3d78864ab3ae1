import { afterEach, describe, expect, it } from 'vitest';
import { runCampaign } from '../../src/campaign/campaign.ts';
import type { CampaignInput } from '../../src/campaign/context.ts';
import { basisOf, examineCells } from '../../src/campaign/experiment/settings.ts';
import { verdictOf } from '../../src/campaign/experiment/words.ts';
import { CampaignRecord } from '../../src/campaign/record/record.ts';
import { recordFindings } from '../../src/campaign/verify/record.ts';
import { type Draw, type MemoryForge, memoryForge } from './memory-forge.ts';
import { CONFIG, depsOf, FILES, input, maxSteps, straight, TASKS, worked } from './scenario.ts';

let forge: MemoryForge | null = null;
afterEach(async () => {
  await forge?.remove();
  forge = null;
});

/** One task in thirteen needs 14 turns, and a third of all other trials fail anyway: too little for one pass. */
const seldom = (draw: Draw) => {
  const long = Number(draw.task.slice(-2)) % 13 === 0;
  if (!long && draw.chance < 0.3) return { outcome: 'fail', verifier: { message: 'wrong answer' } };
  return worked(long ? 14 : 4, maxSteps(draw));
};

async function run(mode: CampaignInput['mode'], id: string) {
  if (forge === null) throw new Error('no forge');
  const record = await runCampaign({ ...input(7), id, mode }, straight, depsOf(forge));
  return CampaignRecord.parse(record);
}

const extending = (campaign: string) => run({ kind: 'extend', campaign }, 'more');

async function unresolved() {
  const files = { ...FILES, '.github/self-harness.yml': `${CONFIG}gate:\n  max_passes: 2\n` };
  forge = await memoryForge({ files, tasks: TASKS, draw: seldom });
  const record = await run({ kind: 'improve' }, 'first');
  expect(record.ending.kind).toBe('unresolved');
  return record;
}

describe('an extended campaign', () => {
  it('goes on with the same test: every earlier block stands where it stood', async () => {
    const first = await unresolved();
    const second = await extending('first');
    const open = first.candidates.filter((one) => one.decision === 'unresolved');
    for (const { id, verdict } of open) {
      const after = second.candidates.find((one) => one.id === id)?.verdict;
      expect(after?.passes).toBeGreaterThan(verdict?.passes ?? 0);
      expect(after?.path.slice(0, verdict?.path.length)).toEqual(verdict?.path);
      expect(after?.threshold).toBe(verdict?.threshold);
    }
    expect(second.experiment.blocks.slice(0, first.experiment.blocks.length)).toEqual(
      first.experiment.blocks,
    );
    expect(second.settings).toEqual({ ...first.settings, passes: second.settings.passes });
    expect(second.settings.passes).toBeGreaterThan(first.settings.passes);
    expect(second.splits.held_in).toEqual(first.splits.held_in);
  });

  it('runs no baseline of its own and mines nothing', async () => {
    await unresolved();
    const before = forge?.started.length ?? 0;
    await extending('first');
    const keys = forge?.started.slice(before).map((order) => order.key) ?? [];
    expect(keys.filter((key) => key.startsWith('baseline'))).toEqual([]);
    expect(keys.some((key) => key.startsWith('experiment-2'))).toBe(true);
  });

  it('leaves a record whose every claim can be computed again', async () => {
    await unresolved();
    const second = await extending('first');
    expect(recordFindings(second)).toEqual([]);
  });

  it('can be extended again', async () => {
    await unresolved();
    const second = await extending('first');
    const open = second.candidates.find((one) => one.decision === 'unresolved');
    if (open === undefined) return expect(second.ending.kind).not.toBe('unresolved');
    const third = await run({ kind: 'extend', campaign: 'more' }, 'again');
    const after = third.candidates.find((one) => one.id === open.id);
    expect(after?.verdict?.passes).toBeGreaterThan(open.verdict?.passes ?? 0);
    expect(third.settings.passes).toBeGreaterThan(second.settings.passes);
  });

  it.each([
    ['agent/harness.yaml', 'max_steps: 11\n', 'the surfaces'],
    ['eval/run.js', '// another eval\n', 'the evaluator'],
  ])('refuses once %s has changed', async (path, content, words) => {
    const first = await unresolved();
    const ledger = forge?.branches.get('self-harness/ledger');
    await forge?.remove();
    forge = await memoryForge({
      files: { ...FILES, '.github/self-harness.yml': `${CONFIG}gate:\n  max_passes: 2\n`, [path]: content },
      tasks: TASKS,
      draw: seldom,
    });
    if (ledger !== undefined) forge.branches.set('self-harness/ledger', ledger);
    // The memory forge gives every blob one id, so a changed evaluator is told by its hash alone.
    if (path === 'eval/run.js') await rehash(first.id);
    const record = await extending('first');
    expect(record.ending.kind).toBe('failed');
    expect(record.ending.reason).toContain(words);
    expect(forge.started).toEqual([]);
  });

  it('refuses a campaign that left nothing open, or that nobody knows', async () => {
    forge = await memoryForge({ files: FILES, tasks: TASKS, draw: () => ({ outcome: 'pass' }) });
    await run({ kind: 'improve' }, 'first');
    expect((await extending('first')).ending.reason).toContain('left no edit unresolved');
    expect((await run({ kind: 'extend', campaign: 'nowhere' }, 'x')).ending.reason).toContain(
      'does not hold',
    );
  });
});

async function rehash(id: string): Promise<void> {
  const ledger = forge?.branches.get('self-harness/ledger');
  const file = `campaigns/${id}/campaign.json`;
  const record = CampaignRecord.parse(JSON.parse(ledger?.files.get(file) ?? ''));
  const other = { ...record, hashes: { ...record.hashes, evaluator: '0'.repeat(64) } };
  const files = new Map(ledger?.files).set(file, JSON.stringify(other));
  forge?.branches.set('self-harness/ledger', { files, commits: ['ledger'] });
}

describe('a pruning campaign', () => {
  const PROMPT = '# Rules\n- Keep short notes about every section of a long document while reading.\n';
  const TWICE = `${PROMPT}- Keep short notes about each section of a long document while reading it.\n`;
  const files = {
    ...FILES,
    'agent/prompt.md': TWICE,
    '.github/self-harness.yml': CONFIG.replace(
      'surfaces:\n',
      'surfaces:\n  - { id: prompt, path: agent/prompt.md, kind: markdown }\n',
    ),
  };
  const pruned = (draw: Draw) => draw.files.get('agent/prompt.md') !== TWICE;

  it('removes a repeated rule that costs nothing, and says so by non-inferiority', async () => {
    forge = await memoryForge({ files, tasks: TASKS, draw: (draw) => worked(3, maxSteps(draw)) });
    const record = await run({ kind: 'prune' }, 'less');
    expect(record.ending.kind).toBe('opened');
    const [candidate] = record.candidates;
    expect(candidate?.verdict?.reason).toBe('no_worse');
    expect(candidate?.verdict?.effect.overall?.low).toBeGreaterThanOrEqual(-0.05);
    expect(forge.branches.get(record.pull_request?.branch ?? '')?.files.get('agent/prompt.md')).toBe(PROMPT);
    expect(recordFindings(record)).toEqual([]);
  });

  it('keeps a rule whose loss harms', async () => {
    const draw = (one: Draw) =>
      pruned(one) && one.chance < 0.5
        ? { outcome: 'fail', verifier: { message: 'wrong' } }
        : worked(3, maxSteps(one));
    forge = await memoryForge({ files, tasks: TASKS, draw });
    const record = await run({ kind: 'prune' }, 'less');
    expect(record.ending.kind).toBe('nothing_accepted');
    expect(record.candidates[0]?.verdict?.reason).toBe('harm_proven');
  });

  it('finds nothing to take back where it added nothing', async () => {
    forge = await memoryForge({ files: FILES, tasks: TASKS, draw: () => ({ outcome: 'pass' }) });
    const record = await run({ kind: 'prune' }, 'less');
    expect(record.ending.kind).toBe('nothing_to_fix');
  });

  it('judges again from the record what it judged', async () => {
    forge = await memoryForge({ files, tasks: TASKS, draw: (draw) => worked(3, maxSteps(draw)) });
    const record = await run({ kind: 'prune' }, 'less');
    const { standings } = examineCells(basisOf(record), record.experiment.blocks, record.cells);
    expect(standings.map((one) => verdictOf(one, { settings: record.settings, ended: true }))).toEqual(
      record.candidates.map(({ verdict }) => verdict),
    );
  });
});
