import { describe, expect, it } from 'vitest';
import { closedValue, logFactor } from '../../../src/validation/experiment/bets.ts';
import { dealPass, editsOn } from '../../../src/validation/experiment/block.ts';
import { examine, nextPasses } from '../../../src/validation/experiment/experiment.ts';
import { randomFrom } from '../../../src/validation/random.ts';
import { observed, run, settings, verdict } from './builders.ts';

const standing = (state: ReturnType<typeof examine>, id: string) => {
  const found = state.standings.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no standing of ${id}`);
  return found;
};

describe('the sign-flip bet', () => {
  it('has expectation 1 where a coin decides the sign, whatever was bet', () => {
    for (const x of [0, 0.01, 0.7, 3, 40])
      expect((Math.exp(logFactor(x)) + Math.exp(logFactor(-x))) / 2).toBeCloseTo(1, 12);
  });

  it('is worth a factor of 2 at most', () => {
    expect(Math.exp(logFactor(500))).toBeCloseTo(2, 12);
  });

  it('has expectation 1 over every coin of an experiment in which the edit does nothing', () => {
    const of = settings({ edits: [{ id: 'c1', aims: ['t00', 't01'] }], blocksPerPass: 2, seed: 5 });
    const blocks = nextPasses(of, examine(of, [], []), 3);
    // The outcomes of both runs stand fast, whatever the coin says.
    const random = randomFrom([1]);
    const fixed = observed(blocks, of, () => verdict(random.next() < 0.4));
    let sum = 0;
    const ways = 2 ** blocks.length;
    for (let way = 0; way < ways; way += 1) {
      const tossed = fixed.map((one, index) => ({
        ...one,
        block: { ...one.block, heads: (way >> index) % 2 === 1 ? ['c1'] : [] },
      }));
      sum += standing(examine(of, [], tossed), 'c1').e;
    }
    expect(sum / ways).toBeCloseTo(1, 9);
  });
});

describe('the closed test', () => {
  it('is the least mean over the sets that hold the edit, by trying all of them', () => {
    const random = randomFrom([2]);
    for (let draw = 0; draw < 50; draw += 1) {
      const values = Array.from({ length: 5 }, () => Math.exp(8 * random.next() - 3));
      for (const [index, own] of values.entries()) {
        const others = values.filter((_, other) => other !== index);
        let least = own;
        for (let set = 0; set < 2 ** others.length; set += 1) {
          const chosen = others.filter((_, other) => (set >> other) % 2 === 1);
          least = Math.min(least, [own, ...chosen].reduce((sum, one) => sum + one, 0) / (chosen.length + 1));
        }
        expect(closedValue(values, index)).toBeCloseTo(least, 9);
      }
    }
  });
});

describe('a dealt pass', () => {
  const dealing = {
    pass: 1,
    dispatch: 1,
    tasks: Array.from({ length: 20 }, (_, index) => `t${index}`),
    live: ['c1', 'c2', 'c3'],
    standing: ['c0'],
    conflicts: [['c1', 'c2']],
    blocks: 8,
    from: 1,
    seed: 9,
  };
  const blocks = dealPass(dealing);

  it('runs every task in exactly one block, none smaller than three', () => {
    expect(blocks.flatMap(({ tasks }) => tasks).sort()).toEqual([...dealing.tasks].sort());
    for (const { tasks } of blocks) expect(tasks.length).toBeGreaterThanOrEqual(3);
  });

  it('puts each edit that tosses into exactly one of the two arms, and accepted ones into both', () => {
    const order = ['c0', 'c1', 'c2', 'c3'];
    for (const block of blocks) {
      const [first, second] = [editsOn(block, 'first', order), editsOn(block, 'second', order)];
      for (const edit of block.tossed) expect(first.includes(edit)).not.toBe(second.includes(edit));
      expect([first.includes('c0'), second.includes('c0')]).toEqual([true, true]);
      // Two values of one setting are never on together, and the one that sits out is in neither arm.
      expect(block.tossed.filter((edit) => edit !== 'c3')).toHaveLength(1);
    }
  });

  it('is drawn from the seed alone', () => {
    expect(dealPass(dealing)).toEqual(blocks);
    expect(dealPass({ ...dealing, seed: 10 })).not.toEqual(blocks);
  });
});

describe('an experiment', () => {
  it('accepts what helps, and not what does nothing beside it', () => {
    const random = randomFrom([3]);
    const { state } = run(settings(), (on) => verdict(random.next() < (on.includes('c1') ? 0.8 : 0.3)));
    expect(state.accepted).toEqual(['c1']);
    const { effect } = standing(state, 'c1');
    expect(effect.overall?.mean).toBeGreaterThan(0.3);
    expect(effect.overall?.low).toBeLessThan(0.5);
    expect(standing(state, 'c2').decision).not.toBe('accepted');
  });

  it('finds edits that help only together', () => {
    const random = randomFrom([4]);
    const { state } = run(settings(), (on) => verdict(random.next() < (on.length === 2 ? 0.85 : 0.03)));
    expect(state.accepted).toEqual(['c1', 'c2']);
  });

  it('drops what harms, proven', () => {
    const random = randomFrom([5]);
    const { state } = run(settings(), (on) => verdict(random.next() < (on.includes('c1') ? 0.2 : 0.6)));
    expect(standing(state, 'c1').decision).toBe('harmful');
  });

  it('is not moved by a bad hour that both arms share, nor by drift', () => {
    const random = randomFrom([6]);
    let accepted = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const { state } = run(settings({ seed }), (_on, _task, block, side) => {
        const hour = Math.sin(block.block * 7 + (side === 'first' ? 1 : 2) + seed);
        return verdict(random.next() < 0.5 + 0.3 * hour);
      });
      accepted += state.accepted.length > 0 ? 1 : 0;
    }
    expect(accepted).toBeLessThanOrEqual(2);
  });

  it('gives the same e-values to the last digit after a round trip through JSON', () => {
    const random = randomFrom([7]);
    const of = settings();
    const { state, seen } = run(of, (on) => verdict(random.next() < (on.includes('c1') ? 0.7 : 0.4)));
    const stored: typeof seen = JSON.parse(
      JSON.stringify(seen.map((one) => ({ ...one, first: [...one.first], second: [...one.second] }))),
    ).map((one: { first: [string, never][]; second: [string, never][] }) => ({
      ...one,
      first: new Map(one.first),
      second: new Map(one.second),
    }));
    expect(examine(of, [], stored)).toEqual(state);
  });

  it('sees an edit that moves one check of five while no task passes', () => {
    const random = randomFrom([8]);
    const outcome = (on: readonly string[]) => {
      const right = (on.includes('c1') && random.next() < 0.8 ? 1 : 0) + (random.next() < 0.5 ? 1 : 0);
      return { pass: 0, score: right / 5 };
    };
    const both = run(settings(), outcome).state;
    expect(both.accepted).toEqual(['c1']);
    const c1 = standing(both, 'c1');
    expect(c1.eScore).toBeGreaterThan(20);
    expect(c1.ePass).toBeCloseTo(1, 9);
    expect(run(settings({ outcome: 'pass' }), outcome).state.accepted).toEqual([]);
  });

  it('refuses an edit that lowers the pass rate, proven, whatever the score does', () => {
    const random = randomFrom([9]);
    const { state } = run(settings(), (on) => {
      const has = on.includes('c1');
      return random.next() < (has ? 0.1 : 0.6) ? { pass: 1, score: 1 } : { pass: 0, score: has ? 0.9 : 0 };
    });
    expect(standing(state, 'c1').decision).toBe('harmful');
  });

  it('never accepts an edit that turns failures into missing runs', () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = randomFrom([10, seed]);
      const { state } = run(settings({ seed }), (on) => {
        const pass = random.next() < 0.4;
        const lost = !pass && on.includes('c1') && random.next() < 0.5;
        return lost ? { pass: null, score: null } : verdict(pass);
      });
      expect(state.accepted).not.toContain('c1');
    }
  });

  it('does not count missing runs that come alike in both arms against an edit', () => {
    const random = randomFrom([11]);
    const { state } = run(settings(), (on) =>
      random.next() < 0.15
        ? { pass: null, score: null }
        : verdict(random.next() < (on.includes('c1') ? 0.8 : 0.3)),
    );
    expect(state.accepted).toEqual(['c1']);
  });

  it('of two values of one setting keeps one', () => {
    const random = randomFrom([12]);
    const { state } = run(settings({ conflicts: [['c1', 'c2']] }), (on) =>
      verdict(random.next() < (on.length > 0 ? 0.85 : 0.3)),
    );
    expect(state.accepted).toHaveLength(1);
    expect(state.standings.map(({ decision }) => decision)).toContain('superseded');
  });

  it('accepts a deletion that costs nothing, and refuses one that costs more than its margin', () => {
    const one = { edits: [{ id: 'c1', aims: [] }], margin: 0.05, blocksPerPass: 8 };
    const free = run(settings(one), (_, task) => verdict(task !== 't00'));
    expect(free.state.accepted).toEqual(['c1']);
    const random = randomFrom([13]);
    const dear = run(settings(one), (on) => verdict(random.next() < (on.length > 0 ? 0.5 : 0.9)));
    expect(standing(dear.state, 'c1').decision).toBe('harmful');
  });

  it('lets dull tasks rest, and never those that an edit aims at', () => {
    const of = settings({ edits: [{ id: 'c1', aims: ['t00'] }] });
    const seen = observed(nextPasses(of, examine(of, [], []), 3), of, () => verdict(false));
    const state = examine(of, [], seen);
    const next = nextPasses(of, state, 8);
    const ran = Map.groupBy(
      next.flatMap(({ tasks }) => tasks),
      (task) => task,
    );
    expect(ran.get('t00')).toHaveLength(8);
    expect(next.flatMap(({ tasks }) => tasks).length).toBeLessThan(8 * 40 * 0.5);
  });

  it('finds edits that each fix one of five checks, and no false one, in 10 of 10 seeds, while no task passes', () => {
    const edits = Array.from({ length: 6 }, (_, index) => ({ id: `c${index + 1}`, aims: [] }));
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = randomFrom([14, seed]);
      const { state } = run(settings({ edits, seed }), (on) => {
        // c6 does nothing. A task would pass only with all five checks right, and one of them is never.
        const right = on.filter((id) => id !== 'c6' && random.next() < 0.9).length;
        return { pass: 0, score: Math.min(0.8, right / 6) };
      });
      expect(state.accepted).toEqual(['c1', 'c2', 'c3', 'c4', 'c5']);
    }
  });

  it('finds both edits that every task needs together, in at least 9 of 10 seeds', () => {
    const edits = Array.from({ length: 4 }, (_, index) => ({ id: `c${index + 1}`, aims: [] }));
    let found = 0;
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = randomFrom([15, seed]);
      const { state } = run(settings({ edits, seed }), (on) =>
        verdict(random.next() < (on.includes('c2') && on.includes('c3') ? 0.85 : 0.03)),
      );
      if (state.accepted.join() === 'c2,c3') found += 1;
    }
    expect(found).toBeGreaterThanOrEqual(9);
  });

  it('refuses settings that are no settings', () => {
    expect(() => examine(settings({ alpha: 1 }), [], [])).toThrow(RangeError);
    expect(() => examine(settings({ passes: 0 }), [], [])).toThrow(RangeError);
    expect(() =>
      examine(
        settings({
          edits: [
            { id: 'a', aims: [] },
            { id: 'a', aims: [] },
          ],
        }),
        [],
        [],
      ),
    ).toThrow(RangeError);
  });
});
