import { expect, test } from 'vitest';
import { applyEdits } from '../../src/harness/apply.ts';
import type { Edit } from '../../src/harness/edit.ts';
import { undoEdits } from '../../src/proposing/catalog/undo.ts';
import { prompt, rule, runtime } from './builders.ts';

const CONTENT = '# limits\nsteps: 12 # per run\nretry:\n  wait: 1\n  times: 2\n';

test.each<[string, Edit[]]>([
  ['a turned knob', [{ op: 'set', pointer: '/steps', value: 24 }]],
  ['a new key', [{ op: 'add', pointer: '/retry/jitter', value: true }]],
  [
    'several',
    [
      { op: 'set', pointer: '/steps', value: 24 },
      { op: 'set', pointer: '/retry/wait', value: 3 },
    ],
  ],
])('%s is restored byte for byte', (_, edits) => {
  const there = applyEdits(runtime(), CONTENT, edits);
  const back = there.ok
    ? applyEdits(runtime(), there.content, undoEdits(runtime(), CONTENT, edits) ?? [])
    : there;
  expect(back.ok && back.content).toBe(CONTENT);
});

test('a removed key comes back with its value', () => {
  expect(undoEdits(runtime(), CONTENT, [{ op: 'remove', pointer: '/retry/times' }])).toEqual([
    { op: 'add', pointer: '/retry/times', value: 2 },
  ]);
});

test('text edits and members of lists have no recorded undo', () => {
  expect(undoEdits(prompt(), '- a\n', [rule('b')])).toBeUndefined();
  expect(undoEdits(runtime(), 'list: [1, 2]\n', [{ op: 'remove', pointer: '/list/0' }])).toBeUndefined();
});
