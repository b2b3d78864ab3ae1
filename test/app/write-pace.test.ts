import { Probot, ProbotOctokit } from 'probot';
import { afterEach, describe, expect, it } from 'vitest';
import { WRITE_LIMITS } from '../../src/forge/github/writes/write-budget.ts';
import { pacedOctokit, writeLimits } from '../../src/forge/github/writes/write-pace.ts';
import { createFixture, type Fixture, OWN } from '../github/fixture.ts';

const COMMENTS = 4;
/** Octokit's own pause between two comments, which notify people (ms). */
const OCTOKIT_MS = 3000;

describe('the pace of writes', () => {
  it('is Octokit’s own unless the variable is set', () => {
    expect(pacedOctokit({})).toBe(ProbotOctokit);
    expect(pacedOctokit({ SELF_HARNESS_WRITE_INTERVAL_MS: ' ' })).toBe(ProbotOctokit);
  });

  it('keeps below github.com’s numbers unless others are given', () => {
    expect(writeLimits({})).toEqual(WRITE_LIMITS);
    expect(writeLimits({ SELF_HARNESS_WRITES_PER_HOUR: '9000' })).toEqual({ ...WRITE_LIMITS, perHour: 9000 });
    const both = { SELF_HARNESS_WRITES_PER_MINUTE: '600', SELF_HARNESS_WRITES_PER_HOUR: '9000' };
    expect(writeLimits(both)).toEqual({ perMinute: 600, perHour: 9000 });
  });

  it.each(['fast', '-1', '1s', 'Infinity', '0.5', '1000001'])(
    'is refused as %s, with what to give instead',
    (value) => {
      expect(() => pacedOctokit({ SELF_HARNESS_WRITE_INTERVAL_MS: value })).toThrow(
        `SELF_HARNESS_WRITE_INTERVAL_MS is “${value}”: give a whole number from 0 to 1000000`,
      );
      expect(() => writeLimits({ SELF_HARNESS_WRITES_PER_HOUR: value })).toThrow(
        `SELF_HARNESS_WRITES_PER_HOUR is “${value}”: give a whole number from 1 to 1000000`,
      );
    },
  );

  it('cannot be no write at all', () => {
    expect(() => writeLimits({ SELF_HARNESS_WRITES_PER_MINUTE: '0' })).toThrow('from 1 to 1000000');
  });
});

describe('a client of Probot’s', () => {
  let fixture: Fixture;
  afterEach(async () => {
    fixture.github.assertContract();
    await fixture.github.stop();
  });

  /** Milliseconds between the first comment and the last, asked for at once by one installation. */
  async function timeOfComments(interval: string): Promise<number> {
    fixture = await createFixture();
    const { app, github, installation, repo } = fixture;
    const probot = new Probot({
      appId: app.id,
      privateKey: app.privateKey,
      baseUrl: github.api,
      logLevel: 'fatal',
      Octokit: pacedOctokit({ SELF_HARNESS_WRITE_INTERVAL_MS: interval }),
    });
    const client = await probot.auth(installation.id);
    const issue = repo.openIssue({ title: 'x' });
    const bodies = Array.from({ length: COMMENTS }, (_, n) => `${n}`);
    await Promise.all(
      bodies.map((body) => client.rest.issues.createComment({ ...OWN, issue_number: issue.number, body })),
    );
    const times = github.log.of('issues/create-comment').map(({ at }) => at.getTime());
    expect(times).toHaveLength(COMMENTS);
    return Math.max(...times) - Math.min(...times);
  }

  it('writes without a pause where the interval is 0', async () => {
    expect(await timeOfComments('0')).toBeLessThan(OCTOKIT_MS);
  });

  it('pauses as long as it is told, notifying writes no longer than others', async () => {
    const taken = await timeOfComments('200');
    // The clock of the log starts a write a little late or early.
    expect(taken).toBeGreaterThan((COMMENTS - 1) * 200 - 100);
    expect(taken).toBeLessThan(OCTOKIT_MS);
  });
});
