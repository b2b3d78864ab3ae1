import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jobLog } from '../../src/action/log.ts';
import { exitCodeOf } from '../../src/action/outcome.ts';
import { jobProgress } from '../../src/action/progress.ts';
import { runAction } from '../../src/action.ts';
import { Ending } from '../../src/campaign/record/record.ts';

describe('the exit code of the step', () => {
  it.each(Ending.shape.kind.options)('for %s', (kind) => {
    expect(exitCodeOf({ kind, reason: '' })).toBe(kind === 'failed' ? 1 : 0);
  });
});

describe('the progress of a campaign', () => {
  it('is told once, although the campaign is replayed after every wait', async () => {
    let output = '';
    const log = jobLog(
      (text) => {
        output += text;
      },
      async (text) => text,
    );
    const report = jobProgress(log);
    const once = () => {
      report({ kind: 'stage', stage: 'proposing', detail: 'for 1 weaknesses' });
      report({ kind: 'candidate', id: 'c1', title: '::set-env name=A::x', decision: null, reason: '' });
    };
    once();
    once();
    report({ kind: 'note', text: 'a note' });
    log.endGroup();
    await log.written();
    expect(output).toBe(
      '::group::proposing: for 1 weaknesses\n  c1 ::set-env name=A::x\n  a note\n::endgroup::\n',
    );
  });
});

describe('a step without its environment', () => {
  let output = '';
  beforeEach(() => {
    output = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      output += text;
      return true;
    });
  });
  afterEach(() => vi.restoreAllMocks());

  it('fails with an error that names the mend', async () => {
    expect(await runAction({ INPUT_TOKEN: 'x' })).toBe(1);
    expect(output).toMatch(/^::error title=self-harness::GITHUB_REPOSITORY is not set\. .*docs\/action\.md/m);
  });
});
