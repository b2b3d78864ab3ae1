import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { readAppManifest } from '../../src/app/setup/app-manifest.ts';
import { serverPlace } from '../e2e/server.ts';
import { until } from '../github/fixture.ts';
import { type GitHub, startGitHub } from '../github/start.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
let child: ChildProcess | undefined;
let github: GitHub;
let directory: string;
afterEach(async () => {
  child?.kill('SIGKILL');
  await github?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** The real process in an empty directory, without credentials; resolves when it answers. */
async function firstStart(): Promise<string> {
  github = await startGitHub();
  directory = await mkdtemp(path.join(tmpdir(), 'self-harness-setup-'));
  const { port, remove } = await serverPlace();
  await remove();
  const { APP_ID: _id, PRIVATE_KEY: _key, ...env } = process.env;
  child = spawn(process.execPath, [CLI, 'serve', '--port', String(port)], {
    cwd: directory,
    stdio: 'ignore',
    env: {
      ...env,
      NODE_ENV: 'development',
      NO_SMEE_SETUP: 'true',
      SELF_HARNESS_PUBLIC_URL: 'https://harness.example.com',
      GHE_HOST: github.url.replace('http://', ''),
      GHE_PROTOCOL: 'http',
    },
  });
  const url = `http://127.0.0.1:${port}`;
  await until(
    () =>
      fetch(`${url}/ping`).then(
        (answer) => answer.ok || undefined,
        () => undefined,
      ),
    30_000,
  );
  return url;
}

it('a first start offers to create the App with the permissions of app.yml, and keeps what it learns', async () => {
  const url = await firstStart();
  const page = await (await fetch(`${url}/`)).text();
  const form = /value='([^']*)'/.exec(page) ?? /value="([^"]*)"/.exec(page);
  const manifest = JSON.parse((form?.[1] ?? '').replaceAll('&quot;', '"').replaceAll('&#39;', "'"));
  const wanted = await readAppManifest();
  expect(manifest.default_permissions).toEqual(wanted.default_permissions);
  expect(manifest.default_events).toEqual(wanted.default_events);
  expect(manifest.hook_attributes.url).toBe('https://harness.example.com/api/github/webhooks');
  // The server is GitHub Enterprise's, not github.com.
  expect(page).toContain(`${github.url}/settings/apps/new`);

  // What the button does: the browser posts the manifest to GitHub, which comes back with a code.
  const created = await fetch(`${github.url}/settings/apps/new`, {
    method: 'POST',
    body: new URLSearchParams({ manifest: JSON.stringify(manifest) }),
    redirect: 'manual',
  });
  const code = new URL(created.headers.get('location') ?? '').searchParams.get('code');
  const answer = await fetch(`${url}/probot/setup?code=${code}`, { redirect: 'manual' });
  expect(answer.status).toBe(302);
  const file = path.join(directory, '.env');
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(/^APP_ID="\d+"$/m);
  expect(text).toMatch(/^PRIVATE_KEY="-----BEGIN.*\\n.*"$/m);
  expect((await stat(file)).mode & 0o077).toBe(0);
  github.assertContract();
}, 60_000);

it('does not serve an App without WEBHOOK_SECRET: Probot would take what anybody signs with its default', async () => {
  github = await startGitHub();
  directory = await mkdtemp(path.join(tmpdir(), 'self-harness-setup-'));
  const app = github.createApp({ slug: 'self-harness', permissions: {}, events: [] });
  const { port, remove } = await serverPlace();
  await remove();
  const { WEBHOOK_SECRET: _secret, ...env } = process.env;
  const server = spawn(process.execPath, [CLI, 'serve', '--port', String(port)], {
    cwd: directory,
    env: { ...env, NODE_ENV: 'production', APP_ID: String(app.id), PRIVATE_KEY: app.privateKey },
  });
  child = server;
  let said = '';
  server.stderr.on('data', (data) => {
    said += data;
  });
  const code = await new Promise((resolve) => {
    server.once('close', resolve);
    setTimeout(() => resolve('still serving'), 8_000);
  });
  expect(code).toBe(2);
  expect(said).toContain('WEBHOOK_SECRET is not set');
}, 30_000);
