/**
 * What `doctor` looks at: the App's credentials, permissions and webhook, and one repository's config and eval
 * workflow. Every finding says the mend.
 */
import type { Octokit } from '@octokit/rest';
import picomatch from 'picomatch';
import { formatProblem, loadConfig } from '../../config/load.ts';
import { CONFIG_PATH, type Config } from '../../config/schema.ts';
import { statusOf } from '../../forge/github/failure.ts';
import type { GitHubRepository } from '../../forge/github/github.ts';
import { readTextFile, tipOf } from '../../forge/github/writes/git-data.ts';
import { modelNotes } from '../../model/open.ts';
import { configFindings } from '../config-check/config-findings.ts';
import type { AppManifest } from './app-manifest.ts';

export interface Diagnosis {
  readonly subject:
    | 'credentials'
    | 'permissions'
    | 'events'
    | 'webhook'
    | 'repository'
    | 'config'
    | 'eval'
    | 'model';
  /** `bad` keeps the bot from working; `warn` does not. */
  readonly state: 'good' | 'warn' | 'bad';
  readonly message: string;
  /** What to do; null where nothing needs doing. */
  readonly mend: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Make = (message: string, mend?: string) => Diagnosis;

function about(subject: Diagnosis['subject']): { good: Make; warn: Make; bad: Make } {
  const make =
    (state: Diagnosis['state']): Make =>
    (message, mend) => ({ subject, state, message, mend: mend ?? null });
  return { good: make('good'), warn: make('warn'), bad: make('bad') };
}

/** The variables the server needs, without asking anybody. */
export function diagnoseEnvironment(env: Environment): Diagnosis[] {
  const { bad, warn } = about('credentials');
  const found: Diagnosis[] = [];
  const start = 'Run `self-harness serve` without it: its page creates the App and writes it to .env.';
  if (!isSet(env.APP_ID)) found.push(bad('APP_ID is not set.', start));
  else if (!/^\d+$/.test(env.APP_ID ?? '')) {
    found.push(
      bad(`APP_ID is \`${env.APP_ID}\`, not a number.`, 'Take it from the settings page of the App.'),
    );
  }
  if (!isSet(env.PRIVATE_KEY) && !isSet(env.PRIVATE_KEY_PATH)) {
    found.push(bad('Neither PRIVATE_KEY nor PRIVATE_KEY_PATH is set.', start));
  }
  if (!isSet(env.WEBHOOK_SECRET)) {
    found.push(
      bad(
        'WEBHOOK_SECRET is not set, so anybody who knows Probot’s default could sign webhooks.',
        'Set a long random text here and in the settings of the App.',
      ),
    );
  } else if (env.WEBHOOK_SECRET === 'development') {
    found.push(warn('WEBHOOK_SECRET is Probot’s default, which everybody knows.', 'Set a long random text.'));
  }
  return found;
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '';
}

/** The App as GitHub knows it, against the manifest. Empty only when a request failed otherwise than by 401/404. */
export async function diagnoseApp(app: Octokit, manifest: AppManifest): Promise<Diagnosis[]> {
  const { good, bad } = about('credentials');
  try {
    const { data } = await app.rest.apps.getAuthenticated();
    if (data === null) return [bad('GitHub does not know this App.', 'Check APP_ID.')];
    const permissions = new Map(
      Object.entries(data.permissions).map(([name, level]) => [name, String(level)]),
    );
    return [
      good(`GitHub knows the App \`${data.slug}\`.`),
      ...diagnosePermissions(permissions, manifest, 'App'),
      ...diagnoseEvents(data.events, manifest),
    ];
  } catch (error) {
    if (statusOf(error) !== 401 && statusOf(error) !== 404) throw error;
    return [
      bad(
        'GitHub does not accept APP_ID and the private key.',
        'Check that both belong to one App, that the key was not deleted in its settings, and that this clock is right.',
      ),
    ];
  }
}

const LEVELS: readonly (string | undefined)[] = [undefined, 'read', 'write', 'admin'];

function diagnosePermissions(
  has: ReadonlyMap<string, string>,
  manifest: AppManifest,
  who: 'App' | 'installation',
): Diagnosis[] {
  const { good, warn, bad } = about('permissions');
  const found: Diagnosis[] = [];
  for (const [name, needed] of Object.entries(manifest.default_permissions)) {
    if (LEVELS.indexOf(has.get(name)) >= LEVELS.indexOf(needed)) continue;
    const mend =
      who === 'App'
        ? `Grant it under “Permissions & events” of the App, then accept it in each installation.`
        : 'Accept the new permissions in the settings of the installation.';
    found.push(
      bad(`The ${who} has ${has.get(name) ?? 'no'} permission for ${name}; ${needed} is needed.`, mend),
    );
  }
  for (const [name, level] of has) {
    if (name in manifest.default_permissions) continue;
    found.push(warn(`The ${who} has ${level} permission for ${name}, which it never uses.`, 'Take it away.'));
  }
  return found.length === 0 ? [good(`The ${who} has the permissions it needs and no others.`)] : found;
}

function diagnoseEvents(has: readonly string[], manifest: AppManifest): Diagnosis[] {
  const { good, bad } = about('events');
  const missing = manifest.default_events.filter((event) => !has.includes(event));
  if (missing.length === 0) return [good('The App hears the events it needs.')];
  return [
    bad(`The App does not hear ${missing.join(', ')}.`, 'Subscribe to them under “Permissions & events”.'),
  ];
}

/** How many recent deliveries are looked at. */
const RECENT = 30;

/** Whether webhooks reach the server, by what GitHub noted of the last ones. */
export async function diagnoseWebhook(app: Octokit): Promise<Diagnosis[]> {
  const { good, warn, bad } = about('webhook');
  const { data: hook } = await app.rest.apps.getWebhookConfigForApp();
  const found: Diagnosis[] = [];
  if (hook.url === undefined || hook.url === '') {
    return [bad('The App has no webhook address.', 'Set it to https://<your server>/api/github/webhooks.')];
  }
  if (!/\/api\/github\/webhooks\/?$/.test(hook.url) && !hook.url.includes('smee.io')) {
    const mend = 'Probot listens at /api/github/webhooks unless WEBHOOK_PATH says otherwise.';
    found.push(warn(`The webhook address is ${hook.url}.`, mend));
  }
  if (hook.content_type !== 'json') {
    found.push(
      bad(`The webhook sends ${hook.content_type}.`, 'Choose application/json in the settings of the App.'),
    );
  }
  if (hook.secret === undefined) {
    found.push(bad('The webhook has no secret.', 'Set the same text there and in WEBHOOK_SECRET.'));
  }
  const { data: deliveries } = await app.rest.apps.listWebhookDeliveries({ per_page: RECENT });
  const failed = deliveries.filter(({ status_code: code }) => code < 200 || code >= 300);
  const last = failed[0];
  if (deliveries.length === 0) {
    found.push(
      warn('GitHub has sent no webhook yet.', 'Comment `/harness status` somewhere and look again.'),
    );
  } else if (last !== undefined) {
    const share = `${failed.length} of the last ${deliveries.length} deliveries failed; the last of them: ${last.status} (${last.status_code}).`;
    const make = failed.length === deliveries.length ? bad : warn;
    found.push(make(share, mendOfDelivery(last.status_code, hook.url)));
  } else {
    found.push(good(`The last ${deliveries.length} deliveries came through.`));
  }
  return found;
}

function mendOfDelivery(code: number, url: string): string {
  if (code === 400 || code === 401)
    return 'The secrets differ: set WEBHOOK_SECRET to the one in the settings of the App.';
  if (code === 404) return `Nothing listens at ${url}: mind the path /api/github/webhooks.`;
  return `GitHub must reach ${url}: check the server, its proxy and the firewall. Failed deliveries of three days are handled by the next start.`;
}

/** One repository: is the App there, does its config hold, can its eval be run and read. */
export async function diagnoseRepository(
  app: Octokit,
  open: (installation: number) => Promise<Octokit>,
  { owner, repo }: { readonly owner: string; readonly repo: string },
  { manifest, env }: { readonly manifest: AppManifest; readonly env: Environment },
): Promise<Diagnosis[]> {
  const { good, bad } = about('repository');
  let installation: Awaited<ReturnType<typeof app.rest.apps.getRepoInstallation>>['data'];
  try {
    installation = (await app.rest.apps.getRepoInstallation({ owner, repo })).data;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return [
      bad(
        `The App is not installed in ${owner}/${repo}.`,
        'Install it, or add the repository to its installation.',
      ),
    ];
  }
  if (installation.suspended_at !== null) {
    return [
      bad(`The installation in ${owner} is suspended.`, 'Unsuspend it in the settings of the installation.'),
    ];
  }
  const permissions = new Map(
    Object.entries(installation.permissions).map(([name, level]) => [name, String(level)]),
  );
  const place = { octokit: await open(installation.id), owner, repo };
  return [
    good(`The App is installed in ${owner}/${repo}.`),
    ...diagnosePermissions(permissions, manifest, 'installation'),
    ...(await diagnoseConfig(place, env)),
  ];
}

async function diagnoseConfig(place: GitHubRepository, env: Environment): Promise<Diagnosis[]> {
  const { good, bad } = about('config');
  const { octokit, owner, repo } = place;
  const { data } = await octokit.rest.repos.get({ owner, repo });
  const commit = await tipOf(place, data.default_branch);
  if (commit === null) return [bad('The default branch has no commit.', 'Push something.')];
  const text = await readTextFile(place, commit, CONFIG_PATH);
  if (text === null) {
    return [bad(`There is no ${CONFIG_PATH}.`, 'Merge the onboarding pull request, or add the file.')];
  }
  const loaded = loadConfig(text);
  if (!loaded.ok) {
    return loaded.problems.map((problem) =>
      bad(formatProblem(problem), 'Mend the file; `config reference` lists the keys.'),
    );
  }
  const { config } = loaded;
  const findings = await configFindings(config, (path) => readTextFile(place, commit, path));
  const held = findings.map(({ level, pointer, message, mend }): Diagnosis => {
    const { bad: worse, warn } = about(pointer.startsWith('/eval') ? 'eval' : 'config');
    return (level === 'failure' ? worse : warn)(message, mend);
  });
  const { warn: modelNote } = about('model');
  return [
    ...(held.some((one) => one.state === 'bad') ? [] : [good(`${CONFIG_PATH} holds.`)]),
    ...held,
    ...(held.some((one) => one.subject === 'eval' && one.state === 'bad')
      ? []
      : await diagnoseLastRun(place, config, data.default_branch)),
    ...modelNotes(config, env).map((note) => modelNote(note)),
  ];
}

/** What the last ended run of the eval workflow really uploaded: names may differ from what the file promises. */
async function diagnoseLastRun(
  { octokit, owner, repo }: GitHubRepository,
  config: Config,
  branch: string,
): Promise<Diagnosis[]> {
  const { good, warn, bad } = about('eval');
  const workflow = config.eval.workflow ?? '';
  const { data } = await octokit.rest.actions.listWorkflowRuns({
    owner,
    repo,
    workflow_id: workflow,
    branch,
    status: 'completed',
    per_page: 1,
  });
  const run = data.workflow_runs[0];
  if (run === undefined) {
    return [
      warn(`${workflow} has not run on ${branch} yet.`, 'Run it once: its traces become the baseline.'),
    ];
  }
  const { data: artifacts } = await octokit.rest.actions.listWorkflowRunArtifacts({
    owner,
    repo,
    run_id: run.id,
    per_page: 100,
  });
  const wanted = picomatch(config.eval.artifacts);
  const names = artifacts.artifacts.map((artifact) => artifact.name);
  if (names.some((name) => wanted(name))) return [good(`The last run of ${workflow} uploaded traces.`)];
  const uploaded = names.length === 0 ? 'nothing' : names.join(', ');
  return [
    bad(
      `The last run of ${workflow} (${run.html_url}) uploaded ${uploaded}; \`${config.eval.artifacts}\` is expected.`,
      'Make eval.artifacts match the name, and upload with `if: always()`.',
    ),
  ];
}
