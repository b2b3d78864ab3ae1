/**
 * `self-harness doctor`: looks at the App and at one repository, and says what is wrong and how to mend it. It
 * changes nothing.
 */
import type { Octokit } from '@octokit/rest';
import pc from 'picocolors';
import { createProbot, ProbotOctokit } from 'probot';
import { readAppManifest } from '../app/setup/app-manifest.ts';
import {
  type Diagnosis,
  diagnoseApp,
  diagnoseEnvironment,
  diagnoseRepository,
  diagnoseWebhook,
} from '../app/setup/diagnosis.ts';
import type { Terminal } from './improve.ts';

/** A person waits: a GitHub that cannot be reached is said at once, not after three tries. */
const Impatient = ProbotOctokit.defaults({ retry: { enabled: false } });

export interface DoctorOptions {
  /** `owner/name`, or undefined for the App alone. */
  readonly repo?: string | undefined;
  readonly json: boolean;
}

/** Exit code: 0 nothing keeps the bot from working, 1 something does, 2 wrong usage or GitHub cannot be reached. */
export async function doctor(
  options: DoctorOptions,
  terminal: Terminal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const repository = options.repo === undefined ? null : parseRepository(options.repo);
  if (options.repo !== undefined && repository === null) {
    terminal.log(`self-harness: \`${options.repo}\` is no repository. Write it as owner/name.\n`);
    return 2;
  }
  let found: Diagnosis[];
  try {
    found = await diagnose(repository, env);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    terminal.log(
      `self-harness: GitHub could not be asked: ${said}\nCheck the network, and GHE_HOST if it is set.\n`,
    );
    return 2;
  }
  const healthy = found.every((one) => one.state !== 'bad');
  if (options.json) terminal.out(`${JSON.stringify({ healthy, findings: found })}\n`);
  else terminal.out(`${found.map(line).join('\n')}\n`);
  return healthy ? 0 : 1;
}

async function diagnose(
  repository: { owner: string; repo: string } | null,
  env: NodeJS.ProcessEnv,
): Promise<Diagnosis[]> {
  const found = diagnoseEnvironment(env);
  // Without credentials GitHub cannot be asked anything.
  if (found.some((one) => one.state === 'bad' && !one.message.startsWith('WEBHOOK_SECRET'))) return found;
  const probot = createProbot({ env, overrides: { logLevel: 'fatal', Octokit: Impatient } });
  const client = async (installation?: number) => {
    const octokit = installation === undefined ? await probot.auth() : await probot.auth(installation);
    return octokit as unknown as Octokit;
  };
  const app = await client();
  const manifest = await readAppManifest();
  const known = await diagnoseApp(app, manifest);
  found.push(...known);
  if (known.some((one) => one.subject === 'credentials' && one.state === 'bad')) return found;
  found.push(...(await diagnoseWebhook(app)));
  if (repository !== null)
    found.push(...(await diagnoseRepository(app, client, repository, { manifest, env })));
  return found;
}

function parseRepository(text: string): { owner: string; repo: string } | null {
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(text) ?? [];
  return owner === undefined || repo === undefined ? null : { owner, repo };
}

function line({ subject, state, message, mend }: Diagnosis): string {
  const mark = { good: pc.green('✓'), warn: pc.yellow('!'), bad: pc.red('✗') }[state];
  return `${mark} ${subject}: ${message}${mend === null ? '' : `\n    ${mend}`}`;
}
