/**
 * What Harbor's verifier left beside a result: rewards, sub-tests and its output.
 */
import { jsonValue, messageOf } from '../../json.ts';
import type { VerifierDetail } from '../../trial.ts';
import type { ReadContext, TraceFile } from '../format.ts';
import * as lenient from '../shared/lenient.ts';
import { rewardsOf } from './harbor-trial.ts';

/** The end of the verifier's output says what failed; this much of it is kept (characters). */
const TAIL = 4000;

/** Rewards as the verifier wrote them. Where there are both files, reward.txt counts, as in Harbor. */
export async function readRewards(
  folder: string,
  context: ReadContext,
): Promise<Record<string, number> | null> {
  const text = context.tree.get(`${folder}verifier/reward.txt`);
  if (text !== undefined) return attempt(text, context, async () => rewardsOf(Number(await textOf(text))));
  const json = context.tree.get(`${folder}verifier/reward.json`);
  return json === undefined ? null : attempt(json, context, async () => rewardsOf(await jsonValue(json)));
}

/**
 * Sub-tests from ctrf.json, or the end of the verifier's output where there are none. A trial that passed
 * needs no explanation: only its sub-tests are read.
 */
export async function readVerifier(
  folder: string,
  passed: boolean,
  context: ReadContext,
): Promise<VerifierDetail | null> {
  const ctrf = context.tree.get(`${folder}verifier/ctrf.json`);
  const tests =
    ctrf === undefined ? null : await attempt(ctrf, context, async () => testsOf(await jsonValue(ctrf)));
  if (tests !== null && tests.length > 0) {
    const broken = tests.find(({ status }) => status === 'fail');
    return { message: broken === undefined ? null : said(broken), tests };
  }
  const stdout = context.tree.get(`${folder}verifier/test-stdout.txt`);
  if (passed || stdout === undefined) return null;
  const output = await attempt(stdout, context, () => textOf(stdout));
  return output === null || output === '' ? null : { message: output.slice(-TAIL), tests: [] };
}

type Test = VerifierDetail['tests'][number];

/** A test's name with the line that says what went wrong: pytest marks it with `E`. */
function said({ name, message }: Test): string {
  const lines = (message ?? '').split('\n');
  const line =
    lines.find((candidate) => /^E\s/.test(candidate)) ?? lines.find((candidate) => candidate.trim() !== '');
  return line === undefined ? name : `${name}: ${line.replace(/^E\s+/, '')}`;
}

const STATUS: Readonly<Record<string, Test['status']>> = {
  passed: 'pass',
  failed: 'fail',
  skipped: 'skipped',
  pending: 'skipped',
  other: 'skipped',
};

/** Tests of a CTRF report: only what both its spellings share is read here. */
function testsOf(value: unknown): Test[] {
  const results = lenient.object.parse(lenient.object.parse(value).results);
  return lenient.list.parse(results.tests).flatMap((test) => {
    if (!lenient.isObject(test) || typeof test.name !== 'string') return [];
    const status = STATUS[String(test.status)];
    if (status === undefined) return [];
    const message = [test.message, test.trace].filter((part) => typeof part === 'string').join('\n');
    return [{ name: test.name, status, message: message === '' ? null : message }];
  });
}

async function textOf(file: TraceFile): Promise<string> {
  return (await file.text()).trim();
}

async function attempt<T>(file: TraceFile, context: ReadContext, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    context.problem(file.path, messageOf(error));
    return null;
  }
}
