/**
 * The log of a job. The runner reads commands from it: a line that begins with `::`, or that has `##[` anywhere.
 * Text of a trace must never become one.
 */
import { stripVTControlCharacters } from 'node:util';
import { visibleLine } from '../evidence/markdown/visible.ts';

export interface JobLog {
  /** One line of text, whatever is in it. */
  line(text: string): void;
  /** Begins a part that can be folded; the one before ends. */
  group(title: string): void;
  endGroup(): void;
  /** Shown on the page of the run as well. */
  notice(text: string): void;
  error(text: string): void;
  /** Resolves when everything so far is written. */
  written(): Promise<void>;
}

/** @param redact takes secrets out; the runner masks only those it knows */
export function jobLog(write: (text: string) => void, redact: (text: string) => Promise<string>): JobLog {
  let before: Promise<void> = Promise.resolve();
  let grouped = false;
  // Redacting takes its time, and the order of the lines is to stay.
  const put = (text: string, form: (clean: string) => string) => {
    before = before.then(async () => write(`${form(await redact(text))}\n`));
  };
  const endGroup = () => {
    if (grouped) put('', () => '::endgroup::');
    grouped = false;
  };
  return {
    line: (text) => put(text, inert),
    group(title) {
      endGroup();
      grouped = true;
      put(title, (clean) => `::group::${commandText(inert(clean))}`);
    },
    endGroup,
    notice: (text) => put(text, (clean) => `::notice title=self-harness::${commandText(clean)}`),
    error: (text) => put(text, (clean) => `::error title=self-harness::${commandText(clean)}`),
    written: () => before,
  };
}

/** Characters without a weight of their own: the runner compares by culture, which passes over them. */
const WEIGHTLESS = '[\\p{M}\\p{Default_Ignorable_Code_Point}]*';
const COMMAND = new RegExp(`^(?=${WEIGHTLESS}:)`, 'u');
const OLD_COMMAND = new RegExp(`#(?=${WEIGHTLESS}#${WEIGHTLESS}\\[)`, 'gu');

/**
 * One line that the runner takes for text. It looks for `::` after any blanks at the beginning, and for the older
 * `##[` everywhere; it ends lines at CR as well as LF (ActionCommand.cs of actions/runner).
 */
export function inert(text: string): string {
  const plain = stripVTControlCharacters(text);
  const indent = /^ */.exec(plain)?.[0] ?? '';
  return indent + visibleLine(plain).replace(COMMAND, '> ').replace(OLD_COMMAND, '# ');
}

/** The text of a command: what ends a line there is escaped, and a `%` that looks like such an escape. */
function commandText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A');
}
