import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BackendPostgres } from 'openworkflow/postgres';
import { BackendSqlite } from 'openworkflow/sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Durable } from '../../src/campaign/context.ts';
import {
  type Engine,
  type EngineOptions,
  openEngine,
  StepFailure,
  type Workflow,
} from '../../src/campaign/engine/engine.ts';
import { ForgeError } from '../../src/forge/forge.ts';
import { until } from '../github/fixture.ts';
import { addEndedWaits, waitsIn } from './ended-waits.ts';
import { addFinishedRuns } from './finished-runs.ts';
import { expireLeases } from './leases.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';

// One suite for both databases: what the rest of the program relies on.

let postgres: TestPostgres | string;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  if (typeof postgres !== 'string') await postgres.stop();
});

describe.each(['SQLite', 'Postgres'])('the engine on %s', (backend) => {
  let dataDirectory: string;
  let databaseUrl: string | null;
  let engines: Engine[];
  let databases = 0;

  beforeEach(async ({ skip }) => {
    engines = [];
    looks.clear();
    databaseUrl = null;
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'self-harness-engine-'));
    if (backend === 'SQLite') return;
    if (typeof postgres === 'string') return skip(postgres);
    databases += 1;
    databaseUrl = await postgres.database(`engine_${databases}`);
  });

  afterEach(async () => {
    for (const engine of engines) await engine.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  const failures: string[] = [];
  const looks = new Map<string, number>();
  const never = async () => null;
  /** A look that finds something when it is looked for the third time, whichever process looks. */
  const thirdTime = (name: string) => async () => {
    const look = (looks.get(name) ?? 0) + 1;
    looks.set(name, look);
    return look >= 3 ? look : null;
  };
  async function open(
    workflows: Readonly<Record<string, Workflow>>,
    { stepAttempts = 3, concurrency = 4, onBroken }: Partial<EngineOptions> = {},
  ): Promise<Engine> {
    const engine = await openEngine(
      {
        dataDirectory,
        databaseUrl,
        concurrency,
        stepAttempts,
        ...(onBroken === undefined ? {} : { onBroken }),
        onFailedStep: (step, message) => failures.push(`${step}: ${message}`),
      },
      workflows,
    );
    engines.push(engine);
    return engine;
  }

  it('does the work of one id once, however often it is asked for', async () => {
    const runs: unknown[] = [];
    const engine = await open({
      work: async (input, { step }) => step('effect', async () => runs.push(input)),
    });
    await Promise.all([engine.start('work', 'a', 'first'), engine.start('work', 'a', 'second')]);
    await engine.start('work', 'a', 'third');
    expect(await engine.result('work', 'a')).toBe(1);
    await engine.start('work', 'a', 'fourth');
    await engine.start('work', 'b', 'other');
    await engine.result('work', 'b');
    expect(runs).toHaveLength(2);
    expect(runs).toContain('other');
  });

  it('keeps work of two kinds apart, though it has one id', async () => {
    const engine = await open({ work: async () => 'work', rest: async () => 'rest' });
    await engine.start('work', 'a', null);
    await engine.start('rest', 'a', null);
    expect(await engine.result('work', 'a')).toBe('work');
    expect(await engine.result('rest', 'a')).toBe('rest');
  });

  it('remembers what a step gave, and does not do it again when the work goes on', async () => {
    const done: string[] = [];
    const engine = await open({
      work: async (_, { step, poll }) => {
        const number = await step('first', async () => {
          done.push('first');
          return Math.random();
        });
        await poll('pause', 20, thirdTime('pause'));
        const again = await step('second', async () => {
          done.push('second');
          return number;
        });
        return number === again;
      },
    });
    await engine.start('work', 'a', null);
    expect(await engine.result('work', 'a')).toBe(true);
    expect(done).toEqual(['first', 'second']);
  });

  it('tries a step again that threw, and says so', async () => {
    failures.length = 0;
    let tries = 0;
    const engine = await open({
      work: async (_, { step }) =>
        step('flaky', async () => {
          tries += 1;
          if (tries < 2) throw new Error('the line went dead');
          return tries;
        }),
    });
    await engine.start('work', 'a', null);
    expect(await engine.result('work', 'a')).toBe(2);
    expect(failures).toEqual(['work a: flaky: the line went dead']);
  });

  it('gives up after as many attempts as a step may have, and lets the work answer it', async () => {
    let tries = 0;
    const engine = await open(
      {
        work: async (_, { step, poll }) => {
          const end = await step('hopeless', async () => {
            tries += 1;
            throw new Error('no such luck');
          }).catch((error) => (error instanceof StepFailure ? error.message : Promise.reject(error)));
          // The answer stays the same when the work is taken up again.
          await poll('pause', 20, thirdTime('pause'));
          return end;
        },
      },
      { stepAttempts: 2 },
    );
    await engine.start('work', 'a', null);
    expect(await engine.result('work', 'a')).toBe('no such luck (tried 2 times)');
    expect(tries).toBe(2);
  });

  it('tries again what went wrong between two steps', async () => {
    let tries = 0;
    const engine = await open({
      work: async () => {
        tries += 1;
        if (tries === 1) throw new Error('the line went dead');
        return 'went through';
      },
    });
    await engine.start('work', 'a', null);
    expect(await engine.result('work', 'a')).toBe('went through');
  });

  it('goes on after more waits than the database takes attempts', async () => {
    const engine = await open({
      work: async (_, { step, poll }) => {
        await step('first', async () => 'first');
        await poll('long', 600_000, thirdTime('long'));
        return step('last', async () => 'last');
      },
    });
    await engine.start('work', 'a', null);
    await until(() => (looks.get('long') === 1 ? true : undefined));
    await until(async () => ((await waitsIn({ dataDirectory, databaseUrl })) === 1 ? true : undefined));
    await addEndedWaits({ dataDirectory, databaseUrl }, 'long', 1_100);
    const waking = setInterval(() => void engine.wake('a'), 50);
    try {
      expect(await engine.result('work', 'a')).toBe('last');
    } finally {
      clearInterval(waking);
    }
  });

  it('tries a look again that threw, and forgets those that saw nothing', async () => {
    let look = 0;
    const engine = await open({
      work: async (_, { poll }) =>
        poll('see', 20, async () => {
          look += 1;
          if (look === 2) throw new Error('fog');
          return look < 4 ? null : look;
        }),
    });
    await engine.start('work', 'a', null);
    expect(await engine.result('work', 'a')).toBe(4);
  });

  it('tells of work that broke off for good, once, and not of work that sleeps or tries again', async () => {
    let flaky = 0;
    const broken: string[] = [];
    const engine = await open(
      {
        flaky: async (_, { step, poll }) => {
          await poll('a moment', 10, thirdTime('a moment'));
          return step('second try', async () => {
            flaky += 1;
            if (flaky === 1) throw new Error('once');
            return 'fine';
          });
        },
        refused: async (_, { step }) =>
          step('refused', async () => {
            throw new ForgeError('no such luck');
          }),
        bug: async () => {
          throw new TypeError('x is not a function');
        },
      },
      {
        stepAttempts: 2,
        onBroken: async ({ workflow, id, input }, reason) => {
          broken.push(`${workflow} ${id} ${input}: ${reason}`);
        },
      },
    );
    for (const workflow of ['flaky', 'refused', 'bug']) await engine.start(workflow, 'a', 7);
    expect(await engine.result('flaky', 'a')).toBe('fine');
    await expect(engine.result('refused', 'a')).rejects.toThrow('no such luck');
    await expect(engine.result('bug', 'a')).rejects.toThrow('x is not a function');
    expect(broken.sort()).toEqual(['bug a 7: x is not a function', 'refused a 7: no such luck']);
  });

  it('does not try again what the host refused, and lets the work answer it', async () => {
    let tries = 0;
    const engine = await open({
      work: async (_, { step }) => {
        try {
          return await step('refused', async () => {
            tries += 1;
            throw new ForgeError('the branch is protected.', 'Let the App push to it.');
          });
        } catch (error) {
          return `${error}`;
        }
      },
    });
    await engine.start('work', 'a', null);
    expect(await engine.result('work', 'a')).toContain('the branch is protected. Let the App push to it.');
    expect(tries).toBe(1);
  });

  it('tries again what the host will allow later', async () => {
    let tries = 0;
    const engine = await open({
      work: async (_, { step }) =>
        step('limited', async () => {
          tries += 1;
          if (tries === 1) throw new ForgeError('too many requests.', null, true);
          return 'went through';
        }),
    });
    await engine.start('work', 'a', null);
    expect(await engine.result('work', 'a')).toBe('went through');
  });

  it('ends a wait when its time is over', async () => {
    const engine = await open({
      work: async (_, { poll }) => {
        await poll('short', 50, thirdTime('short'));
        return 'over';
      },
    });
    await engine.start('work', 'a', null);
    expect(await engine.result('work', 'a')).toBe('over');
  });

  it('ends a wait early when somebody wakes it, and nobody else', async () => {
    const engine = await open({
      work: async (input, { poll }) => {
        await poll('long', 600_000, input === 'awake' ? thirdTime('long') : never);
        return input;
      },
    });
    await engine.start('work', 'a', 'awake');
    await engine.start('work', 'b', 'asleep');
    // A signal to work that does not wait yet is lost, which is why it is only ever a hint.
    const waking = setInterval(() => void engine.wake('a'), 100);
    try {
      expect(await engine.result('work', 'a')).toBe('awake');
    } finally {
      clearInterval(waking);
    }
    expect(await engine.find('work', 'b')).toMatchObject({ state: 'unfinished' });
    await engine.wake('nobody');
  });

  it('cancels work that waits, and leaves ended work alone', async () => {
    const engine = await open({
      work: async (_, { poll }) => poll('long', 600_000, never),
      quick: async () => 'done',
    });
    await engine.start('work', 'a', null);
    await engine.cancel('work', 'a');
    await expect(engine.result('work', 'a')).rejects.toThrow('the work a was cancel');
    expect(await engine.unfinished('work')).toEqual([]);
    await engine.start('quick', 'b', null);
    await engine.result('quick', 'b');
    await engine.cancel('quick', 'b');
    expect(await engine.find('quick', 'b')).toMatchObject({ state: 'done' });
    await engine.cancel('work', 'nobody');
  });

  it('finds work by its kind and id, and lists what has not ended, oldest first', async () => {
    const engine = await open({
      work: async (_, { poll }) => poll('long', 600_000, never),
      quick: async () => 'done',
    });
    await engine.start('work', 'a', { n: 1 });
    await engine.start('work', 'b', { n: 2 });
    await engine.start('quick', 'c', null);
    await engine.result('quick', 'c');
    expect(await engine.unfinished('work')).toEqual([
      { workflow: 'work', id: 'a', input: { n: 1 }, state: 'unfinished' },
      { workflow: 'work', id: 'b', input: { n: 2 }, state: 'unfinished' },
    ]);
    expect(await engine.unfinished('quick')).toEqual([]);
    expect(await engine.find('quick', 'c')).toEqual({
      workflow: 'quick',
      id: 'c',
      input: null,
      state: 'done',
    });
    expect(await engine.find('work', 'c')).toBeNull();
    await expect(engine.result('work', 'nobody')).rejects.toThrow('there is no work nobody');
    await expect(engine.start('play', 'a', null)).rejects.toThrow('there is no workflow play');
  });

  it('lets one work at a time through one gate, whichever process asks', async () => {
    const workflows = { work: async (_: unknown, { poll }: Durable) => poll('long', 600_000, never) };
    const engines = [await open(workflows), await open(workflows)];
    const ask = (id: string, gate = 'octo/agent') =>
      Promise.all(engines.map((engine, i) => engine.startAlone('work', `${id}${i}`, null, gate)));
    const first = await ask('a');
    const [winner = ''] = first.filter((holder, i) => holder === `a${i}`);
    // Both are told who went through, and only that one was made.
    expect(new Set(first)).toEqual(new Set([winner]));
    expect((await engines[0]?.unfinished('work'))?.map((work) => work.id)).toEqual([winner]);
    expect(await engines[0]?.startAlone('work', winner, null, 'octo/agent')).toBe(winner);
    // Another gate is another matter, and an end opens the gate again.
    expect(await engines[0]?.startAlone('work', 'elsewhere', null, 'octo/other')).toBe('elsewhere');
    for (const next of ['b', 'c']) {
      for (const holder of (await engines[0]?.unfinished('work')) ?? []) {
        if (holder.id !== 'elsewhere') await engines[0]?.cancel('work', holder.id);
      }
      const then = await ask(next);
      expect(new Set(then).size).toBe(1);
      expect(then[0]).toMatch(new RegExp(`^${next}`));
    }
  });

  it('tells the order of what was started in one millisecond', async () => {
    const engine = await open({ work: async (_, { poll }) => poll('long', 600_000, never) });
    const ids = Array.from({ length: 30 }, (_, i) => `w${i}`);
    for (const id of ids) await engine.start('work', id, null);
    expect((await engine.unfinished('work')).map(({ id }) => id)).toEqual(ids);
  });

  it('reads what is unfinished and new, not what has ever been', async () => {
    const FINISHED = 5_000;
    const PAGE = 100;
    const work: Workflow = async (_, { poll }) => poll('long', 600_000, never);
    await (await open({ work })).stop();
    await addFinishedRuns({ dataDirectory, databaseUrl }, 'work', FINISHED);
    const engine = await open({ work });
    const prototype = backend === 'SQLite' ? BackendSqlite.prototype : BackendPostgres.prototype;
    const read = vi.spyOn(prototype, 'listWorkflowRuns');
    /** What was read since the last time this was asked. */
    const sum = async () => {
      let rows = 0;
      for (const { value } of read.mock.results) rows += (await value).data.length;
      const pages = read.mock.results.length;
      read.mockClear();
      return { pages, rows };
    };
    try {
      expect(await engine.find('work', 'nobody')).toBeNull();
      expect(await sum()).toEqual({ pages: FINISHED / PAGE, rows: FINISHED });
      expect(await engine.find('work', 'nobody again')).toBeNull();
      expect(await sum()).toEqual({ pages: 1, rows: PAGE });
      expect(await engine.find('work', 'old0')).toMatchObject({ state: 'done' });
      expect(await sum()).toEqual({ pages: 0, rows: 0 });

      await Promise.all(['a', 'b', 'c'].map((id) => engine.start('work', id, null)));
      const { pages } = await sum();
      expect(pages).toBeLessThanOrEqual(2);
      expect((await engine.unfinished('work')).map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']);
      const { rows } = await sum();
      // Each once, and once more where it has just gone from pending to running.
      expect(rows).toBeLessThanOrEqual(6);
    } finally {
      read.mockRestore();
    }
  });

  it('finds work among more than a page of it', async () => {
    const engine = await open({ work: async (input) => input });
    const ids = Array.from({ length: 120 }, (_, i) => `n${i}`);
    for (const id of ids) await engine.start('work', id, id);
    const second = await open({ work: async (input) => input });
    expect(await second.find('work', 'n0')).toMatchObject({ input: 'n0' });
    expect(await second.result('work', 'n119')).toBe('n119');
  });

  it('takes up after the last finished step what a stopped engine left', async () => {
    const done: string[] = [];
    const work =
      (whose: string): Workflow =>
      async (_, { step, poll }) => {
        await step('first', async () => done.push(`first by ${whose}`));
        await poll('pause', 1000, thirdTime('pause'));
        await step('second', async () => done.push(`second by ${whose}`));
        return whose;
      };
    const first = await open({ work: work('the first') });
    await first.start('work', 'a', null);
    await until(() => (done.length === 1 ? true : undefined));
    await first.stop();
    await first.stop();
    const second = await open({ work: work('the second') });
    expect(await second.result('work', 'a')).toBe('the second');
    expect(done).toEqual(['first by the first', 'second by the second']);
  });

  it('does a step again that an abandoned engine never finished, once its lease is over', async () => {
    const done: string[] = [];
    const never = new Promise<never>(() => {});
    const first = await open(
      {
        work: async (_, { step }) => {
          await step('first', async () => done.push('first'));
          return step('second', async () => {
            done.push('second, and died');
            return never;
          });
        },
      },
      // Its one place is taken by the hanging step: it takes up nothing again, as the dead do not.
      { concurrency: 1 },
    );
    await first.start('work', 'a', null);
    await until(() => (done.length === 2 ? true : undefined));
    // An engine with a hanging step cannot be stopped: it is as good as killed.
    engines = [];
    const second = await open({
      work: async (_, { step }) => {
        await step('first', async () => done.push('first again'));
        return step('second', async () => 'finished');
      },
    });
    await expireLeases({ dataDirectory, databaseUrl });
    expect(await second.result('work', 'a')).toBe('finished');
    expect(done).toEqual(['first', 'second, and died']);
  });

  it('is made by one of several processes that start together', async () => {
    const engines = await Promise.all([1, 2, 3, 4].map(() => open({ work: async (input) => input })));
    await engines[0]?.start('work', 'a', 'done');
    expect(await engines[3]?.result('work', 'a')).toBe('done');
  });

  it('is one engine though two processes open it: each piece of work is done by one of them', async () => {
    const done: string[] = [];
    const work = async (input: unknown, { step }: Parameters<Workflow>[1]) =>
      step('effect', async () => done.push(String(input)));
    const [first, second] = [await open({ work }), await open({ work })];
    for (let i = 0; i < 10; i++) await (i % 2 === 0 ? first : second).start('work', `w${i}`, i);
    await Promise.all(
      ['w0', 'w0', 'w1', 'w1'].map((id, i) => (i % 2 === 0 ? first : second).start('work', id, 'again')),
    );
    for (let i = 0; i < 10; i++) await second.result('work', `w${i}`);
    expect(done.sort()).toEqual(Array.from({ length: 10 }, (_, i) => String(i)));
  });
});
