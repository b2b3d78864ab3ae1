/**
 * A campaign's progress for a person: one line an event, and on a terminal a live last line.
 */
import pc from 'picocolors';
import type { Progress } from '../campaign/context.ts';

export interface ProgressView {
  report(progress: Progress): void;
  /** Clears the live line. */
  end(): void;
}

/** Lines of text for every event worth one; a live line with cells done and time left where `live`. */
export function progressView(out: (text: string) => void, live: boolean, now: () => number): ProgressView {
  const cells = { planned: 0, done: 0, since: now() };
  let stage = '';
  const clear = () => live && out('\r\x1b[2K');
  const draw = () => {
    if (!live) return;
    out(
      `\r\x1b[2K${pc.dim(`  ${stage}: ${cells.done} of ${Math.max(cells.planned, cells.done)} runs${timeLeft(cells, now())}`)}`,
    );
  };
  return {
    report(progress) {
      clear();
      if (progress.kind === 'stage') {
        stage = progress.stage;
        Object.assign(cells, { planned: 0, done: 0, since: now() });
      }
      if (progress.kind === 'planned') Object.assign(cells, { planned: cells.planned + progress.cells });
      if (progress.kind === 'evaluated') cells.done += progress.cells;
      const line = lineOf(progress);
      if (line !== null) out(`${line}\n`);
      draw();
    },
    end: () => clear(),
  };
}

function timeLeft(cells: { planned: number; done: number; since: number }, now: number): string {
  if (cells.done === 0 || cells.planned <= cells.done) return '';
  const seconds = Math.ceil((((now - cells.since) / cells.done) * (cells.planned - cells.done)) / 1000);
  return `, about ${seconds} s left in this pass`;
}

function lineOf(progress: Progress): string | null {
  switch (progress.kind) {
    case 'stage':
      return `${pc.bold(progress.stage)} ${progress.detail}`;
    case 'candidate':
      return progress.decision === null
        ? `  ${progress.id}  ${progress.title}`
        : `  ${progress.id}  ${progress.title}: ${pc.yellow(progress.decision)}, ${progress.reason}`;
    case 'verdict': {
      const { verdict } = progress;
      const figures = `evidence ${shortNumber(verdict.e_value)} of ${shortNumber(verdict.threshold)}`;
      return `  ${progress.candidate}  after pass ${progress.pass}: ${wordOf(verdict.verdict)} (${figures})`;
    }
    case 'evaluated': {
      const invalid = progress.invalid === 0 ? '' : `, ${progress.invalid} without a verdict`;
      return pc.dim(`    ${progress.key}: ${progress.cells} runs${invalid}`);
    }
    case 'note':
      return `  ${progress.text}`;
    case 'planned':
      return null;
  }
}

function wordOf(verdict: 'accept' | 'reject' | 'unresolved'): string {
  if (verdict === 'accept') return pc.green('helps');
  return verdict === 'reject' ? pc.red('dropped') : 'goes on';
}

function shortNumber(value: number): string {
  return value >= 10_000 ? value.toExponential(1) : Number(value.toPrecision(3)).toString();
}
