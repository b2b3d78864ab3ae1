/** What the ledger keeps of a trajectory, and that citations still stand after redaction and trimming. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactedCitation, redactStrings } from '../../src/campaign/record/redact-record.ts';
import { align } from '../../src/evidence/alignment.ts';
import { segments } from '../../src/evidence/report/reader.ts';
import {
  citedText,
  keptSteps,
  parseTrajectories,
  serialiseTrajectories,
  type Trajectory,
  textsOf,
  trajectoryLines,
  trimmedStep,
} from '../../src/evidence/trajectory.ts';
import { createRedactor } from '../../src/traces/redact/redact.ts';
import { makeStep } from '../../src/traces/trial.ts';

const steps = Array.from({ length: 40 }, (_, index) =>
  makeStep({ index, role: 'agent', text: `Turn ${index}`, observation: `${index} `.repeat(2000) }),
);
const cite = (step: number, start: number, end: number) => ({
  step,
  field: 'observation' as const,
  start,
  end,
});

function trajectory(cited: readonly ReturnType<typeof cite>[]): Trajectory {
  const kept = keptSteps(steps, cited).map((step) =>
    trimmedStep({ ...step, calls: [] }, textsOf(step), cited),
  );
  return {
    version: 1,
    trial: 'base:t',
    arm: 'baseline',
    task: 'a',
    attempt: 1,
    outcome: 'fail',
    kept_for: 'citation',
    steps_total: 40,
    steps: kept,
  };
}

describe('what is kept', () => {
  it('is the beginning, the end, and each cited step with its neighbours', () => {
    const kept = keptSteps(steps, [cite(20, 0, 5)]).map((step) => step.index);
    expect(kept).toEqual([0, 1, 2, 3, 18, 19, 20, 21, 22, 34, 35, 36, 37, 38, 39]);
  });

  it('holds every citation, wherever it stands, and reads back from the file', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 39 }), fc.nat(5000), fc.nat(200), (step, start, length) => {
        const text = steps[step]?.observation ?? '';
        const from = Math.min(start, text.length);
        const to = Math.min(from + length, text.length);
        const one = trajectory([cite(step, from, to)]);
        fc.pre(to > from);
        expect(citedText(one, cite(step, from, to))).toBe(text.slice(from, to));
        expect(parseTrajectories(serialiseTrajectories([one]))).toEqual([one]);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('knows the line of every step', () => {
    const two = [trajectory([]), { ...trajectory([cite(20, 3000, 3010)]), trial: 'base:u' }];
    const lines = serialiseTrajectories(two).split('\n');
    for (const [trial, { first, steps: byStep }] of trajectoryLines(two)) {
      expect(JSON.parse(lines[first - 1] ?? '')).toMatchObject({ kind: 'trial', trial });
      for (const [step, line] of byStep)
        expect(JSON.parse(lines[line - 1] ?? '')).toMatchObject({ kind: 'step', trial, index: step });
    }
  });

  it('says what is left out, and marks what is cited', () => {
    const kept = { length: 100, pieces: [{ from: 10, text: 'abcdefghij' }] };
    expect(segments(kept, [{ start: 12, end: 15 }])).toEqual([
      { gap: 10 },
      { t: 'ab' },
      { t: 'cde', m: 1 },
      { t: 'fghij' },
      { gap: 80 },
    ]);
  });
});

describe('redaction', () => {
  it('moves a citation with its text, and never shows part of a secret', () => {
    const secret = `ghp_${'aB3dE5fG7h'.repeat(4).slice(0, 36)}`;
    const raw = `first line\nexport GITHUB_TOKEN=${secret}\nerror: 401 for ${secret} at last`;
    const redacted = createRedactor().redact(raw).text;
    expect(redacted).not.toContain(secret);
    fc.assert(
      fc.property(fc.nat(raw.length), fc.nat(raw.length), (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const moved = redactedCitation(
          { trial: 't', step: 0, field: 'text', start, end, quote: raw.slice(start, end) },
          raw,
          redacted,
        );
        expect(moved?.quote).toBe(redacted.slice(moved?.start, moved?.end));
        for (let at = 0; at + 8 <= secret.length; at++)
          expect(moved?.quote).not.toContain(secret.slice(at, at + 8));
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('does not line up texts that differ in another way', () => {
    expect(align('abc', 'abd')).toBeNull();
    expect(align('a secret b', 'a [redacted:x:1] c')).toBeNull();
    expect(align('a secret b', 'a [redacted:x:1] b')?.(9, 'start')).toBe(17);
  });

  it('keeps equal texts equal, and leaves quotes to their trajectories', async () => {
    const redact = async (text: string) => text.replaceAll('hunter2', '[redacted:x:1]');
    const value = {
      task: 'log in as hunter2',
      cells: [{ task: 'log in as hunter2' }],
      quote: 'hunter2',
      n: 3,
      none: null,
    };
    const safe = await redactStrings(value, redact);
    expect(safe).toEqual({
      task: 'log in as [redacted:x:1]',
      cells: [{ task: 'log in as [redacted:x:1]' }],
      quote: 'hunter2',
      n: 3,
      none: null,
    });
  });
});
