/**
 * promptfoo results: the JSON of `--output out.json` (version 3, version 2 with rows, and version 2 with a
 * table only) and the rows of `out.jsonl`. Field map: FORMATS, promptfoo 0.121.
 *
 * The verdict is that of the assertions, never the score: that is the mean over them, and rises when an
 * assertion that decides nothing passes. What a row is a trial of: `promptfoo-case.ts`.
 */
import { z } from 'zod';
import { jsonRecords, jsonValue } from '../../json.ts';
import { peek } from '../../read/peek.ts';
import { type Check, makeTrial, type Trial, type VerifierDetail } from '../../trial.ts';
import { ALONE, type Format, type ReadOptions } from '../format.ts';
import { stopFromFinish } from '../shared/finish.ts';
import { digest } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';
import { appendMessage, readMessage } from '../shared/message.ts';
import { tokensWithCacheInside } from '../shared/tokens.ts';
import { createTranscript } from '../shared/transcript.ts';
import { type Place, places } from './promptfoo-case.ts';
import { ResultTable, tableRows } from './promptfoo-table.ts';

const FORMAT = 'promptfoo';

const Component = z.object({
  pass: lenient.flag,
  reason: lenient.text,
  componentResults: lenient.list,
  assertion: z
    .object({ type: lenient.text, metric: lenient.text, value: lenient.anything })
    .nullable()
    .catch(null),
});

const Usage = z
  .object({
    prompt: lenient.amount,
    completion: lenient.amount,
    completionDetails: z
      .object({ cacheReadInputTokens: lenient.amount, cacheCreationInputTokens: lenient.amount })
      .nullable()
      .catch(null),
  })
  .nullable()
  .catch(null);

const Row = z.object({
  id: lenient.text,
  promptIdx: lenient.number,
  testIdx: lenient.number,
  promptId: lenient.text,
  prompt: z
    .object({
      raw: lenient.text,
      label: lenient.text,
      config: z.object({ max_tokens: lenient.amount }).nullable().catch(null),
    })
    .nullable()
    .catch(null),
  provider: z
    .union([
      z.string().transform((id) => ({ id, label: null })),
      z.object({ id: lenient.text, label: lenient.text }),
    ])
    .nullable()
    .catch(null),
  vars: lenient.object,
  testCase: z
    .object({ description: lenient.text, metadata: lenient.object, threshold: lenient.number })
    .nullable()
    .catch(null),
  description: lenient.text,
  response: z
    .object({ output: lenient.anything, cached: lenient.flag, finishReason: lenient.text })
    .nullable()
    .catch(null),
  success: z.boolean(),
  score: lenient.number,
  failureReason: lenient.number,
  error: lenient.text,
  gradingResult: z.object({ reason: lenient.text, componentResults: lenient.list }).nullable().catch(null),
  cost: lenient.amount,
  tokenUsage: Usage,
});
type Row = z.infer<typeof Row>;

const Root = z.object({
  evalId: lenient.text,
  results: z.object({
    timestamp: lenient.moment,
    results: lenient.list,
    table: ResultTable,
  }),
});

/** Graders that crashed say so only in words: the row looks like any failed assertion. */
const GRADER_CRASH =
  /^(?:(?:Custom function|Inline JavaScript|(?:Python|Ruby) (?:code|script)) .*?(?:threw|failed)|Could not extract JSON from|(?:Error|API error|Remote Grading|Grading).*?(?:error|failed|failure)\b)/i;

const ERRORED = 2;

/** Reads the root object of a promptfoo JSON file. */
function parsePromptfoo(value: unknown, path: string, options: ReadOptions): lenient.Parsed {
  const root = Root.safeParse(value);
  if (!root.success) return { trials: [], problems: ['no promptfoo results in it: `results` is no object'] };
  const { evalId, results } = root.data;
  const rows = results.results.length > 0 ? results.results : tableRows(results.table);
  return parsePromptfooRows(rows, path, options, {
    run: evalId ?? results.timestamp,
    startedAt: results.timestamp,
  });
}

interface Evaluation {
  readonly run: string | null;
  readonly startedAt: string | null;
}

/** Reads result rows: those of a JSONL file, or of `results.results`. */
function parsePromptfooRows(
  rows: readonly unknown[],
  path: string,
  options: ReadOptions,
  evaluation: Evaluation = { run: null, startedAt: null },
): lenient.Parsed {
  const { fit, misfits } = lenient.fitting(Row, rows);
  const placed = places(fit.map(({ value }) => value));
  const several = new Set(placed.map(({ column }) => column)).size > 1;
  const trials = fit.flatMap(({ value: row }, index): Trial[] => {
    const place = placed[index];
    if (place === undefined) return [];
    const { task, column, attempt } = place;
    const run = evaluation.run ?? 'promptfoo';
    const origin = evaluation.run === null ? path : '';
    return [
      {
        ...rowTrial(row, place, options),
        id: `${FORMAT}:${row.id ?? digest(run, origin, task, String(attempt))}`,
        // Each prompt and provider is a run of its own: its trials are no repeats of another column's.
        run: several ? `${run} ${column}` : evaluation.run,
        task,
        attempt,
        startedAt: evaluation.startedAt,
        source: { path, format: FORMAT },
      },
    ];
  });
  const problems: string[] = [];
  if (misfits > 0)
    problems.push(`${misfits} of ${rows.length} rows have no verdict (\`success\`) and were left out`);
  else if (rows.length === 0) problems.push('no result rows in it');
  return { trials, problems };
}

function rowTrial(row: Row, { prompt }: Place, options: ReadOptions): Trial {
  const detail = row.tokenUsage?.completionDetails;
  const tokens = tokensWithCacheInside(
    row.tokenUsage?.prompt ?? null,
    detail?.cacheReadInputTokens ?? null,
    detail?.cacheCreationInputTokens ?? null,
    row.tokenUsage?.completion ?? null,
  );
  return makeTrial({
    id: '-',
    task: '-',
    source: { path: '', format: FORMAT },
    ...verdict(row),
    // Where the test sets a threshold, its author made the score the measure.
    score: row.testCase?.threshold == null ? null : row.score,
    verifier: verifierOf(row),
    agent: prompt,
    model: row.provider?.label || row.provider?.id || null,
    tokens,
    // A provider that measured no tokens reports a cost of 0 that means "unknown".
    costUsd: row.cost === 0 && tokens.output === null ? null : row.cost,
    cached: row.response?.cached ?? false,
    instruction: row.prompt?.raw ?? null,
    finishReason: row.response?.finishReason ?? null,
    outputLimit: row.prompt?.config?.max_tokens || null,
    stop: row.failureReason === ERRORED ? 'error' : row.response === null ? 'unknown' : stopOf(row),
    steps: options.skipSteps ? [] : stepsOf(row),
  });
}

/** How the model's answer ended, where the provider said so. */
function stopOf(row: Row): Trial['stop'] {
  return stopFromFinish(row.response?.finishReason ?? null) ?? 'finished';
}

function verdict(row: Row): Pick<Trial, 'outcome' | 'reason' | 'fault'> {
  if (row.success) return { outcome: 'pass', reason: null, fault: null };
  const graded = row.gradingResult;
  if (row.failureReason === ERRORED || (graded === null && row.error !== null)) {
    // Behind the message stand ids and the whole test as JSON, which differ from row to row.
    const words = lenient.firstLine(row.error ?? 'no message').replace(/\s*\{.*$/, '');
    const reason = `evaluation error: ${words}`;
    return { outcome: 'invalid', reason, fault: 'environment' };
  }
  const failing = checksOf(graded?.componentResults ?? []).filter(({ status }) => status === 'fail');
  const reasons = failing.length > 0 ? failing.map(({ message }) => message) : [graded?.reason ?? row.error];
  const words = lenient.firstLine(reasons[0] ?? 'assertion failed');
  if (reasons.every((reason) => GRADER_CRASH.test(reason ?? ''))) {
    return { outcome: 'invalid', reason: `grader crashed: ${words}`, fault: 'verifier' };
  }
  return { outcome: 'fail', reason: words, fault: 'agent' };
}

function verifierOf(row: Row): VerifierDetail | null {
  if (row.gradingResult === null) return null;
  return { message: row.gradingResult.reason, tests: checksOf(row.gradingResult.componentResults ?? []) };
}

/** Each assertion as a check; the members of an `assert-set` one by one, since the set only sums them up. */
function checksOf(components: readonly unknown[], depth = 0): Check[] {
  return components.flatMap((value, index): Check[] => {
    const component = Component.safeParse(value);
    if (!component.success) return [];
    const { pass, reason, assertion, componentResults } = component.data;
    if (componentResults.length > 0 && depth < MAX_DEPTH) return checksOf(componentResults, depth + 1);
    return [
      {
        name: assertion?.metric ?? (assertionName(assertion) || `assertion ${index + 1}`),
        status: pass === true ? 'pass' : 'fail',
        message: pass === true ? null : reason,
        ...(COMPARES.test(assertion?.type ?? '') && typeof assertion?.value === 'string'
          ? { expected: assertion.value, actual: null }
          : {}),
      },
    ];
  });
}

/** Sets within sets go deeper than this only in broken files. */
const MAX_DEPTH = 8;

/** Assertions whose value is what the output should say, rather than code or a judge's instruction. */
const COMPARES = /^(?:equals|i?contains|contains-(?:all|any|json)|starts-with|levenshtein|similar)$/;

/** What an assertion looks for; a judge's rubric or a script by its beginning. */
function assertionName(assertion: z.infer<typeof Component>['assertion']): string {
  return lenient.firstLine(`${assertion?.type ?? ''} ${lenient.asText(assertion?.value)}`, 80);
}

function stepsOf(row: Row) {
  const transcript = createTranscript();
  const raw = row.prompt?.raw ?? '';
  const messages = chatPrompt(raw);
  if (messages.length > 0) for (const message of messages) appendMessage(transcript, message);
  else if (raw !== '') transcript.say({ role: 'user', text: raw });
  const output = lenient.asText(row.response?.output);
  if (output !== '') transcript.say({ role: 'agent', text: output });
  return transcript.steps();
}

/** A prompt may be a chat in JSON instead of plain text. */
function chatPrompt(raw: string) {
  if (!raw.trimStart().startsWith('[')) return [];
  try {
    const value: unknown = JSON.parse(raw);
    const messages = Array.isArray(value) ? value.map(readMessage) : [];
    return messages.every((message) => message !== null) ? messages : [];
  } catch {
    return [];
  }
}

function isRow(value: unknown): boolean {
  return (
    lenient.isObject(value) &&
    'promptIdx' in value &&
    'testIdx' in value &&
    ('success' in value || 'provider' in value)
  );
}

/** Whether a JSON value is the root of a promptfoo result file. */
export function isPromptfooRoot(value: unknown): boolean {
  if (!lenient.isObject(value) || !lenient.isObject(value.results)) return false;
  const { results } = value;
  const versioned = 'version' in results && ('prompts' in results || 'table' in results);
  return versioned || (Array.isArray(results.results) && results.results.some(isRow));
}

export const promptfoo: Format = {
  id: FORMAT,
  gives: 'trials',
  async claim(file) {
    const { value, records } = await peek(file);
    return isPromptfooRoot(value) || records.slice(0, 3).some(isRow) ? ALONE : null;
  },
  async *read(files, context) {
    for await (const file of files) {
      const seen = await peek(file);
      const { trials, problems } = isPromptfooRoot(seen.value)
        ? parsePromptfoo(await jsonValue(file), file.path, context.options)
        : parsePromptfooRows(await recordsOf(jsonRecords(file, context)), file.path, context.options);
      for (const problem of problems) context.problem(file.path, problem);
      yield* trials;
    }
  },
};

async function recordsOf(lines: AsyncIterable<{ value: unknown }>): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const { value } of lines) records.push(value);
  return records;
}
