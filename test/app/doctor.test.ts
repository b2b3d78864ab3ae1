import { afterEach, describe, expect, it } from 'vitest';
import { readAppManifest } from '../../src/app/setup/app-manifest.ts';
import type { Diagnosis } from '../../src/app/setup/diagnosis.ts';
import { doctor } from '../../src/commands/doctor.ts';
import { AGENT_FILES, CONFIG } from '../e2e/agent-repository.ts';
import { type GitHub, startGitHub } from '../github/start.ts';
import type { App } from '../github/world/model.ts';

const HOOK = 'http://127.0.0.1:9/api/github/webhooks';
let github: GitHub;
let app: App;
afterEach(async () => {
  github?.assertContract();
  await github?.stop();
});

async function installed(files: Record<string, string> = AGENT_FILES, without?: string): Promise<void> {
  github = await startGitHub();
  const manifest = await readAppManifest();
  const permissions = Object.fromEntries(
    Object.entries(manifest.default_permissions).filter(([name]) => name !== without),
  );
  app = github.createApp({
    slug: 'self-harness',
    permissions,
    events: manifest.default_events,
    hookUrl: HOOK,
    hookSecret: 'secret',
  });
  const repo = await github.createRepo({ owner: 'octo', name: 'agent', files });
  github.install(app, [repo]);
  await github.settled();
}

/** Runs `doctor --json` as an operator would, with the environment of the server. */
async function examine(repo?: string, change: Record<string, string> = {}) {
  let out = '';
  let log = '';
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    log: (text: string) => {
      log += text;
    },
    live: false,
  };
  const env = {
    APP_ID: String(app.id),
    PRIVATE_KEY: app.privateKey,
    WEBHOOK_SECRET: 'secret',
    GHE_HOST: github.url.replace('http://', ''),
    GHE_PROTOCOL: 'http',
    ...change,
  };
  const code = await doctor({ repo, json: true }, terminal, env);
  const findings: Diagnosis[] = out === '' ? [] : JSON.parse(out).findings;
  const bad = findings.filter((one) => one.state === 'bad');
  return { code, log, findings, bad };
}

describe('doctor', () => {
  it('finds a healthy App and repository, on a server of its own', async () => {
    await installed();
    for (const delivery of github.deliveries) Object.assign(delivery, { statusCode: 200, status: 'OK' });
    const { code, findings } = await examine('octo/agent');
    expect(findings.filter((one) => one.state !== 'good')).toMatchObject([
      { subject: 'eval', state: 'warn', message: 'eval.yml has not run on main yet.' },
    ]);
    expect(new Set(findings.map((one) => one.subject))).toEqual(
      new Set(['credentials', 'permissions', 'events', 'webhook', 'repository', 'config', 'eval']),
    );
    expect(code).toBe(0);
  });

  it('says that webhooks do not arrive, and how many', async () => {
    await installed();
    const { code, bad } = await examine();
    expect(code).toBe(1);
    expect(bad).toMatchObject([{ subject: 'webhook' }]);
    expect(bad[0]?.message).toMatch(/^\d of the last \d deliveries failed/);
    expect(bad[0]?.mend).toContain(HOOK);
  });

  it('names a missing permission, of the App and of the installation', async () => {
    await installed(AGENT_FILES, 'checks');
    const { code, bad } = await examine('octo/agent');
    expect(code).toBe(1);
    expect(bad.filter((one) => one.subject === 'permissions').map((one) => one.message)).toEqual([
      'The App has no permission for checks; write is needed.',
      'The installation has no permission for checks; write is needed.',
    ]);
  });

  it('holds the config against the repository, and the artifacts against the last run', async () => {
    await installed({ ...AGENT_FILES, '.github/self-harness.yml': CONFIG.replace('eval.yml', 'gone.yml') });
    expect((await examine('octo/agent')).bad.map((one) => one.message)).toContain(
      '.github/workflows/gone.yml is not in the repository.',
    );
  });

  it('sees that the last run uploaded something else', async () => {
    await installed();
    await github.repo('octo/agent').pushCommit({ files: { 'x.txt': 'x' } });
    await github.settled();
    const good = await examine('octo/agent');
    expect(good.findings.map((one) => one.message)).toContain('The last run of eval.yml uploaded traces.');
    for (const artifact of github.repo('octo/agent').artifacts()) artifact.name = 'logs';
    const { bad } = await examine('octo/agent');
    expect(bad.find((one) => one.subject === 'eval')?.message).toContain('uploaded logs');
  });

  it('says which variables are missing without asking GitHub', async () => {
    await installed();
    const { code, bad } = await examine(undefined, { APP_ID: '', WEBHOOK_SECRET: '' });
    expect(code).toBe(1);
    expect(bad.map((one) => one.message.split(' ')[0])).toEqual(['APP_ID', 'WEBHOOK_SECRET']);
    expect(github.log.counts({}).requests).toBe(0);
  });

  it('tells a wrong key from a GitHub that cannot be reached', async () => {
    await installed();
    const wrong = await examine(undefined, { APP_ID: '424242' });
    expect([wrong.code, wrong.bad[0]?.message]).toEqual([
      1,
      'GitHub does not accept APP_ID and the private key.',
    ]);
    const { code, log } = await examine(undefined, { GHE_HOST: '127.0.0.1:9' });
    expect(code).toBe(2);
    expect(log).toContain('GHE_HOST');
  });

  it('refuses what is no repository, and finds one without the App', async () => {
    await installed();
    expect((await examine('octo')).code).toBe(2);
    expect((await examine('octo/other')).bad.map((one) => one.message)).toContain(
      'The App is not installed in octo/other.',
    );
  });
});
