import { describe, expect, test } from 'vitest';
import { type GateReport, gateReport } from '../../../src/validation/compare/gate-report.ts';
import { renderVerdict } from '../../../src/validation/compare/gate-text.ts';
import { tasksOf, trial, trials } from '../cells.ts';

const baseline = trials('before', { ...tasksOf(12, 'FFF', 'hard'), ...tasksOf(8, 'PPP', 'easy') });
const candidate = trials('after', { ...tasksOf(12, 'PPP', 'hard'), ...tasksOf(8, 'PPP', 'easy') });

function verdictOf(report: GateReport) {
  if (!report.ok) throw new Error(report.refusal.message);
  return report.verdict;
}

describe('the report on two sets of traces', () => {
  test('answers with the document other programs rely on', () => {
    const report = gateReport(baseline, candidate);
    const verdict = verdictOf(report);
    expect(verdict).toMatchObject({
      verdict: 'accept',
      rule: 'sequential',
      pairs: 60,
      wins: 36,
      losses: 0,
      ties: 24,
      invalid: 0,
      overall: { baseline: { pass: 24, n: 60 }, candidate: { pass: 60, n: 60 } },
    });
    expect(Object.keys(verdict.splits)).toEqual(['held_in', 'held_out']);
    const { held_in, held_out } = verdict.splits;
    expect(held_in.baseline.n + held_out.baseline.n).toBe(60);
  });

  test('as a table for a person', () => {
    const verdict = verdictOf(gateReport(baseline, candidate));
    const text = renderVerdict({ ...verdict, e_value: 20.5, harm_e_value: 0.01, words: 'The words.' });
    expect(text).toMatchInlineSnapshot(`
      "Better. The words.

                   baseline       candidate       points   95 % interval
        held-in    24/48 50.0 %   48/48 100.0 %   +50.0    +50.0 to +50.0
        held-out   0/12 0.0 %     12/12 100.0 %   +100.0   +100.0 to +100.0
        overall    24/60 40.0 %   60/60 100.0 %   +60.0    +60.0 to +60.0

        pairs     60: 36 wins, 0 losses, 24 ties; 0 runs without a verdict
        e-value   20.5, bar 20 (α 0.05, 1 candidate); harm 0.01
        gained    hard00, hard01, hard02, hard03, hard04, hard05, hard06, hard07 and 4 more
        lost      no task
        spent     baseline 60 trials; candidate 60 trials
        runs      baseline 1, candidate 1
        rule      sequential; nothing is drawn at random, so no seed and no order changes the answer

      - One run a side: a flaky task cannot be told from a changed one.
      "
    `);
  });

  test('gives the same answer whatever the order of the trials', () => {
    const turned = gateReport(baseline.toReversed(), candidate.toReversed());
    expect(verdictOf(turned)).toEqual(verdictOf(gateReport(baseline, candidate)));
  });

  test('names the tasks beyond the overlap, and those whose version differs', () => {
    const moved = trials('after', { versioned: 'PP' }, { taskVersion: 'sha-2' });
    const report = gateReport(
      [
        ...baseline,
        ...trials('before', { gone: 'P' }),
        ...trials('before', { versioned: 'PP' }, { taskVersion: 'sha-1' }),
      ],
      [...candidate, ...trials('after', { new: 'P' }), ...moved],
    );
    const verdict = verdictOf(report);
    expect(verdict.left_out).toEqual([
      { task: 'gone', reason: 'only the baseline has it' },
      { task: 'new', reason: 'only the candidate has it' },
      { task: 'versioned', reason: 'its version differs between the two sets' },
    ]);
    expect(verdict.pairs).toBe(60);
    expect(verdict.notes.join(' ')).toMatch(/only the baseline has it: gone/);
  });

  test('surplus attempts of the baseline become history', () => {
    const more = trials('before', { ...tasksOf(12, 'FFFFFF', 'hard'), ...tasksOf(8, 'PPPPPP', 'easy') });
    const verdict = verdictOf(gateReport(more, candidate));
    expect(verdict.pairs).toBe(60);
    expect(verdict.overall.baseline.n).toBe(120);
  });

  test('surplus attempts of the candidate share the baseline attempts', () => {
    const verdict = verdictOf(gateReport(trials('before', { a: 'FF' }), trials('after', { a: 'PPPPP' })));
    expect(verdict.pairs).toBe(2);
    expect(verdict.overall).toMatchObject({ candidate: { pass: 5, n: 5 }, delta: 1 });
  });

  test('leaves out copies and warns of attempts that look copied', () => {
    const step = {
      index: 0,
      role: 'agent' as const,
      text: 'hi',
      toolCalls: [],
      observation: '',
      error: null,
      truncated: false,
    };
    const same = [1, 2].map((n) => trial({ id: `copy-${n}`, attempt: n, steps: [step] }));
    const cached = trial({ id: 'cached', attempt: 3, cached: true });
    const verdict = verdictOf(gateReport(trials('before', { a: 'FF' }), [...same, cached]));
    expect(verdict.overall.candidate.n).toBe(2);
    const notes = verdict.notes.join(' ');
    expect(notes).toMatch(/1 trial of the candidate came from a cache/);
    expect(notes).toMatch(/equal to the last character \(a\)/);
  });

  test('compares sets of two places that are equal to the last character, and warns that one may be a copy', () => {
    const elsewhere = baseline.map((of) => ({ ...of, source: { ...of.source, path: 'after/trials.jsonl' } }));
    const verdict = verdictOf(gateReport(baseline, elsewhere));
    expect(verdict).toMatchObject({ ties: 60, wins: 0, losses: 0 });
    expect(verdict.verdict).not.toBe('accept');
    expect(verdict.notes.join(' ')).toMatch(
      /60 of 60 candidate trials equal one of the baseline to the last/,
    );
  });

  test('compares graded scores, unless some lie outside 0..1', () => {
    const graded = (set: string, score: number) => trials(set, tasksOf(6, 'FF'), { score });
    expect(verdictOf(gateReport(graded('before', 0.2), graded('after', 0.5))).overall.delta).toBeCloseTo(0.3);
    const percent = verdictOf(gateReport(graded('before', 20), graded('after', 50)));
    expect(percent.overall.delta).toBe(0);
    expect(percent.notes.join()).toContain('only pass and fail are compared');
  });

  test('the published rule can be asked for', () => {
    expect(verdictOf(gateReport(baseline, candidate, { rule: 'paper' }))).toMatchObject({
      verdict: 'accept',
      rule: 'paper',
    });
  });
});

describe('refusals', () => {
  const refused = (report: GateReport) => (report.ok ? null : report.refusal);

  test.each([
    ['empty', refused(gateReport([], candidate)), /The baseline holds no trials/],
    ['empty', refused(gateReport(baseline, [])), /The candidate holds no trials/],
    [
      'no_overlap',
      refused(gateReport(baseline, trials('after', { x: 'P' }))),
      /share no task .*"hard00".*"x"/,
    ],
    [
      'same_trials',
      refused(gateReport(baseline, baseline)),
      /60 of 60 candidate trials are also in the baseline/,
    ],
    [
      'bad_option',
      refused(gateReport(baseline, candidate, { alpha: 1 })),
      /--alpha must lie between 0 and 1/,
    ],
    ['bad_option', refused(gateReport(baseline, candidate, { alpha: Number.NaN })), /--alpha/],
    ['bad_option', refused(gateReport(baseline, candidate, { candidates: 1.5 })), /--candidates/],
  ])('%s', (kind, refusal, message) => {
    expect(refusal?.kind).toBe(kind);
    expect(refusal?.message).toMatch(message);
  });

  test('another model, unless it is allowed', () => {
    const other = candidate.map((of) => ({ ...of, model: 'bigger' }));
    expect(refused(gateReport(baseline, other))).toMatchObject({ kind: 'model_differs' });
    expect(refused(gateReport(baseline, other))?.message).toContain('--allow-model-change');
    const allowed = gateReport(baseline, other, { allowModelChange: true });
    expect(verdictOf(allowed).notes.join()).toContain('The models differ (model; bigger)');
    const unnamed = candidate.map((of) => ({ ...of, model: null }));
    expect(verdictOf(gateReport(baseline, unnamed)).notes).toContain(
      'The candidate does not name the model, so a change of model would go unseen.',
    );
  });

  test('another evaluator, where all versions differ', () => {
    const at = (set: string, taskVersion: string) => trials(set, { a: 'PP' }, { taskVersion });
    expect(refused(gateReport(at('before', '1'), at('after', '2')))?.message).toMatch(/evaluators differ/);
  });
});
