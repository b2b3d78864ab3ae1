import { beforeEach, describe, expect, it } from 'vitest';
import { indexRuns, type RunKey } from '../../src/campaign/engine/run-index.ts';

const PAGE = 10;

/** The engine's database: runs newest first, read page by page. */
let runs: RunKey[];
let pagesRead: number;
/** Called before a page is read. */
let before: (page: number) => Promise<void> | void;

beforeEach(() => {
  runs = [];
  pagesRead = 0;
  before = () => {};
});

function start(...ids: string[]): void {
  for (const id of ids) runs.unshift({ id, run: `run of ${id}` });
}

const many = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);

const index = () =>
  indexRuns(async function* () {
    const seen = [...runs];
    for (let at = 0; at === 0 || at < seen.length; at += PAGE) {
      await before(at / PAGE);
      pagesRead += 1;
      yield seen.slice(at, at + PAGE);
    }
  });

describe('an index of runs', () => {
  it('finds the oldest and the newest, and says where there is none', async () => {
    start(...many(35));
    const { find } = index();
    expect(await find('n0')).toBe('run of n0');
    expect(await find('n34')).toBe('run of n34');
    expect(await find('nobody')).toBeNull();
  });

  it('reads everything once, and then only what is new', async () => {
    start(...many(100));
    const { find } = index();
    await find('nobody');
    expect(pagesRead).toBe(10);
    await find('n50');
    expect(pagesRead).toBe(10);
    start('fresh');
    expect(await find('fresh')).toBe('run of fresh');
    // The page with what is new, and one on which nothing is.
    expect(pagesRead).toBe(12);
    await find('nobody');
    expect(pagesRead).toBe(13);
  });

  it('looks once for all who ask at once, and once for all who ask while it is busy', async () => {
    start(...many(100));
    const { find } = index();
    const later: Promise<string | null>[] = [];
    before = (page) => {
      if (page >= 2 && page < 8) later.push(find(`later ${page}`));
    };
    const nobody = many(50).map(() => null);
    expect(await Promise.all(many(50).map((id) => find(`${id}?`)))).toEqual(nobody);
    expect(await Promise.all(later)).toHaveLength(6);
    // All of them, and the newest once more.
    expect(pagesRead).toBe(11);
  });

  it('finds what was started while an earlier look was under way', async () => {
    start(...many(30));
    const { find } = index();
    let later: Promise<string | null> | undefined;
    before = (page) => {
      if (page !== 1 || later !== undefined) return;
      start('meanwhile');
      later = find('meanwhile');
    };
    expect(await find('nobody')).toBeNull();
    expect(await later).toBe('run of meanwhile');
  });

  it('does not take a look that failed for one that was made', async () => {
    start(...many(50));
    const { find } = index();
    before = (page) => {
      if (page === 2) throw new Error('the database went away');
    };
    await expect(find('n0')).rejects.toThrow('the database went away');
    before = () => {};
    expect(await find('n0')).toBe('run of n0');
  });
});
