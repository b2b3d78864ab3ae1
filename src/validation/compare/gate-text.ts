/**
 * A verdict as a table that a person understands.
 */
import type { Comparison } from '../experiment/verdict.ts';
import type { GateVerdict } from './compare.ts';
import type { Spend } from './vetoes.ts';

const ANSWER = { accept: 'Better', reject: 'Not better', unresolved: 'Not proven' } as const;

/** Plain text, lines of about 100 characters, ending with a newline. */
export function renderVerdict(verdict: GateVerdict): string {
  const lines = [
    `${ANSWER[verdict.verdict]}. ${verdict.words}`,
    '',
    ...columns([
      ['', 'baseline', 'candidate', 'points', '95 % interval'],
      comparisonRow('held-in', verdict.splits.held_in),
      comparisonRow('held-out', verdict.splits.held_out),
      comparisonRow('overall', verdict.overall),
    ]),
    '',
    ...columns([
      [
        'pairs',
        `${verdict.pairs}: ${verdict.wins} wins, ${verdict.losses} losses, ${verdict.ties} ties; ${verdict.invalid} runs without a verdict`,
      ],
      [
        'e-value',
        `${figure(verdict.e_value)}, bar ${figure(verdict.threshold)} (α ${verdict.alpha}, ${verdict.candidates} ${verdict.candidates === 1 ? 'candidate' : 'candidates'}); harm ${figure(verdict.harm_e_value)}`,
      ],
      ['gained', taskList(verdict.flips.gained)],
      ['lost', taskList(verdict.flips.lost)],
      ['spent', `baseline ${spent(verdict.spend.baseline)}; candidate ${spent(verdict.spend.candidate)}`],
      ['runs', `baseline ${verdict.runs.baseline}, candidate ${verdict.runs.candidate}`],
      ['rule', `${verdict.rule}; nothing is drawn at random, so no seed and no order changes the answer`],
    ]),
    ...(verdict.notes.length === 0 ? [] : ['', ...verdict.notes.map((note) => `- ${note}`)]),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function comparisonRow(name: string, { baseline, candidate, delta, interval }: Comparison): string[] {
  const rate = ({ pass, n }: Comparison['baseline']): string =>
    n === 0 ? '–' : `${trimmed(pass)}/${n} ${((100 * pass) / n).toFixed(1)} %`;
  const range = interval === null ? '–' : `${points(interval[0])} to ${points(interval[1])}`;
  return [name, rate(baseline), rate(candidate), delta === null ? '–' : points(delta), range];
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('   ')}`);
}

function points(value: number): string {
  const text = (100 * value).toFixed(1);
  return text.startsWith('-') ? `−${text.slice(1)}` : `+${text}`;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(2)));
}

function figure(value: number): string {
  if (value >= 1e6 || (value > 0 && value < 0.001)) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

function taskList(tasks: readonly string[]): string {
  if (tasks.length === 0) return 'no task';
  const shown = tasks.slice(0, 8).join(', ');
  return tasks.length > 8 ? `${shown} and ${tasks.length - 8} more` : shown;
}

function spent({ trials, tokens, costUsd, durationMs }: Spend): string {
  const parts = [`${trials} trials`];
  if (tokens !== null) parts.push(`${(tokens / 1000).toFixed(0)}k tokens`);
  if (costUsd !== null) parts.push(`${costUsd.toFixed(2)} USD`);
  if (durationMs !== null) parts.push(`${(durationMs / 3_600_000).toFixed(1)} h`);
  return parts.join(', ');
}
