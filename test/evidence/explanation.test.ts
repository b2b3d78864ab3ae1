import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { expect, test } from 'vitest';
import { renderExplanation } from '../../src/evidence/explanation.ts';
import { CASES } from './cases.ts';

test('tells a weakness with the excerpts that show it', () => {
  const record = CASES['one-edit'];
  const [weakness] = record.weaknesses;
  if (weakness === undefined) throw new Error('the case has a weakness');
  const text = renderExplanation(record, [weakness]);
  expect(text).toContain(`failing held-in trials of ${weakness.tasks.length} tasks`);
  expect(text).toContain(weakness.evidence[0]?.quote);
});

test('keeps a hostile trace inert', () => {
  const record = CASES.hostile;
  const html = micromark(renderExplanation(record, record.weaknesses), {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
  const bare = html.replaceAll(/<code[^>]*>[\s\S]*?<\/code>/g, '');
  expect(html).toContain('@admin');
  expect(bare).not.toMatch(/@admin|#1|GH-2|evil\.example|javascript:|<img/);
});

test('gives excerpts up where a comment would be too long', () => {
  const record = CASES.shrunk;
  const many = Array.from({ length: 12 }, () => record.weaknesses).flat();
  const text = renderExplanation(record, many);
  expect(text.length).toBeLessThan(65_536);
  expect(text.match(/^### /gm)).toHaveLength(many.length);
});
