/** Nothing of a trace escapes: the oracle is a CommonMark parser with GitHub's extensions. */
import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { cellCode, fenced, inlineCode } from '../../src/evidence/markdown/code.ts';
import { plainLine } from '../../src/evidence/markdown/plain.ts';
import { cellProse, prose, summaryProse } from '../../src/evidence/markdown/prose.ts';
import { fold, table } from '../../src/evidence/markdown/table.ts';
import { visible, visibleLine } from '../../src/evidence/markdown/visible.ts';

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly Node[];
}

function parse(markdown: string): Node {
  return fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
}

function find(node: Node, type: string): Node[] {
  const own = node.type === type ? [node] : [];
  return [...own, ...(node.children ?? []).flatMap((child) => find(child, type))];
}

function textOf(node: Node): string {
  return node.value ?? (node.children ?? []).map(textOf).join('');
}

/** Every kind of node in the tree, once. */
function kinds(node: Node): Set<string> {
  return new Set([node.type, ...(node.children ?? []).flatMap((child) => [...kinds(child)])]);
}

/** Text nodes outside code: the only place where GitHub links mentions, references and commits afterwards. */
function bareText(node: Node): string[] {
  if (node.type === 'text') return [node.value ?? ''];
  return (node.children ?? []).flatMap(bareText);
}

/** Character references of ours as a browser reads them. */
function decoded(html: string): string {
  return html.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

const HOSTILE = [
  '@admin',
  '@org/team',
  '#1',
  'GH-12',
  'fixes #3',
  'Closes owner/repo#4',
  'owner/repo@0123abcdef0123abcdef0123abcdef0123abcdef',
  '0123abcdef0123abcdef0123abcdef0123abcdef',
  'deadbee',
  '<img src=x onerror=alert(1)>',
  '<script>',
  '<!--',
  '-->',
  '</details>',
  '</summary>',
  '![a](http://x/y.png)',
  '[a](javascript:alert(1))',
  '[a]: http://x',
  '[^1]',
  '```',
  '````',
  '~~~',
  '`',
  '``',
  '|',
  '\\|',
  '|---|',
  '\n\n',
  '\n',
  '\r\n',
  '\r',
  '\t',
  '    ',
  '# ',
  '- ',
  '1. ',
  '> ',
  '* * *',
  '---',
  '===',
  '**',
  '__',
  '~~',
  '$x$',
  ':tada:',
  'http://evil.example',
  'www.evil.example',
  'a@b.example',
  'mailto:a@b.example',
  '&amp;',
  '&#64;',
  '\\',
  '\\`',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u0000',
  '\u001b[31m',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\u{e0041}',
  '[x]',
  '[ ]',
  '> [!NOTE]',
  '\n```\n',
  '\n| a |\n|---|\n',
];
const excerpt = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...HOSTILE) },
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.lorem({ maxCount: 3 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

const SETTINGS = { seed: 20260102, numRuns: 5000 };
const TIMEOUT = 120_000;

/** What GitHub would act on in text that is not code. */
const ACTED_ON = /@\w|#\d|\bGH-\d|\b[0-9a-f]{7,40}\b|https?:|www\.|:\w+:|\$/i;

describe('text from traces', () => {
  it(
    'stays word for word inside a fence, and nothing else comes of it',
    () => {
      fc.assert(
        fc.property(excerpt, (text) => {
          const tree = parse(`Before.\n\n${fold('<b>more</b>', fenced(text))}\n\nAfter.\n`);
          const [code, ...others] = find(tree, 'code');
          expect(others).toEqual([]);
          expect(code?.value).toBe(visible(text));
          expect(kinds(tree)).toEqual(new Set(['root', 'paragraph', 'text', 'html', 'code']));
          expect(find(tree, 'html').map((node) => node.value)).toEqual([
            '<details>\n<summary><b>more</b></summary>',
            '</details>',
          ]);
        }),
        SETTINGS,
      );
    },
    TIMEOUT,
  );

  it(
    'stays word for word in a code span',
    () => {
      fc.assert(
        fc.property(excerpt, (text) => {
          const tree = parse(`Task ${inlineCode(text)} failed.\n`);
          const line = visibleLine(text);
          if (line === '') return;
          expect(find(tree, 'inlineCode').map((node) => node.value)).toEqual([line]);
          expect(kinds(tree)).toEqual(new Set(['root', 'paragraph', 'text', 'inlineCode']));
        }),
        SETTINGS,
      );
    },
    TIMEOUT,
  );

  it(
    'stays in its cell of a table',
    () => {
      fc.assert(
        fc.property(excerpt, excerpt, (first, second) => {
          const tree = parse(table(['a', 'b'], [[cellCode(first), cellProse(second)]]));
          expect(find(tree, 'tableCell')).toHaveLength(4);
          const [, , one, two] = find(tree, 'tableCell').map(textOf);
          const shown = (text: string) => visibleLine(text).replaceAll('\\|', '\\∣') || '(empty)';
          expect(one).toBe(shown(first));
          expect([shown(second), visibleLine(second)]).toContain(two);
          expect(
            [...kinds(tree)].filter(
              (kind) => !['root', 'table', 'tableRow', 'tableCell', 'text', 'inlineCode'].includes(kind),
            ),
          ).toEqual([]);
        }),
        SETTINGS,
      );
    },
    TIMEOUT,
  );

  it(
    'reads as prose only where GitHub has nothing to act on',
    () => {
      fc.assert(
        fc.property(excerpt, (text) => {
          const tree = parse(`${prose(text)}\n`);
          expect(textOf(tree)).toBe(visibleLine(text) || '(empty)');
          for (const bare of bareText(tree)) expect(bare).not.toMatch(ACTED_ON);
          expect(
            [...kinds(tree)].filter((kind) => !['root', 'paragraph', 'text', 'inlineCode'].includes(kind)),
          ).toEqual([]);
        }),
        SETTINGS,
      );
    },
    TIMEOUT,
  );

  it(
    'stays in the summary of its fold',
    () => {
      fc.assert(
        fc.property(excerpt, (text) => {
          const summary = summaryProse(text);
          const tree = parse(`Before.\n\n${fold(`<b>c1</b> ${summary} · more`, 'Body.')}\n\nAfter.\n`);
          expect(kinds(tree)).toEqual(new Set(['root', 'paragraph', 'text', 'html']));
          expect(find(tree, 'html').map((node) => node.value)).toEqual([
            `<details>\n<summary><b>c1</b> ${summary} · more</summary>`,
            '</details>',
          ]);
          const code = /^<code>([^<>]*)<\/code>$/.exec(summary)?.[1];
          expect(decoded(code ?? summary)).toBe(visibleLine(text) || '(empty)');
          // Outside code nothing is HTML, and GitHub finds nothing to act on.
          if (code === undefined) {
            expect(summary).not.toMatch(/[<>]/);
            expect(decoded(summary)).not.toMatch(ACTED_ON);
          }
        }),
        SETTINGS,
      );
    },
    TIMEOUT,
  );

  it(
    'links nothing in a commit message',
    () => {
      fc.assert(
        fc.property(excerpt, (text) => {
          const line = plainLine(text);
          expect(line).not.toMatch(/@|#|\bGH-\d|:\/\/|\n/i);
        }),
        SETTINGS,
      );
    },
    TIMEOUT,
  );

  it('shows what nobody would see', () => {
    expect(visible('a\u202eb\u0000\u001b[0m\u00a0c\r\nd')).toBe('a‹U+202E›b␀␛[0m‹U+00A0›c\nd');
  });
});
