/**
 * The example's planted weaknesses: mining must find them, and must not claim what is not there. The ground truth is
 * the example's own file; mining never sees it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Diagnosis } from '../../src/mining/diagnosis.ts';
import { examine } from '../../src/mining/examine.ts';
import { type Mined, mine } from '../../src/mining/mine.ts';
import { Mechanism } from '../../src/mining/vocabulary.ts';
import { readTraces } from '../../src/traces/read/read.ts';
import type { Trial } from '../../src/traces/trial.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../examples/ticket-agent');

const GroundTruth = z.object({
  weaknesses: z.array(
    z.object({
      id: z.string(),
      mechanism: Mechanism,
      labelled_when: z.object({ field: z.enum(['reason', 'verifier.message']), matches: z.string() }),
    }),
  ),
  tasks: z.array(
    z.object({
      id: z.string(),
      group: z.string(),
      weakness: z.string().nullable(),
      set_apart: z.string().optional(),
    }),
  ),
});

const truth = GroundTruth.parse(JSON.parse(readFileSync(join(EXAMPLE, 'ground_truth.json'), 'utf8')));

/** The mechanism planted in a failing trial; null where the trial fails for another reason. */
function labelOf(trial: Trial): Mechanism | null {
  const task = truth.tasks.find(({ id }) => id === trial.task);
  const planted = truth.weaknesses.find(({ id }) => id === task?.weakness);
  if (trial.outcome !== 'fail' || planted === undefined) return null;
  const said = planted.labelled_when.field === 'reason' ? trial.reason : trial.verifier?.message;
  return new RegExp(planted.labelled_when.matches).test(said ?? '') ? planted.mechanism : null;
}

describe.each([11, 12, 13])('the example, seed %i', (seed) => {
  const directory = mkdtempSync(join(tmpdir(), 'mining-example-'));
  const labels = new Map<string, Mechanism>();
  const diagnoses: Diagnosis[] = [];
  let mined: Mined = { weaknesses: [], setApart: [] };

  beforeAll(async () => {
    const request = { version: 1, campaign: 'test', arm: 'baseline', tasks: 'all', attempts: 2, seed };
    execFileSync(process.execPath, ['eval/run.js'], {
      cwd: EXAMPLE,
      stdio: 'pipe',
      env: {
        PATH: process.env.PATH,
        SELF_HARNESS_REQUEST: JSON.stringify(request),
        SELF_HARNESS_TRACES_DIR: directory,
      },
    });
    for await (const trial of readTraces([directory])) {
      diagnoses.push(examine(trial));
      const label = labelOf(trial);
      if (label !== null) labels.set(trial.id, label);
    }
    mined = mine(diagnoses);
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  it('names the right mechanism for 80 % of the labelled failures, and a wrong one for 3 % at most', () => {
    const named = new Map(
      mined.weaknesses.flatMap((w) => w.trials.map((id) => [id, w.signature.mechanism] as const)),
    );
    const tally = { right: 0, wrong: 0, unknown: 0 };
    for (const [trial, label] of labels) {
      const mechanism = named.get(trial);
      tally[mechanism === undefined ? 'unknown' : mechanism === label ? 'right' : 'wrong'] += 1;
    }
    expect(labels.size).toBeGreaterThan(30);
    expect(tally.right / labels.size).toBeGreaterThanOrEqual(0.8);
    expect(tally.wrong / labels.size).toBeLessThanOrEqual(0.03);
  });

  it('finds every planted weakness, addressable', () => {
    const found = mined.weaknesses.filter((w) => w.addressable).map((w) => w.signature.mechanism);
    for (const planted of truth.weaknesses) expect(found).toContain(planted.mechanism);
  });

  it('claims nothing addressable for tasks that no harness mends, and sets them apart for the right reason', () => {
    const taskOf = new Map(diagnoses.map((d) => [d.trial, d.task]));
    const beyond = truth.tasks.filter((task) => task.set_apart !== undefined);
    const claimed = mined.weaknesses
      .filter((w) => w.addressable)
      .flatMap((w) => w.trials.map((id) => taskOf.get(id)));
    expect(claimed.filter((task) => beyond.some(({ id }) => id === task))).toEqual([]);
    for (const { id, set_apart } of beyond) {
      // An attempt that the machine broke leaves one failure, which is too little to say "always".
      const attempts = diagnoses.filter((d) => d.task === id && d.outcome === 'fail').length;
      if (attempts < 2) continue;
      expect(mined.setApart.filter((s) => s.task === id && s.kind !== 'environment')).toMatchObject([
        { kind: set_apart },
      ]);
    }
  });
});
