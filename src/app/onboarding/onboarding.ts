/**
 * Onboarding: a pull request that proposes a config. Merging it starts, closing it opts out, and the answer is
 * remembered in the repository, so that nobody is asked twice.
 */
import { recall, remember } from '../../campaign/ledger/memory.ts';
import { loadConfig } from '../../config/load.ts';
import { CONFIG_PATH } from '../../config/schema.ts';
import type { Forge } from '../../forge/forge.ts';
import type { GitHubRepository } from '../../forge/github/github.ts';
import { openGitHubForge } from '../../forge/github/github.ts';
import { readPull } from '../../forge/github/pull-detail.ts';
import { say } from '../answers/answer.ts';
import type { Bot, Reaction } from '../bot.ts';
import { startCampaign } from '../campaigns/start-campaign.ts';
import { configFindings } from '../config-check/config-findings.ts';
import { findingLines } from '../config-check/config-meaning.ts';
import type { EventOf } from '../webhooks/event.ts';
import { inferConfig } from './infer-config.ts';
import { onboardingBody, proposedConfig } from './proposed-config.ts';

/** The one branch of onboarding: its pull request, in whatever state, says that somebody was asked. */
export const CONFIGURE_BRANCH = 'self-harness/configure';

/**
 * Opens the pull request of a repository that has no config and was not asked before. A repository in which
 * nothing can be inferred gets none: an empty proposal would only be noise.
 * @returns what was done, in words
 */
export async function proposeConfig(bot: Bot, place: GitHubRepository): Promise<string> {
  const forge = openGitHubForge(place);
  const { branch, commit } = await forge.base();
  if ((await forge.readFile(commit, CONFIG_PATH)) !== null) return `${forge.repository} has a config.`;
  if ((await recall(forge)).optedOut) return `${forge.repository} has opted out.`;
  const asked = await forge.readPullRequest(CONFIGURE_BRANCH);
  if (asked !== null) return `${forge.repository} was asked in ${asked.url}, which is ${asked.state}.`;
  const paths = (await forge.listFiles(commit)).map((file) => file.path);
  const inference = await inferConfig(paths, (path) => forge.readFile(commit, path));
  if (inference === null) {
    return `${forge.repository}: no prompt or settings of an agent were found, so no config is proposed. Add ${CONFIG_PATH} by hand.`;
  }
  const text = proposedConfig(inference);
  const loaded = loadConfig(text);
  if (!loaded.ok) throw new Error(`the proposed config does not load: ${loaded.problems[0]?.message}`);
  await forge.putBranch(CONFIGURE_BRANCH, commit, [
    { message: 'Configure self-harness-bot', files: new Map([[CONFIG_PATH, text]]) },
  ]);
  const pull = await forge.openPullRequest({
    branch: CONFIGURE_BRANCH,
    base: branch,
    title: 'Configure self-harness-bot',
    body: await bot.redact(onboardingBody(inference, loaded.config)),
    labels: [],
    reviewers: [],
    draft: false,
  });
  return `Proposed a config in ${pull.url}.`;
}

/**
 * The onboarding pull request was answered: merged starts the first campaign or says what is missing, closed opts
 * out, reopened opts in again. Deliveries come in any order: GitHub says how it stands. null where there is nothing
 * to do.
 */
export async function onConfigurePull(reaction: Reaction<EventOf<'pull_request'>>): Promise<string | null> {
  const { bot, event, place, durable } = reaction;
  if (event.branch !== CONFIGURE_BRANCH || event.fork) return null;
  const pull = await durable.step('read the onboarding pull request', () => readPull(place, event.number));
  // Anybody who may push could open a pull request from this branch: only the bot's own one is an answer.
  if (pull === null || pull.fork || pull.author !== (await bot.login())) return null;
  const forge = openGitHubForge(place);
  if (pull.state === 'merged') return durable.step('begin', () => begin(reaction, forge));
  if (event.action !== 'closed' && event.action !== 'reopened') return null;
  const optedOut = pull.state === 'closed';
  const why = `${event.actor} ${optedOut ? 'closed' : 'reopened'} the onboarding pull request`;
  await durable.step('remember the answer', () =>
    remember(forge, why, (memory) => ({ ...memory, optedOut })).then(() => null),
  );
  return optedOut ? 'Opted out.' : 'Opted in again.';
}

/** Starts the first campaign, or says in the merged pull request what keeps it from running. */
async function begin(
  { bot, event, place }: Reaction<EventOf<'pull_request'>>,
  forge: Forge,
): Promise<string> {
  const { commit } = await forge.base();
  const text = await forge.readFile(commit, CONFIG_PATH);
  const loaded = text === null ? null : loadConfig(text);
  // A config that does not load has an issue of its own; see config-check.ts.
  if (loaded?.ok !== true) return 'Merged without a config that holds.';
  const findings = await configFindings(loaded.config, (path) => forge.readFile(commit, path));
  const failures = findings.filter((finding) => finding.level === 'failure');
  if (failures.length > 0) {
    const body = `Thank you. Before a campaign can run, this is missing:\n\n${findingLines(failures)}\n\nWhen it is there, comment \`/harness improve\`, or let the evaluation run on the default branch.`;
    await say(place, event.number, 'onboarding', await bot.redact(body));
    return 'Merged; said what is missing.';
  }
  const start = await startCampaign(bot, forge, {
    id: `first-${event.head.slice(0, 12)}`,
    trigger: `the merge of the onboarding pull request by ${event.actor}`,
    byItself: false,
    event,
    origin: { issue: event.number, comment: null },
  });
  if (start.started) return `Started campaign ${start.id}.`;
  await say(place, event.number, 'onboarding', `Thank you. No campaign was started: ${start.reason}`);
  return start.reason;
}
