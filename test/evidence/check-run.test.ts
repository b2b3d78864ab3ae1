/** The check run: what GitHub gets, within its limits. */
import { describe, expect, it } from 'vitest';
import { addedLines, renderCheckRun, renderVerdictCheck } from '../../src/evidence/check-run.ts';
import { CASES } from './cases.ts';

describe('the check run', () => {
  it('notes the changed lines of the surfaces, and offers what can be done', () => {
    const check = renderCheckRun(CASES['six-edits']);
    expect(check.conclusion).toBe('success');
    expect(check.annotations).toHaveLength(6);
    expect(check.annotations[0]).toMatchObject({ path: 'agent/harness.yaml', start_line: 5, end_line: 5 });
    expect(check.actions.map((action) => action.identifier)).toEqual(['revalidate']);
    expect(renderCheckRun(CASES.unresolved).actions.map((action) => action.identifier)).toEqual([
      'extend',
      'revalidate',
    ]);
    for (const { label, description, identifier } of renderCheckRun(CASES.unresolved).actions) {
      expect([label.length <= 20, description.length <= 40, identifier.length <= 20]).toEqual([
        true,
        true,
        true,
      ]);
    }
  });

  it('tells the verdict on a change that anybody wrote', () => {
    const [candidate] = CASES.rejected.candidates;
    if (!candidate?.verdict) throw new Error('the case has a verdict');
    const check = renderVerdictCheck(candidate.verdict);
    expect(check).toMatchObject({ conclusion: 'failure', title: 'Rejected by the gate' });
    expect(check.summary).toContain('The edit makes tasks worse');
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
