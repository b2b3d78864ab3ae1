/**
 * Charts: Observable Plot, rendered to SVG when the report is built, on a document of linkedom's.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { CampaignRecord } from '../../campaign/record/record.ts';
import type { Split } from '../../validation/cell.ts';
import { change, counted, effect, eValue, percent } from '../figure.ts';
import { armLabel, armsOf } from './arms.ts';
import { type Html, html, htmlTable, raw } from './html.ts';

const WIDTH = 420;
const COLOURS = { better: 'var(--good)', bar: 'var(--accent)', plain: 'var(--muted)' } as const;

/** A chart with its name and, folded below, the numbers it draws. */
function figure(id: string, title: string, options: Plot.PlotOptions, numbers: Html): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawn = Plot.plot({
    document: document as unknown as NonNullable<Plot.PlotOptions['document']>,
    width: WIDTH,
    style: { background: 'transparent', color: 'currentColor', fontSize: '13px', overflow: 'visible' },
    ...options,
  });
  drawn.setAttribute('role', 'img');
  // By reference: a title may hold text of a model, and stays out of markup that another library writes.
  drawn.setAttribute('aria-labelledby', `${id}-name`);
  // The image has a name; what its marks say of themselves would be read as noise.
  for (const mark of drawn.querySelectorAll('[aria-label], [aria-description]')) {
    mark.removeAttribute('aria-label');
    mark.removeAttribute('aria-description');
  }
  return html`<figure id="${id}"><figcaption id="${id}-name">${title}</figcaption>${raw(drawn.outerHTML)}<details><summary>The numbers</summary>${numbers}</details></figure>`;
}

const SPLITS = [
  ['held_in', 'held-in', 'whose failures are mined'],
  ['held_out', 'held-out', 'which only judge'],
  ['sealed', 'sealed', 'which no decision looked at'],
] as const satisfies readonly (readonly [Split, string, string])[];

/** Pass rates of the fresh runs at the end, without the kept edits and with them, by split. */
export function ratesCharts({ final, splits }: CampaignRecord): Html[] {
  if (final === null) return [];
  return SPLITS.flatMap(([split, name, what]) => {
    const one = final.figures.pass[split];
    if (one === null) return [];
    const rows = [
      { arm: 'without', ...one.baseline },
      { arm: 'with', ...one.candidate },
    ].map((row) => ({ ...row, rate: row.pass / row.n }));
    const numbers = htmlTable(
      `Pass rates on ${name} tasks`,
      ['Fresh runs', 'Pass rate', 'Runs'],
      [
        ...rows.map((row) => [row.arm, percent(row.rate), String(row.n)]),
        ['change, points', change(one), ''],
      ],
    );
    const title = `${counted(splits[split].length, `${name} task`)}, ${what}: ${change(one)} points`;
    return [
      figure(
        `chart-rates-${name}`,
        title,
        {
          height: 120,
          marginLeft: 80,
          marginRight: 16,
          marginBottom: 46,
          x: {
            percent: true,
            domain: [0, 100],
            label: 'Pass rate (%)',
            labelOffset: 40,
            grid: true,
            ticks: 5,
          },
          y: { domain: ['without', 'with'], label: null },
          marks: [
            Plot.barX(rows, {
              y: 'arm',
              x: 'rate',
              fill: (row) => (row.arm === 'without' ? COLOURS.plain : COLOURS.bar),
            }),
          ],
        },
        numbers,
      ),
    ];
  });
}

/** Effect of every edit inside the experiment, with its interval: one chart for all. */
export function effectsChart({ candidates }: CampaignRecord): Html | null {
  const rows = candidates.flatMap(({ id, proposal, decision, verdict }) => {
    const one = verdict?.effect.overall ?? null;
    if (one === null) return [];
    return [{ id, name: `${id}: ${proposal.title}`, decision: String(decision), ...one }];
  });
  if (rows.length === 0) return null;
  const numbers = htmlTable(
    'Effect of every edit on the pass rate',
    ['Edit', 'Decision', 'Points, 95 % interval'],
    rows.map((row) => [row.name, row.decision, effect(row)]),
  );
  const reach = Math.max(0.05, ...rows.flatMap((row) => [Math.abs(row.low), Math.abs(row.high)]));
  return figure(
    'chart-effects',
    'Effect of every edit on the pass rate, beside the other edits, with 95 % intervals',
    {
      height: 70 + 26 * rows.length,
      marginLeft: 60,
      marginRight: 16,
      marginBottom: 46,
      x: { percent: true, domain: [-100 * reach, 100 * reach], label: 'Points', labelOffset: 40, grid: true },
      y: { domain: rows.map((row) => row.id), label: null },
      marks: [
        Plot.ruleX([0], { stroke: COLOURS.plain, strokeDasharray: '3 3' }),
        Plot.ruleY(rows, { y: 'id', x1: 'low', x2: 'high', strokeWidth: 2, stroke: COLOURS.plain }),
        Plot.dot(rows, {
          y: 'id',
          x: 'mean',
          r: 5,
          fill: (row) => (row.decision === 'accepted' ? COLOURS.better : COLOURS.plain),
        }),
      ],
    },
    numbers,
  );
}

/** The e-value after every pass, one chart an edit, with the line at which it is accepted. */
export function evidenceCharts({ candidates, settings }: CampaignRecord): Html[] {
  if (settings.rule === 'paper') return [];
  return candidates.flatMap(({ id, proposal, verdict, decision }) => {
    if (verdict === null || verdict.path.length === 0) return [];
    const path = verdict.path.map((point) => ({ ...point, e: Math.max(point.e, 1e-3) }));
    const top = Math.max(verdict.threshold * 2, ...path.map((point) => point.e));
    const numbers = htmlTable(
      `E-value of ${id} after each pass`,
      ['Pass', 'E-value', 'E-value of harm'],
      verdict.path.map((point) => [String(point.pass), eValue(point.e), eValue(point.harm)]),
    );
    return [
      figure(
        `chart-evidence-${id}`,
        `${id}: ${proposal.title}: ${decision} at e-value ${eValue(verdict.e_value)}, ${eValue(verdict.threshold)} needed`,
        {
          height: 245,
          marginLeft: 50,
          marginBottom: 46,
          x: { label: 'Passes', labelOffset: 40, ticks: 5, domain: [0, Math.max(1, verdict.passes)] },
          y: {
            type: 'log',
            label: 'E-value',
            domain: [Math.min(0.1, ...path.map((point) => point.e)), top],
            grid: true,
            ticks: 5,
            tickFormat: (value: number) => eValue(value),
          },
          marks: [
            Plot.line([{ pass: 0, e: 1 }, ...path], {
              x: 'pass',
              y: 'e',
              stroke: COLOURS.bar,
              strokeWidth: 1.8,
            }),
            Plot.ruleY([verdict.threshold], {
              stroke: COLOURS.better,
              strokeWidth: 1.5,
              strokeDasharray: '6 4',
            }),
            Plot.text([`accept at ${eValue(verdict.threshold)}`], {
              x: 0,
              y: verdict.threshold,
              textAnchor: 'start',
              dy: -8,
              dx: 4,
              fill: 'currentColor',
              // A rim, where the line crosses the words.
              stroke: 'var(--bg)',
              strokeWidth: 5,
            }),
          ],
        },
        numbers,
      ),
    ];
  });
}

/** Tokens, money and time of a run by arm, where they were measured; sealed tasks ran in the baseline and at the end only. */
export function costCharts(record: CampaignRecord): Html[] {
  const sealed = new Set(record.splits.sealed);
  const measures = [
    { id: 'tokens', title: 'Tokens of a trial, by arm', label: 'Tokens', read: 'tokens', scale: 1 },
    { id: 'cost', title: 'Cost of a trial, by arm', label: 'USD', read: 'costUsd', scale: 1 },
    { id: 'time', title: 'Time of a trial, by arm', label: 'Seconds', read: 'durationMs', scale: 1 / 1000 },
  ] as const;
  return measures.flatMap(({ id, title, label, read, scale }) => {
    const rows = armsOf(record).flatMap(({ id: arm, name, cells }) => {
      const known = cells.filter(({ task }) => !sealed.has(task)).flatMap((cell) => cell[read] ?? []);
      if (known.length === 0) return [];
      const mean = (scale * known.reduce((sum, value) => sum + value, 0)) / known.length;
      return [{ arm: armLabel(arm), name, mean, n: known.length }];
    });
    if (rows.every((row) => row.mean === 0)) return [];
    const digits = Math.max(...rows.map((row) => row.mean)) >= 100 ? 0 : 3;
    const numbers = htmlTable(
      title,
      ['Arm', label, 'Trials'],
      rows.map((row) => [row.name, row.mean.toFixed(digits), String(row.n)]),
    );
    return [
      figure(
        `chart-${id}`,
        title,
        {
          height: 70 + 24 * rows.length,
          marginLeft: 100,
          marginRight: 20,
          marginBottom: 46,
          x: { label: `${label}, mean`, labelOffset: 40, grid: true, ticks: 4 },
          y: { domain: rows.map((row) => row.arm), label: null },
          marks: [
            Plot.barX(rows, {
              y: 'arm',
              x: 'mean',
              fill: (row) => (row.arm === 'before' ? COLOURS.plain : COLOURS.bar),
            }),
            Plot.ruleX([0]),
          ],
        },
        numbers,
      ),
    ];
  });
}
