import { expect, it } from 'vitest';
import type { EndNote } from '../../src/campaign/context.ts';
import { withinSteps } from '../../src/campaign/engine/step-limit.ts';
import { memoryForge } from './memory-forge.ts';
import { depsOf, FILES, straight, TASKS, worked } from './scenario.ts';

it('a campaign is told to end, as when its time is over, before the engine forgets its steps', async () => {
  const forge = await memoryForge({ files: FILES, tasks: TASKS, draw: () => worked(1, 1) });
  const asked: EndNote = { why: 'asked', reason: 'Somebody asked.' };
  let note: EndNote | null = null;
  const { durable, deps } = withinSteps(straight, { ...depsOf(forge), endNote: async () => note });
  for (let i = 0; i < 400; i++) {
    await durable.step(`step ${i}`, async () => i);
    // However often it is looked, one evaluation is one step.
    let looks = 0;
    await durable.poll(`poll ${i}`, 0, async () => (++looks < 5 ? null : looks));
  }
  expect(await deps.endNote('c1')).toBeNull();
  await durable.step('one more', async () => 0);
  expect(await deps.endNote('c1')).toMatchObject({
    why: 'out_of_time',
    reason: expect.stringContaining('800 steps'),
  });
  note = asked;
  expect(await deps.endNote('c1')).toBe(asked);
  await forge.remove();
});
