/**
 * JUnit XML, in the dialects of Maven Surefire, pytest, jest, gtest and promptfoo. A `failure` is a verdict
 * against the agent; an `error` is no verdict. Equal names are attempts of one task: repeats, retries within
 * a file, or Surefire's `flakyFailure` and `rerunFailure` within a test case.
 */
import { type SaxesAttributePlain, SaxesParser, type SaxesTagPlain } from 'saxes';
import { folderOf } from '../../archive/tree.ts';
import { messageOf } from '../../json.ts';
import { decode, peek } from '../../read/peek.ts';
import { makeTrial, type Trial } from '../../trial.ts';
import { ALONE, type FileTree, type Format, type TraceFile } from '../format.ts';
import { attemptCounter, digest } from '../shared/identity.ts';
import { firstLine, instant, type Parsed } from '../shared/lenient.ts';
import { isPromptfooRoot } from './promptfoo.ts';

const FORMAT = 'junit';

interface Result {
  readonly tag: string;
  readonly type: string | null;
  message: string;
}

interface Case {
  readonly suite: string | null;
  readonly classname: string | null;
  readonly name: string;
  readonly seconds: number | null;
  readonly startedAt: string | null;
  readonly notRun: boolean;
  readonly results: Result[];
}

const RESULT_TAGS = new Set([
  'failure',
  'error',
  'skipped',
  'flakyFailure',
  'flakyError',
  'rerunFailure',
  'rerunError',
]);

/** Reads the test cases of a JUnit document. A document that breaks off gives the cases before the break. */
export function parseJunit(xml: string, path: string): Parsed {
  const { cases, root, problem } = readCases(xml);
  const problems = problem === null ? [] : [problem];
  if (cases.length === 0 && problem === null) problems.push('no test cases in it');
  const fromPromptfoo = root?.name === 'promptfoo';
  const run = root?.name ?? cases[0]?.suite ?? null;
  const identity = digest(xml);
  const nextAttempt = attemptCounter();
  const trials = cases.flatMap((test): Trial[] => {
    // promptfoo numbers every repeat: "test 3: name" and "test 4: name" are one task.
    const name = fromPromptfoo ? test.name.replace(/^test \d+: /, '') : test.name;
    const task = test.classname && !fromPromptfoo ? `${test.classname}::${name}` : name;
    return attemptsOf(test).map((result) => {
      const attempt = nextAttempt(`${fromPromptfoo ? test.classname : ''}\0${task}`);
      return makeTrial({
        id: `${FORMAT}:${identity}:${digest(test.classname ?? '', task, String(attempt))}`,
        run,
        task: task || 'unnamed test',
        attempt,
        ...verdict(result),
        verifier: result === null ? null : { message: result.message || result.type, tests: [] },
        startedAt: test.startedAt,
        finishedAt: finishedAt(test),
        source: { path, format: FORMAT },
      });
    });
  });
  return { trials, problems };
}

/** The results of a case in the order they happened: a Surefire case that was run again holds several. */
function attemptsOf(test: Case): (Result | null)[] {
  const own = test.results.filter(({ tag }) => !/^(?:flaky|rerun)/.test(tag));
  const flaky = test.results.filter(({ tag }) => tag.startsWith('flaky'));
  const reruns = test.results.filter(({ tag }) => tag.startsWith('rerun'));
  const final =
    own.find(({ tag }) => tag === 'failure') ?? own.find(({ tag }) => tag === 'error') ?? own[0] ?? null;
  if (final === null && test.notRun) return [{ tag: 'skipped', type: null, message: 'not run' }];
  // Flaky: it failed so often, then passed. Rerun: it failed first, then so often again.
  return final === null ? [...flaky, null] : [...flaky, final, ...reruns];
}

function verdict(result: Result | null): Pick<Trial, 'outcome' | 'reason' | 'fault'> {
  if (result === null) return { outcome: 'pass', reason: null, fault: null };
  const words = firstLine(result.message) || result.type || null;
  if (result.tag === 'skipped') return { outcome: 'skipped', reason: words, fault: 'unknown' };
  if (/error$/i.test(result.tag)) {
    return { outcome: 'invalid', reason: `error: ${words ?? 'no message'}`, fault: 'unknown' };
  }
  return { outcome: 'fail', reason: words ?? 'failure', fault: 'agent' };
}

function finishedAt(test: Case): string | null {
  if (test.startedAt === null || test.seconds === null) return null;
  return instant(Date.parse(test.startedAt) + test.seconds * 1000);
}

interface Read {
  readonly cases: Case[];
  readonly root: { readonly name: string | null } | null;
  readonly problem: string | null;
}

/**
 * Walks the document. saxes reads no DTD and resolves no external entity, so a document can neither fetch
 * nor expand anything; the first error ends the walk.
 */
function readCases(xml: string): Read {
  const cases: Case[] = [];
  const suites: (string | null)[] = [];
  let root: Read['root'] = null;
  let test: Case | null = null;
  let result: Result | null = null;
  const parser = new SaxesParser();
  // saxes would go on after an error, and over a long broken text report one for every character.
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag: SaxesTagPlain) => {
    const { name, attributes } = tag;
    root ??= { name: name === 'testsuites' ? attribute(attributes, 'name') : null };
    if (name === 'testsuite') suites.push(attribute(attributes, 'name'));
    else if (name === 'testcase') test = openCase(attributes, suites.at(-1) ?? null);
    else if (test !== null && RESULT_TAGS.has(name)) {
      result = {
        tag: name,
        type: attribute(attributes, 'type'),
        message: attribute(attributes, 'message') ?? '',
      };
    }
  });
  const body = (chunk: string) => {
    if (result !== null) result.message += chunk.trim() === '' ? '' : `\n${chunk.trim()}`;
  };
  parser.on('text', body);
  parser.on('cdata', body);
  parser.on('closetag', ({ name }) => {
    if (name === 'testsuite') suites.pop();
    else if (name === 'testcase' && test !== null) {
      cases.push(test);
      test = null;
    } else if (result !== null && result.tag === name) {
      test?.results.push({ ...result, message: result.message.trim() });
      result = null;
    }
  });
  try {
    parser.write(xml).close();
  } catch (error) {
    const problem = `not well-formed XML (${messageOf(error)}); read ${cases.length} test cases before that`;
    return { cases, root, problem };
  }
  return { cases, root, problem: null };
}

function openCase(attributes: SaxesTagPlain['attributes'], suite: string | null): Case {
  const status = attribute(attributes, 'status') ?? attribute(attributes, 'result') ?? '';
  return {
    suite,
    classname: attribute(attributes, 'classname'),
    name: attribute(attributes, 'name') ?? '',
    seconds: seconds(attribute(attributes, 'time')),
    startedAt: instant(attribute(attributes, 'timestamp')),
    notRun: /^(?:notrun|disabled|skipped|suppressed)$/i.test(status),
    results: [],
  };
}

function attribute(attributes: Record<string, SaxesAttributePlain | string>, name: string): string | null {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Surefire writes "1,234.5" for a test of twenty minutes. */
function seconds(time: string | null): number | null {
  const value = time === null ? Number.NaN : Number(time.replaceAll(',', ''));
  return Number.isFinite(value) && value >= 0 ? value : null;
}

const ROOT = /<(?:\w+:)?(testsuites?)[\s>/]/;

export const junit: Format = {
  id: FORMAT,
  gives: 'trials',
  async claim(file) {
    const { kind, text } = await peek(file);
    return kind === 'xml' && ROOT.test(text.slice(0, 4096)) ? ALONE : null;
  },
  async *read(files, context) {
    for await (const file of files) {
      // promptfoo writes the same results beside each other in several formats; its JSON says the most.
      if (await isPromptfooCopy(file, context.tree)) continue;
      const { trials, problems } = parseJunit(decode(await file.bytes()), file.path);
      for (const problem of problems) context.problem(file.path, problem);
      yield* trials;
    }
  },
};

async function isPromptfooCopy(file: TraceFile, tree: FileTree): Promise<boolean> {
  const { text } = await peek(file);
  if (!/<testsuites[^>]*\sname="promptfoo"/.test(text)) return false;
  const timestamp = /\stimestamp="([^"]+)"/.exec(text)?.[1];
  const folder = folderOf(file.path);
  for (const sibling of tree.under(folder)) {
    if (sibling.path.slice(folder.length).includes('/') || sibling.path === file.path) continue;
    const seen = await peek(sibling);
    if (isPromptfooRoot(seen.value) && timestamp !== undefined && seen.text.includes(timestamp)) return true;
  }
  return false;
}
