// What the runner starts. No bundle is committed: the dependencies of the lock file are installed, and the source runs as it is.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

// A checkout that is used as `uses: ./` may have them already.
if (!existsSync(`${root}node_modules`)) {
  const npm = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  // On Windows npm is a script, which only a shell can start.
  const { status } = spawnSync('npm', npm, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.log(
      '::error::`npm ci` failed: the runner needs npm (actions/setup-node brings it) and must reach its registry.',
    );
    process.exit(1);
  }
}

const { runAction } = await import('../src/action.ts');
process.exit(await runAction(process.env));
