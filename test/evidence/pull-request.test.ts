/** What a reviewer reads: whole bodies as golden files, and the promises about them. */
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import type { CampaignRecord } from '../../src/campaign/record/record.ts';
import type { EvidenceLinks } from '../../src/evidence/links.ts';
import { markerOf, parseMarker, renderMarker } from '../../src/evidence/pull-request/marker.ts';
import { MAX_BODY } from '../../src/evidence/pull-request/section.ts';
import { renderPullRequest } from '../../src/evidence/pull-request.ts';
import { CASES, HOSTILE, LINKS_LINES, STALE } from './cases.ts';
import { numbersOf } from './numbers.ts';

const LINKS: EvidenceLinks = {
  repositoryUrl: 'https://github.com/acme/agent',
  ledgerCommit: 'f'.repeat(40),
  lines: LINKS_LINES,
};

function bodyOf(record: CampaignRecord): string {
  const { title, body } = renderPullRequest(record, { links: LINKS });
  return `# ${title}\n\n${body}\n`;
}

describe('the pull request', () => {
  for (const [name, record] of Object.entries(CASES)) {
    it(`reads well: ${name}`, async () => {
      const body =
        name === 'stale' ? renderPullRequest(record, { links: LINKS, stale: STALE }).body : bodyOf(record);
      await expect(body).toMatchFileSnapshot(`__snapshots__/${name}.md`);
    });

    it(`claims no number that the record does not hold: ${name}`, () => {
      const known = numbersOf(record);
      const { title, body } = renderPullRequest(record);
      const told = untrustedRemoved(`${title}\n${body}`).match(NUMBER) ?? [];
      expect(told.length).toBeGreaterThan(20);
      expect(told.filter((number) => !known.has(number))).toEqual([]);
    });
  }

  it('changes when the record does', () => {
    const record = CASES['one-edit'];
    const { final } = record;
    if (final === null) throw new Error('the case has a final verdict');
    const figures = { ...final.figures, cost: { ...final.figures.cost, tokens: 3.21 } };
    const other = { ...record, final: { ...final, figures } };
    expect(renderPullRequest(other).body).not.toBe(renderPullRequest(record).body);
    expect(renderPullRequest(other).body).toContain('3.21 × the tokens');
  });

  it('fits, with whole sections, when there is far too much to say', () => {
    const { body } = renderPullRequest(CASES.shrunk, { links: LINKS });
    expect(body.length).toBeLessThanOrEqual(MAX_BODY);
    expect(body.match(/<details(?: open)?>/g)?.length).toBe(body.match(/<\/details>/g)?.length);
    expect((body.match(/^`{3,}/gm)?.length ?? 0) % 2).toBe(0);
    expect(body).toContain('### What changes');
    expect(body).toContain('### What you can do');
    expect(parseMarker(body).kind).toBe('found');
  });

  it('lets nothing of a hostile trace act', () => {
    const html = micromark(bodyOf(CASES.hostile), {
      extensions: [gfm()],
      htmlExtensions: [gfmHtml()],
      allowDangerousHtml: true,
    });
    const outside = html.replaceAll(/<code[^>]*>[\s\S]*?<\/code>/g, '').replaceAll(/<!--[\s\S]*?-->/g, '');
    expect(outside).not.toMatch(/@|<img|<script|javascript:|onerror|evil\.example|fixes #|#\d/i);
    const links = [...outside.matchAll(/<a href="([^"]*)"/g)].map(([, href]) => href ?? '');
    expect(links.filter((href) => !/^https:\/\/(github\.com\/acme\/agent|arxiv\.org)\//.test(href))).toEqual(
      [],
    );
    expect(bodyOf(CASES.hostile)).not.toContain('\u202e');
    expect(html).toContain('‹U+202E›');
    expect(renderPullRequest(CASES.hostile).title).not.toMatch(new RegExp(HOSTILE.slice(0, 6)));
  });

  it('claims no gain for a deletion, only what is ruled out', () => {
    const { title, body } = renderPullRequest(CASES.pruned);
    expect(title).toMatch(/^1 harness deletion: /);
    expect(body).toContain('a loss of more than 30 points is ruled out.**');
    expect(body).not.toMatch(/\braises?\b|makes some task better|is proven/);
  });

  it('quotes the fresh runs everywhere, and no other figure of the pass rate', () => {
    const record = CASES['six-edits'];
    const { overall } = record.final?.figures.pass ?? {};
    if (overall?.delta == null) throw new Error('the case has a final');
    const { title, body } = renderPullRequest(record);
    const after = `${((100 * overall.candidate.pass) / overall.candidate.n).toFixed(1)} %`;
    expect(title).toContain(after);
    // The rate before any edit stands in the figures, by split; nowhere else is there a rate that the final has not.
    const [above = ''] = body.split('<summary><b>Figures</b>');
    const finals = ['overall', 'held_in', 'held_out', 'sealed'].flatMap((split) => {
      const one = record.final?.figures.pass[split as 'overall'];
      return [one?.baseline, one?.candidate].map((rate) =>
        rate === undefined ? '' : `${((100 * rate.pass) / rate.n).toFixed(1)} %`,
      );
    });
    for (const told of above.match(/\d+\.\d %(?= \()/g) ?? []) expect(finals).toContain(told);
  });

  it('says "none went the other way" only where no task did', () => {
    const record = CASES['one-edit'];
    const { final } = record;
    if (final === null) throw new Error('the case has a final');
    const bodyWith = (lost: string[]) => {
      const figures = { ...final.figures, flips: { ...final.figures.flips, lost } };
      return renderPullRequest({ ...record, final: { ...final, figures } }).body;
    };
    expect(bodyWith([])).toContain('none that mostly passed now mostly fails');
    expect(bodyWith(['task-01'])).not.toContain('none that mostly passed');
    expect(bodyWith(['task-01'])).toContain('1 went the other way');
  });

  it('names what was accepted and left out', () => {
    const { body } = renderPullRequest(CASES.alternatives);
    expect(body).toMatch(/\*\*c2\*\* .*\*\*left&nbsp;out\*\*<br>Accepted alone, but c1 turns the same value/);
  });

  it('offers to extend only where nothing is proposed', () => {
    const { candidates } = CASES.unresolved;
    expect(renderPullRequest(CASES.unresolved).body).toContain('/harness extend');
    const proposed = { ...CASES['one-edit'], candidates: [...CASES['one-edit'].candidates, ...candidates] };
    expect(renderPullRequest(proposed).body).not.toContain('/harness extend');
  });

  it('links every excerpt to its lines at a fixed commit', () => {
    const { body } = renderPullRequest(CASES['one-edit'], { links: LINKS });
    expect(body).toMatch(
      new RegExp(
        `\\(https://github.com/acme/agent/blob/${'f'.repeat(40)}/campaigns/[^/]+/trajectories.jsonl#L\\d+(-L\\d+)?\\)`,
      ),
    );
    expect(renderPullRequest(CASES['six-edits']).body).not.toContain('github.com');
  });
});

describe('the marker', () => {
  const marker = markerOf(CASES['six-edits']);

  it('parses back from a whole body, and nothing in it can end it', () => {
    const hostile = { ...marker, campaign: 'a --> b <!-- c' };
    expect(parseMarker(`text\n\n${renderMarker(hostile)}\n`)).toEqual({ kind: 'found', marker: hostile });
    expect(parseMarker(renderPullRequest(CASES['six-edits']).body)).toEqual({ kind: 'found', marker });
  });

  it('survives damage', () => {
    const text = renderMarker(marker);
    expect(parseMarker('no marker').kind).toBe('absent');
    expect(parseMarker(text.replace('"campaign"', '"campaign')).kind).toBe('corrupt');
    expect(parseMarker(text.replace('"version":1', '"version":9')).kind).toBe('corrupt');
    expect(parseMarker(text.slice(0, 40)).kind).toBe('absent');
  });
});

/** A figure with its unit or sign; names such as c1, SHA digits and dates are no figures. */
const NUMBER = /(?<![\w.,#/-])[+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?: %)?(?![\w-]|\.\d)/g;

/** Code, hidden lines and addresses hold text of traces, hashes and commands; figures stand in the rest. */
function untrustedRemoved(body: string): string {
  return body
    .replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, '')
    .replaceAll(/(`+)[^`]*?\1/g, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll('&nbsp;', ' ')
    .replaceAll(/&#\d+;/g, ' ')
    .replaceAll(/\]\([^)]*\)/g, ']');
}
