/** The real server process, for end-to-end tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GitHub } from '../github/start.ts';
import type { App } from '../github/world/model.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** As an operator of an Enterprise Server without rate limits sets it: nothing waits for GitHub's pace. */
export const UNPACED = {
  SELF_HARNESS_WRITE_INTERVAL_MS: '0',
  SELF_HARNESS_WRITES_PER_MINUTE: '1000000',
  SELF_HARNESS_WRITES_PER_HOUR: '1000000',
} as const;

export interface RunningServer {
  /** Everything the process has printed. */
  log(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface ServerPlace {
  readonly port: number;
  readonly data: string;
  readonly hookUrl: string;
  start(github: GitHub, app: App, env?: Readonly<Record<string, string>>): Promise<RunningServer>;
  remove(): Promise<void>;
}

/** A port and a data directory for a server that may be started again and again. */
export async function serverPlace(): Promise<ServerPlace> {
  const data = await mkdtemp(path.join(tmpdir(), 'self-harness-server-'));
  const port = await freePort();
  return {
    port,
    data,
    hookUrl: `http://127.0.0.1:${port}/api/github/webhooks`,
    start: (github, app, env = {}) => start(port, data, github, app, env),
    remove: () => rm(data, { recursive: true, force: true }),
  };
}

async function start(
  port: number,
  data: string,
  github: GitHub,
  app: App,
  env: Readonly<Record<string, string>>,
): Promise<RunningServer> {
  const child = spawn(process.execPath, [CLI, 'serve', '--port', String(port), '--data', data], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      APP_ID: String(app.id),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: 'development',
      GHE_HOST: github.url.replace('http://', ''),
      GHE_PROTOCOL: 'http',
      SELF_HARNESS_POLL_SECONDS: '0.3',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      ...env,
    },
  });
  let text = '';
  const keep = (data: Buffer) => {
    text += data.toString('utf8');
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  await ready(port, child, () => text);
  return {
    log: () =>
      text
        .split('\n')
        .filter((line) => !line.includes('"name":"http"'))
        .join('\n'),
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill(signal);
      await closed;
    },
  };
}

async function ready(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${log()}`);
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/ping`);
      if (answer.ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the server did not start:\n${log()}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
