/** What keeps a campaign from going on, or from saying its end where it was asked to. */
import { afterEach, describe, expect, it } from 'vitest';
import { AGENT_FILES, CONFIG } from './agent-repository.ts';
import { answered, askForCampaign, eventually, type Stage, said, stage } from './stage.ts';

let on: Stage;
afterEach(async () => {
  on.fixture.github.assertContract();
  await on.close();
});

const SECONDS = 1_000;
/** Branches of campaigns, which none may leave behind. */
const leftOver = async () =>
  (await on.fixture.repo.branches()).filter((name) => /^self-harness\/[^/]+\//.test(name));
const nothingLeft = () =>
  eventually(on, async () => ((await leftOver()).length === 0 ? true : undefined), 20 * SECONDS);

describe('a campaign ends as it should', { timeout: 60 * SECONDS }, () => {
  it('where the issue that asked for it is deleted', async () => {
    on = await stage({ candidates: 2 });
    const { repo } = on.fixture;
    const command = askForCampaign(on);
    await eventually(on, () => command.reactions[0]);
    repo.repository.issues.delete(command.issue.number);
    await eventually(on, () => repo.pulls('open')[0], 20 * SECONDS);
    await nothingLeft();
  });

  it('where the App may not write check runs', async () => {
    on = await stage({ candidates: 2 });
    const { installation } = on.fixture;
    const { checks: _, ...permissions } = installation.permissions;
    installation.permissions = permissions;
    const command = askForCampaign(on);
    await answered(on, command, 30 * SECONDS);
    await said(on, command.issue.number, 'Pull request: ');
  });

  it('where it fails before it knows its base and nobody asked: the tip of the default branch is told', async () => {
    const config = CONFIG.replace('agent/harness.yaml', 'agent/gone.yaml');
    on = await stage({ files: { ...AGENT_FILES, '.github/self-harness.yml': config } });
    const { repo } = on.fixture;
    const tip = await repo.pushCommit({ files: { 'README.md': 'Words.\n' } });
    const check = await eventually(
      on,
      () => repo.checks(tip).find((one) => one.name === 'self-harness'),
      20 * SECONDS,
    );
    expect(check.conclusion).toBe('failure');
    expect(check.summary).toContain('agent/gone.yaml');
  });
});

describe.each(['uninstalled', 'suspended'])('an App that is %s in the middle of a campaign', (how) => {
  it('tries nothing for ever, and works again when it is back', { timeout: 90 * SECONDS }, async () => {
    on = await stage({ candidates: 2, github: { delays: { start: 300 } } });
    const { github, repo, app, installation } = on.fixture;
    const command = askForCampaign(on);
    await eventually(on, () => repo.runs().find((run) => run.branch?.endsWith('/baseline-1')));
    if (how === 'uninstalled') github.uninstall(installation);
    else github.suspend(installation, true);
    await eventually(
      on,
      () => /Campaign c\d+ in octo\/agent: failed/.test(on.log()) || undefined,
      20 * SECONDS,
    );
    // The aftermath is over as well: nobody asks anything any more.
    await new Promise((resolve) => setTimeout(resolve, 2 * SECONDS));
    const mark = github.log.mark();
    await new Promise((resolve) => setTimeout(resolve, 3 * SECONDS));
    const asked = github.log.entries.slice(mark).filter((one) => one.operation !== 'apps/list-installations');
    expect(asked.map((one) => one.operation)).toEqual([]);

    if (how === 'uninstalled') github.install(app, [repo]);
    else github.suspend(installation, false);
    await github.settled();
    const again = repo.comment(command.issue.number, '/harness improve', 'maintainer');
    await answered(on, again, 40 * SECONDS);
    await said(on, command.issue.number, 'Pull request: ');
    expect(repo.pulls('open')).toHaveLength(1);
    // The first campaign's branches, too, which it could not remove.
    await nothingLeft();
  });
});
