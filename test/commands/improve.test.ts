import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { AGENT_FILES, CONFIG } from '../e2e/agent-repository.ts';
import { makeRepository, type TestRepository } from '../forge/repository.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

const FILES = AGENT_FILES;

let repository: TestRepository;
afterEach(() => repository.remove());

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [CLI, ...args], { env: { ...process.env, ...env } });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  const says = async (words: string) => {
    for (let i = 0; i < 600 && !err.includes(words); i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(err).toContain(words);
  };
  return { child, ended, says };
}

const improve = (env: Readonly<Record<string, string>> = {}, ...more: string[]) =>
  start(['improve', '--repo', repository.directory, ...more], env);

/** Nothing of a campaign is left but what a person asked for. */
async function expectClean(branches: readonly RegExp[] = []): Promise<void> {
  const names = (await repository.git('for-each-ref', '--format=%(refname:short)', 'refs/heads')).split('\n');
  const strange = names.filter((name) => name !== 'main' && !branches.some((known) => known.test(name)));
  expect(strange).toEqual([]);
  expect((await repository.git('worktree', 'list')).split('\n')).toHaveLength(1);
  const worktrees = path.join(repository.directory, '.git/self-harness/worktrees');
  expect(await readdir(worktrees).catch(() => [])).toEqual([]);
}

describe('self-harness improve', { timeout: 120_000 }, () => {
  it('improves a repository: one branch, a ledger, the files it names', async () => {
    repository = await makeRepository(FILES);
    const { code, out, err } = await improve().ended;
    expect(err).toContain('baseline');
    expect(code).toBe(0);
    expect(out).toContain('opened');
    const file = /Look at (\S+campaign\.json)/.exec(out)?.[1] ?? '';
    expect(JSON.parse(await readFile(file, 'utf8')).ending.kind).toBe('opened');
    await expectClean([/^self-harness\/improve-/, /^self-harness\/ledger$/]);
    expect(await repository.git('status', '--porcelain')).toBe('');
  });

  it('prints one JSON document with --json', async () => {
    repository = await makeRepository(FILES);
    const { out } = await improve({}, '--json').ended;
    expect(JSON.parse(out).version).toBe(2);
  });

  it.each([
    ['no eval.command', CONFIG.replace('  command: node eval/run.js\n', ''), 'no eval.command'],
    ['an unknown key', `${CONFIG}  alpah: 0.1\n`, 'did you mean "alpha"?'],
    [
      'a command that is not there',
      CONFIG.replace('node eval/run.js', 'no-such-command'),
      'no-such-command: not found',
    ],
    [
      'a command that exits 1',
      CONFIG.replace('node eval/run.js', 'echo the key is missing >&2; exit 1'),
      'the key is missing',
    ],
    [
      'traces that do not parse',
      CONFIG.replace(
        'node eval/run.js',
        `echo '{"task_id": 1, "outcome": "maybe"}' > "$SELF_HARNESS_TRACES_DIR/trials.jsonl"`,
      ),
      'trials.jsonl',
    ],
  ])('says what is wrong with %s, exits 2 and leaves nothing', async (_name, config, words) => {
    repository = await makeRepository({ ...FILES, '.github/self-harness.yml': config });
    const { code, out, err } = await improve().ended;
    expect(`${out}${err}`).toContain(words);
    expect(code).toBe(2);
    await expectClean();
  });

  it('refuses a repository with uncommitted changes', async () => {
    repository = await makeRepository(FILES);
    await writeFile(path.join(repository.directory, 'agent/harness.yaml'), 'max_steps: 11\n');
    const { code, err } = await improve().ended;
    expect(err).toContain('uncommitted changes (agent/harness.yaml)');
    expect(code).toBe(2);
  });

  it('refuses a directory that is no repository', async () => {
    repository = await makeRepository(FILES);
    const { code, err } = await start(['improve', '--repo', '/']).ended;
    expect(err).toContain('not a git repository');
    expect(code).toBe(2);
  });

  it('stops on Ctrl-C with nothing left over, and goes on where it was', async () => {
    repository = await makeRepository(FILES);
    const first = improve({ EVAL_MS: '400' });
    await first.says('experiment-1');
    first.child.kill('SIGINT');
    const stopped = await first.ended;
    expect(stopped.code).toBe(130);
    expect(stopped.err).toContain('continues this campaign');
    await expectClean();
    const second = await improve().ended;
    expect(second.err).toContain('Continuing campaign');
    expect(second.err).not.toContain('baseline-1: ');
    expect(second.code).toBe(0);
    expect(second.out).toContain('opened');
    await expectClean([/^self-harness\/improve-/, /^self-harness\/ledger$/]);
  });

  it('goes on after SIGKILL and makes nothing twice', async () => {
    repository = await makeRepository(FILES);
    const first = improve({ EVAL_MS: '400' });
    await first.says('baseline-1: ');
    first.child.kill('SIGKILL');
    await first.ended;
    const second = await improve().ended;
    expect(second.code).toBe(0);
    const ledger = await repository.git('show', 'self-harness/ledger:ledger.jsonl');
    const ends = ledger.split('\n').filter((line) => line.includes('"kind":"campaign"'));
    expect(ends).toHaveLength(1);
    await expectClean([/^self-harness\/improve-/, /^self-harness\/ledger$/]);
  });

  it('refuses a second campaign in the same repository at the same time', async () => {
    repository = await makeRepository(FILES);
    const first = improve({ EVAL_MS: '1500' });
    await first.says('baseline');
    const second = await improve().ended;
    expect(second.err).toContain('another campaign is running here');
    expect(second.code).toBe(2);
    first.child.kill('SIGINT');
    await first.ended;
  });

  it.each([['--seed', 'x'], ['--rule', 'lucky'], ['--nothing']])(
    'exits 2 for wrong usage: %s %s',
    async (...args) => {
      repository = await makeRepository(FILES);
      expect((await start(['improve', ...args]).ended).code).toBe(2);
    },
  );
});
