import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyEdits } from '../../src/harness/apply.ts';
import { placeRule as place } from '../../src/proposing/catalog/placement.ts';
import type { Phase } from '../../src/proposing/catalog/rules.ts';
import { prompt } from './builders.ts';

function placed(content: string, phase: Phase = 'work'): string {
  const result = applyEdits(prompt(), content, [place(content, 'NEW.', phase)]);
  if (!result.ok) throw new Error(result.failure.message);
  return result.content;
}

test.each<[string, string, string]>([
  ['a list of dashes', '# A\n\n## Rules\n\n- one\n- two\n\n## Style\n\nplain\n', '- two\n- NEW.\n\n## Style'],
  ['a numbered list', '# A\n\n## Rules\n\n1. one\n2. two\n', '2. two\n3. NEW.\n'],
  ['stars and indentation', '# A\n\n## Rules\n\n  * one\n  * two\n', '  * two\n  * NEW.\n'],
  [
    'an item of several lines',
    '## Rules\n- one\n  goes on\n- two\n  goes on\n\nAfter.\n',
    '- two\n  goes on\n- NEW.\n\nAfter.',
  ],
  ['nested items', '## Rules\n- one\n  - inner\n', '  - inner\n- NEW.\n'],
  ['a label for a heading', 'You are an agent.\n\nRules:\n- one\n- two\n\nBye.\n', '- two\n- NEW.\n\nBye.'],
  [
    'a section of prose',
    '# A\n\n## Guidelines\n\nBe kind.\n\n## Style\n\nplain\n',
    'Be kind.\n\nNEW.\n\n## Style',
  ],
  ['a heading with nothing below', '# Rules\n', '# Rules\n\n- NEW.\n'],
  ['prose without headings', 'You are an agent.\nBe kind.\n', 'Be kind.\n\nNEW.\n'],
  ['no final newline', '## Rules\n- one', '- one\n- NEW.'],
  ['nothing', '', '- NEW.\n'],
])('joins %s', (_, content, expected) => {
  expect(placed(content)).toContain(expected);
});

test('the section that fits the phase wins over general rules', () => {
  const content = '## Rules\n- one\n\n## Before you finish\n- check\n\n## Tools\n- read\n';
  expect(placed(content, 'finish')).toContain('- check\n- NEW.');
  expect(placed(content, 'tools')).toContain('- read\n- NEW.');
  expect(placed(content, 'work')).toContain('- one\n- NEW.');
});

test('a heading inside a code block is none', () => {
  const content = '## Rules\n- one\n\n```\n## Tools\n- fake\n```\n\n## Style\nplain\n';
  expect(placed(content, 'tools')).toContain('- one\n- NEW.');
});

test('a line that stands twice is anchored by what stands before it', () => {
  const content = '## Rules\n- same\n\n## Other\n- same\n';
  expect(placed(content)).toBe('## Rules\n- same\n- NEW.\n\n## Other\n- same\n');
});

test('Windows line endings stay', () => {
  expect(placed('## Rules\r\n- one\r\n- two\r\n')).toBe('## Rules\r\n- one\r\n- two\r\n- NEW.\r\n');
});

test('a rule can be placed in any text, and every line of it stays', () => {
  const line = fc.oneof(
    fc.constantFrom(
      '',
      '# Rules',
      '## Tools',
      'Notes:',
      '- item',
      '  - inner',
      '1. first',
      '2) second',
      '```',
      '---',
      'prose',
      'prose',
      '**Done**',
    ),
    fc.string({ maxLength: 12 }),
  );
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 12 }),
      fc.constantFrom<Phase>('start', 'work', 'tools', 'finish', 'output'),
      fc.boolean(),
      (lines, phase, crlf) => {
        const content = lines.join(crlf ? '\r\n' : '\n');
        const after = placed(content, phase);
        const rest = after.split(/\r?\n/);
        for (const kept of content.split(/\r?\n/).filter((text) => text.trim() !== ''))
          expect(rest).toContain(kept);
        expect(after.split('NEW.').length).toBe(content.split('NEW.').length + 1);
      },
    ),
    { numRuns: 500 },
  );
});
