import { afterEach, expect, it } from 'vitest';
import { runCampaign } from '../../src/campaign/campaign.ts';
import type { Durable } from '../../src/campaign/context.ts';
import { StepFailure } from '../../src/campaign/engine.ts';
import { renderAnswer } from '../../src/evidence/check-run.ts';
import { ForgeError } from '../../src/forge/forge.ts';
import { type MemoryForge, memoryForge } from './memory-forge.ts';
import { depsOf, FILES, input, maxSteps, straight, TASKS, worked } from './scenario.ts';

let forge: MemoryForge;
afterEach(() => forge.remove());

/** As the engine does: what the host refuses fails the step for good. */
const durable: Durable = {
  ...straight,
  step: (_name, effect) =>
    effect().catch((error) => {
      throw error instanceof ForgeError ? new StepFailure(error.message) : error;
    }),
};

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
  const record = await runCampaign(input(), durable, depsOf(refusing));
  expect(record.ending.kind).toBe('failed');
  const branch = record.pull_request?.branch ?? '';
  expect(record.ending.reason).toContain('GitHub would not. Tick the box.');
  expect(record.ending.reason).toContain(branch);
  expect([...forge.branches.keys()].sort()).toEqual([branch, 'self-harness/ledger'].sort());
  expect(renderAnswer(record)).toMatch(/^\*\*GitHub would not\. Tick the box\./);
});
