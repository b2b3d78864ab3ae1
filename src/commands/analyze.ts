/**
 * `self-harness analyze`: reads traces of any known format and says what they hold and what keeps failing.
 */
import { writeFile } from 'node:fs/promises';
import { renderAnalysis } from '../evidence/analysis.ts';
import type { Diagnosis } from '../mining/diagnosis.ts';
import { examine } from '../mining/examine.ts';
import { mine } from '../mining/mine.ts';
import type { Evidence, SetApart, Weakness } from '../mining/weakness.ts';
import { type ProblemRow, readTraces, type SourceRow } from '../traces/read/read.ts';
import { type Summary, startSummary } from '../traces/read/summary.ts';
import { summaryText } from '../traces/read/summary-text.ts';
import { createRedactor, type Redactor } from '../traces/redact/redact.ts';
import { stepText, type Trial } from '../traces/trial.ts';
import type { Terminal } from './improve.ts';

export interface AnalyzeOptions {
  readonly json: boolean;
  /** Where to write the report, or undefined for none. */
  readonly out?: string;
  /** Scores at or above this pass, where the traces hold graded scores and no verdict. */
  readonly passThreshold: number;
}

/** What `analyze` found; secrets are taken out of every text. */
interface Analysis {
  readonly summary: Summary;
  readonly sources: readonly SourceRow[];
  readonly problems: readonly ProblemRow[];
  readonly weaknesses: readonly Weakness[];
  readonly setApart: readonly SetApart[];
}

/** How often progress is shown (ms). */
const PROGRESS_MS = 200;

/** Exit code: 0 where trials were read, 2 where none was. */
export async function analyze(
  paths: readonly string[],
  options: AnalyzeOptions,
  terminal: Terminal,
): Promise<number> {
  const analysis = await analyse(paths, options.passThreshold, terminal);
  if (options.out !== undefined) await writeFile(options.out, renderAnalysis(analysis));
  if (options.json) {
    terminal.out(`${JSON.stringify(documentOf(analysis))}\n`);
  } else {
    const { summary, sources, problems } = analysis;
    terminal.out(`${summaryText(summary, { sources, problems })}\n\n${weaknessText(analysis)}\n`);
    if (options.out !== undefined) terminal.out(`\nThe report is in ${options.out}.\n`);
  }
  return analysis.summary.trials > 0 ? 0 : 2;
}

/** Reads, examines and mines, one trial at a time: memory does not grow with the trajectories. */
async function analyse(
  paths: readonly string[],
  passThreshold: number,
  terminal: Pick<Terminal, 'log' | 'live'>,
): Promise<Analysis> {
  const redactor = createRedactor({ env: process.env });
  const summing = startSummary((text) => redactor.redact(text).text);
  const diagnoses: Diagnosis[] = [];
  let shown = 0;
  const reading = readTraces(paths, {
    passThreshold,
    onProgress: ({ path }) => {
      if (!terminal.live || performance.now() - shown < PROGRESS_MS) return;
      shown = performance.now();
      terminal.log(`\r\x1b[2K${diagnoses.length} trials read, now in ${path}`);
    },
  });
  for await (const trial of reading) {
    summing.add(trial);
    diagnoses.push(await withoutSecrets(examine(trial), trial, redactor));
  }
  if (terminal.live) terminal.log('\r\x1b[2K');
  const { weaknesses, setApart } = mine(diagnoses);
  const redact = async (text: string) => (await redactor.redact(text)).text;
  return {
    summary: await mapTexts(summing.summary(), redact),
    sources: reading.sources,
    problems: await mapTexts([...reading.problems], redact),
    weaknesses,
    setApart: await mapTexts([...setApart], redact),
  };
}

/** Quotes are cut out of the redacted step while the step is at hand: half a secret at an edge is one too. */
async function withoutSecrets(diagnosis: Diagnosis, trial: Trial, redactor: Redactor): Promise<Diagnosis> {
  const clean = async (evidence: Evidence): Promise<Evidence> => {
    const step = trial.steps[evidence.step];
    if (step === undefined) return evidence;
    const { quote, start, end } = await redactor.redactEvidence(
      stepText(step, evidence.field),
      evidence.start,
      evidence.end,
    );
    return { ...evidence, quote, start, end };
  };
  const facts = [];
  for (const fact of diagnosis.facts)
    facts.push({ ...fact, evidence: await Promise.all(fact.evidence.map(clean)) });
  return { ...diagnosis, facts };
}

/** Every string of a JSON value, changed. */
async function mapTexts<T>(value: T, change: (text: string) => Promise<string>): Promise<T> {
  const walk = async (node: unknown): Promise<unknown> => {
    if (typeof node === 'string') return change(node);
    if (Array.isArray(node)) return Promise.all(node.map(walk));
    if (node === null || typeof node !== 'object') return node;
    const entries = await Promise.all(
      Object.entries(node).map(async ([key, child]) => [key, await walk(child)] as const),
    );
    return Object.fromEntries(entries);
  };
  return (await walk(value)) as T;
}

/** The document of `--json`: other programs rely on its shape. */
function documentOf({ summary, sources, problems, weaknesses }: Analysis) {
  return {
    trials: summary.trials,
    tasks: summary.tasks,
    outcomes: summary.outcomes,
    sources: sources.map(({ path, format, trials }) => ({ path, format, trials })),
    problems: problems.map(({ path, message }) => ({ path, message })),
    weaknesses: weaknesses.map((weakness) => ({
      id: weakness.id,
      signature: weakness.signature,
      trials: weakness.trials.length,
      tasks: weakness.tasks.length,
      evidence: weakness.evidence.map(({ trial, step, quote }) => ({ trial, step, quote })),
      addressable: weakness.addressable,
    })),
  };
}

function weaknessText({ weaknesses, setApart }: Analysis): string {
  const lines: string[] = [];
  if (weaknesses.length === 0) lines.push('No weakness recurs over two tasks.');
  else lines.push('Weaknesses that recur:');
  for (const weakness of weaknesses) {
    const act = weakness.addressable ? '' : ' No harness edit acts on it.';
    lines.push(
      `  ${weakness.title} ${weakness.trials.length} trials of ${weakness.tasks.length} tasks.${act}`,
    );
    const [first] = weakness.evidence;
    if (first !== undefined) {
      const quote = first.quote.replaceAll(/\s+/g, ' ').slice(0, 160);
      lines.push(`    ${first.trial}, step ${first.step}: “${quote}”`);
    }
  }
  const kinds = Map.groupBy(setApart, (one) => one.kind);
  for (const [kind, group] of kinds) {
    lines.push(
      `  set apart, ${kind.replaceAll('_', ' ')}: ${group.length} ${group.length === 1 ? 'task' : 'tasks'}`,
    );
  }
  return lines.join('\n');
}
