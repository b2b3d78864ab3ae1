/** The check run: what GitHub gets, within its limits. */
import { describe, expect, it } from 'vitest';
import {
  addedLines,
  type CheckRun,
  renderCheckRun,
  renderVerdictCheck,
} from '../../src/evidence/check-run.ts';
import { CASES, STALE } from './cases.ts';

describe('the check run', () => {
  const buttons = (check: CheckRun) => check.actions.map((action) => action.identifier);
  const knobs = Array.from({ length: 6 }, (_, i) => `  knob_${i + 1}: ${10 * (i + 2)}`);
  const texts = new Map([['agent/harness.yaml', `a: 1\nb: 2\nc: 3\nruntime:\n${knobs.join('\n')}\n`]]);

  it('notes the lines of each kept edit where they stand at the head', () => {
    const [first, ...others] = renderCheckRun(CASES['six-edits'], texts).annotations;
    expect(first).toMatchObject({ path: 'agent/harness.yaml', start_line: 5, end_line: 5 });
    expect(others.map((one) => one.start_line)).toEqual([6, 7, 8, 9, 10]);
    // Two lines above it, which another edit of the branch may have added: the lines are found, not counted.
    const moved = new Map([['agent/harness.yaml', `x: 0\ny: 0\n${texts.get('agent/harness.yaml')}`]]);
    expect(renderCheckRun(CASES['six-edits'], moved).annotations[0]).toMatchObject({ start_line: 7 });
    expect(
      renderCheckRun(CASES['six-edits'], new Map([['agent/harness.yaml', 'gone\n']])).annotations,
    ).toEqual([]);
    expect(renderCheckRun(CASES['six-edits']).annotations).toEqual([]);
  });

  it('offers what can be done: to measure a pull request again, to extend what is open', () => {
    const kept = renderCheckRun(CASES['six-edits']);
    expect([kept.conclusion, buttons(kept)]).toEqual(['success', ['revalidate']]);
    const open = renderCheckRun(CASES.unresolved);
    expect([open.conclusion, buttons(open)]).toEqual(['neutral', ['extend']]);
    expect(buttons(renderCheckRun(CASES.rejected))).toEqual([]);
    for (const { label, description, identifier } of [...kept.actions, ...open.actions]) {
      expect([label.length <= 20, description.length <= 40, identifier.length <= 20]).toEqual([
        true,
        true,
        true,
      ]);
    }
  });

  it('says that figures are stale, and is no longer a success', () => {
    const check = renderCheckRun(CASES['one-edit'], texts, STALE);
    expect(check.conclusion).toBe('neutral');
    expect(check.summary).toMatch(/^These figures are stale/);
  });

  it('tells the verdict on a change that anybody wrote', () => {
    const [candidate] = CASES.rejected.candidates;
    if (!candidate?.verdict) throw new Error('the case has a verdict');
    const check = renderVerdictCheck(candidate.verdict);
    expect(check).toMatchObject({ conclusion: 'failure', title: 'Rejected' });
    expect(check.summary).toContain('It makes some task worse');
  });

  it('finds runs of added lines in the new file', () => {
    const diff = '--- a/x\n+++ b/x\n@@ -1,4 +1,5 @@\n a\n+b\n+c\n d\n-e\n+f\n@@ -20,2 +21,3 @@\n g\n+h\n i\n';
    expect(addedLines(diff)).toEqual([
      [2, 3],
      [5, 5],
      [22, 22],
    ]);
  });
});
