/**
 * Counts of real runs, where the shared data lies beside this repository.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readAllTraces } from '../../src/traces/read/read.ts';
import type { Trial } from '../../src/traces/trial.ts';

const shared = fileURLToPath(new URL('../../../shared/traces/', import.meta.url));
const present = existsSync(`${shared}EXPECTED.json`);
if (!present) console.warn('skipped: the shared traces are not beside this repository');

type Counts = Readonly<Record<string, number | Readonly<Record<string, number>>>>;
const expected: Readonly<Record<string, Counts>> = present
  ? JSON.parse(readFileSync(`${shared}EXPECTED.json`, 'utf8'))
  : {};

function count(trials: readonly Trial[], of: (trial: Trial) => boolean): number {
  return trials.filter(of).length;
}

function mixedTasks(trials: readonly Trial[]): number {
  const byTask = Map.groupBy(trials, ({ task }) => task);
  return [...byTask.values()].filter(
    (repeats) => new Set(repeats.map(({ outcome }) => outcome === 'pass')).size > 1,
  ).length;
}

describe.skipIf(!present)('Terminal-Bench 1', () => {
  const runs = Object.entries(expected).filter(([name]) => name.startsWith('terminal-bench-v1/'));
  test.each(runs)('%s', async (name, counts) => {
    const run = name.slice('terminal-bench-v1/'.length);
    const { trials, problems } = await readAllTraces([
      `${shared}terminal-bench-v1/leaderboard/results/terminal-bench-core@0.1.1/${run}`,
    ]);
    expect(problems).toEqual([]);
    expect({
      tasks: new Set(trials.map(({ task }) => task)).size,
      trials: trials.length,
      resolved_true: count(trials, ({ outcome }) => outcome === 'pass'),
      resolved_null: count(trials, ({ outcome }) => outcome === 'invalid'),
      resolved_despite_timeout: count(
        trials,
        ({ outcome, stop }) => outcome === 'pass' && stop === 'timeout',
      ),
      tasks_with_mixed_outcomes: mixedTasks(trials),
      agent_timeout: count(trials, ({ stop }) => stop === 'timeout'),
    }).toEqual({
      tasks: counts.tasks,
      trials: counts.trials,
      resolved_true: counts.resolved_true,
      resolved_null: counts.resolved_null,
      resolved_despite_timeout: counts.resolved_despite_timeout,
      tasks_with_mixed_outcomes: counts.tasks_with_mixed_outcomes,
      agent_timeout: typeof counts.failure_modes === 'object' ? (counts.failure_modes.agent_timeout ?? 0) : 0,
    });
  });

  test('all runs together', async () => {
    const { trials } = await readAllTraces([`${shared}terminal-bench-v1/leaderboard`]);
    expect(trials).toHaveLength(2800);
  });
});

describe.skipIf(!present)('Harbor', () => {
  test('a job of which two trial folders were kept', async () => {
    const counts = expected['harbor/lrm-self-harness/keep-0157-67p4'];
    const { trials, problems } = await readAllTraces([`${shared}harbor/lrm-self-harness/keep-0157-67p4`]);
    expect(problems).toEqual([]);
    expect({
      trials: trials.length,
      reward_1: count(trials, ({ outcome }) => outcome === 'pass'),
      reward_0: count(trials, ({ outcome }) => outcome === 'fail'),
      no_reward: count(trials, ({ outcome }) => outcome === 'invalid'),
    }).toEqual({
      trials: counts?.trials,
      reward_1: counts?.reward_1,
      reward_0: counts?.reward_0,
      no_reward: counts?.no_reward,
    });
    // The job divides by all trials: what has no reward counts as 0 there.
    expect(count(trials, ({ outcome }) => outcome === 'pass') / trials.length).toBeCloseTo(
      Number(counts?.mean_reported),
      12,
    );
    expect(
      trials
        .filter(({ outcome }) => outcome === 'invalid')
        .map(({ fault }) => fault)
        .sort(),
    ).toEqual(['environment', 'verifier']);
  });
});

describe.skipIf(!present)('Inspect', () => {
  const log =
    'inspect/inspect_scout/tests/recorder/logs/2025-09-23T08-09-58-04-00_security-guide_LuxZJVwvymC3S3SyoJczxB.eval';
  test.each([
    ['deflated', log],
    ['zstd, with an entry in two frames', 'inspect/derived-zstd/security-guide.zstd-method93.eval'],
  ])('the security guide, %s', async (_, path) => {
    const counts = expected['inspect/security-guide 2025-09-23'];
    const { trials, problems } = await readAllTraces([shared + path]);
    expect(problems).toEqual([]);
    expect({
      samples: trials.length,
      C: count(trials, ({ outcome }) => outcome === 'pass'),
      I: count(trials, ({ outcome }) => outcome === 'fail'),
    }).toEqual({ samples: counts?.samples, C: counts?.C, I: counts?.I });
  });

  test('both are one run', async () => {
    const { trials } = await readAllTraces([shared + log, `${shared}inspect/derived-zstd`]);
    expect(trials).toHaveLength(16);
  });

  test('every log is read, and what a cancelled one lacks is said', async () => {
    const { trials, problems } = await readAllTraces([`${shared}inspect`]);
    expect(trials.length).toBeGreaterThan(40);
    expect(problems.map(({ message }) => message)).toEqual([
      'the run ended as "cancelled"; 0 of 100 samples are in the log',
    ]);
  });
});

describe.skipIf(!present)('ATIF', () => {
  test('continuations and subagents are parts, not trials', async () => {
    const { trials } = await readAllTraces([`${shared}atif/harbor-golden/tests/golden`]);
    const atif = trials.filter(({ source }) => source.format === 'atif');
    expect(atif.map(({ task, steps }) => [task, steps.length]).sort()).toEqual([
      ['hello-world', 6],
      ['hello-world-context-summarization', 10],
      ['hello-world-context-summarization-linear-history', 9],
      ['hello-world-invalid-json', 5],
      ['hello-world-timeout', 4],
      ['hello-world.trajectory.no_function_calling', 4],
    ]);
  });
});
