/** A small agent repository and ways its trials may turn out, for campaign tests. */
import type { CampaignDeps, CampaignInput, Durable, Progress } from '../../src/campaign/context.ts';
import { StepFailure } from '../../src/campaign/engine/engine.ts';
import { type Forge, ForgeError } from '../../src/forge/forge.ts';
import { noModel } from '../../src/model/none.ts';
import type { Draw, DrawnTrial } from './memory-forge.ts';

export const CONFIG = `agent:
  model: test/agent
surfaces:
  - id: runtime
    path: agent/harness.yaml
    kind: yaml
    knobs:
      - { pointer: /max_steps, role: step_budget, min: 5, max: 100 }
eval:
  command: eval
`;

export const FILES: Readonly<Record<string, string>> = {
  '.github/self-harness.yml': CONFIG,
  'agent/harness.yaml': 'max_steps: 10 # turns\n',
  'eval/run.js': '// the eval\n',
};

export const TASKS = Array.from({ length: 64 }, (_, i) => `task-${String(i + 1).padStart(2, '0')}`);

export function input(seed = 7, rule: CampaignInput['rule'] = null): CampaignInput {
  return {
    id: `t-${seed}`,
    repository: 'memory',
    trigger: 'test',
    seed,
    rule,
    origin: null,
    mode: { kind: 'improve' },
  };
}

/** Runs every step at once and remembers nothing. */
export const straight: Durable = {
  step: (_name, effect) => effect(),
  async poll(_name, _pauseMs, look) {
    for (;;) {
      const found = await look();
      if (found !== null) return found;
    }
  },
};

/** As the engine does: what the host refuses fails the step for good. */
export const strict: Durable = {
  ...straight,
  step: (_name, effect) =>
    effect().catch((error) => {
      throw error instanceof ForgeError ? new StepFailure(error.message) : error;
    }),
};

export function depsOf(forge: Forge, heard: Progress[] = []): CampaignDeps {
  return {
    openForge: async () => forge,
    openModel: () => noModel(),
    redact: async (text) => text,
    now: () => new Date('2026-01-01T00:00:00Z'),
    report: (progress) => void heard.push(progress),
    endNote: async () => null,
    lookMs: 0,
    pauseMs: 0,
  };
}

export function maxSteps(draw: Draw): number {
  return Number(/max_steps: (\d+)/.exec(draw.files.get('agent/harness.yaml') ?? '')?.[1]);
}

/** A trial of an agent that works for `steps` turns and is cut off at the budget. */
export function worked(steps: number, budget: number): DrawnTrial {
  const done = Math.min(steps, budget);
  const turns = Array.from({ length: done }, (_, i) => ({
    role: 'agent',
    text: `Turn ${i + 1}`,
    tool_calls: [{ id: `c${i}`, name: 'read', arguments: { page: i } }],
    observation: `page ${i}`,
  }));
  if (steps > budget) {
    return {
      outcome: 'fail',
      reason: `step limit reached (${budget})`,
      steps: turns,
      verifier: { message: 'no answer' },
    };
  }
  return { outcome: 'pass', steps: [...turns, { role: 'agent', text: 'Done.' }] };
}

/** A trial that ends well or badly whatever the harness says; it looks like a spent step budget when it fails. */
export function indifferent(passes: boolean, budget: number): DrawnTrial {
  return passes ? worked(3, budget) : worked(budget + 1, budget);
}
