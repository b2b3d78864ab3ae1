import { afterEach, expect, it } from 'vitest';
import { runCampaign } from '../../src/campaign/campaign.ts';
import { renderAnswer } from '../../src/evidence/check-run.ts';
import { ForgeError } from '../../src/forge/forge.ts';
import { createRedactor } from '../../src/traces/redact.ts';
import { type MemoryForge, memoryForge } from './memory-forge.ts';
import { depsOf, FILES, input, maxSteps, straight, strict, TASKS, worked } from './scenario.ts';

let forge: MemoryForge;
afterEach(() => forge.remove());

/** A campaign that proves an edit, on a forge that refuses something. */
async function refused(refusing: (forge: MemoryForge) => Partial<MemoryForge>) {
  forge = await memoryForge({
    files: FILES,
    tasks: TASKS,
    draw: (draw) => worked(Number(draw.task.slice(-2)) % 2 === 0 ? 14 : 4, maxSteps(draw)),
  });
  return runCampaign(input(), strict, depsOf({ ...forge, ...refusing(forge) }));
}

const no = () => Promise.reject(new ForgeError('GitHub would not.', 'Tick the box.'));

it('proposes nothing where the ledger may not be written, and says so', async () => {
  const record = await refused(() => ({ writeLedger: no }));
  expect(record.ending.kind).toBe('failed');
  expect(record.ending.reason).toContain('Tick the box. Without the ledger nothing could be checked');
  expect([...forge.pulls.keys()]).toEqual([]);
  expect([...forge.branches.keys()]).toEqual([record.pull_request?.branch]);
});

it('ends as failed, with the ledger written, where the branch of the edits may not be made', async () => {
  const record = await refused((real) => ({
    putBranch: (name, ...rest) =>
      name.startsWith('self-harness/improve-') ? no() : real.putBranch(name, ...rest),
  }));
  expect(record.ending.kind).toBe('failed');
  expect(record.ending.reason).toContain('their branch could not be made');
  expect([...forge.branches.keys()]).toEqual(['self-harness/ledger']);
});

it('opens its pull request although branches may not be removed', async () => {
  const record = await refused(() => ({ deleteBranch: no }));
  expect(record.ending.kind).toBe('opened');
  expect(forge.pulls.size).toBe(1);
});

it('loses nothing where the pull request may not be opened: branch, ledger and the reason are there', async () => {
  forge = await memoryForge({
    files: FILES,
    tasks: TASKS,
    draw: (draw) => worked(Number(draw.task.slice(-2)) % 2 === 0 ? 14 : 4, maxSteps(draw)),
  });
  const refusing = {
    ...forge,
    openPullRequest: () => Promise.reject(new ForgeError('GitHub would not.', 'Tick the box.')),
  };
  const record = await runCampaign(input(), strict, depsOf(refusing));
  expect(record.ending.kind).toBe('failed');
  const branch = record.pull_request?.branch ?? '';
  expect(record.ending.reason).toContain('GitHub would not. Tick the box.');
  expect(record.ending.reason).toContain(branch);
  expect([...forge.branches.keys()].sort()).toEqual([branch, 'self-harness/ledger'].sort());
  expect(renderAnswer(record)).toMatch(/^\*\*GitHub would not\. Tick the box\./);
});

it('cuts no secret in half: what is shortened is redacted whole before', async () => {
  const secret = `ghp_${'aB3dE5fG7h'.repeat(4).slice(0, 36)}`;
  const filler = (length: number) => 'wrong answer '.repeat(100).slice(0, length - 1);
  forge = await memoryForge({
    files: FILES,
    tasks: TASKS,
    draw: (draw) => {
      const number = Number(draw.task.slice(-2));
      if (number % 7 === 1 && draw.attempt === 1)
        return { outcome: 'invalid', reason: `connection reset ${filler(165)} ${secret}` };
      const trial = worked(number % 2 === 0 ? 14 : 4, maxSteps(draw));
      const message = `${filler(number % 3 === 0 ? 285 : 85)} ${secret} is refused`;
      return trial.outcome === 'fail' ? { ...trial, verifier: { message } } : trial;
    },
  });
  const redactor = createRedactor();
  const deps = { ...depsOf(forge), redact: async (text: string) => redactor.redact(text).text };
  const record = await runCampaign(input(), straight, deps);
  const files = [...(forge.branches.get('self-harness/ledger')?.files.values() ?? [])].join('\n');
  expect(files).toContain('[redacted:');
  expect(files).not.toContain(secret.slice(0, 8));
  expect(JSON.stringify(record)).not.toContain(secret.slice(0, 8));
});
