/**
 * Where the App is installed, and what each repository's config asks for: read from GitHub, since the bot keeps no
 * list of its own.
 */
import type { Octokit } from '@octokit/rest';
import { loadConfig } from '../../config/load.ts';
import { CONFIG_PATH, type Config } from '../../config/schema.ts';
import { translated } from '../../forge/github/failure.ts';
import { readTextFile } from '../../forge/github/writes/git-data.ts';
import type { Bot } from '../bot.ts';

export interface SurveyedRepository {
  /** GitHub's number: stays when the repository is renamed. */
  readonly id: number;
  readonly installation: number;
  readonly owner: string;
  readonly repo: string;
  readonly defaultBranch: string;
  /** null where there is none, or it does not hold. */
  readonly config: Config | null;
  readonly hasConfig: boolean;
}

/**
 * Every repository the App may work in. One that cannot be read now (suspended, renamed, an outage) is left out
 * with a line in the log: it must not keep the others waiting.
 * @param app a client of the App itself, by its private key
 */
export async function survey(bot: Bot, app: Octokit): Promise<SurveyedRepository[]> {
  const installations = await translated('list the installations', () =>
    app.paginate(app.rest.apps.listInstallations, { per_page: 100 }),
  );
  const found: SurveyedRepository[] = [];
  for (const { id, suspended_at: suspended } of installations) {
    if (suspended !== null && suspended !== undefined) continue;
    try {
      found.push(...(await surveyInstallation(bot, id)));
    } catch (error) {
      bot.log(`Installation ${id} was left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return found;
}

async function surveyInstallation(bot: Bot, installation: number): Promise<SurveyedRepository[]> {
  const octokit = await bot.client(installation);
  const repositories = await translated('list the repositories of an installation', () =>
    octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation, { per_page: 100 }),
  );
  const found: SurveyedRepository[] = [];
  for (const repository of repositories) {
    if (repository.archived || repository.disabled) continue;
    const { id, name: repo, default_branch: defaultBranch } = repository;
    const owner = repository.owner.login;
    try {
      const text = await readTextFile({ octokit, owner, repo }, defaultBranch, CONFIG_PATH);
      const loaded = text === null ? null : loadConfig(text);
      const config = loaded?.ok === true ? loaded.config : null;
      found.push({ id, installation, owner, repo, defaultBranch, config, hasConfig: text !== null });
    } catch (error) {
      bot.log(`${owner}/${repo} was left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return found;
}
