import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { shareWrites } from '../../src/forge/github/writes/shared-write-budget.ts';
import {
  budgetWrites,
  type Clock,
  countWrites,
  isWrite,
  WRITE_LIMITS,
  type WriteBudgets,
  type WriteLimits,
} from '../../src/forge/github/writes/write-budget.ts';
import { startPostgres, type TestPostgres } from '../campaign/postgres.ts';
import { createFixture, type Fixture, OWN, until } from '../github/fixture.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Time that a test moves on. */
interface Time {
  now(): number;
  pass(ms: number): Promise<void>;
  /** A process that counts; `sleep` is what it does when it must wait, and by default passes the time. */
  open(limits: WriteLimits, sleep?: (ms: number) => Promise<void>): Promise<WriteBudgets>;
  /** How far a moment that a test reads may be from the one that was counted (ms). */
  readonly blur: number;
  close(): Promise<void>;
}

function fakeClock(): Clock & { pass(ms: number): void } {
  let now = 0;
  const pass = (ms: number) => {
    now += ms;
  };
  return { now: () => now, pass, sleep: async (ms) => pass(ms) };
}

function inMemory(): Time {
  const clock = fakeClock();
  return {
    now: clock.now,
    pass: async (ms) => clock.pass(ms),
    open: async (limits, sleep = clock.sleep) => countWrites(limits, { now: clock.now, sleep }),
    blur: 0,
    close: async () => {},
  };
}

const BLUR_MS = 1000;

/** The database's clock cannot be moved on, so what it has written down is moved back. */
async function inPostgres(url: string): Promise<Time> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const opened: WriteBudgets[] = [];
  let passed = 0;
  const pass = async (ms: number) => {
    passed += ms;
    await sql`
      UPDATE self_harness.write_budgets
      SET taken = ARRAY(SELECT one - ${ms} * INTERVAL '1 millisecond' FROM unnest(taken) AS one ORDER BY one)`;
  };
  const now = () => passed + performance.now();
  return {
    now,
    pass,
    async open(limits, sleep = pass) {
      const said = (message: string) => expect.unreachable(message);
      // A process's own count follows the shared one by milliseconds.
      const clock = { now, sleep: (ms: number) => (ms < BLUR_MS ? pass(ms) : sleep(ms)) };
      const budgets = await shareWrites(url, limits, said, clock);
      opened.push(budgets);
      return budgets;
    },
    blur: BLUR_MS,
    async close() {
      for (const one of opened) await one.close();
      await sql.end();
    },
  };
}

let server: TestPostgres | string;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  if (typeof server !== 'string') await server.stop();
});
let databases = 0;
async function database(): Promise<string> {
  if (typeof server === 'string') throw new Error(server);
  databases += 1;
  return server.database(`budget_${databases}`);
}

describe.each(['in memory', 'in Postgres'])('the write budget %s', (place) => {
  let time: Time;
  beforeEach(async ({ skip }) => {
    if (place === 'in memory') time = inMemory();
    else if (typeof server === 'string') skip(server);
    else time = await inPostgres(await database());
  });
  afterEach(async () => {
    await time?.close();
  });

  let installations = 0;
  /** An installation that nobody has written for. */
  const fresh = () => {
    installations += 1;
    return installations;
  };

  it('never lets a window hold more than its limit, whatever the pace of the writes', async () => {
    const limits = { perMinute: 5, perHour: 20 };
    const budgets = await time.open(limits);
    const pauses = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 20, maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(pauses, async (gaps) => {
        const budget = budgets.of(fresh());
        const taken: number[] = [];
        for (const gap of gaps) {
          await time.pass(gap);
          await budget.take();
          taken.push(time.now());
        }
        for (const end of taken) {
          const within = (window: number) =>
            taken.filter((at) => at > end - window + time.blur && at <= end).length;
          expect(within(MINUTE_MS)).toBeLessThanOrEqual(limits.perMinute);
          expect(within(HOUR_MS)).toBeLessThanOrEqual(limits.perHour);
        }
      }),
      { numRuns: place === 'in memory' ? 30 : 5 },
    );
  });

  it('waits no longer than it must', async () => {
    const budget = (await time.open({ perMinute: 2, perHour: 100 })).of(fresh());
    const began = time.now();
    await budget.take();
    await time.pass(10_000);
    await budget.take();
    await budget.take();
    expect(time.now() - began).toBeGreaterThanOrEqual(MINUTE_MS);
    expect(time.now() - began).toBeLessThanOrEqual(MINUTE_MS + time.blur);
  });

  it('waits an hour for what an hour does not hold', async () => {
    const budget = (await time.open({ perMinute: 2, perHour: 3 })).of(fresh());
    const began = time.now();
    for (let i = 0; i < 4; i++) await budget.take();
    expect(time.now() - began).toBeGreaterThanOrEqual(HOUR_MS);
    expect(time.now() - began).toBeLessThanOrEqual(HOUR_MS + time.blur);
  });

  it('serves its callers in order', async () => {
    const budget = (await time.open({ perMinute: 3, perHour: 100 })).of(fresh());
    const served: number[] = [];
    await Promise.all([0, 1, 2, 3, 4, 5, 6].map((n) => budget.take().then(() => served.push(n))));
    expect(served).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('counts each installation by itself, and one asked for twice together', async () => {
    const waits: number[] = [];
    const budgets = await time.open({ perMinute: 2, perHour: 100 }, async (ms) => {
      waits.push(ms);
      await time.pass(ms);
    });
    const [one, other] = [fresh(), fresh()];
    for (const installation of [one, other, one, other]) await budgets.of(installation).take();
    expect(waits).toEqual([]);
    await budgets.of(one).take();
    expect(waits.filter((ms) => ms > time.blur)).toHaveLength(1);
  });
});

describe('the write budget of replicas', () => {
  let url: string;
  let time: Time;
  beforeEach(async ({ skip }) => {
    if (typeof server === 'string') return skip(server);
    url = await database();
    time = await inPostgres(url);
  });
  afterEach(async () => {
    await time?.close();
  });

  it('is one: together they never write more, and all are served', async () => {
    const limits = { perMinute: 10, perHour: 100 };
    const asleep: (() => void)[] = [];
    const sleep = () => new Promise<void>((resolve) => asleep.push(resolve));
    // Opened at once, as replicas start.
    const replicas = await Promise.all([1, 2, 3].map(() => time.open(limits, sleep)));
    const WRITES = 12;
    const served = replicas.map(() => 0);
    const writes = replicas.flatMap((replica, i) =>
      Array.from({ length: WRITES }, async () => {
        await replica.of(7).take();
        served[i] = (served[i] ?? 0) + 1;
      }),
    );
    for (const expected of [10, 20, 30, replicas.length * WRITES]) {
      // Every replica that has callers left waits for the minute to pass.
      await until(() => (asleep.length === served.filter((n) => n < WRITES).length ? true : undefined));
      expect(served.reduce((sum, n) => sum + n)).toBe(expected);
      await time.pass(MINUTE_MS);
      for (const wake of asleep.splice(0)) wake();
    }
    await Promise.all(writes);
  });

  it('is by the clock of the database, and outlives the processes', async () => {
    const limits = { perMinute: 2, perHour: 100 };
    const first = await time.open(limits);
    await first.of(7).take();
    await first.of(7).take();
    const waits: number[] = [];
    const second = await time.open(limits, async (ms) => {
      waits.push(ms);
      await time.pass(ms);
    });
    await second.of(7).take();
    expect(waits[0]).toBeGreaterThan(MINUTE_MS - 5_000);
  });

  it('keeps no more than an hour of moments, and no row of an installation that is gone', async () => {
    const sql = postgres(url, { max: 1 });
    const rows = () =>
      sql`SELECT installation, cardinality(taken) AS writes FROM self_harness.write_budgets ORDER BY 1`;
    const budgets = await time.open({ perMinute: 50, perHour: 100 });
    for (let i = 0; i < 20; i++) await budgets.of(7).take();
    await budgets.of(8).take();
    await time.pass(HOUR_MS);
    await budgets.of(7).take();
    expect(await rows()).toEqual([
      { installation: '7', writes: 1 },
      { installation: '8', writes: 1 },
    ]);
    await time.open(WRITE_LIMITS);
    expect(await rows()).toEqual([{ installation: '7', writes: 1 }]);
    await sql.end();
  });

  it('is each replica’s own while the database does not answer, and says so once', async () => {
    const sql = postgres(url, { max: 1 });
    const said: string[] = [];
    const limits = { perMinute: 50, perHour: 100 };
    const budgets = await shareWrites(url, limits, (message) => said.push(message));
    await budgets.of(7).take();
    await sql`ALTER TABLE self_harness.write_budgets RENAME TO elsewhere`;
    await budgets.of(7).take();
    await budgets.of(7).take();
    expect(said).toEqual([expect.stringContaining('so each replica keeps its own: ')]);
    await sql`ALTER TABLE self_harness.elsewhere RENAME TO write_budgets`;
    // A connection that was cut is made again.
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'self-harness write budget'`;
    for (let i = 0; i < 3; i++) await budgets.of(7).take();
    expect(await sql`SELECT cardinality(taken) > 1 AS counts FROM self_harness.write_budgets`).toEqual([
      { counts: true },
    ]);
    await budgets.close();
    await sql.end();
  });
});

it.each([
  ['postgres://nobody:nothing@127.0.0.1:1/none', 'connect ECONNREFUSED'],
  ['nonsense', 'Invalid URL'],
])('a database that cannot be reached (%s) is named with what to check', async (url, reason) => {
  const opening = shareWrites(url, WRITE_LIMITS, () => {});
  await expect(opening).rejects.toThrow(`the database of DATABASE_URL cannot be used: ${reason}`);
});

describe('writes', () => {
  it('keep a reserve under GitHub’s own limits', () => {
    expect(WRITE_LIMITS.perMinute).toBeLessThan(80);
    expect(WRITE_LIMITS.perHour).toBeLessThan(500);
  });

  it.each([
    ['GET', '/repos/{owner}/{repo}', undefined, false],
    ['POST', '/repos/{owner}/{repo}/issues', undefined, true],
    ['DELETE', '/repos/{owner}/{repo}/git/refs/{ref}', undefined, true],
    ['POST', '/graphql', 'query { viewer { login } }', false],
    ['POST', '/graphql', 'mutation { x }', true],
    ['POST', '/app/installations/{id}/access_tokens', undefined, false],
  ])('count %s %s (%s): %s', (method, url, query, counts) => {
    expect(isWrite(method, url, query)).toBe(counts);
  });
});

describe('a client with a write budget', () => {
  let fixture: Fixture;
  afterEach(async () => {
    fixture.github.assertContract();
    await fixture.github.stop();
  });

  it('waits where GitHub would refuse, and reads go on', async () => {
    fixture = await createFixture({ limits: { contentPerMinute: 3 } });
    const clock = fakeClock();
    let slept = 0;
    const sleep = async (ms: number) => {
      slept += ms;
      // GitHub's minute passes too.
      fixture.github.settings.limits.contentPerMinute += 3;
      clock.pass(ms);
    };
    const budgets = countWrites({ perMinute: 3, perHour: 100 }, { now: clock.now, sleep });
    budgetWrites(fixture.bot, budgets.of(fixture.installation.id));
    const issue = fixture.repo.openIssue({ title: 'x' });
    const comment = (n: number) =>
      fixture.bot.rest.issues.createComment({ ...OWN, issue_number: issue.number, body: `${n}` });
    await Promise.all([1, 2, 3, 4, 5].map(comment));
    await fixture.bot.rest.issues.get({ ...OWN, issue_number: issue.number });
    expect(fixture.repo.comments(issue.number)).toHaveLength(5);
    expect(slept).toBe(MINUTE_MS);
    expect(fixture.github.log.of('issues/create-comment').every((entry) => entry.status === 201)).toBe(true);
  });
});
