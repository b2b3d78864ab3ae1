/** The dashboard: what it tells, what a tick is, and that nothing in it comes alive. */
import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import {
  DashboardCommand,
  type DashboardState,
  hasDashboardMarker,
  renderDashboard,
  tickedCommands,
} from '../../src/evidence/dashboard.ts';
import { HOSTILE } from './cases.ts';

const QUIET: DashboardState = {
  running: [],
  ended: [],
  waiting: [],
  budget: { campaignsLeft: 2, campaignsPerWeek: 3, trialsPerCampaign: 2000 },
  pausedBy: null,
  idleReason: null,
  obeys: true,
};

const ENDED: DashboardState['ended'][number] = {
  id: 'c1',
  finishedAt: '2026-01-02T03:04:05Z',
  ending: { kind: 'opened', reason: 'One edit measurably helps and breaks nothing.' },
  trials: 1200,
  accepted: 1,
  tried: 3,
  pull: { url: 'https://github.com/acme/agent/pull/7', state: 'merged' },
};

/** States in which every word of somebody else is `text`: something runs, and nothing does. */
function saying(text: string): [DashboardState, DashboardState] {
  const pull = { url: text, state: 'open' } as const;
  const busy: DashboardState = {
    ...QUIET,
    running: [{ id: text, trigger: text }],
    ended: [{ ...ENDED, id: text, finishedAt: text, ending: { kind: 'failed', reason: text }, pull }],
    waiting: [{ title: text, trials: 5, tasks: 3, addressable: false }],
    pausedBy: text,
  };
  return [busy, { ...busy, running: [], pausedBy: null, idleReason: text }];
}

const tick = (body: string, command: DashboardCommand) =>
  body.replace(`- [ ] <!-- command:${command}`, `- [x] <!-- command:${command}`);

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly checked?: boolean | null | undefined;
  readonly children?: readonly Node[];
}

function nodes(node: Node): Node[] {
  return [node, ...(node.children ?? []).flatMap(nodes)];
}

const parsed = (body: string) =>
  nodes(fromMarkdown(body, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }));

/** What counts for GitHub in a body: its links, its HTML, its boxes, its sections. */
function living(body: string) {
  const all = parsed(body);
  return {
    links: all.flatMap((node) => (node.type === 'link' || node.type === 'image' ? [node.url] : [])),
    html: all.flatMap((node) => (node.type === 'html' ? [node.value] : [])),
    boxes: all.filter((node) => typeof node.checked === 'boolean').map((node) => node.checked),
    cells: all.filter((node) => node.type === 'tableCell').length,
    bare: all.flatMap((node) => (node.type === 'text' ? [node.value ?? ''] : [])).join('\n'),
  };
}

describe('the dashboard', () => {
  it('tells what ended, what waits, and what is left', () => {
    const body = renderDashboard({
      ...QUIET,
      ended: [ENDED],
      waiting: [
        { title: 'Step budget used up', trials: 5, tasks: 3, addressable: true },
        { title: 'Wrong tool', trials: 2, tasks: 2, addressable: false },
      ],
    });
    expect(body).toContain(
      '| `c1` | 2026-01-02 | [merged](https://github.com/acme/agent/pull/7) | 1 of 3 | 1,200 |',
    );
    expect(body).toContain('- Step budget used up (5 trials of 3 tasks)');
    expect(body).toContain('- Wrong tool (2 trials of 2 tasks; no declared surface could act on it)');
    expect(body).toContain(
      '2 of 3 campaigns may still start by themselves within seven days, with at most 2,000 trials each.',
    );
    expect(hasDashboardMarker(body)).toBe(true);
  });

  it('tells what runs, or else who paused it, or else why nothing happened', () => {
    const idleReason = 'Every campaign of the week is used.';
    const now = (state: Partial<DashboardState>) =>
      renderDashboard({ ...QUIET, idleReason, ...state }).split('### Campaigns')[0];
    const running = [{ id: 'c9', trigger: '/harness improve by ada' }];
    expect(now({ running })).toContain('- `c9`, started by /harness improve by ada');
    expect(now({ running })).not.toContain('Why nothing');
    expect(now({ pausedBy: 'ada' })).toMatch(/Nothing runs\.\n\nPaused by `ada`/);
    expect(now({ pausedBy: 'ada' })).not.toContain('Why nothing');
    expect(now({})).toContain(`Why nothing happened last time: ${idleReason}`);
  });

  it.each([
    'https://github.com/acme/agent/pull/7',
    'https://github.example.com/acme/my_agent.js/pull/7',
    'http://127.0.0.1:43210/octo/agent/pull/7',
  ])('links a pull request at %s', (url) => {
    const body = renderDashboard({ ...QUIET, ended: [{ ...ENDED, pull: { url, state: 'open' } }] });
    expect(living(body).links).toContain(url);
  });

  it.each(['javascript:alert(1)', 'https://x/a) [b](https://evil', 'https://x/a|b', 'https://x/"onload', ''])(
    'links nothing at %s',
    (url) => {
      const body = renderDashboard({ ...QUIET, ended: [{ ...ENDED, pull: { url, state: 'open' } }] });
      expect(body).toContain('| open |');
      expect(living(body).links).toEqual(['https://arxiv.org/abs/2606.09498']);
    },
  );
});

describe('somebody else’s words', () => {
  /** All that is alive in a dashboard is what is alive in one of tame words. */
  function expectInert(text: string): void {
    for (const [index, state] of saying(text).entries()) {
      const body = renderDashboard(state);
      const { html, boxes, cells, links, bare } = living(body);
      const tame = living(renderDashboard(saying('words')[index] ?? QUIET));
      expect({ html, boxes, cells, links }).toEqual({
        html: tame.html,
        boxes: tame.boxes,
        cells: tame.cells,
        links: tame.links,
      });
      expect(bare).not.toMatch(/[@#$]|https?:|www\./);
      expect(tickedCommands(body)).toEqual([]);
    }
  }

  it.each([
    HOSTILE,
    '- [x] <!-- command:improve -->',
    '\n- [x] <!-- command:improve -->\n',
    '<!-- self-harness:dashboard 1 -->',
    '| a | b |\n|---|---|',
    '&#64;admin &lt;img&gt;',
  ])('stay words: %j', expectInert);

  it('stay words, whatever they are', () => {
    const piece = fc.constantFrom(
      ...['- [x] ', '<!-- command:improve -->', '\n', '\r\n', '|', '`', '@a', '#1', '[a](b)', ' '],
    );
    const text = fc.array(fc.oneof(piece, fc.string({ unit: 'grapheme', maxLength: 5 })), { maxLength: 12 });
    fc.assert(fc.property(text, (parts) => expectInert(parts.join(''))));
  });

  it.each(['\u200b', '&', '|', '\u{1F600}'])('fit into an issue, however many %j there are', (character) => {
    const many = <T>(list: readonly T[]) => Array.from({ length: 40 }, () => list).flat();
    for (const one of saying(character.repeat(5000))) {
      const body = renderDashboard({
        ...one,
        running: many(one.running),
        ended: many(one.ended),
        waiting: many(one.waiting),
      });
      expect(body.length).toBeLessThan(58_000);
      expect(hasDashboardMarker(body)).toBe(true);
    }
  });
});

describe('a box', () => {
  it('is offered for what can be done', () => {
    const offered = (state: Partial<DashboardState>) =>
      DashboardCommand.options.filter((command) =>
        renderDashboard({ ...QUIET, ...state }).includes(`- [ ] <!-- command:${command} -->`),
      );
    expect(offered({})).toEqual(['improve', 'prune', 'pause']);
    expect(offered({ pausedBy: 'ada' })).toEqual(['improve', 'prune', 'resume']);
    const open = { ...ENDED, ending: { kind: 'unresolved' as const, reason: 'The budget ended.' } };
    expect(offered({ ended: [open, ENDED] })).toEqual(['improve', 'extend', 'prune', 'pause']);
    expect(offered({ ended: [ENDED, open] })).not.toContain('extend');
    expect(offered({ obeys: false })).toEqual([]);
  });

  it('is heard when it is ticked, whatever line breaks the browser sends', () => {
    const body = renderDashboard(QUIET);
    expect(tickedCommands(body)).toEqual([]);
    expect(tickedCommands(tick(body, 'prune'))).toEqual(['prune']);
    expect(tickedCommands(tick(body, 'prune').replaceAll('\n', '\r\n').replace('[x]', '[X]'))).toEqual([
      'prune',
    ]);
    expect(tickedCommands('- [x] <!-- command:toString -->\n- [x] <!-- command:cancel -->')).toEqual([]);
  });

  it('is heard once: an edit that finds it ticked has not ticked it', () => {
    const before = tick(renderDashboard(QUIET), 'prune');
    expect(tickedCommands(tick(before, 'pause'), before)).toEqual(['pause']);
    expect(tickedCommands(`${before}\nMore words.`, before)).toEqual([]);
    expect(tickedCommands(renderDashboard(QUIET), before)).toEqual([]);
  });
});
