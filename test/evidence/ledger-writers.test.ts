/** Several processes append to one ledger at once: nothing is lost, nothing is written twice. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { simpleGit } from 'simple-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEDGER_BRANCH } from '../../src/campaign/ledger/ledger.ts';
import { openLocalForge } from '../../src/forge/local/local.ts';

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'self-harness-writers-'));
  const git = simpleGit({ baseDir: directory });
  await git.raw('init', '--quiet', '--initial-branch=main');
  await git.addConfig('user.name', 'test');
  await git.addConfig('user.email', 'test@localhost');
  await writeFile(path.join(directory, 'a.txt'), 'a\n');
  await git.add('a.txt');
  await git.commit('first');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const open = () => openLocalForge(directory, { commitDate: '2026-01-01T00:00:00Z', parallel: 1 });

function write(name: string) {
  return {
    message: `Campaign ${name}`,
    append: new Map([['ledger.jsonl', `{"edit":"${name}"}\n{"campaign":"${name}"}`]]),
    files: new Map([[`campaigns/${name}/campaign.json`, `{"id":"${name}"}\n`]]),
  };
}

describe('the ledger', () => {
  it('keeps the lines and files of every one of eight writers at once', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `campaign-${i}`);
    const forges = await Promise.all(names.map(open));
    await Promise.all(forges.map((forge, index) => forge.writeLedger(write(names[index] ?? ''))));
    const [forge] = forges;
    const lines = ((await forge?.readFile(LEDGER_BRANCH, 'ledger.jsonl')) ?? '').trimEnd().split('\n');
    expect(lines).toHaveLength(16);
    for (const name of names) {
      const at = lines.indexOf(`{"edit":"${name}"}`);
      expect(lines[at + 1]).toBe(`{"campaign":"${name}"}`);
      expect(await forge?.readFile(LEDGER_BRANCH, `campaigns/${name}/campaign.json`)).toBe(
        `{"id":"${name}"}\n`,
      );
    }
    const count = await simpleGit({ baseDir: directory }).raw('rev-list', '--count', LEDGER_BRANCH);
    expect(Number(count)).toBe(8);
  }, 60_000);

  it('writes nothing again when a campaign asks a second time, though another wrote since', async () => {
    const forge = await open();
    const before = await simpleGit({ baseDir: directory }).revparse(LEDGER_BRANCH);
    expect(await forge.writeLedger(write('campaign-0'))).toBe(before);
  });

  it('makes a file from what it holds when it is written, so that no change of another is lost', async () => {
    const forges = await Promise.all(Array.from({ length: 6 }, open));
    const added = (name: string) => ({
      message: `Remember ${name}`,
      change: new Map([
        ['names.json', (before: string | null) => JSON.stringify([...JSON.parse(before ?? '[]'), name])],
      ]),
    });
    await Promise.all(forges.map((forge, i) => forge.writeLedger(added(`n${i}`))));
    const names: string[] = JSON.parse((await forges[0]?.readFile(LEDGER_BRANCH, 'names.json')) ?? '[]');
    expect(names.sort()).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5']);
    const tip = await simpleGit({ baseDir: directory }).revparse(LEDGER_BRANCH);
    const same = {
      message: 'Nothing',
      change: new Map([['names.json', (text: string | null) => text ?? '']]),
    };
    expect(await forges[0]?.writeLedger(same)).toBe(tip);
  }, 60_000);

  it('writes files alone', async () => {
    const forge = await open();
    await forge.writeLedger({
      message: 'Paused',
      append: new Map(),
      files: new Map([['memory.json', '{}\n']]),
    });
    expect(await forge.readFile(LEDGER_BRANCH, 'memory.json')).toBe('{}\n');
  });
});
