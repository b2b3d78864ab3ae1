/** People who did something and wait for what comes of it: nobody is left with silence. */
import { afterEach, describe, expect, it } from 'vitest';
import { addressOf, WORK } from '../../src/app/bot.ts';
import { parseCommand } from '../../src/app/commands/command.ts';
import { handle } from '../../src/app/webhooks/handle.ts';
import { recall } from '../../src/campaign/ledger/memory.ts';
import { CONFIG_PATH } from '../../src/config/schema.ts';
import { parseMarker } from '../../src/evidence/pull-request/marker.ts';
import { renderPullRequest } from '../../src/evidence/pull-request.ts';
import { straight, strict } from '../campaign/scenario.ts';
import { CASES } from '../evidence/cases.ts';
import { campaigns } from './bot-on.ts';
import { type DashboardDesk, dashboardDesk } from './dashboard-desk.ts';

let on: DashboardDesk;
afterEach(() => on?.close());

const UNRESOLVED = { ...CASES.unresolved, id: 'c1' };
const OPENED = { ...CASES['one-edit'], id: 'c1' };

describe('a button of a check run', () => {
  async function pressed(subject: string, action: string): Promise<string> {
    const event = { kind: 'check_action', ...on.where, head: await on.fixture.repo.head() } as const;
    return handle(on.desk.bot, { ...event, action, subject, actor: 'dev' }, straight);
  }
  const summary = async (name: string) =>
    on.fixture.repo.checks(await on.fixture.repo.head()).find((one) => one.name === name)?.summary ?? '';

  it('says on the check why nothing was extended', async () => {
    on = await dashboardDesk();
    await on.ended(UNRESOLVED);
    const running = {
      id: 'c9',
      repository: addressOf(on.where),
      trigger: 't',
      seed: 1,
      rule: null,
      origin: null,
    };
    const input = { ...running, mode: { kind: 'improve' } };
    on.desk.works.push({ workflow: WORK.campaign, id: 'c9', input, state: 'unfinished' });
    await pressed('campaign:c1', 'extend');
    expect(await summary('self-harness')).toMatch(/^`Extend`, pressed by `dev`.*`c9` is running/);
  });

  it('says so when it was pressed before and what it started has ended', async () => {
    on = await dashboardDesk();
    await on.ended(UNRESOLVED);
    await pressed('campaign:c1', 'extend');
    expect(campaigns(on.desk)).toHaveLength(1);
    expect(await summary('self-harness')).toBe('');
    const [work] = on.desk.works.splice(0);
    if (work !== undefined) on.desk.works.push({ ...work, state: 'failed' });
    await pressed('campaign:c1', 'extend');
    expect(await summary('self-harness')).toContain('was pressed before');
    expect(await summary('self-harness')).toContain('/harness extend');
  });

  it('says in the pull request why nothing was measured', async () => {
    on = await dashboardDesk();
    const { repo } = on.fixture;
    await repo.pushCommit({ branch: 'self-harness/improve-c1', files: { 'README.md': 'x' } });
    const { bot } = on.fixture;
    const head = 'self-harness/improve-c1';
    const { data: pull } = await bot.pulls.create({
      owner: 'octo',
      repo: 'agent',
      head,
      base: 'main',
      title: 'x',
    });
    await pressed('campaign:c1', 'revalidate');
    expect(repo.comments(pull.number)[0]?.body).toContain('changes no declared surface');
  });
});

describe('the bot’s own pull request', () => {
  /** Opened by the bot; the ledger holds its campaign or does not. */
  async function opened(withLedger: boolean, base = 'main') {
    on = await dashboardDesk();
    const { repo, bot } = on.fixture;
    if (base !== 'main') await repo.pushCommit({ branch: base, files: { 'x.txt': 'x' } });
    const head = 'self-harness/improve-c1';
    await repo.pushCommit({ branch: head, files: { 'agent/harness.yaml': 'max_steps: 20\n' } });
    const record = { ...OPENED, pull_request: { branch: head, commits: [], title: 'x', url: 'x' } };
    if (withLedger) await on.ended(record);
    const { title, body } = renderPullRequest(record);
    const { data } = await bot.pulls.create({ owner: 'octo', repo: 'agent', head, base, title, body });
    await on.hear();
    return data.number;
  }
  const said = (number: number) => on.fixture.repo.comments(number).map((one) => one.body);

  it('closed without a ledger: its edits are refused all the same, by what its body says', async () => {
    const number = await opened(false);
    await on.fixture.repo.close(number, 'dev');
    await on.hear();
    const found = parseMarker(on.fixture.repo.pull(number).body ?? '');
    expect((await recall(on.forge)).refused).toEqual(
      found.kind === 'found' ? found.marker.edits.map((edit) => edit.proposal) : null,
    );
    expect(said(number).join()).toContain('shall not propose these edits again');
  });

  it('merged without a ledger: it says that nothing can be confirmed', async () => {
    const number = await opened(false);
    await on.fixture.repo.merge(number, { by: 'dev' });
    await on.hear();
    expect(said(number).join()).toContain('The ledger does not hold its campaign');
  });

  it('merged while the config is not valid: it says that nothing can be confirmed', async () => {
    const number = await opened(true);
    await on.fixture.repo.pushCommit({ files: { [CONFIG_PATH]: 'surfaces: 7\n' } });
    await on.fixture.repo.merge(number, { by: 'dev' });
    await on.hear();
    expect(said(number).join()).toContain('The config on the default branch is not valid');
  });

  it('merged into another branch: no eval of the default branch is taken for its own', async () => {
    const number = await opened(true, 'release');
    await on.fixture.repo.merge(number, { by: 'dev' });
    await on.hear();
    expect(said(number).join()).toContain('Merged into `release`');
    expect((await recall(on.forge)).merged).toEqual([]);
  });
});

describe('a command', () => {
  it.each(['    /harness improve', '\t/harness improve', '\n\n    /harness improve', ' \t/harness improve'])(
    'in a block of code is none: %j',
    (text) => {
      expect(parseCommand(text)).toBeNull();
    },
  );

  it.each([
    '/harness improve',
    '\n  /harness improve\r\nplease',
    '   /harness improve',
    '\r\n/harness improve',
  ])('in a paragraph is one: %j', (text) => {
    expect(parseCommand(text)).toMatchObject({ ok: true, name: 'improve' });
  });
});

describe('a memory that cannot be read', () => {
  const BROKEN = '{ "version": 1, "pausedBy": "dev", <<<<<<< ours';

  it('is no reason to forget: nothing starts by itself, and nothing is written over it', async () => {
    on = await dashboardDesk();
    await on.fixture.repo.pushCommit({ branch: 'self-harness/ledger', files: { 'memory.json': BROKEN } });
    await expect(on.start('run-1')).rejects.toThrow('memory.json');
    expect(campaigns(on.desk)).toEqual([]);
    const issue = on.fixture.repo.openIssue({ title: 'Talk', by: 'dev' });
    for (const command of ['resume', 'improve']) {
      const comment = on.fixture.repo.comment(issue.number, `/harness ${command}`, 'dev');
      const event = { kind: 'comment', ...on.where, comment: comment.id, issue: issue.number } as const;
      const said = { isPullRequest: false, author: 'dev', authorIsBot: false, text: comment.body };
      await handle(on.desk.bot, { ...event, ...said }, strict);
      const answer = on.fixture.repo.comments(issue.number).at(-1)?.body;
      expect(answer).toContain('memory.json');
      expect(answer).toContain('Mend it, or delete it');
    }
    expect(campaigns(on.desk)).toEqual([]);
    expect(await on.fixture.repo.file('memory.json', 'self-harness/ledger')).toBe(BROKEN);
  });
});
