/**
 * The report: one self-contained page. No network, no font, no library in the page; charts are SVG made here.
 */
import { createHash } from 'node:crypto';
import type { CampaignRecord } from '../campaign/record/record.ts';
import { renderPullRequest } from './pull-request.ts';
import { costCharts, effectsChart, evidenceCharts, ratesCharts } from './report/chart.ts';
import { editsSection } from './report/edits.ts';
import { gridSection } from './report/grid.ts';
import { type Html, html, raw } from './report/html.ts';
import { figuresSection, overviewSection } from './report/overview.ts';
import { SCRIPT } from './report/script.ts';
import { STYLE } from './report/style.ts';
import { pageData, readerSection, trialsSection } from './report/trials.ts';
import { weaknessSection } from './report/weaknesses.ts';
import type { Trajectory } from './trajectory.ts';

/** @returns a whole HTML document */
export function renderReport(record: CampaignRecord, trajectories: readonly Trajectory[] = []): string {
  const { title } = renderPullRequest(record);
  const rates = ratesCharts(record);
  const evidence = evidenceCharts(record);
  const costs = costCharts(record);
  const effects = effectsChart(record);
  const sections: [string, string, Html | null][] = [
    ['overview', 'Overview', overviewSection(record)],
    ['edits', 'Edits', editsSection(record)],
    [
      'rates',
      'Pass rates',
      rates.length === 0
        ? null
        : html`<section id="rates"><h2>Pass rates</h2><p>Fresh runs of every task, made after the last decision, without the kept edits and with them.</p><div class="pair">${rates}</div></section>`,
    ],
    [
      'evidence',
      'Evidence',
      evidence.length === 0 && effects === null
        ? null
        : html`<section id="evidence"><h2>Evidence</h2><p>How large: the effect of each edit, measured while the others were switched on and off beside it. How sure: the e-value grows while runs with the edit beat the runs beside them without it, and falls otherwise; at the dashed line the edit is accepted. The chance that any edit that makes no task better is accepted is at most ${record.settings.alpha}.</p>${effects}<div class="pair">${evidence}</div></section>`,
    ],
    ['grid', 'Task by task', gridSection(record)],
    [
      'cost',
      'Cost and time',
      costs.length === 0
        ? null
        : html`<section id="cost"><h2>Cost and time</h2><div class="pair">${costs}</div></section>`,
    ],
    ['weaknesses', 'Weaknesses', weaknessSection(record, trajectories)],
    ['trials', 'Trials', trialsSection(record)],
    ['read', 'Trajectories', readerSection()],
    ['figures', 'Figures', figuresSection(record)],
  ];
  const there = sections.filter(([, , section]) => section !== null);
  const page = html`<header><p class="note">Self-Harness campaign ${record.id} · ${record.repository} · ${record.finished_at.slice(0, 10)}</p><h1>${title}</h1></header>
<nav aria-label="Sections">${there.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}<button type="button" id="theme">Light or dark</button></nav>
<main>${there.map(([, , section]) => section)}</main>`;
  const data = JSON.stringify(pageData(record, trajectories)).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src '${hashOf(SCRIPT)}'; img-src data:">
<title>${html`${title}`.html}</title><link rel="icon" href="data:,"><style>${STYLE}</style></head><body>
${page.html}
${raw(`<script type="application/json" id="data">${data}</script>`).html}
<script>${SCRIPT}</script></body></html>
`;
}

/** The one script that may run is the one above. */
function hashOf(script: string): string {
  return `sha256-${createHash('sha256').update(script).digest('base64')}`;
}
