import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { groupFolders, readGroups } from '../../src/eval/groups.ts';
import type { GroupEcho } from '../../src/eval/plan.ts';
import { readAllTraces } from '../../src/traces/read/read.ts';
import { makeZip } from '../traces/zip-writer.ts';

const PLAN = { key: 'x1', sha256: 'abc' };

function echo(block: number, arm: string, change: Partial<GroupEcho> = {}): string {
  const group = { block, arm, tasks: ['t1'], attempt: 1 };
  const about = { version: 2, campaign: 'c', key: PLAN.key, plan: PLAN.sha256, group };
  const end = { status: 'ran', problem: null, exit: 0, started_at: '2026-01-01T00:00:00Z', duration_ms: 1 };
  return JSON.stringify({ ...about, ...end, ...change });
}

const trial = (outcome: string) => `${JSON.stringify({ task_id: 't1', attempt: 1, outcome })}\n`;

/** Two arms whose trials are equal to the byte, and one that went the other way. */
const FILES: Readonly<Record<string, string>> = {
  'b1-a1/self-harness.json': echo(1, 'a1'),
  'b1-a1/trials.jsonl': trial('pass'),
  'b1-a2/self-harness.json': echo(1, 'a2'),
  'b1-a2/trials.jsonl': trial('pass'),
  'b2-a1/self-harness.json': echo(2, 'a1'),
  'b2-a1/trials.jsonl': trial('fail'),
};

describe('the groups that a plan left', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'groups-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function folder(files: Readonly<Record<string, string>>, under = ''): Promise<string> {
    for (const [name, content] of Object.entries(files)) {
      const full = path.join(directory, under, name);
      await mkdir(path.dirname(full), { recursive: true });
      await writeFile(full, content);
    }
    return path.join(directory, under);
  }
  async function zip(files: Readonly<Record<string, string>>, name: string): Promise<string> {
    const file = path.join(directory, name);
    await writeFile(file, makeZip(Object.entries(files).map(([name, data]) => ({ name, data }))));
    return file;
  }
  async function outcomes(locations: readonly string[]): Promise<Record<string, string[]>> {
    const { groups } = await readGroups(
      locations.map((location) => ({ location })),
      PLAN,
    );
    const entries = await Promise.all(
      groups.map(async ({ name, traces }) => {
        const { trials } = await readAllTraces([traces]);
        return [name, trials.map(({ outcome }) => outcome)];
      }),
    );
    return Object.fromEntries(entries);
  }

  it('are read apart, although two of them hold the same bytes', async () => {
    const expected = { 'b1-a1': ['pass'], 'b1-a2': ['pass'], 'b2-a1': ['fail'] };
    expect(await outcomes([await folder(FILES)])).toEqual(expected);
    expect(await outcomes([await zip(FILES, 'traces.zip')])).toEqual(expected);
  });

  it('come from several shards, wherever in an artifact their folders lie', async () => {
    const one = Object.fromEntries(Object.entries(FILES).filter(([name]) => name.startsWith('b1')));
    const two = Object.fromEntries(
      Object.entries(FILES).flatMap(([name, data]) =>
        name.startsWith('b2') ? [[`out/x/${name}`, data]] : [],
      ),
    );
    const locations = [await zip(one, '1.zip'), await zip(two, '2.zip')];
    expect(Object.keys(await outcomes(locations)).sort()).toEqual(['b1-a1', 'b1-a2', 'b2-a1']);
  });

  it('leave out echoes of another plan, of another group, and what is no echo', async () => {
    const location = await folder({
      'b1-a1/self-harness.json': echo(1, 'a1', { plan: 'other' }),
      'b1-a2/self-harness.json': echo(1, 'a3'),
      'b1-a3/self-harness.json': '{"version":1}',
      'b1-a4/self-harness.json': 'no',
    });
    const { groups, problems } = await readGroups([{ location }], PLAN);
    expect(groups).toEqual([]);
    expect(problems.map(({ message }) => message)).toEqual([
      'is of another plan (x1)',
      'is of group b1-a3, not of b1-a2',
      'not the echo of a group of a plan',
      expect.stringContaining('not JSON'),
    ]);
  });

  it('count once where a job ran again, as they ran', async () => {
    const stopped = await folder(
      { ...FILES, 'b1-a1/self-harness.json': echo(1, 'a1', { status: 'interrupted' }) },
      'first',
    );
    const again = await folder(FILES, 'again');
    const { groups, problems } = await readGroups([{ location: stopped }, { location: again }], PLAN);
    expect(groups.map(({ name, echo: { status } }) => [name, status])).toEqual([
      ['b1-a1', 'ran'],
      ['b1-a2', 'ran'],
      ['b2-a1', 'ran'],
    ]);
    expect(groups[0]?.traces.location).toBe(again);
    expect(problems).toHaveLength(2);
  });

  it('say so where a source cannot be opened', async () => {
    const { problems } = await readGroups([{ location: path.join(directory, 'none.zip') }], PLAN);
    expect(problems).toHaveLength(1);
  });

  it('have their echo in their own folder, not deeper', () => {
    expect(
      groupFolders(['b1-a1/self-harness.json', 'b1-a1/own/self-harness.json', 'x/trials.jsonl']),
    ).toEqual(['b1-a1/']);
    expect(groupFolders(['self-harness.json', 'own/self-harness.json'])).toEqual(['']);
  });
});
