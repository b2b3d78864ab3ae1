import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inert, type JobLog, jobLog } from '../../src/action/log.ts';

/** Commands as the runner finds them in a line of output (ActionCommand.cs of actions/runner). */
function commandIn(line: string): { name: string; data: string } | null {
  // .NET compares by culture, as if marks and ignorable characters were not there.
  const weighed = line.replaceAll(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, '');
  const current = /^[\s\u0085]*::(.*?)::(.*)$/su.exec(weighed);
  const old = /##\[(.*?)\](.*)$/su.exec(weighed);
  const [, info = '', data = ''] = current ?? old ?? [];
  return current === null && old === null ? null : { name: info.split(' ')[0] ?? '', data };
}

/** What the runner makes of a command's text. */
const unescaped = (data: string) =>
  data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');

/** .NET ends a line at CR, LF and both. */
const linesOf = (output: string) => output.split(/\r\n|\r|\n/).slice(0, -1);

async function written(say: (log: JobLog) => void, redact = async (text: string) => text): Promise<string> {
  let output = '';
  const log = jobLog((text) => {
    output += text;
  }, redact);
  say(log);
  await log.written();
  return output;
}

/** Text as a trace may hold it, with what commands are made of in it more often than by chance. */
const traceText = fc
  .array(
    fc.oneof(
      fc.constantFrom('::', '##[', ']', ':', '#', '[', '%0A', '%0D', '%25', '\r', '\n', '\r\n', ' ', '\t'),
      fc.constantFrom('error', 'set-env name=PATH', 'stop-commands', 'group', 'add-mask'),
      fc.constantFrom(
        '\u00a0',
        '\u2028',
        '\u0085',
        '\u00ad',
        '\u200d',
        '\ufe0f',
        '\ufeff',
        '\u3164',
        '\u001b[31m',
      ),
      fc.string({ unit: 'binary' }),
    ),
  )
  .map((parts) => parts.join(''));

describe('a line in the log of a job', () => {
  it('is one line, and never a command, whatever a trace says', async () => {
    await fc.assert(
      fc.asyncProperty(traceText, async (text) => {
        const lines = linesOf(await written((log) => log.line(text)));
        expect(lines).toHaveLength(1);
        expect(commandIn(lines[0] ?? '')).toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['::set-env name=PATH::/evil', '> ::set-env name=PATH::/evil'],
    ['  ::error::no', '  > ::error::no'],
    ['before ##[add-mask]a', 'before # #[add-mask]a'],
    ['ok\n::error::no', 'ok ⏎ ::error::no'],
    ['ok\r::error::no', 'ok␍::error::no'],
    ['\u001b[2m    baseline: 3 cells\u001b[22m', '    baseline: 3 cells'],
    ['at src::main::run', 'at src::main::run'],
  ])('shows %j as %j', (text, shown) => {
    expect(inert(text)).toBe(shown);
  });
});

describe('a command in the log of a job', () => {
  it('says what it was given, and nothing else is a command', async () => {
    await fc.assert(
      fc.asyncProperty(traceText, async (text) => {
        const output = await written((log) => {
          log.group(text);
          log.notice(text);
          log.error(text);
        });
        const commands = linesOf(output).map(commandIn);
        expect(commands.map((one) => one?.name)).toEqual(['group', 'notice', 'error']);
        expect(unescaped(commands[0]?.data ?? '')).not.toMatch(/[\r\n]/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives its text to the runner as it was', async () => {
    const text = 'half of it: 50%0A\nand a line';
    const output = await written((log) => log.notice(text));
    expect(output).toBe('::notice title=self-harness::half of it: 50%250A%0Aand a line\n');
    expect(unescaped(output.trimEnd().split('::')[2] ?? '')).toBe(text);
  });
});

it('groups end before the next one, and once', async () => {
  const output = await written((log) => {
    log.group('a');
    log.group('b');
    log.endGroup();
    log.endGroup();
  });
  expect(output).toBe('::group::a\n::endgroup::\n::group::b\n::endgroup::\n');
});

it('keeps its order however long redacting takes, and writes nothing that was not redacted', async () => {
  let wait = 20;
  const slower = async (text: string) => {
    wait /= 2;
    await new Promise((resolve) => setTimeout(resolve, wait));
    return text.replaceAll('secret', '[redacted]');
  };
  const output = await written((log) => {
    log.line('the first secret');
    log.error('the second secret');
    log.group('the third secret');
  }, slower);
  expect(output).toBe(
    'the first [redacted]\n::error title=self-harness::the second [redacted]\n::group::the third [redacted]\n',
  );
});
