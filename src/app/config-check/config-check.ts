/**
 * The config watched: a pull request that changes it gets a check run with its meaning or its errors at their
 * lines; a broken one on the default branch gets one issue, closed when it is mended.
 */
import { type ConfigProblem, lineOfPointer, loadConfig } from '../../config/load.ts';
import { CONFIG_PATH } from '../../config/schema.ts';
import { inlineCode } from '../../evidence/markdown/code.ts';
import { bounded } from '../../forge/github/bounded.ts';
import { type Check, type CheckAnnotation, putCheck } from '../../forge/github/checks.ts';
import { translated } from '../../forge/github/failure.ts';
import type { GitHubRepository } from '../../forge/github/github.ts';
import { readTextFile } from '../../forge/github/writes/git-data.ts';
import { inTurn } from '../answers/turns.ts';
import type { Bot, Reaction } from '../bot.ts';
import { ownIssues } from '../dashboard/own-issues.ts';
import type { EventOf } from '../webhooks/event.ts';
import { type ConfigFinding, configFindings } from './config-findings.ts';
import { configMeaning, findingLines, problemLines } from './config-meaning.ts';

const CHECK_NAME = 'self-harness config';
const ISSUE_TITLE = `${CONFIG_PATH} is not valid`;
/** First line of the issue: how the one issue is found again. */
const ISSUE_MARKER = '<!-- self-harness:config -->';

/** Checks the config of a pull request that changes it; null where there is nothing to check. */
export async function checkConfigPull(reaction: Reaction<EventOf<'pull_request'>>): Promise<string | null> {
  const { bot, event, place, durable } = reaction;
  // A closed one needs no verdict, and a fork is never trusted: not even to write a check's text.
  if (event.fork || event.action === 'closed' || event.action === 'ready_for_review') return null;
  return durable.step('check the config', async () => {
    if (!(await changesConfig(place, event.number))) return null;
    const text = await readTextFile(place, event.head, CONFIG_PATH);
    if (text === null) return null;
    const check = await configCheck(text, event.head, (path) => readTextFile(place, event.head, path));
    await putCheck(place, { ...check, summary: await bot.redact(check.summary) });
    return `Checked the config of pull request ${event.number}: ${check.title}`;
  });
}

/** The check run of a config's text at a commit. */
async function configCheck(
  text: string,
  head: string,
  read: (path: string) => Promise<string | null>,
): Promise<Check> {
  const common = { name: CHECK_NAME, head, subject: 'config', buttons: [] };
  const loaded = loadConfig(text);
  if (!loaded.ok) {
    return {
      ...common,
      conclusion: 'failure',
      title: counted(loaded.problems.length, 'error'),
      summary: problemLines(loaded.problems),
      annotations: loaded.problems.map(problemAnnotation),
    };
  }
  const findings = await configFindings(loaded.config, read);
  const failures = findings.filter((finding) => finding.level === 'failure').length;
  const warnings = findings.length - failures;
  const meaning = configMeaning(loaded.config);
  const notes = [counted(failures, 'error'), counted(warnings, 'warning')].filter((part) => part !== '');
  return {
    ...common,
    conclusion: failures > 0 ? 'failure' : warnings > 0 ? 'neutral' : 'success',
    title: notes.length === 0 ? 'The config is valid' : notes.join(', '),
    summary: findings.length === 0 ? meaning : `${findingLines(findings)}\n\n${meaning}`,
    annotations: findings.map((finding) => findingAnnotation(finding, text)),
  };
}

/** `2 errors`; '' for none. */
function counted(count: number, noun: string): string {
  return count === 0 ? '' : `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function problemAnnotation({ line, pointer, message }: ConfigProblem): CheckAnnotation {
  const place = { path: CONFIG_PATH, startLine: line ?? 1, endLine: line ?? 1 };
  return { ...place, level: 'failure', title: pointer === '' ? 'The file' : pointer, message };
}

function findingAnnotation(finding: ConfigFinding, text: string): CheckAnnotation {
  const line = lineOfPointer(text, finding.pointer) ?? 1;
  const place = { path: CONFIG_PATH, startLine: line, endLine: line };
  const { level, pointer, message, mend } = finding;
  return { ...place, level, title: pointer, message: `${message} ${mend}` };
}

async function changesConfig({ octokit, owner, repo }: GitHubRepository, number: number): Promise<boolean> {
  const files = await translated('list the files of a pull request', () =>
    octokit.paginate(
      octokit.rest.pulls.listFiles,
      { owner, repo, pull_number: number, per_page: 100 },
      (page, done) => {
        const found = page.data.filter((file) => file.filename === CONFIG_PATH && file.status !== 'removed');
        if (found.length > 0) done();
        return found;
      },
    ),
  );
  return files.length > 0;
}

/** Holds the config of the default branch: one issue while it is broken. null for other branches. */
export async function checkConfigOnDefaultBranch(
  reaction: Reaction<EventOf<'push'>>,
): Promise<string | null> {
  const { bot, event, place, durable } = reaction;
  if (event.branch.startsWith('self-harness/')) return null;
  return durable.step('check the config', async () => {
    const { octokit, owner, repo } = place;
    const { data } = await translated('read the repository', () => octokit.rest.repos.get({ owner, repo }));
    if (event.branch !== data.default_branch) return null;
    return inTurn(`config ${owner}/${repo}`, () => watchConfig(bot, place, event.branch));
  });
}

/**
 * Opens, rewrites or closes the issue of a repository's config, as the config at `ref` wants it. An absent config
 * is not a broken one: it is how a repository switches the bot off.
 */
async function watchConfig(bot: Bot, place: GitHubRepository, ref: string): Promise<string> {
  const { octokit, owner, repo } = place;
  const config = await readTextFile(place, ref, CONFIG_PATH);
  const loaded = config === null ? null : loadConfig(config);
  const own = await ownIssues(bot, place, 'open');
  const [issue, ...others] = own
    .filter((one) => one.pull === null && one.body.startsWith(ISSUE_MARKER))
    .sort((one, other) => one.number - other.number);
  // Two servers at once: the oldest is the one.
  for (const other of others) await closeIssue(place, other.number, 'An older issue tells of the config.');
  if (loaded === null || loaded.ok) {
    if (issue === undefined) return loaded === null ? 'No config.' : 'The config is valid.';
    const text = loaded === null ? 'The config was removed.' : 'The config is valid again.';
    await closeIssue(place, issue.number, text);
    return `Closed issue ${issue.number}: the config is fixed.`;
  }
  const text = `${ISSUE_MARKER}\nThe config on ${inlineCode(ref)} cannot be read, so no campaign starts. \`self-harness config validate\` checks it locally. This issue is closed when the config is fixed.\n\n${problemLines(loaded.problems)}`;
  const body = bounded(await bot.redact(text));
  if (issue === undefined) {
    const { data } = await translated('open an issue about the config', () =>
      octokit.rest.issues.create({ owner, repo, title: ISSUE_TITLE, body }),
    );
    return `Opened issue ${data.number}: the config is not valid.`;
  }
  if (issue.body === body) return `Issue ${issue.number} says it already.`;
  await translated('rewrite the issue of the config', () =>
    octokit.rest.issues.update({ owner, repo, issue_number: issue.number, body }),
  );
  return `Rewrote issue ${issue.number}.`;
}

async function closeIssue(
  { octokit, owner, repo }: GitHubRepository,
  issue: number,
  text: string,
): Promise<void> {
  await translated('close the issue of the config', () =>
    octokit.rest.issues.update({
      owner,
      repo,
      issue_number: issue,
      state: 'closed',
      state_reason: 'completed',
      body: `${ISSUE_MARKER}\n${text}`,
    }),
  );
}
