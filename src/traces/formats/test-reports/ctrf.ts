/**
 * CTRF reports (ctrf.io). The spec counts milliseconds in camelCase; pytest-json-ctrf writes seconds as
 * floats, snake_case and no `reportFormat`. Retries are attempts of the same task.
 *
 * Inside a Harbor trial a CTRF file holds the sub-tests of that one trial: Harbor owns the file there.
 */
import { z } from 'zod';
import { peek } from '../../read/peek.ts';
import { makeTrial, type Trial } from '../../trial.ts';
import { ALONE, type Format } from '../format.ts';
import { eachFile } from '../shared/each-file.ts';
import { attemptCounter, digest } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';

const FORMAT = 'ctrf';

const Retry = z.object({
  attempt: lenient.number,
  status: lenient.text,
  message: lenient.text,
  trace: lenient.text,
  start: lenient.anything,
  stop: lenient.anything,
});

const Test = Retry.extend({
  name: z.string(),
  rawStatus: lenient.text,
  raw_status: lenient.text,
  suite: z.union([z.string().transform((name) => [name]), z.array(z.string())]).catch([]),
  filePath: lenient.text,
  file_path: lenient.text,
  retryAttempts: z.array(Retry).catch([]),
  retry_attempts: z.array(Retry).catch([]),
});
type Test = z.infer<typeof Test>;

const Report = z.object({
  results: z.object({
    tool: z.object({ name: lenient.text }).nullable().catch(null),
    tests: z.array(z.unknown()),
    environment: z.object({ buildName: lenient.text, commit: lenient.text }).nullable().catch(null),
  }),
});

/** Reads a CTRF report: one trial for each recorded attempt of each test. */
function parseCtrf(value: unknown, path: string): lenient.Parsed {
  const report = Report.safeParse(value);
  if (!report.success) return { trials: [], problems: ['no CTRF report in it: `results.tests` is no list'] };
  const { tests, tool, environment } = report.data.results;
  const { fit, misfits } = lenient.fitting(Test, tests);
  const identity = digest(lenient.asText(value));
  const nextAttempt = attemptCounter();
  const trials = fit.flatMap(({ value: test }): Trial[] => {
    const task = [...placeOf(test), test.name].join(' > ');
    return attemptsOf(test).map((result) => {
      const attempt = nextAttempt(task);
      const message = result.message ?? result.trace;
      return makeTrial({
        id: `${FORMAT}:${identity}:${digest(task, String(attempt))}`,
        run: environment?.buildName ?? tool?.name ?? null,
        taskVersion: null,
        task: task || 'unnamed test',
        attempt,
        ...verdict(result.status, test.rawStatus ?? test.raw_status, message),
        verifier: message === null ? null : { message, tests: [] },
        startedAt: lenient.instant(result.start),
        finishedAt: lenient.instant(result.stop),
        source: { path, format: FORMAT },
      });
    });
  });
  const problems: string[] = [];
  if (misfits > 0) problems.push(`${misfits} of ${tests.length} tests have no name and were left out`);
  else if (tests.length === 0) problems.push('no tests in it');
  return { trials, problems };
}

/** Earlier tries, then the test's own result. A list that repeats the final try counts it once. */
function attemptsOf(test: Test): z.infer<typeof Retry>[] {
  const retries = test.retryAttempts.length > 0 ? test.retryAttempts : test.retry_attempts;
  const last = retries.at(-1);
  const repeatsFinal = last !== undefined && last.status === test.status && last.start === test.start;
  return [...(repeatsFinal && last.start !== undefined ? retries.slice(0, -1) : retries), test];
}

function verdict(
  status: string | null,
  raw: string | null,
  message: string | null,
): Pick<Trial, 'outcome' | 'reason' | 'fault'> {
  const words = lenient.firstLine(message ?? raw ?? status ?? 'no status');
  switch (status) {
    case 'passed':
      return { outcome: 'pass', reason: null, fault: null };
    case 'failed':
      // pytest calls a broken fixture "failed" too; only the raw status tells it from a failed test.
      if (/error|broken/i.test(raw ?? '')) return { outcome: 'invalid', reason: words, fault: 'unknown' };
      return { outcome: 'fail', reason: words, fault: 'agent' };
    case 'skipped':
    case 'pending':
      return { outcome: 'skipped', reason: words, fault: 'unknown' };
    default:
      return { outcome: 'invalid', reason: `status "${status ?? 'none'}": ${words}`, fault: 'unknown' };
  }
}

function placeOf(test: Test): string[] {
  if (test.suite.length > 0) return test.suite;
  const file = test.filePath ?? test.file_path;
  return file === null ? [] : [file];
}

function isReport(value: unknown): boolean {
  if (!lenient.isObject(value) || !lenient.isObject(value.results)) return false;
  if (value.reportFormat === 'CTRF') return true;
  const { tool, summary, tests } = value.results;
  return lenient.isObject(tool) && (lenient.isObject(summary) || Array.isArray(tests));
}

export const ctrf: Format = {
  id: FORMAT,
  gives: 'trials',
  async claim(file) {
    return isReport((await peek(file)).value) ? ALONE : null;
  },
  read: eachFile(parseCtrf),
};
