/**
 * What the verifier said, reduced to what tells failures apart: scaffold lines, numbers and addresses stripped.
 */
import { stepText, type Trial } from '../traces/trial.ts';
import { clippedWhole, detached } from './evidence.ts';

/** Lines that test runners and installers print whatever happened. */
const SCAFFOLD =
  /^\s*(?:[=\-_*#~.]{3,}.*|(?:platform|rootdir|plugins|cachedir|configfile|collecting|collected|configuration)\b.*|(?:\+ |Hit:|Get:|Reading |Building |Resolved |Prepared |Installed |Downloading |Collecting |Requirement already).*|\S+\s*\.+\s*\[\s*\d+%\]|PASSED .*|warning[s:].*|\d+ (?:passed|failed|warnings?).*)$/i;

/** Characters of a report that are read, and kept: its end says what failed. */
const MAX_READ = 20_000;
const MAX_KEPT = 2_000;

/** At most this many characters of a message enter its key. */
const KEY = 300;

/** The failing part of the verdict: failing tests with their messages, and what the verifier printed; '' for none. */
export function verdictText(trial: Trial): string {
  const tests = trial.verifier?.tests.filter((test) => test.status === 'fail') ?? [];
  const said = tests.map(({ name, message }) =>
    message === null ? name : `${name}: ${withoutScaffold(message)}`,
  );
  // Tests with messages of their own make the printed report a repetition.
  const printed = tests.some((test) => test.message !== null)
    ? ''
    : withoutScaffold(trial.verifier?.message ?? '');
  if (printed !== '') said.push(printed);
  return said.length > 0 ? said.join('\n') : withoutScaffold(trial.reason ?? '');
}

/** Whether the verdict says more than which tests failed. */
export function hasDetail(trial: Trial): boolean {
  const { message, tests } = trial.verifier ?? { message: null, tests: [] };
  return (
    (message ?? '').trim() !== '' || tests.some((test) => test.status === 'fail' && test.message !== null)
  );
}

/**
 * A key that is equal for equal failures of one task: what changes from run to run whatever the agent does (hashes,
 * temporary paths, times) is masked, what the agent made is not. Null where the verifier said nothing.
 */
export function verdictKey(verdict: string): string | null {
  const masked = verdict
    .replace(/\b(?:0x)?[0-9a-f]{8,}\b/gi, '#')
    .replace(/\/tmp\/\S+/g, '/tmp/#')
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*|\b\d+(?:\.\d+)? ?m?s(?:ec(?:onds?)?)?\b/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
  const key = clippedWhole(masked, KEY);
  return key === '' ? null : detached(key);
}

/** Whether the verdict repeats a number or a quoted value that the agent's last steps hold and the task does not. */
export function echoesAgent(verdict: string, trial: Trial): boolean {
  const last = trial.steps.filter((step) => step.role === 'agent').slice(-2);
  const made = last.map((step) => `${step.text}\n${stepText(step, 'arguments')}`).join('\n');
  const given = trial.instruction ?? '';
  for (const [, quoted, number] of verdict.matchAll(
    /["'`]([^"'`\n]{2,80})["'`]|(?<![\w.])(\d[\d.,:-]*\d)/g,
  )) {
    const value = quoted ?? number ?? '';
    if (value !== '' && made.includes(value) && !given.includes(value)) return true;
  }
  return false;
}

/** Lines that say what went wrong, for reports too long to keep. */
const TELLING = /^E\s|\b(?:Error|Exception|assert|expected|FAILED|fatal)\b|No such file|not found/i;

function withoutScaffold(message: string): string {
  const lines = message
    .slice(-MAX_READ)
    .split('\n')
    .filter((line) => line.trim() !== '' && !SCAFFOLD.test(line));
  const whole = lines.join('\n');
  if (whole.length <= MAX_KEPT) return whole;
  const telling = lines.filter((line) => TELLING.test(line)).join('\n');
  return (telling === '' ? whole : telling).slice(-MAX_KEPT);
}
