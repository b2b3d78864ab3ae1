import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../src/harness/apply.ts';
import { guard } from '../../src/harness/guards.ts';
import { KnobRole, type Surface } from '../../src/harness/surface.ts';
import { Mechanism } from '../../src/mining/vocabulary.ts';
import type { Weakness } from '../../src/mining/weakness.ts';
import { catalogProposals } from '../../src/proposing/catalog/catalog.ts';
import { TEXT_RULES } from '../../src/proposing/catalog/rules.ts';
import { isNearDuplicate } from '../../src/proposing/novelty.ts';
import { Proposal } from '../../src/proposing/proposal.ts';
import { prompt, proposal, rule, runtime, weakness } from './builders.ts';

const PROMPT = '# Agent\n\n## Rules\n\n- Be brief.\n- Be exact.\n';

function propose(
  weaknesses: readonly Weakness[],
  files: readonly (readonly [Surface, string])[],
  refused: readonly string[] = [],
): Proposal[] {
  return catalogProposals({
    weaknesses,
    surfaces: files.map(([surface]) => surface),
    contents: new Map(files.map(([surface, content]) => [surface.id, content])),
    refused: new Set(refused),
  });
}

const edits = (proposals: readonly Proposal[]) => proposals.flatMap((one) => one.edits);

describe('knobs', () => {
  const steps = runtime({ pointer: '/max_steps', role: 'step_budget', min: 5, max: 60 });

  test('a numeric knob takes geometric steps within its bounds, the doubling first', () => {
    const values = (content: string) =>
      edits(propose([weakness('step_budget_exhausted')], [[steps, content]]));
    expect(values('max_steps: 12\n')).toEqual(
      [24, 18, 36].map((value) => ({ op: 'set', pointer: '/max_steps', value })),
    );
    expect(values('max_steps: 40\n')).toEqual([{ op: 'set', pointer: '/max_steps', value: 60 }]);
    expect(values('max_steps: 58\n')).toEqual([]);
    expect(values('max_steps: 60\n')).toEqual([]);
  });

  test('a refused step makes room for the next', () => {
    const files = [[steps, 'max_steps: 12\n']] as const;
    const [first] = propose([weakness('step_budget_exhausted')], files);
    const [next] = propose([weakness('step_budget_exhausted')], files, [first?.id ?? '']);
    expect(next?.title).toBe('Raise the step budget from 12 to 18');
  });

  test.each<[string, Parameters<typeof runtime>[0], string, unknown]>([
    [
      'off',
      { pointer: '/k', role: 'repeat_limit', min: 0, max: 10 },
      'k: 0\n',
      { op: 'set', pointer: '/k', value: 3 },
    ],
    [
      'null',
      { pointer: '/k', role: 'repeat_limit', min: 1, max: 10 },
      'k:\n',
      { op: 'set', pointer: '/k', value: 3 },
    ],
    ['absent', { pointer: '/k', role: 'repeat_limit' }, 'other: 1\n', { op: 'add', pointer: '/k', value: 3 }],
    ['lax', { pointer: '/k', role: 'repeat_limit' }, 'k: 8\n', { op: 'set', pointer: '/k', value: 4 }],
  ])('a loop breaker that is %s is set or tightened', (_, knob, content, expected) => {
    const [first] = propose([weakness('repeated_failing_call')], [[runtime(knob), content]]);
    expect(first?.edits).toEqual([expected]);
  });

  test('a loop breaker never goes under two equal calls', () => {
    const knob = { pointer: '/k', role: 'repeat_limit' } as const;
    expect(propose([weakness('repeated_failing_call')], [[runtime(knob), 'k: 2\n']])).toEqual([]);
  });

  test.each<[string, Parameters<typeof runtime>[0], string, unknown[]]>([
    ['a boolean', { pointer: '/k', role: 'verify_before_finish' }, 'k: false\n', [true]],
    [
      'levels',
      { pointer: '/k', role: 'verify_before_finish', values: ['off', 'warn', 'require'] },
      'k: warn\n',
      ['require'],
    ],
    [
      'levels from the bottom',
      { pointer: '/k', role: 'verify_before_finish', values: ['off', 'warn', 'require'] },
      'k: off\n',
      ['warn', 'require'],
    ],
    ['on already', { pointer: '/k', role: 'verify_before_finish' }, 'k: true\n', []],
  ])('a switch is turned up: %s', (_, knob, content, values) => {
    const proposals = propose([weakness('finished_unverified')], [[runtime(knob), content]]);
    expect(edits(proposals).map((edit) => 'value' in edit && edit.value)).toEqual(values);
  });

  test('retries are switched on with a wait between them, and a wait alone is not proposed without retries', () => {
    const surface = runtime(
      { pointer: '/retries', role: 'retry_limit', min: 0, max: 5 },
      { pointer: '/wait', role: 'retry_backoff', min: 0, max: 60 },
    );
    const proposals = propose([weakness('unrecovered_tool_error')], [[surface, 'retries: 0\nwait: 0\n']]);
    expect(proposals.map((one) => one.edits)).toEqual([
      [
        { op: 'set', pointer: '/retries', value: 2 },
        { op: 'set', pointer: '/wait', value: 1 },
      ],
    ]);
    const waiting = propose([weakness('unrecovered_tool_error')], [[surface, 'retries: 2\nwait: 4\n']]);
    expect(waiting.map((one) => one.operator)).toContain('add_backoff');
  });

  test('undo takes a turn back byte for byte', () => {
    const content = '# limits\nmax_steps: 12 # per run\n';
    for (const one of propose([weakness('step_budget_exhausted')], [[steps, content]])) {
      const there = applyEdits(steps, content, one.edits);
      const back = there.ok ? applyEdits(steps, there.content, one.undo ?? []) : there;
      expect(back.ok && back.content).toBe(content);
    }
  });
});

describe('rules', () => {
  test('knobs come before rules, and every operator once before any a second time', () => {
    const steps = runtime({ pointer: '/max_steps', role: 'step_budget' });
    const proposals = propose(
      [weakness('step_budget_exhausted')],
      [
        [prompt(), PROMPT],
        [steps, 'max_steps: 10\n'],
      ],
    );
    expect(proposals.map((one) => one.operator)).toEqual([
      'raise_step_budget',
      'rule_plan_steps',
      'rule_batch_work',
      'raise_step_budget',
      'raise_step_budget',
    ]);
  });

  test('a rule joins the list it belongs to', () => {
    const [first] = propose([weakness('finished_unverified')], [[prompt(), PROMPT]]);
    const applied = applyEdits(prompt(), PROMPT, first?.edits ?? []);
    expect(applied.ok && applied.content).toMatch(/- Be exact\.\n- Before you finish, verify .*\.\n$/);
  });

  test('what the prompt says already is not proposed again, whatever its words', () => {
    const content = `${PROMPT}- Always verify the result against each requirement of the task before finishing: run it or read it back, mend what fails, and finish only after the check passed.\n`;
    const proposals = propose([weakness('finished_unverified')], [[prompt(), content]]);
    expect(proposals.map((one) => one.operator)).not.toContain('rule_verify_before_finish');
  });

  test('the main prompt is preferred to tool descriptions and examples', () => {
    const files = ['tools.md', 'examples.md', 'system-prompt.md'].map(
      (path) => [prompt({ id: path.replace('.md', ''), path: `agent/${path}` }), PROMPT] as const,
    );
    const proposals = propose([weakness('stopped_early')], files);
    expect(new Set(proposals.map((one) => one.surface))).toEqual(new Set(['system-prompt']));
  });

  test('a prompt inside a structured file takes rules where its knob is named instructions', () => {
    const surface = runtime({ pointer: '/agent/prompt', role: 'instructions' });
    const content = 'agent:\n  prompt: |\n    Rules:\n    - Be brief.\n    - Be exact.\n  model: x # fixed\n';
    const [first] = propose([weakness('finished_unverified')], [[surface, content]]);
    const applied = applyEdits(surface, content, first?.edits ?? []);
    expect(applied.ok && applied.content.split('\n').slice(0, 6).join('\n')).toMatch(
      /^agent:\n {2}prompt: \|\n {4}Rules:\n {4}- Be brief\.\n {4}- Be exact\.\n {4}- Before you finish, /,
    );
    expect(applied.ok && applied.content).toMatch(/\n {2}model: x # fixed\n$/);
  });

  test('a full surface gets no rule', () => {
    expect(propose([weakness('stopped_early')], [[prompt({ max_chars: 60 }), PROMPT]])).toEqual([]);
  });
});

test('no weakness, no addressable one, or no lever: no proposal', () => {
  expect(propose([], [[prompt(), PROMPT]])).toEqual([]);
  expect(propose([weakness('stopped_early', { addressable: false })], [[prompt(), PROMPT]])).toEqual([]);
  expect(propose([weakness('unknown'), weakness('refusal')], [[prompt(), PROMPT]])).toEqual([]);
  expect(propose([weakness('stopped_early')], [])).toEqual([]);
});

test('two weaknesses that ask for the same edit share one proposal', () => {
  const one = weakness('stopped_early', { id: 'w1' });
  const two = weakness('stopped_early', { id: 'w2' });
  const proposals = propose([one, two], [[prompt(), PROMPT]]);
  expect(proposals.every((each) => each.weaknesses.join() === 'w1,w2')).toBe(true);
});

test('a shared proposal counts the trials and tasks of all its weaknesses, each once', () => {
  const one = weakness('stopped_early', { id: 'w1', trials: ['t1', 't2'], tasks: ['a', 'b'] });
  const two = weakness('stopped_early', { id: 'w2', trials: ['t2', 't3', 't4'], tasks: ['b', 'c'] });
  const three = weakness('stopped_early', { id: 'w3', trials: ['t5'], tasks: ['d'] });
  const proposals = propose([one, two, three], [[prompt(), PROMPT]]);
  expect(proposals.length).toBeGreaterThan(0);
  for (const { hypothesis } of proposals) expect(hypothesis).toMatch(/^5 failing trials of 4 tasks /);
});

/** A harness with a knob of every role, switched off or low. */
const ROLES = KnobRole.options.filter((role) => role !== 'instructions');
const everything = runtime(...ROLES.map((role) => ({ pointer: `/${role}`, role, min: 0, max: 10_000 })));
const low = ROLES.map((role) => `${role}: 8 # ${role}`).join('\n');

test('every mechanism but refusal and unknown has a proposal from knobs or rules, and each passes the guards', () => {
  for (const mechanism of Mechanism.options) {
    const files = [
      [prompt(), PROMPT],
      [everything, low],
    ] as const;
    const proposals = propose([weakness(mechanism)], files);
    const isOutside = mechanism === 'refusal' || mechanism === 'unknown';
    expect(proposals.length > 0, mechanism).toBe(!isOutside);
    for (const one of proposals) {
      expect(Proposal.safeParse(one).success).toBe(true);
      expect(one.title.length).toBeLessThanOrEqual(72);
      const [surface, before] = one.surface === 'prompt' ? files[0] : files[1];
      const applied = applyEdits(surface, before, one.edits);
      if (!applied.ok) throw new Error(applied.failure.message);
      const limits = { maxAddedChars: 600, allowLinks: false, allowCommands: false };
      const context = {
        surface,
        before,
        after: applied.content,
        protectedGlobs: ['eval/**'],
        tasks: { ids: [] },
        limits,
      };
      expect(guard(one, context), `${one.operator} ${one.title}`).toEqual({ ok: true });
    }
  }
});

test('no two rules of the catalog say the same', () => {
  for (const [index, one] of TEXT_RULES.entries()) {
    for (const other of TEXT_RULES.slice(index + 1)) {
      const same = isNearDuplicate(proposal([rule(one.text)]), proposal([rule(other.text)]));
      expect(same, `${one.id} and ${other.id}`).toBe(false);
    }
  }
});
