/**
 * A review from start to end on GitHub: a check run on the pull request's head and one comment, both edited as it
 * goes. Its branches are removed however it ends.
 */
import { createTwoFilesPatch } from 'diff';
import type { CampaignContext, CampaignDeps, Durable } from '../../campaign/context.ts';
import { StepFailure } from '../../campaign/engine/engine.ts';
import { Cancelled } from '../../campaign/evaluate/cancelled.ts';
import { CampaignFailure } from '../../campaign/failure.ts';
import { type ReviewRecord, review, reviewPath } from '../../campaign/review.ts';
import { loadConfig } from '../../config/load.ts';
import { CONFIG_PATH } from '../../config/schema.ts';
import { addedLines, renderVerdictCheck } from '../../evidence/check-run.ts';
import { prose } from '../../evidence/markdown/prose.ts';
import type { Forge } from '../../forge/forge.ts';
import { type Check, type CheckAnnotation, putCheck } from '../../forge/github/checks.ts';
import { unlessRefused } from '../../forge/github/failure.ts';
import { type GitHubRepository, openGitHubForge } from '../../forge/github/github.ts';
import { react, say } from '../answers/answer.ts';
import { type Bot, howToEnd, parseAddress, placeOf } from '../bot.ts';
import { changedPaths, ReviewInput } from '../commands/start-review.ts';
import { refreshDashboard } from '../dashboard/dashboard.ts';
import { campaignDeps } from './campaign-deps.ts';

const CHECK_NAME = 'self-harness review';

export async function reviewPullRequest(
  bot: Bot,
  env: NodeJS.ProcessEnv,
  raw: unknown,
  durable: Durable,
  progress: CampaignDeps['report'] = () => {},
): Promise<unknown> {
  const input = ReviewInput.parse(raw);
  const where = parseAddress(input.repository);
  const place = await placeOf(bot, where);
  const forge = openGitHubForge(place);
  const deps = campaignDeps(bot, env, forge, progress);
  const context: CampaignContext = {
    input,
    forge,
    deps,
    durable,
    ordered: new Map(),
    gathered: [],
    open: new Map(),
  };
  const report = { bot, place, forge, input };
  await durable.step('report the start', () => reportStart(report).then(() => null));
  await durable.step('show the start', () => refreshDashboard(bot, where));
  let ended: ReviewRecord | string;
  try {
    ended = await review(context, input);
  } catch (error) {
    ended = reasonOf(error);
  }
  const result = ended;
  if (typeof result !== 'string') {
    await durable.step('write the ledger', () => writeReview(bot, forge, result));
  }
  await durable.step('clean up', async () => {
    await forge.stopEvaluations([...context.open.values()]);
    for (const branch of await forge.listBranches(`self-harness/${input.id}/`))
      await forge.deleteBranch(branch);
    return null;
  });
  await durable.step('report the end', () => reportEnd(report, result).then(() => null));
  await durable.step('show the end', () => refreshDashboard(bot, where, { ended: input.id }));
  return typeof result === 'string' ? result : result.verdict.verdict;
}

function reasonOf(error: unknown): string {
  if (error instanceof Cancelled) return error.note.reason;
  if (error instanceof CampaignFailure || error instanceof StepFailure) return error.message;
  // Anything else is the engine's own business (a wait, a retry) and must pass through.
  throw error;
}

async function writeReview(bot: Bot, forge: Forge, record: ReviewRecord): Promise<null> {
  await forge.writeLedger({
    message: `Review ${record.id} of pull request ${record.pull}: ${record.verdict.verdict}\n\n[skip ci]`,
    append: new Map(),
    files: new Map([[reviewPath(record.id), await bot.redact(`${JSON.stringify(record)}\n`)]]),
  });
  return null;
}

interface Report {
  readonly bot: Bot;
  readonly place: GitHubRepository;
  readonly forge: Forge;
  readonly input: ReviewInput;
}

function checkOf({ head, id }: ReviewInput): Pick<Check, 'name' | 'head' | 'subject'> {
  return { name: CHECK_NAME, head, subject: `review:${id}` };
}

/** A check run that may not be written does not keep the comment from saying it, nor the other way round. */
async function reportStart({ bot, place, input }: Report): Promise<void> {
  const more = input.continues === null ? '' : ' It goes on with the trials it has.';
  const summary = `The gate is measuring ${input.head} against ${input.base.commit}.${more} ${howToEnd(bot)}`;
  const check = { ...checkOf(input), conclusion: null, title: 'The gate is running', summary } as const;
  await unlessRefused(bot.log, () => putCheck(place, { ...check, annotations: [], buttons: [] }));
  await unlessRefused(bot.log, () => say(place, input.pull, 'review', summary));
}

async function reportEnd({ bot, place, forge, input }: Report, result: ReviewRecord | string): Promise<void> {
  const check =
    typeof result === 'string' ? await notMeasured(bot, input, result) : await measured(bot, forge, result);
  const { title, summary, buttons } = check;
  await unlessRefused(bot.log, () =>
    putCheck(place, { ...checkOf(input), ...check, buttons: bot.job === undefined ? buttons : [] }),
  );
  await unlessRefused(bot.log, () => say(place, input.pull, 'review', `**${title}.**\n\n${summary}`));
  const comment = input.origin?.comment ?? null;
  if (comment !== null) await react(place, comment, typeof result === 'string' ? 'confused' : 'rocket');
}

type Outcome = Pick<Check, 'conclusion' | 'title' | 'summary' | 'annotations' | 'buttons'>;

const AGAIN = {
  label: 'Re-validate',
  description: 'Run the gate again on this branch',
  identifier: 'revalidate',
};

async function notMeasured(bot: Bot, { head }: ReviewInput, why: string): Promise<Outcome> {
  // The reason may quote a trace.
  const summary = await bot.redact(`The gate could not judge ${head}: ${prose(why)}`);
  return { conclusion: 'neutral', title: 'Nothing was measured', summary, annotations: [], buttons: [AGAIN] };
}

async function measured(bot: Bot, forge: Forge, record: ReviewRecord): Promise<Outcome> {
  const { conclusion, title, summary, actions } = renderVerdictCheck(record.verdict);
  const changed = await changedPaths(forge, record.base.commit, record.head);
  return {
    conclusion,
    title,
    summary: await bot.redact(`${summary}\n\n${measuredText(record, changed.length)}`),
    annotations: await annotationsOf(forge, record, title),
    buttons: actions,
  };
}

function measuredText(record: ReviewRecord, files: number): string {
  const { head, base, settings, trials, id } = record;
  return `Measured: ${head} against ${base.commit}, the pull request as a whole (${files} changed ${files === 1 ? 'file' : 'files'}), ${trials} new trials, seed ${settings.seed}. Every outcome is in \`${reviewPath(id)}\` on the ledger branch.`;
}

const LEVELS = { accept: 'notice', reject: 'failure', unresolved: 'notice' } as const;

/** The verdict beside every changed run of lines of a surface. */
async function annotationsOf(forge: Forge, record: ReviewRecord, title: string): Promise<CheckAnnotation[]> {
  const text = await forge.readFile(record.base.commit, CONFIG_PATH);
  const loaded = loadConfig(text ?? '');
  if (!loaded.ok) return [];
  const annotations: CheckAnnotation[] = [];
  for (const { id, path } of loaded.config.surfaces) {
    const before = (await forge.readFile(record.base.commit, path)) ?? '';
    const after = await forge.readFile(record.head, path);
    if (after === null || after === before) continue;
    const diff = createTwoFilesPatch(path, path, before, after, '', '', { context: 0 });
    for (const [startLine, endLine] of addedLines(diff)) {
      const level = LEVELS[record.verdict.verdict];
      annotations.push({
        path,
        startLine,
        endLine,
        level,
        title: `${id}: ${title}`,
        message: record.verdict.words,
      });
    }
  }
  return annotations;
}
