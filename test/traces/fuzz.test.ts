/**
 * Two thousand broken inputs over every format: none crashes the reader or holds it up, and none is lost in
 * silence. Seeded, so that a failure names the input that caused it: its number is enough to make it again.
 */
import { describe, expect, it } from 'vitest';
import { FORMATS } from '../../src/traces/formats/registry.ts';
import { readAllTraces } from '../../src/traces/read/read.ts';
import { Trial } from '../../src/traces/trial.ts';
import { folderOf } from './folder.ts';
import { seeds } from './fuzz-seeds.ts';
import { MUTATIONS } from './mutation.ts';
import { seeded } from './planted-secrets.ts';

const INPUTS = 2000;
const LIMIT_MS = 5000;

const SEEDS = seeds();

/** Broken input number `n`: every seed in turn, a mutation (or two) at random. */
function brokenInput(n: number) {
  const random = seeded(n + 1);
  const seed = SEEDS[n % SEEDS.length];
  if (seed === undefined) throw new Error('no seeds');
  let bytes = seed.files[seed.target] ?? new Uint8Array();
  const names: string[] = [];
  for (let tries = 0; tries < 20 && names.length < (n % 5 === 0 ? 2 : 1); tries++) {
    const mutation = MUTATIONS[Math.floor(random() * MUTATIONS.length)];
    const broken = bytes.length === 0 ? null : (mutation?.apply(bytes, random) ?? null);
    if (broken === null || mutation === undefined) continue;
    bytes = broken;
    names.push(mutation.name);
  }
  return {
    name: `#${n} ${seed.name}: ${names.join(' and ')}`,
    files: { ...seed.files, [seed.target]: bytes },
  };
}

/** What is wrong with the reading of a broken input; null where nothing is. */
async function complaint(n: number): Promise<string | null> {
  const input = brokenInput(n);
  using folder = folderOf(input.files);
  const start = performance.now();
  try {
    const { trials, problems } = await readAllTraces([folder.path]);
    const took = performance.now() - start;
    if (took > LIMIT_MS) return `${input.name} took ${took.toFixed(0)} ms`;
    if (trials.length === 0 && problems.length === 0) return `${input.name} vanished`;
    const unsound = trials.map((trial) => Trial.safeParse(trial)).find(({ success }) => !success);
    if (unsound !== undefined) return `${input.name} gave an unsound trial: ${unsound.error?.message}`;
    if (problems.some(({ message }) => message.trim() === '')) return `${input.name} gave an empty message`;
    if (
      problems.some(({ message }) => /call stack|is not a function|not iterable|Cannot read/.test(message))
    ) {
      return `${input.name} ran into a bug: ${JSON.stringify(problems)}`;
    }
    return null;
  } catch (error) {
    return `${input.name} crashed: ${error instanceof Error ? error.stack : error}`;
  }
}

describe('broken traces', () => {
  it('have sound seeds of every format', async () => {
    const read = new Set<string>();
    for (const seed of SEEDS) {
      using folder = folderOf(seed.files);
      const { trials, sources, problems } = await readAllTraces([folder.path]);
      for (const { format } of sources) read.add(format);
      // Fixtures hold broken files too, which may give a problem and no trial.
      expect(trials.length + problems.length, seed.name).toBeGreaterThan(0);
    }
    expect([...read].toSorted()).toEqual(FORMATS.map(({ id }) => id).toSorted());
  });

  it(`all end in trials or problems, none in a crash or a wait (${INPUTS} inputs)`, async () => {
    const complaints: string[] = [];
    for (let n = 0; n < INPUTS; n++) {
      const found = await complaint(n);
      if (found !== null) complaints.push(found);
    }
    expect(complaints).toEqual([]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  }, 600_000);
});
