/** The report in a real browser: charts, filters, reader, no error, no request, nothing axe-core calls serious. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CampaignRecord } from '../../src/campaign/record/record.ts';
import { renderReport } from '../../src/evidence/report.ts';
import type { Trajectory } from '../../src/evidence/trajectory.ts';
import { CHROMIUM, openBrowser } from './browser.ts';
import { CASES } from './cases.ts';
import { aRecord } from './records.ts';
import { citedTrajectories, flipTrajectories } from './trajectories.ts';

const six = CASES['six-edits'];
const TRAJECTORIES: readonly Trajectory[] = [...citedTrajectories(six), ...flipTrajectories(six)];

describe('the report', () => {
  it('is one file with every section and chart, and asks for nothing', () => {
    const page = renderReport(six, TRAJECTORIES);
    for (const id of [
      'overview',
      'edits',
      'rates',
      'evidence',
      'grid',
      'cost',
      'weaknesses',
      'trials',
      'read',
      'figures',
    ])
      expect(page).toContain(`<section id="${id}"`);
    for (const id of [
      'chart-rates-held-in',
      'chart-rates-held-out',
      'chart-rates-sealed',
      'chart-evidence-c1',
      'chart-effects',
      'chart-tokens',
      'chart-cost',
      'chart-time',
    ])
      expect(page).toContain(`<figure id="${id}"`);
    expect(page).not.toMatch(/<(?:link|img|iframe|script)[^>]+(?:src|href)="(?!data:)/);
  });

  it('holds hostile text as text', () => {
    const page = renderReport(CASES.hostile, citedTrajectories(CASES.hostile));
    expect(page).not.toMatch(/<img/);
    expect(page).not.toContain('\u202e');
    expect(page.match(/<\/script>/g)).toHaveLength(2);
  });

  it('renders for every ending', () => {
    for (const record of Object.values(CASES)) expect(renderReport(record)).toContain('</html>');
    const empty: CampaignRecord = {
      ...CASES.rejected,
      candidates: [],
      cells: [],
      superseded: [],
      weaknesses: [],
      set_apart: [],
      evaluations: [],
      baseline: null,
    };
    expect(renderReport(empty)).toContain('No edit was tried.');
  });
});

describe.skipIf(CHROMIUM === null)('in Chromium (skipped where /usr/bin/chromium is missing)', () => {
  let browser: Browser;
  let directory = '';
  const trouble: string[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'self-harness-report-'));
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function open(
    record: CampaignRecord,
    trajectories: readonly Trajectory[],
  ): Promise<{ page: Page; ms: number; bytes: number }> {
    const file = path.join(directory, `${Math.abs(record.cells.length)}.html`);
    const text = renderReport(record, trajectories);
    await writeFile(file, text);
    const page = await browser.newPage();
    trouble.length = 0;
    page.on('console', (message) => trouble.push(message.text()));
    page.on('pageerror', (error) => trouble.push(error.message));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) trouble.push(request.url());
    });
    const start = performance.now();
    await page.goto(`file://${file}`);
    return { page, ms: performance.now() - start, bytes: Buffer.byteLength(text) };
  }

  it('draws charts, filters, and jumps to a cited step', async () => {
    const { page } = await open(six, TRAJECTORIES);
    for (const chart of await page.locator('figure').all()) {
      const box = await chart.locator('svg').first().boundingBox();
      expect(box?.width).toBeGreaterThan(200);
      expect(await chart.locator('svg path, svg rect, svg circle').count()).toBeGreaterThan(0);
    }
    await page.locator('#trial-filters [name=outcome]').selectOption('fail');
    await page.locator('#trial-filters [name=arm]').selectOption('baseline');
    await page.locator('#trial-filters [name=text]').fill('TASK-0');
    const expected = six.cells.filter(
      (cell) => cell.arm === 'baseline' && cell.outcome === 'fail' && cell.task.startsWith('task-0'),
    ).length;
    expect(await page.locator('#trial-table tbody tr').count()).toBe(expected);
    expect(await page.locator('#trial-filters output').textContent()).toBe(
      `${expected} of ${six.cells.length} trials`,
    );
    await page.locator('#grid-filters [name=split]').selectOption('sealed');
    expect(await page.locator('#grid tbody tr:visible').count()).toBe(six.splits.sealed.length);

    await page.locator('#weaknesses summary').first().click();
    await page.locator('#weaknesses a.jump').first().click();
    const cited = page.locator('.step.cited:focus');
    expect(await cited.getAttribute('data-step')).toBe('3');
    expect(await cited.locator('mark').textContent()).toBe(six.weaknesses[0]?.evidence[0]?.quote);
    expect(await page.locator('#reader .end').first().textContent()).toBe(
      'The run was cut off at its step limit: “step limit reached (10)”. The eval said: “wrong answer”.',
    );
    expect(await page.locator('#reader-filters output').textContent()).toMatch(/^Shown: task-/);
    await page.locator('#edits summary').first().click();
    expect(await page.locator('#edits .added').first().textContent()).toBe('+  knob_1: 20');

    const flip = TRAJECTORIES.findIndex((one) => one.kept_for === 'flip' && one.arm !== 'baseline');
    await page.locator('#reader-filters [name=trial]').selectOption(String(flip));
    const sides = await page.locator('#reader article h3').allTextContents();
    expect(sides).toHaveLength(2);
    expect(sides[0]).toContain('baseline');
    expect(trouble).toEqual([]);
    await page.close();
  }, 60_000);

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has no serious violation in ${colorScheme}`, async () => {
      const { page } = await open(six, TRAJECTORIES);
      await page.emulateMedia({ colorScheme });
      await page.evaluate(
        readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
      );
      const found: unknown = await page.evaluate(
        'axe.run().then((r) => r.violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => v.id + ": " + v.nodes[0].html))',
      );
      expect(found).toEqual([]);
      await page.close();
    }, 60_000);
  }

  it('needs no sideways scrolling on a narrow screen', async () => {
    for (const record of [six, CASES.hostile]) {
      const { page } = await open(record, [...citedTrajectories(record), ...flipTrajectories(record)]);
      await page.setViewportSize({ width: 390, height: 800 });
      await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      await page.close();
    }
  }, 60_000);

  it('leaves out on paper what only a screen can show, and says so', async () => {
    const { page } = await open(six, TRAJECTORIES);
    expect(await page.locator('.paper').isVisible()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.paper').textContent()).toContain(
      `${six.cells.length} trials`.replace(/^(\d)(\d{3})/, '$1,$2'),
    );
    expect(await page.locator('.paper').isVisible()).toBe(true);
    expect(await page.locator('#trial-table').isVisible()).toBe(false);
    expect(await page.locator('nav').isVisible()).toBe(false);
    await page.close();
  }, 60_000);

  it('opens 2,000 trials in under two seconds, and stays under 15 MB', async () => {
    const tasks = Array.from({ length: 80 }, (_, i) => `a-rather-long-task-name-of-some-benchmark-${i}`);
    const large = aRecord({
      edits: Array.from({ length: 5 }, () => ({ rate: 0.6 })),
      tasks,
      sealed: 10,
      message: 'x'.repeat(300),
      excerpts: 10,
    });
    expect(large.cells.length).toBeGreaterThan(2000);
    const { page, ms, bytes } = await open(large, [...citedTrajectories(large), ...flipTrajectories(large)]);
    expect(bytes).toBeLessThan(15_000_000);
    expect(ms).toBeLessThan(2000);
    await page.close();
  }, 60_000);
});
