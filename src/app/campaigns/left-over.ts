/**
 * Branches of work that is over and could not remove them itself: the App was suspended meanwhile, or its database was
 * lost. What still runs on them is ended.
 */
import { stopRunsOf } from '../../forge/github/evaluations.ts';
import { unlessRefused } from '../../forge/github/failure.ts';
import { type GitHubRepository, openGitHubForge } from '../../forge/github/github.ts';
import { addressOf, type Bot, WORK } from '../bot.ts';
import { campaignsOf } from './start-campaign.ts';

/** A branch of the bot's own making: what a campaign or a review dispatches, plans and arms. */
const DISPATCHED =
  /^self-harness\/([^/]+)\/(?:(?:baseline|experiment|final)(?:-\d+)?(?:-r\d+)?|c\d+(?:-c\d+)*|head)$/;

/** Removes branches of campaigns and reviews that do not run. Returns their names. */
export async function clearLeftOver(
  bot: Bot,
  place: GitHubRepository,
  where: { readonly owner: string; readonly repo: string; readonly installation: number },
): Promise<string[]> {
  // A job knows of no other job.
  if (bot.job !== undefined) return [];
  const forge = openGitHubForge(place);
  const cleared: string[] = [];
  await unlessRefused(bot.log, async () => {
    // Listed first: what starts meanwhile is not among them.
    const branches = await forge.listBranches('self-harness/');
    const address = addressOf(where);
    const works = [...(await campaignsOf(bot, address)), ...(await campaignsOf(bot, address, WORK.review))];
    const running = new Set(works.map(({ id }) => id));
    for (const branch of branches) {
      const id = DISPATCHED.exec(branch)?.[1];
      if (id === undefined || running.has(id)) continue;
      await endBranch(place, branch);
      cleared.push(branch);
    }
  });
  return cleared;
}

/** Ends what runs on a branch of the bot and removes it. */
export async function endBranch(place: GitHubRepository, branch: string): Promise<void> {
  await stopRunsOf(place, branch);
  await openGitHubForge(place).deleteBranch(branch);
}
