/**
 * The summary in words for a person at a terminal.
 */
import type { InvalidGroup, Noise, Rate, Summary, UnsolvedTask } from './summary.ts';

/** What stands beside the numbers: where they came from and what could not be read. */
export interface Read {
  readonly sources: readonly { readonly path: string; readonly format: string; readonly trials: number }[];
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/** At most this many rows of a kind; the rest is counted. */
const ROWS = 8;

/** Lines of plain text, without colour and without a line break at the end. */
export function summaryText(summary: Summary, read: Read): string {
  return [
    readText(summary, read),
    outcomesText(summary),
    rateText(summary),
    invalidText(summary.invalid),
    unsolvedText(summary.unsolved),
    noiseText(summary.noise),
    costText(summary),
    problemsText(read.problems),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function readText({ trials, tasks, cached }: Summary, { sources }: Read): string {
  if (trials === 0) return 'Read no trials.';
  const copies =
    cached > 0 ? ` ${count(cached, 'trial is a copy', 'trials are copies')} of another result.` : '';
  const rows = sources.map(
    (source) => `  ${source.path}: ${count(source.trials, 'trial')} (${source.format})`,
  );
  return [`Read ${count(trials, 'trial')} of ${count(tasks, 'task')}.${copies}`, ...cut(rows, 'source')].join(
    '\n',
  );
}

function outcomesText({ trials, outcomes }: Summary): string {
  if (trials === 0) return '';
  const { pass, fail, invalid, skipped } = outcomes;
  return `${pass} passed, ${fail} failed, ${invalid} invalid (no verdict on the agent), ${skipped} skipped.`;
}

function rateText({ passRate: { ofVerdicts, ofAll } }: Summary): string {
  if (ofAll.of === 0) return '';
  if (ofVerdicts.of === ofAll.of) return `Pass rate: ${rateWords(ofVerdicts)}.`;
  return [
    `Pass rate: ${rateWords(ofVerdicts)} of the trials with a verdict,`,
    `           ${rateWords(ofAll)} with the invalid ones counted as not passed.`,
  ].join('\n');
}

function invalidText(groups: readonly InvalidGroup[]): string {
  if (groups.length === 0) return '';
  const rows = groups.map(({ reason, fault, trials }) => `  ${trials} × ${reason}${FAULTS[fault]}`);
  return ['Invalid, and why:', ...cut(rows, 'reason')].join('\n');
}

const FAULTS: Readonly<Record<InvalidGroup['fault'], string>> = {
  agent: ' (the agent)',
  environment: ' (the machine, the network or the API)',
  verifier: ' (the verifier)',
  unknown: '',
};

function unsolvedText(tasks: readonly UnsolvedTask[]): string {
  if (tasks.length === 0) return '';
  const rows = tasks.map(({ task, trials, agents, message }) => {
    const tries = `${trials} tries${agents > 1 ? ` by ${agents} agents` : ''}`;
    const same = message === null ? '' : `, each time: ${shortened(message)}`;
    return `  ${task}: ${tries}${same}`;
  });
  const suspects = tasks.some(({ message, agents }) => message !== null && agents > 1);
  return [
    `${count(tasks.length, 'task fails', 'tasks fail')} in every trial:`,
    ...cut(rows, 'task'),
    ...(suspects ? ['Where every agent fails with one message, look at the verifier before the agent.'] : []),
  ].join('\n');
}

function noiseText(noise: Noise | null): string {
  if (noise === null) return '';
  const { repeated, mixed, disagreement, runDeviation } = noise;
  return [
    `Run-to-run noise: of ${count(repeated, 'repeated task')}, ${mixed} both passed and failed.`,
    `Two attempts of a task disagree ${percent(disagreement)} of the time; the pass rate of one pass over them`,
    `varies by ±${(100 * runDeviation).toFixed(1)} points (one standard deviation) with nothing changed.`,
  ].join('\n');
}

function costText({ cost, trials }: Summary): string {
  if (cost.trials === 0) return '';
  const of = cost.trials < trials ? `, in the ${cost.trials} of ${trials} trials that name a cost` : '';
  return `Cost: ${cost.usd.toFixed(2)} USD${of}.`;
}

function problemsText(problems: Read['problems']): string {
  if (problems.length === 0) return '';
  const rows = problems.map(({ path, message }) => `  ${path}: ${message}`);
  return [`${count(problems.length, 'problem')} while reading:`, ...cut(rows, 'problem')].join('\n');
}

function cut(rows: readonly string[], noun: string): string[] {
  if (rows.length <= ROWS) return [...rows];
  return [...rows.slice(0, ROWS), `  … and ${count(rows.length - ROWS, `more ${noun}`)}`];
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

function rateWords({ pass, of, rate }: Rate): string {
  return rate === null ? 'none' : `${percent(rate)} (${pass} of ${of})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
