/**
 * `self-harness gate`: is the candidate's harness really better than the baseline's? And, with `--plan`, what gain
 * could be found with what budget.
 */
import { type ProblemRow, readAllTraces } from '../traces/read/read.ts';
import { createRedactor } from '../traces/redact/redact.ts';
import type { Trial } from '../traces/trial.ts';
import { gateReport } from '../validation/compare/gate-report.ts';
import { renderVerdict } from '../validation/compare/gate-text.ts';
import { baselineCells } from '../validation/compare/trial-cells.ts';
import { planPower, renderPower } from '../validation/power/power.ts';
import type { Terminal } from './improve.ts';

export interface GateOptions {
  readonly baseline?: readonly string[];
  readonly candidate?: readonly string[];
  readonly plan?: readonly string[];
  readonly rule: 'sequential' | 'paper';
  readonly candidates: number;
  readonly alpha: number;
  readonly seed: number;
  readonly allowModelChange: boolean;
  readonly passThreshold: number;
  readonly json: boolean;
}

/** Exit code: 0 accepted (or planned), 1 not accepted, 2 nothing could be compared. */
export async function gate(options: GateOptions, terminal: Terminal): Promise<number> {
  if (options.plan !== undefined) return plan(options.plan, options, terminal);
  if (options.baseline === undefined || options.candidate === undefined) {
    terminal.log('self-harness gate: name both --baseline and --candidate, or --plan.\n');
    return 2;
  }
  const [baseline, candidate] = await Promise.all([
    read(options.baseline, options, terminal),
    read(options.candidate, options, terminal),
  ]);
  const report = gateReport(baseline, candidate, options);
  if (!report.ok) {
    terminal.log(`self-harness gate: ${report.refusal.message}\n`);
    if (options.json) terminal.out(`${JSON.stringify({ refused: report.refusal })}\n`);
    return 2;
  }
  const redactor = createRedactor({ env: process.env });
  const text = options.json ? `${JSON.stringify(report.verdict)}\n` : renderVerdict(report.verdict);
  terminal.out((await redactor.redact(text)).text);
  return report.verdict.verdict === 'accept' ? 0 : 1;
}

async function plan(paths: readonly string[], options: GateOptions, terminal: Terminal): Promise<number> {
  const { cells, notes } = baselineCells(await read(paths, options, terminal));
  if (!(options.alpha > 0 && options.alpha < 1)) {
    terminal.log('self-harness gate: --alpha must lie between 0 and 1, both excluded, such as 0.05.\n');
    return 2;
  }
  for (const note of notes) terminal.log(`${note}\n`);
  const planned = planPower({ baseline: cells, alpha: options.alpha, seed: options.seed });
  if (planned === null) {
    terminal.log(
      'self-harness gate: the baseline holds no valid attempt. Check the paths given with --plan.\n',
    );
    return 2;
  }
  terminal.out(options.json ? `${JSON.stringify(planned)}\n` : renderPower(planned));
  return 0;
}

async function read(paths: readonly string[], options: GateOptions, terminal: Terminal): Promise<Trial[]> {
  const { trials, problems } = await readAllTraces(paths, {
    passThreshold: options.passThreshold,
    skipSteps: true,
  });
  for (const problem of problems) terminal.log(problemLine(problem));
  return trials;
}

function problemLine({ path, message }: ProblemRow): string {
  return `${path}: ${message}\n`;
}
