/**
 * Charts: Observable Plot, rendered to SVG when the report is built, on a document of linkedom's.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { CampaignRecord } from '../../campaign/record/record.ts';
import type { Split } from '../../validation/cell.ts';
import { armRate, tasksIn } from '../../validation/rates.ts';
import type { EPoint } from '../../validation/verdict.ts';
import { counted, eValue, percent } from '../figure.ts';
import { splitMap } from '../split-map.ts';
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

/** Pass rate of every arm, a chart for each split that ran, with intervals that hold at any stopping time. */
export function ratesCharts(record: CampaignRecord): Html[] {
  const splits = splitMap(record.splits);
  return SPLITS.flatMap(([split, name, what]) => {
    const tasks = tasksIn(splits, split);
    const rows = armsOf(record).flatMap((arm): RateRow[] => {
      const own = record.cells.filter((cell) => cell.arm === arm.id);
      const { rate, interval, n } = armRate(own, tasks, record.settings.alpha);
      if (rate === null || interval === null) return [];
      const [low, high] = interval;
      return [{ arm: armLabel(arm.id, record), name: arm.name, rate, low, high, n }];
    });
    return rows.length === 0
      ? []
      : [ratesChart(name, `${counted(tasks.size, `${name} task`)}, ${what}`, rows)];
  });
}

interface RateRow {
  readonly arm: string;
  readonly name: string;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

function ratesChart(split: string, title: string, rows: readonly RateRow[]): Html {
  const numbers = htmlTable(
    `Pass rates on ${split} tasks`,
    ['Arm', 'Pass rate', 'Interval', 'Trials'],
    rows.map((row) => [
      row.name,
      percent(row.rate),
      `${percent(row.low)} to ${percent(row.high)}`,
      String(row.n),
    ]),
  );
  const before = rows.filter((row) => row.arm === 'baseline');
  return figure(
    `chart-rates-${split}`,
    title,
    {
      height: 62 + 26 * rows.length,
      marginLeft: 80,
      marginRight: 16,
      marginBottom: 46,
      x: { percent: true, domain: [0, 100], label: 'Pass rate (%)', labelOffset: 40, grid: true, ticks: 5 },
      y: { domain: rows.map((row) => row.arm), label: null },
      marks: [
        // What every other arm is held against.
        Plot.ruleX(before, { x: 'rate', stroke: COLOURS.plain, strokeDasharray: '3 3' }),
        Plot.ruleY(rows, { y: 'arm', x1: 'low', x2: 'high', strokeWidth: 2, stroke: COLOURS.plain }),
        Plot.dot(rows, {
          y: 'arm',
          x: 'rate',
          r: 5,
          fill: (row) => (row.arm === 'baseline' ? COLOURS.plain : COLOURS.bar),
        }),
      ],
    },
    numbers,
  );
}

/** Points at most that a line of the e-value needs; between them nothing could be seen. */
const MAX_POINTS = 240;

/** The e-value after every pair, one chart an arm that was judged, with the line at which it is accepted. */
export function evidenceCharts(record: CampaignRecord): Html[] {
  // A deletion need not help: nothing waits for such evidence there.
  if (record.settings.margin !== undefined) return [];
  const judged = record.candidates.flatMap(({ id, proposal, verdict, decision }) =>
    verdict === null ? [] : [{ id, name: `${id}: ${proposal.title}`, verdict, decision: String(decision) }],
  );
  const { final } = record;
  if (final !== null && !judged.some((one) => one.id === final.arm)) {
    judged.push({
      id: final.arm,
      name: 'All kept edits together',
      verdict: final.verdict,
      decision: 'accepted',
    });
  }
  return judged
    .filter(({ verdict }) => verdict.rule === 'sequential' && verdict.path.length > 0)
    .map(({ id, name, verdict, decision }) => {
      const path = thinned(verdict.path).map((point) => ({ ...point, e: Math.max(point.e, 1e-3) }));
      const top = Math.max(verdict.threshold * 2, ...path.map((point) => point.e));
      const numbers = htmlTable(
        `E-value of ${id} after each pass`,
        ['Pass', 'Pairs', 'E-value', 'E-value of harm'],
        lastOfPasses(verdict.path).map((point) => [
          String(point.pass),
          String(point.pairs),
          eValue(point.e),
          eValue(point.harm),
        ]),
      );
      return figure(
        `chart-evidence-${id}`,
        `${name}: ${decision} at e-value ${eValue(verdict.e_value)}, ${eValue(verdict.threshold)} needed`,
        {
          height: 245,
          marginLeft: 50,
          marginBottom: 46,
          x: { label: 'Pairs of runs', labelOffset: 40, ticks: 5, domain: [0, Math.max(1, verdict.pairs)] },
          y: {
            type: 'log',
            label: 'E-value',
            domain: [Math.min(0.1, ...path.map((point) => point.e)), top],
            grid: true,
            ticks: 5,
            tickFormat: (value: number) => eValue(value),
          },
          marks: [
            Plot.line(path, { x: 'pairs', y: 'e', stroke: COLOURS.bar, strokeWidth: 1.8 }),
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
      );
    });
}

function thinned(path: readonly EPoint[]): EPoint[] {
  const stride = Math.max(1, Math.ceil(path.length / MAX_POINTS));
  return path.filter((_, index) => index % stride === 0 || index === path.length - 1);
}

function lastOfPasses(path: readonly EPoint[]): EPoint[] {
  return [...new Map(path.map((point) => [point.pass, point])).values()];
}

/** Tokens, money and time of a trial by arm, where they were measured; sealed tasks ran under two arms only. */
export function costCharts(record: CampaignRecord): Html[] {
  const sealed = new Set(record.splits.sealed);
  const compared = record.cells.filter((cell) => !sealed.has(cell.task));
  const measures = [
    { id: 'tokens', title: 'Tokens of a trial, by arm', label: 'Tokens', read: 'tokens', scale: 1 },
    { id: 'cost', title: 'Cost of a trial, by arm', label: 'USD', read: 'costUsd', scale: 1 },
    { id: 'time', title: 'Time of a trial, by arm', label: 'Seconds', read: 'durationMs', scale: 1 / 1000 },
  ] as const;
  return measures.flatMap(({ id, title, label, read, scale }) => {
    const rows = armsOf(record).flatMap(({ id: arm, name }) => {
      const known = compared.filter((cell) => cell.arm === arm).flatMap((cell) => cell[read] ?? []);
      if (known.length === 0) return [];
      const mean = (scale * known.reduce((sum, value) => sum + value, 0)) / known.length;
      return [{ arm: armLabel(arm, record), name, mean, n: known.length }];
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
          marginLeft: 80,
          marginRight: 20,
          marginBottom: 46,
          x: { label: `${label}, mean`, labelOffset: 40, grid: true, ticks: 4 },
          y: { domain: rows.map((row) => row.arm), label: null },
          marks: [
            Plot.barX(rows, {
              y: 'arm',
              x: 'mean',
              fill: (row) => (row.arm === 'baseline' ? COLOURS.plain : COLOURS.bar),
            }),
            Plot.ruleX([0]),
          ],
        },
        numbers,
      ),
    ];
  });
}
