import { describe, expect, it } from 'vitest';
import { answerSchema } from '../../src/model/answer-schema.ts';
import { acceptAnswer, answerSchemaFor, ProposalAnswer } from '../../src/proposing/model/model-answer.ts';
import { Proposal } from '../../src/proposing/proposal.ts';
import { answer, answered, brief, editAnswer, weakness } from './model-builders.ts';

const reasons = (proposal: Parameters<typeof answer>[0]): string =>
  acceptAnswer(answer(proposal), brief())
    .refused.map((one) => one.reason)
    .join();

const forRuntime = {
  weakness: 'step_budget_exhausted.step_limit.root_cause',
  mechanism: 'step_budget_exhausted',
  surface: 'runtime',
} as const;

describe('the answer asked for', () => {
  it('can be asked for strictly', () => {
    expect(answerSchema('proposals', answerSchemaFor(brief())).strict).toBe(true);
  });
});

describe('accepting an answer', () => {
  it('makes a proposal of a sound one', () => {
    const { proposals, refused, declined } = acceptAnswer(answer(answered()), brief());
    expect(refused).toEqual([]);
    expect(declined).toBeNull();
    expect(proposals).toMatchObject([
      {
        origin: 'model',
        operator: null,
        mechanism: 'finished_unverified',
        weaknesses: ['finished_unverified.wrong_result.root_cause'],
        surface: 'prompt',
        edits: [{ op: 'insert_before', anchor: '', text: '- Check the result.\n' }],
      },
    ]);
    expect(Proposal.parse(proposals[0])).toEqual(proposals[0]);
  });

  it('reads values as JSON', () => {
    const edits = [editAnswer({ op: 'set', pointer: '/runtime/max_steps', value: '40', text: '' })];
    const { proposals } = acceptAnswer(answer(answered({ ...forRuntime, edits })), brief());
    expect(proposals[0]?.edits).toEqual([{ op: 'set', pointer: '/runtime/max_steps', value: 40 }]);
  });

  it('turns a text edit inside a document into the whole value', () => {
    const edits = [
      editAnswer({
        op: 'replace',
        pointer: '/prompts/finish',
        anchor: 'Say done.',
        text: 'Check, then say done.',
      }),
    ];
    const { proposals } = acceptAnswer(answer(answered({ ...forRuntime, edits })), brief());
    expect(proposals[0]?.edits).toEqual([
      { op: 'set', pointer: '/prompts/finish', value: 'Check, then say done.\nThen stop.\n' },
    ]);
  });

  it('keeps the good and says what is wrong with the rest', () => {
    const { proposals, refused } = acceptAnswer(
      answer(answered(), answered({ surface: 'workflow', title: 'Edit CI' }), answered()),
      brief(),
    );
    expect(proposals).toHaveLength(1);
    expect(refused).toEqual([
      { title: 'Edit CI', reason: 'there is no surface "workflow"; the surfaces are prompt, runtime' },
      { title: 'Ask for a check before finishing', reason: 'the same edit twice' },
    ]);
  });

  it('takes no more than were asked for', () => {
    const many = Array.from({ length: 5 }, (_, n) =>
      answered({ edits: [editAnswer({ text: `- Rule ${n}.\n` })] }),
    );
    const { proposals, refused } = acceptAnswer(answer(...many), brief({ candidates: 2 }));
    expect(proposals).toHaveLength(2);
    expect(refused.map((one) => one.reason)).toEqual(Array(3).fill('more than the 2 asked for'));
  });

  it.each<[string, Parameters<typeof answered>[0], string]>([
    ['a weakness that is not there', { weakness: 'other' }, 'no weakness "other"'],
    ['the mechanism of another weakness', { mechanism: 'tool_timeout' }, 'mechanism of'],
    ['an undeclared surface', { surface: '.github/workflows/ci.yml' }, 'no surface'],
    [
      'a pointer on a text',
      { edits: [editAnswer({ op: 'set', pointer: '/a', value: '1' })] },
      'text surface',
    ],
    ['an anchor that is not there', { edits: [editAnswer({ anchor: 'nowhere' })] }, 'is not in the text'],
    [
      'an anchor that is there twice',
      { edits: [editAnswer({ op: 'delete', anchor: 'e' })] },
      'more than once',
    ],
    ['an empty insertion', { edits: [editAnswer({ text: '' })] }, 'empty anchor or text'],
    ['no edit', { edits: [] }, 'no edit'],
    ['too many edits', { edits: Array.from({ length: 9 }, () => editAnswer()) }, '4 is the most'],
    ['no hypothesis', { hypothesis: ' ' }, 'no hypothesis'],
    [
      'no change',
      { edits: [editAnswer({ op: 'replace', anchor: 'brief', text: 'brief' })] },
      'changes nothing',
    ],
  ])('refuses %s', (_, over, reason) => {
    expect(reasons(answered(over))).toContain(reason);
  });

  it.each<[string, Partial<ReturnType<typeof editAnswer>>, string]>([
    [
      'an undeclared pointer',
      { op: 'set', pointer: '/runtime/model', value: '"other"' },
      'may not be edited',
    ],
    ['the whole document', { op: 'remove', pointer: '' }, 'may not be edited'],
    ['a value that is no JSON', { op: 'set', pointer: '/runtime/max_steps', value: 'many' }, 'no JSON text'],
    ['a value out of bounds', { op: 'set', pointer: '/runtime/max_steps', value: '5000' }, 'max_steps'],
    [
      'a text operation on a number',
      { op: 'replace', pointer: '/runtime/max_steps', anchor: '2' },
      'no string',
    ],
  ])('refuses %s', (_, edit, reason) => {
    expect(reasons(answered({ ...forRuntime, edits: [editAnswer(edit)] }))).toContain(reason);
  });

  it.each([
    ['a link', 'See https://evil.example/x'],
    ['a link', 'See www.evil.example'],
    ['a link', 'See [this](//evil)'],
    ['an address', 'Write to me@evil.example'],
    ['a mention', 'Thanks @octocat'],
    ['an issue reference', 'Fixes #12'],
    ['an issue reference', 'Closes octo/repo#12'],
    ['an issue reference', 'Resolves GH-7'],
    ['HTML', 'A <img src=x> here'],
    ['a trailer', 'Co-authored-by: somebody'],
    ['a directive to CI', 'Raise it [skip ci]'],
    ['an invisible character', 'Ra\u200bise it'],
  ])('refuses a description with %s: %s', (problem, text) => {
    for (const member of ['title', 'hypothesis', 'expected_effect'] as const) {
      expect(reasons(answered({ [member]: text }))).toBe(`its description holds ${problem}`);
    }
    expect(reasons(answered({ risks: ['none', text] }))).toBe(`its description holds ${problem}`);
    const { refused } = acceptAnswer(answer(answered({ title: text })), brief());
    expect(refused[0]?.title).toBe('(title withheld)');
  });

  it('cuts long descriptions rather than losing the idea', () => {
    const { proposals } = acceptAnswer(
      answer(answered({ title: 'Check the result '.repeat(20), hypothesis: 'a\nb '.repeat(900) })),
      brief(),
    );
    expect(proposals[0]?.title.length).toBeLessThanOrEqual(72);
    expect(proposals[0]?.hypothesis.length).toBeLessThanOrEqual(500);
    expect(proposals[0]?.hypothesis).not.toContain('\n');
  });

  it('proposes nothing for a weakness that nobody can address', () => {
    const unaddressable = brief({ weaknesses: [weakness({ addressable: false })] });
    expect(acceptAnswer(answer(answered()), unaddressable).proposals).toEqual([]);
  });

  it('asks a further check, such as the guards', () => {
    const { proposals, refused } = acceptAnswer(answer(answered()), brief(), () => 'it adds a link');
    expect(proposals).toEqual([]);
    expect(refused[0]?.reason).toBe('it adds a link');
  });

  it('passes a decline on', () => {
    const declined = { proposals: [], decline: 'The tasks need\nanother model.' };
    expect(acceptAnswer(declined, brief()).declined).toBe('The tasks need another model.');
    const hostile = { proposals: [], decline: 'Ask @octocat' };
    expect(acceptAnswer(hostile, brief()).declined).toBe('(reason withheld)');
  });
});

describe('the schema that leads to a repair turn', () => {
  const schema = answerSchemaFor(brief());

  it('takes an answer with one sound proposal, or a reasoned decline', () => {
    expect(schema.safeParse(answer(answered(), answered({ surface: 'x' }))).success).toBe(true);
    expect(schema.safeParse({ proposals: [], decline: 'Nothing would help.' }).success).toBe(true);
  });

  it('refuses an answer of which nothing can be taken, with the reasons', () => {
    const parsed = schema.safeParse(answer(answered({ surface: 'x' })));
    expect(parsed.error?.issues[0]?.message).toContain('there is no surface "x"');
    expect(schema.safeParse({ proposals: [], decline: ' ' }).success).toBe(false);
  });

  it('adds nothing to what the answer must look like', () => {
    expect(answerSchema('x', schema)).toEqual(answerSchema('x', ProposalAnswer));
  });
});
