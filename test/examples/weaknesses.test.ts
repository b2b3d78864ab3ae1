import { beforeAll, describe, expect, test } from 'vitest';
import type { NativeTrial } from '../../src/traces/formats/native.ts';
import {
  description,
  evaluate,
  type FileEdit,
  groundTruth,
  knob,
  passRate,
  rule,
  tasksOf,
} from './ticket-agent.ts';

const GROUPS = ['audit', 'log', 'reply', 'update', 'refund', 'knowledge', 'easy', 'never'];
const ATTEMPTS = 12;

/** One arm name for all, so that a difference comes from the harness alone. */
const rates = (edits: readonly FileEdit[]) => {
  const { verdicts } = evaluate(edits, { attempts: ATTEMPTS, arm: 'one' });
  return Object.fromEntries(GROUPS.map((group) => [group, passRate(verdicts, group)]));
};

let baseline: Record<string, number> = {};
beforeAll(() => {
  baseline = rates([]);
});

const VERIFY = 'Before submitting, verify that every file you wrote is complete.';
const PRECHECK =
  'Before you change or pay anything, check the status of the ticket: locks, holds and disputes.';
const NO_REPEAT =
  'If a call fails, do not make the same call again: read the error and try a different approach.';

describe('the baseline', () => {
  test('fails most of what is planted, passes what is easy, and never what is beyond the model', () => {
    for (const group of ['audit', 'log', 'reply', 'update', 'refund']) {
      expect(baseline[group]).toBeGreaterThan(0.1);
      expect(baseline[group]).toBeLessThan(0.4);
    }
    expect(baseline.easy).toBeGreaterThan(0.88);
    expect(baseline.never).toBe(0);
  });
});

const RIGHT: [string, string, FileEdit[], number][] = [
  ['a larger step budget', 'audit', [knob('max_steps', 18)], 0.8],
  ['twice that budget', 'audit', [knob('max_steps', 24)], 0.8],
  ['longer observations', 'log', [knob('max_observation_chars', 2400)], 0.85],
  ['twice the observations', 'log', [knob('max_observation_chars', 1200)], 0.7],
  ['a rule to read on', 'log', [rule('When an output is truncated, read the rest of it.')], 0.75],
  ['the gate before the finish', 'reply', [knob('verify_before_finish', true)], 0.8],
  ['a rule to verify', 'reply', [rule(VERIFY)], 0.8],
  [
    'that rule in other words',
    'reply',
    [rule('Never hand in your work until you have gone over it again.')],
    0.8,
  ],
  [
    'that rule in the description of the tool',
    'reply',
    [description('submit', `Hands in the answer. ${VERIFY}`)],
    0.8,
  ],
  ['a loop breaker', 'update', [knob('repeat_limit', 3)], 0.85],
  ['a rule against repeating', 'update', [rule(NO_REPEAT)], 0.8],
  [
    'that rule in other words',
    'update',
    [rule('An error means that this call will not work. Choose another way instead of repeating it.')],
    0.8,
  ],
  ['a rule to look first', 'refund', [rule(PRECHECK)], 0.8],
  [
    'that rule in other words',
    'refund',
    [rule('Never pay unless you have looked up whether the ticket is locked.')],
    0.8,
  ],
  ['retries by the loop', 'knowledge', [knob('tool_retries', 2)], 0.85],
];

describe('the right edit', () => {
  test.each(RIGHT)('%s repairs %s and leaves the rest', (_, repaired, edits, least) => {
    const after = rates(edits);
    expect(after[repaired]).toBeGreaterThan(least);
    for (const group of GROUPS.filter((one) => one !== repaired)) {
      expect(Math.abs((after[group] ?? 0) - (baseline[group] ?? 0))).toBeLessThan(0.12);
    }
  });

  test('all of them together hold', () => {
    const after = rates([
      knob('max_steps', 18),
      knob('max_observation_chars', 2400),
      knob('verify_before_finish', true),
      knob('repeat_limit', 3),
      rule(PRECHECK),
      knob('tool_retries', 2),
    ]);
    for (const group of GROUPS.filter((one) => one !== 'never')) expect(after[group]).toBeGreaterThan(0.8);
    expect(after.never).toBe(0);
  });
});

describe('the tempting edit', () => {
  test('a longer tool timeout: the connection never answers, and the wall clock runs out', () => {
    for (const seconds of [30, 40]) {
      const { verdicts } = evaluate([knob('tool_timeout_s', seconds)], {
        tasks: tasksOf('knowledge'),
        attempts: ATTEMPTS,
        arm: 'one',
      });
      expect(passRate(verdicts, 'knowledge')).toBeLessThan((baseline.knowledge ?? 0) - 0.25);
      expect(
        verdicts.filter((trial) => trial.reason === 'wall clock limit reached (100 s)').length,
      ).toBeGreaterThan(15);
    }
  });

  test('very long observations: they flood the context', () => {
    const after = rates([knob('max_observation_chars', 6000)]);
    expect(after.easy).toBeLessThan((baseline.easy ?? 0) - 0.2);
  });

  test('a rule to stop exploring: sums stay incomplete', () => {
    expect(
      rates([rule('Stop gathering information after 8 steps and answer with what you have.')]).audit,
    ).toBeLessThan(0.05);
  });
});

describe('what has no effect', () => {
  const same = (edits: readonly FileEdit[]) => {
    const after = rates(edits);
    for (const group of GROUPS)
      expect(Math.abs((after[group] ?? 0) - (baseline[group] ?? 0))).toBeLessThan(0.12);
  };

  test('a rule about something else', () => same([rule('Write the numbers from one to twelve as words.')]));

  test('the word without the rule', () =>
    same([rule('Some tasks verify an order; the word is in their text.')]));

  test('the opposite of the rule', () =>
    same([rule('There is no need to verify anything before you submit.')]));

  test('a rule that nobody can keep in mind: the longer the prompt, the less of it is done', () => {
    const filler = 'The branch in the old town was painted green. '.repeat(200);
    const replies = { tasks: tasksOf('reply'), attempts: 40, arm: 'one' };
    const short = passRate(evaluate([rule(VERIFY)], replies).verdicts, 'reply');
    const long = passRate(evaluate([rule(`${filler}\n- ${VERIFY}`)], replies).verdicts, 'reply');
    expect(long).toBeLessThan(short - 0.15);
  });
});

describe('edits act by mechanism', () => {
  const agentTurns = (trial: NativeTrial | undefined) =>
    (trial?.steps ?? []).filter((step) => step.role === 'agent').map((step) => [step.text, step.tool_calls]);

  test('a step budget changes nothing before it is used up', () => {
    const asked = { tasks: tasksOf('audit'), attempts: 3, arm: 'one' };
    const [short, long] = [evaluate([], asked).trials, evaluate([knob('max_steps', 18)], asked).trials];
    for (const [index, trial] of short.entries()) {
      expect(agentTurns(long[index]).slice(0, 12)).toEqual(agentTurns(trial));
      if (trial.reason === 'step limit reached (12)') expect(agentTurns(trial)).toHaveLength(12);
    }
    expect(short.some((trial) => trial.reason === 'step limit reached (12)')).toBe(true);
  });

  test('an observation is cut where the policy says, and the marker counts what is missing', () => {
    const { trials } = evaluate([], { tasks: ['log-02'], attempts: 1 });
    const seen =
      trials[0]?.steps?.find((step) => step.tool_calls?.[0]?.name === 'read_file')?.observation ?? '';
    expect(seen).toMatch(/\n\[output truncated: 600 of 1\d{3} characters shown\]$/);
    expect(seen.indexOf('\n[output truncated')).toBe(600);
  });

  test('the loop guard speaks up at the limit and stops the call after it', () => {
    const { trials } = evaluate([knob('repeat_limit', 2)], { tasks: tasksOf('update'), attempts: 10 });
    const guarded = trials
      .flatMap((trial) => trial.steps ?? [])
      .filter((step) => step.observation?.includes('[loop guard]'));
    expect(guarded.length).toBeGreaterThan(15);
    expect(guarded[0]?.observation).toContain('error: 4');
  });
});

describe('the ground truth', () => {
  test('labels nearly every failure of a planted task, and the traces show the mechanism', async () => {
    const { trials } = evaluate([], { attempts: 5 });
    const planted = new Map(groundTruth.tasks.map((task) => [task.id, task.weakness]));
    const failing = trials.filter((trial) => trial.outcome === 'fail' && planted.get(trial.task_id));
    const labelled = failing.filter((trial) => {
      const weakness = groundTruth.weaknesses.find((one) => one.id === planted.get(trial.task_id));
      const { field, matches } = weakness?.labelled_when ?? { field: 'reason', matches: '$^' };
      const said = field === 'reason' ? trial.reason : trial.verifier?.message;
      return new RegExp(matches).test(said ?? '');
    });
    expect(labelled.length / failing.length).toBeGreaterThan(0.9);
  });

  test('the faulty verifier says the same in every attempt', () => {
    const { trials } = evaluate([], { tasks: ['update-10'], attempts: 30 });
    const messages = new Set(
      trials.filter((trial) => trial.outcome === 'fail').map((trial) => trial.verifier?.message),
    );
    expect([...messages]).toEqual(['AssertionError: expected reopened_at to equal 2026-02-30T00:00:00Z']);
  });

  test('what is beyond the model fails in more than one way, with no error and nothing cut', () => {
    const beyond = groundTruth.tasks
      .filter((task) => task.set_apart === 'beyond_model')
      .map((task) => task.id);
    const { trials } = evaluate([], { tasks: beyond, attempts: 20 });
    const judged = trials.filter((trial) => trial.outcome !== 'invalid');
    expect(judged.every((trial) => trial.outcome === 'fail' && !trial.reason)).toBe(true);
    for (const id of beyond) {
      const said = new Set(
        judged.filter((trial) => trial.task_id === id).map((trial) => trial.verifier?.message),
      );
      expect(said.size).toBeGreaterThan(1);
    }
    for (const step of judged.flatMap((trial) => trial.steps ?? [])) {
      expect(step.error ?? '').toBe('');
      expect(step.observation ?? '').not.toContain('truncated');
    }
  });
});
