/** Detectors of how runs end: budgets, finishing, exploration, artifacts. */
import { describe, expect, it } from 'vitest';
import { did, factOf, quotes, said, sh, times, trial } from './builders.ts';

describe('step_budget_exhausted', () => {
  const work = [sh('ls', 'a.txt'), sh('cat a.txt', 'words')];

  it('fires when the format says so, and quotes what the agent was doing', () => {
    const fact = factOf('step_budget_exhausted', trial(work, { stop: 'step_limit' }));
    expect(fact?.status).toBe('root_cause');
    expect(quotes(fact)).toEqual(['{"command":"cat a.txt"}']);
  });

  it('quotes what the agent said beside its last call, where that is a remark', () => {
    const last = { ...did('read', { page: 9 }, 'page 9'), text: 'Next is page 9; 8 of 14 read.' };
    const fact = factOf('step_budget_exhausted', trial([...work, last], { stop: 'step_limit' }));
    expect(quotes(fact)).toEqual(['Next is page 9; 8 of 14 read.', '{"page":9}']);
    const lengthy = { ...last, text: 'I think about it. '.repeat(40) };
    const long = factOf('step_budget_exhausted', trial([...work, lengthy], { stop: 'step_limit' }));
    expect(quotes(long)).toEqual(['{"page":9}']);
  });

  it('fires on a scaffold notice or a reason where the format says nothing', () => {
    const notice = {
      role: 'user',
      text: 'RuntimeError: Agent reached maximum iteration. Current iteration: 100',
    } as const;
    expect(quotes(factOf('step_budget_exhausted', trial([...work, notice], { stop: 'unknown' })))).toContain(
      notice.text,
    );
    const reason = trial(work, { stop: 'unknown', reason: 'step limit reached (12)' });
    expect(factOf('step_budget_exhausted', reason)).not.toBeNull();
  });

  it('stays silent when the agent itself speaks of limits', () => {
    const talk = said('I must keep below the step limit: it could be reached soon.');
    expect(factOf('step_budget_exhausted', trial([...work, talk], { stop: 'unknown' }))).toBeNull();
  });

  it('fires, as conduct, where the run ends and the agent had not the last word', () => {
    const fact = factOf('step_budget_exhausted', trial(work, { stop: 'unknown' }));
    expect(fact?.conduct).toBe('broke_off');
    const closed = trial([...work, said('Done.')], { stop: 'unknown' });
    expect(factOf('step_budget_exhausted', closed)).toBeNull();
    const submitted = trial([...work, did('submit', { answer: '4' }, 'ok')], { stop: 'unknown' });
    expect(factOf('step_budget_exhausted', submitted)).toBeNull();
  });

  it('claims no root cause where there is no trajectory to look at', () => {
    expect(factOf('step_budget_exhausted', trial([], { stop: 'step_limit' }))?.status).toBe('unknown');
  });
});

describe('wall_clock_exhausted', () => {
  it('names what was running when the time was up', () => {
    const fact = factOf('wall_clock_exhausted', trial([sh('make -j4 vmlinux')], { stop: 'timeout' }));
    expect(quotes(fact)).toEqual(['{"command":"make -j4 vmlinux"}']);
  });

  it('stays silent when a tool, not the run, timed out', () => {
    const late = trial([sh('sleep 99', 'command timed out after 30 s'), said('Done.')], { stop: 'unknown' });
    expect(factOf('wall_clock_exhausted', late)).toBeNull();
  });
});

describe('context_exhausted', () => {
  it('fires on the words of the model API', () => {
    const full = { role: 'user', text: "This model's maximum context length is 128000 tokens." } as const;
    expect(quotes(factOf('context_exhausted', trial([sh('ls', 'a'), full], { stop: 'error' })))).toContain(
      full.text,
    );
  });

  it('stays silent when the agent finished', () => {
    const talk = { role: 'user', text: 'The maximum context length of the model is in the docs.' } as const;
    expect(factOf('context_exhausted', trial([talk, said('4')]))).toBeNull();
  });
});

describe('finished_unverified', () => {
  const write = did('write_file', { path: 'a.md', text: 'hello' }, 'ok: a.md written, 5 characters');

  it('fires when the agent hands in right after its last change', () => {
    const fact = factOf(
      'finished_unverified',
      trial([write, did('submit', { answer: 'done' }, 'submitted')]),
    );
    expect(fact?.conduct).toBe('unchecked:write_file');
    expect(quotes(fact)[0]).toContain('a.md');
  });

  it.each([
    ['a test', sh('pytest -q', '1 passed')],
    ['a look', did('read_file', { path: 'a.md' }, 'hello')],
    ['a run', sh('python a.py', '5')],
  ])('stays silent after %s', (_, check) => {
    expect(
      factOf('finished_unverified', trial([write, check, did('submit', { answer: 'x' }, 'ok')])),
    ).toBeNull();
  });

  it('stays silent when the change itself shows the record it left', () => {
    const args = { reservation_id: 'HAT123', cabin: 'economy', payment_id: 'card_1' };
    const shown = JSON.stringify({
      ...args,
      user: 'someone',
      flights: [],
      status: 'changed',
      created: '2024-05-01',
    });
    expect(
      factOf('finished_unverified', trial([did('update_reservation', args, shown), said('Done.')])),
    ).toBeNull();
  });

  it('stays silent when a limit cut the run off', () => {
    expect(factOf('finished_unverified', trial([write], { stop: 'step_limit' }))).toBeNull();
  });
});

describe('stopped_early', () => {
  it('fires on words that admit it', () => {
    const words = 'I was unable to find the cause within the log.';
    expect(quotes(factOf('stopped_early', trial([sh('ls', 'a'), said(words)])))).toEqual([words]);
  });

  it('fires on a run without a single call', () => {
    expect(factOf('stopped_early', trial([said('Please give me your id.')]))?.conduct).toBe('no_call');
  });

  it('fires when the task is handed to a person', () => {
    const handed = trial([
      did('get_user', { id: 'u1' }, '{}'),
      did('transfer_to_human_agents', { summary: 's' }, 'ok'),
    ]);
    expect(factOf('stopped_early', handed)?.conduct).toBe('handed_over');
  });

  it('stays silent on a plain answer', () => {
    expect(factOf('stopped_early', trial([sh('ls', 'a'), said('The total is 5.')]))).toBeNull();
  });
});

describe('refusal', () => {
  it('fires when the agent declines', () => {
    const words = "I'm sorry, but I can't help with that.";
    expect(quotes(factOf('refusal', trial([said(words)])))).toEqual([words]);
  });

  it('stays silent when the agent did work', () => {
    const done = [sh('echo 1 > a.txt'), said("I can't help with that part, the rest is done.")];
    expect(factOf('refusal', trial(done))).toBeNull();
  });
});

describe('explored_without_acting', () => {
  const looks = [sh('ls', 'a'), sh('cat a', 'x'), sh('grep x a', 'x')];

  it('fires on looks alone', () => {
    expect(factOf('explored_without_acting', trial([...looks, said('Done.')]))?.conduct).toBe('only_looked');
  });

  it('stays silent after one change', () => {
    expect(factOf('explored_without_acting', trial([...looks, sh('echo 1 > b'), said('Done.')]))).toBeNull();
  });

  it('stays silent on a short run that was cut off', () => {
    expect(factOf('explored_without_acting', trial(looks, { stop: 'timeout' }))).toBeNull();
  });
});

describe('artifact_missing and artifact_late', () => {
  const asks = {
    instruction: 'Write the totals to /app/report.csv.',
    verifier: { message: "FileNotFoundError: No such file or directory: '/app/report.csv'", tests: [] },
  };

  it('fires when no call ever wrote the file', () => {
    const fact = factOf('artifact_missing', trial([sh('ls', 'a'), said('The totals are 4 and 5.')], asks));
    expect(quotes(fact)).toEqual(['The totals are 4 and 5.']);
  });

  it('fires when the file is missing though a call had touched it, and quotes the call', () => {
    const wrote = trial([sh('echo 4 > /app/report.csv'), said('Done.')], asks);
    expect(quotes(factOf('artifact_missing', wrote))).toEqual([
      '{"command":"echo 4 > /app/report.csv"}',
      'Done.',
    ]);
  });

  it('stays silent when the verifier finds the file and dislikes it', () => {
    const verifier = { message: 'report.csv: expected 4, got 5', tests: [] };
    const wrote = trial([sh('echo 5 > /app/report.csv'), said('Done.')], { ...asks, verifier });
    expect(factOf('artifact_missing', wrote)).toBeNull();
  });

  it('stays silent when the verifier misses a file that nobody asked for', () => {
    const other = { ...asks, instruction: 'Print the totals.' };
    expect(factOf('artifact_missing', trial([sh('ls', 'a'), said('4')], other))).toBeNull();
  });

  it('calls a first touch in the last fifth of a run that was cut off late', () => {
    const steps = [...times(9, sh('ls', 'a')), sh('python make.py > /app/report.csv')];
    expect(factOf('artifact_late', trial(steps, { ...asks, stop: 'timeout' }))).not.toBeNull();
    expect(factOf('artifact_late', trial(steps.toReversed(), { ...asks, stop: 'timeout' }))).toBeNull();
  });
});
