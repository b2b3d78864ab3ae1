import { describe, expect, it } from 'vitest';
import { parseJunit } from '../../src/traces/formats/test-reports/junit.ts';
import { outcomes, readFixture } from './fixture.ts';

describe('JUnit XML', () => {
  it('reads failures as verdicts, errors as none, equal names as attempts', async () => {
    const { trials, trial } = await readFixture('junit/surefire.xml');
    expect(outcomes(trials)).toEqual({ pass: 2, fail: 4, invalid: 2, skipped: 2 });
    expect(trial('agent.Evals::passes', 2)).toMatchObject({
      outcome: 'fail',
      reason: 'expected 4 but was 5',
    });
    expect(trial('agent.Evals::passes', 2).verifier?.message).toContain('at Evals.java:10');
    expect(trial('agent.Evals::broken')).toMatchObject({ outcome: 'invalid', fault: 'unknown' });
    expect(trial('agent.Evals::disabled').outcome).toBe('skipped');
  });

  it('counts every try of a case that was run again', async () => {
    const { trials } = await readFixture('junit/surefire.xml');
    const tries = (name: string) =>
      trials.filter(({ task }) => task.endsWith(name)).map(({ outcome }) => outcome);
    expect(tries('flaky')).toEqual(['fail', 'invalid', 'pass']);
    expect(tries('slow')).toEqual(['fail', 'fail']);
  });

  it('reads seconds with thousands commas', async () => {
    const { trial } = await readFixture('junit/surefire.xml');
    expect(trial('agent.Evals::slow', 1)).toMatchObject({
      startedAt: '2026-03-01T10:00:00.000Z',
      finishedAt: '2026-03-01T10:20:34.500Z',
    });
  });

  it('never expands an entity that a document declares', () => {
    const xml = `<!DOCTYPE t [<!ENTITY leak SYSTEM "file:///etc/passwd"><!ENTITY a "${'a'.repeat(99)}">]>
      <testsuite name="t"><testcase name="x"><failure>&leak;&a;</failure></testcase></testsuite>`;
    const { trials, problems } = parseJunit(xml, 'x.xml');
    expect(JSON.stringify(trials)).not.toContain('root:');
    expect(problems).toEqual([expect.stringContaining('not well-formed')]);
  });

  it('keeps the cases before the place where a file breaks off', async () => {
    const { trials, problems } = await readFixture('junit/cut.xml');
    expect(trials.map(({ task }) => task)).toEqual(['c::whole']);
    expect(problems).toEqual([expect.stringContaining('read 1 test cases before that')]);
  });

  it('gives a long broken document up at its first error', () => {
    const start = performance.now();
    const { problems } = parseJunit(`<testsuite><testcase name="x" ${'{"a":'.repeat(100_000)}`, 'x.xml');
    expect(problems).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('says where a document holds no test', async () => {
    const { problems } = await readFixture('junit/empty.xml');
    expect(problems).toEqual([expect.stringContaining('no test cases')]);
  });
});

describe('CTRF', () => {
  it('reads milliseconds and camelCase as the spec has them, retries as attempts', async () => {
    const { trials, trial, problems } = await readFixture('ctrf/spec.json');
    expect(outcomes(trials)).toEqual({ pass: 1, fail: 2, skipped: 2, invalid: 1 });
    expect(trial('airline > booking > books a flight', 1)).toMatchObject({
      outcome: 'fail',
      reason: 'no seat chosen',
    });
    expect(trial('airline > booking > books a flight', 2)).toMatchObject({
      outcome: 'pass',
      startedAt: '2026-01-02T03:04:05.000Z',
      finishedAt: '2026-01-02T03:04:06.200Z',
    });
    expect(trial('hangs').reason).toBe('status "other": timedOut');
    expect(problems).toEqual([expect.stringContaining('1 of 6 tests have no name')]);
  });

  it('reads the seconds and snake_case of pytest-json-ctrf', async () => {
    const { trial } = await readFixture('ctrf/pytest.json');
    expect(trial('test_outputs.py > tests/test_outputs.py::test_exists')).toMatchObject({
      outcome: 'pass',
      startedAt: '2026-01-02T03:04:05.250Z',
    });
    // A fixture that broke is no verdict on the agent.
    expect(trial('test_outputs.py > tests/test_outputs.py::test_value').outcome).toBe('invalid');
  });
});
