import { afterEach, expect, it } from 'vitest';
import { runCampaign } from '../../src/campaign/campaign.ts';
import { checkCampaign, type StoredCampaign } from '../../src/commands/ledger.ts';
import { renderAnswer } from '../../src/evidence/check-run.ts';
import { ForgeError } from '../../src/forge/forge.ts';
import { createRedactor } from '../../src/traces/redact/redact.ts';
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

/** What the ledger of the campaign holds, as `ledger verify` reads it. */
function inLedger(campaign: string): StoredCampaign {
  const files = forge.branches.get('self-harness/ledger')?.files;
  const read = (file: string) => files?.get(`campaigns/${campaign}/${file}`) ?? null;
  return {
    place: campaign,
    record: read('campaign.json') ?? '',
    trajectories: read('trajectories.jsonl'),
    pullRequest: read('pull-request.md'),
    ledger: files?.get('ledger.jsonl') ?? null,
  };
}

it('says how cited runs ended and which tools they called, and all of it can be checked', async () => {
  const secret = `ghp_${'aB3dE5fG7h'.repeat(4).slice(0, 36)}`;
  forge = await memoryForge({
    files: FILES,
    tasks: TASKS,
    draw: (draw) => {
      const trial = worked(Number(draw.task.slice(-2)) % 2 === 0 ? 14 : 4, maxSteps(draw));
      const look = { id: 'l', name: `look_${secret}`, arguments: { at: 'here' } };
      const steps = [...(Array.isArray(trial.steps) ? trial.steps : [])].map((step) =>
        step.tool_calls === undefined ? step : { ...step, tool_calls: [look, ...step.tool_calls] },
      );
      return {
        ...trial,
        steps,
        ...(trial.outcome === 'fail' ? { stop: 'step_limit', reason: `${trial.reason} by ${secret}` } : {}),
      };
    },
  });
  const redactor = createRedactor();
  const deps = { ...depsOf(forge), redact: async (text: string) => redactor.redact(text).text };
  const record = await runCampaign(input(), straight, deps);
  const stored = inLedger(record.id);
  expect(checkCampaign(stored)).toMatchObject({ findings: [], notes: [] });
  expect(JSON.stringify(stored)).not.toContain(secret.slice(0, 8));
  const [weakness] = record.weaknesses;
  const cited = new Set(weakness?.evidence.map((one) => one.trial));
  expect(weakness?.ends?.map((end) => end.trial)).toEqual([...cited]);
  for (const end of weakness?.ends ?? []) expect(end).toMatchObject({ steps: 10, stop: 'step_limit' });
  expect(weakness?.ends?.[0]?.reason).toMatch(/^step limit reached \(10\) by \[redacted:/);
  // Of two calls in a step the quoted one is named; what was said beside it is nobody's answer.
  expect(new Set(weakness?.evidence.map((one) => [one.field, one.tool].join()))).toEqual(
    new Set(['text,', 'arguments,read']),
  );
  expect(stored.pullRequest).toMatch(
    /Step 9, the last, the agent said:\n\n```text\nTurn 10\n```\n\nStep 9, the last, the agent called `read` with:/,
  );
  expect(stored.pullRequest).toContain(
    'The run was cut off at its step limit: `step limit reached (10) by [redacted:',
  );
  expect(stored.pullRequest).toContain('The eval said: `no answer`.');
});
