/**
 * `self-harness serve`: the App's server. A first start without credentials serves Probot's setup page, where
 * creating the App is one click and the credentials are written to `.env`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { run } from 'probot';
import { startBot } from '../app/server.ts';
import { app } from '../app.ts';
import type { Engine } from '../campaign/engine/engine.ts';
import { ForgeError } from '../forge/forge.ts';
import { pacedOctokit } from '../forge/github/writes/write-pace.ts';
import { PACKAGE_ROOT } from '../package.ts';

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  /** Directory of the SQLite file; unused with DATABASE_URL. */
  readonly data: string;
}

/** How long running steps may take to end when the process is told to stop (ms). */
const STOP_MS = 5_000;

/** Serves until the process is told to stop; Probot stops the HTTP server, and running steps are finished. */
export async function serve(options: ServeOptions): Promise<void> {
  const dataDirectory = path.resolve(options.data);
  await mkdir(dataDirectory, { recursive: true });
  const envFile = path.resolve('.env');
  // What the setup page wrote; variables that are set already win.
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  const env: NodeJS.ProcessEnv = { ...process.env, PORT: String(options.port), HOST: options.host };
  if (needsSetup(env)) prepareSetup(env);
  else if ((env.WEBHOOK_SECRET ?? '') === '') {
    // Probot would use a word that everybody knows, and whoever signs with it could speak for any maintainer.
    const mend = 'Set it to the secret in the settings of the App; `self-harness doctor` checks the rest.';
    throw new ForgeError(
      'WEBHOOK_SECRET is not set, so nobody could tell GitHub’s webhooks from others.',
      mend,
    );
  }
  await run(
    async (probot) => {
      let engine: Engine | null = null;
      // Registered first: a delivery that comes while the database opens is answered with an error and sent again.
      app(probot, () => {
        if (engine === null) throw new Error('starting: the database is not open yet');
        return engine;
      });
      const bot = await startBot(probot, { dataDirectory, databaseUrl: env.DATABASE_URL ?? null, env });
      engine = bot.engine;
      // Probot ends the process on SIGINT by itself, and does not know SIGTERM. Work is durable: what does not
      // end in time is taken up by the next start.
      process.once('SIGTERM', () => {
        setTimeout(() => process.exit(0), STOP_MS).unref();
        void bot.stop().then(() => process.exit(0));
      });
    },
    { env, Octokit: pacedOctokit(env), updateEnv: (values) => writeEnvFile(envFile, values) },
  );
}

/** Where Probot listens for webhooks. */
const WEBHOOK_PATH = '/api/github/webhooks';

function needsSetup(env: NodeJS.ProcessEnv): boolean {
  const hasKey = [env.PRIVATE_KEY, env.PRIVATE_KEY_PATH].some((value) => value !== undefined && value !== '');
  return (env.APP_ID ?? '') === '' || !hasKey;
}

/**
 * Probot's setup page reads `app.yml` from the working directory, which is this package's only by chance; and the
 * webhook address it proposes lacks the path, unless it is told one as if it were a proxy's.
 */
function prepareSetup(env: NodeJS.ProcessEnv): void {
  process.chdir(PACKAGE_ROOT);
  const publicUrl = env.SELF_HARNESS_PUBLIC_URL;
  if (publicUrl === undefined || env.WEBHOOK_PROXY_URL !== undefined) return;
  // Only the page reads it from here: the server below is given `env`, and starts no proxy.
  process.env.WEBHOOK_PROXY_URL = new URL(env.WEBHOOK_PATH ?? WEBHOOK_PATH, publicUrl).href;
}

/** Adds what the setup page learned to `.env`, readable by its owner alone: it holds the private key. */
function writeEnvFile(file: string, values: Readonly<Record<string, unknown>>): NodeJS.ProcessEnv {
  const known = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const merged = { ...known, ...values };
  const lines = Object.entries(merged).map(([name, value]) => `${name}=${quoted(String(value))}`);
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return process.env;
}

/** Double quotes, in which `\n` stands for a line's end; Probot brings the key in quotes of its own. */
function quoted(value: string): string {
  return `"${value.replace(/^"([\s\S]*)"$/, '$1').replaceAll('\n', '\\n')}"`;
}
