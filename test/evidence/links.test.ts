import { expect, test } from 'vitest';
import { linked } from '../../src/evidence/links.ts';

test.each([
  'https://github.com/octo/agent/blob/0123abc/campaigns/c1/trajectories.jsonl#L3-L9',
  'https://harness.example.com:8443/octo/agent/actions/runs/1',
  'http://ghes.internal/octo/agent/actions/runs/1',
])('%s becomes a link', (url) => {
  expect(linked('the run', url)).toBe(`[the run](${url})`);
});

test.each([
  null,
  'javascript:alert(1)',
  'https://github.com/a) [b](https://evil.example/',
  'https://user:pass@github.com/a',
  'https://github.com/a b',
  '//github.com/a',
])('%s stays out, and the text stays', (url) => {
  expect(linked('the run', url)).toBe('the run');
});
