import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { TEXT_RULES } from '../../src/proposing/catalog/rules.ts';
import { load } from './ticket-agent.ts';

const fn = <T>() => z.custom<T>((value) => typeof value === 'function');

const { readInstructions } = await load(
  'agent/model/instructions.js',
  z.object({ readInstructions: fn<(text: string) => Map<string, { strength: number }>>() }),
);
const { readYaml } = await load(
  'agent/yaml.js',
  z.object({ readYaml: fn<(text: string, file: string) => unknown>() }),
);
const { createScriptedModel } = await load(
  'agent/model/scripted.js',
  z.object({
    createScriptedModel:
      fn<
        (seed: string) => { complete: (request: { messages: object[]; tools: object[] }) => Promise<unknown> }
      >(),
  }),
);

describe('how the scripted model reads rules', () => {
  const rules: [string, string[]][] = [
    [
      'verify',
      [
        'Before submitting, verify that every file you wrote is complete.',
        'Never submit without reviewing what you wrote.',
        'Double-check the file, then submit.',
        'Only submit once the reply has been validated.',
        'Do not hand it in yet. First proofread what you wrote.',
        'You are not done until you have gone over your work again.',
      ],
    ],
    [
      'precheck',
      [
        'Before you change anything, check the status of the ticket.',
        'Never pay unless you have looked up whether the ticket is locked.',
        'Look at the lock and the hold of a ticket first; only then refund.',
        'Verify all preconditions prior to any action.',
      ],
    ],
    [
      'no_repeat',
      [
        'If a call fails, do not make the same call again.',
        'After an error, choose a different approach.',
        'Do not try the same thing twice when it failed.',
      ],
    ],
    [
      'read_rest',
      [
        'When an output is truncated, read the rest of it.',
        'If the output was cut off, fetch the remaining lines.',
      ],
    ],
    [
      'retry_timeout',
      ['A call that timed out is worth another try.', 'Retry calls that fail for a temporary reason.'],
    ],
    [
      'stop_exploring',
      [
        'Stop gathering information after 8 steps and answer.',
        'After half of the steps, start to write the answer.',
      ],
    ],
  ];
  test.each(rules.flatMap(([rule, texts]) => texts.map((text) => [rule, text] as const)))(
    '%s: %s',
    (rule, text) => {
      expect([...readInstructions(text).keys()]).toContain(rule);
      expect(readInstructions(text).get(rule)?.strength).toBeGreaterThan(0);
    },
  );

  test.each([
    'Submit quickly.',
    'Check the weather.',
    'Keep every number and name as you found it.',
    'Ticket records start with their fields.',
    'When a call times out, split its work into smaller parts; the same call would time out again.',
  ])('nothing: %s', (text) => {
    expect(readInstructions(text).size).toBe(0);
  });

  test.each([
    'There is no need to verify before you submit.',
    'Do not bother checking your work before submitting.',
  ])('the opposite: %s', (text) => {
    expect(readInstructions(text).get('verify')?.strength).toBe(-1);
  });

  test('a request is weaker than an order', () => {
    const weak = readInstructions('You should try to check the file before you submit.').get(
      'verify',
    )?.strength;
    expect(weak).toBeLessThan(
      readInstructions('Always check the file before you submit.').get('verify')?.strength ?? 0,
    );
  });

  test('a rule is read across wrapped lines and not across paragraphs', () => {
    expect(readInstructions('Check the reply\nbefore you submit.').has('verify')).toBe(true);
    expect(readInstructions('Check the reply.\n\nThen something else. Submit.').has('verify')).toBe(false);
  });

  test("the catalog's rules against the planted weaknesses are understood", () => {
    const understood = (id: string) => [
      ...readInstructions(TEXT_RULES.find((rule) => rule.id === id)?.text ?? '').keys(),
    ];
    expect(understood('rule_verify_before_finish')).toContain('verify');
    expect(understood('rule_check_preconditions')).toContain('precheck');
    expect(understood('rule_change_before_retry')).toContain('no_repeat');
    expect(understood('rule_narrow_output')).toContain('read_rest');
    expect(understood('rule_retry_timeout')).toContain('retry_timeout');
  });
});

describe('how it decides', () => {
  const messages = [
    { role: 'system', content: 'You work on the support desk.' },
    { role: 'user', content: 'Refund 12.50 on TCK-1 and submit "refunded".' },
  ];
  const tools = ['ticket_status', 'issue_refund', 'submit'].map((name) => ({
    name,
    description: '',
    parameters: {},
  }));

  test('by the conversation and the seed, and by nothing it remembers', async () => {
    const model = createScriptedModel('s');
    const first = await model.complete({ messages, tools });
    await model.complete({ messages: [...messages, { role: 'assistant', content: 'Hm.' }], tools });
    expect(await model.complete({ messages, tools })).toEqual(first);
  });

  test('at random: another seed may decide otherwise', async () => {
    const moves = await Promise.all(
      Array.from({ length: 40 }, (_, seed) => createScriptedModel(`s${seed}`).complete({ messages, tools })),
    );
    expect(new Set(moves.map((move) => JSON.stringify(move))).size).toBeGreaterThan(1);
  });

  test('and says that a conversation is too long for it', async () => {
    const long = [...messages, { role: 'user', content: 'x'.repeat(30_000) }];
    expect(await createScriptedModel('s').complete({ messages: long, tools })).toMatchObject({
      contextFull: expect.stringContaining('the model reads 6000'),
    });
  });
});

describe('the reader of harness.yaml', () => {
  test('agrees with a YAML library on what it reads', () => {
    const text = 'a:\n  b: 1 # one\n  c: "x # y"\n\n  d:\n    e: -2.5\nf: true\ng: plain text\nh: ~\n';
    expect(readYaml(text, 'f.yaml')).toEqual(parse(text));
  });

  test.each([
    ['a list', 'a:\n  - 1\n', 'f.yaml:2: expected "key: value"'],
    ['a key twice', 'a: 1\na: 2\n', 'f.yaml:2: "a" is there twice'],
    ['a tab', 'a:\n\tb: 1\n', 'f.yaml:2: a tab'],
    ['odd indentation', 'a:\n   b: 1\n', 'f.yaml:2: the indentation'],
    ['too deep', 'a: 1\n    b: 1\n', 'f.yaml:2: "b" is indented deeper'],
    ['an anchor', 'a: &x 1\n', 'f.yaml:1: the value'],
    ['a flow map', 'a: {b: 1}\n', 'f.yaml:1: the value'],
    ['a number with a sign it does not know', 'a: +1\n', 'f.yaml:1: the value'],
    ['an octal-looking number', 'a: 012\n', 'f.yaml:1: the value'],
  ])('refuses %s', (_, text, message) => {
    expect(() => readYaml(text, 'f.yaml')).toThrow(message);
  });
});
