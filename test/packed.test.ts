import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PACKAGE_ROOT, VERSION } from '../src/package.ts';

/** The tarball as npm makes it, unpacked in an empty folder; dependencies are those of this checkout. */
describe('the packed package', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'packed-'));
  const root = path.join(folder, 'package');
  const run = (bin: string, args: string[], node: string[] = []) =>
    spawnSync(process.execPath, [...node, path.join(root, bin), ...args], { cwd: folder, encoding: 'utf8' });
  const manifest = () => JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

  beforeAll(() => {
    const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      ...{ cwd: PACKAGE_ROOT, encoding: 'utf8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [file] = /[\w.-]+\.tgz/.exec(packed) ?? [''];
    execFileSync('tar', ['-xzf', path.join(folder, file), '-C', folder]);
    symlinkSync(path.join(PACKAGE_ROOT, 'node_modules'), path.join(root, 'node_modules'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(['self-harness', 'self-harness-bot'])('%s starts and tells its version', (name) => {
    const ended = run(manifest().bin[name], ['--version']);
    expect([ended.stdout, ended.status]).toEqual([`${VERSION}\n`, 0]);
  });

  test.each(['20.19.0', '22.19.9'])('on Node %s one sentence, exit 2', (version) => {
    const preload = path.join(folder, `node-${version}.cjs`);
    writeFileSync(preload, `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`);
    const ended = run('bin/self-harness.cjs', ['--version'], ['--require', preload]);
    expect([ended.stderr, ended.status]).toEqual([
      `self-harness needs Node 22.20 or newer; this is Node ${version}.\n`,
      2,
    ]);
  });
});
