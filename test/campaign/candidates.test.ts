import { expect, test } from 'vitest';
import type { Foundation } from '../../src/campaign/context.ts';
import { stack } from '../../src/campaign/propose/candidates.ts';
import type { Candidate } from '../../src/campaign/record/record.ts';
import { loadConfig } from '../../src/config/load.ts';
import { proposal, turn } from '../proposing/builders.ts';
import { CONFIG, FILES } from './scenario.ts';

function foundation(): Foundation {
  const loaded = loadConfig(CONFIG);
  if (!loaded.ok) throw new Error('the config of the scenario holds');
  return {
    base: { branch: 'main', commit: 'base' },
    config: loaded.config,
    harnessHash: '',
    evaluatorHash: '',
    contents: { runtime: FILES['agent/harness.yaml'] ?? '' },
    startedAt: '2026-01-01T00:00:00Z',
  };
}

function candidate(id: string, steps: number): Candidate {
  return {
    id,
    proposal: proposal([turn('/max_steps', steps)], {
      surface: 'runtime',
      mechanism: 'step_budget_exhausted',
    }),
    aims: [],
    harness_hash: null,
    diff: '',
    verdict: null,
    decision: 'accepted',
    reason: '',
  };
}

test('of two accepted steps of one knob the first stays, and the other is left out by name', () => {
  const made = stack(foundation(), [candidate('c1', 20), candidate('c2', 15)], []);
  expect(made.applied.map((one) => one.id)).toEqual(['c1']);
  expect(made.plans.map((one) => one.content)).toEqual(['max_steps: 20 # turns\n']);
  expect(made.conflicts).toEqual([
    {
      candidate: 'c2',
      reason: 'c1 turns the same value, and only one of them can be had.',
    },
  ]);
});
