import { afterEach, describe, expect, it } from 'vitest';
import { checkConfigOnDefaultBranch, checkConfigPull } from '../../src/app/config-check/config-check.ts';
import { configFindings } from '../../src/app/config-check/config-findings.ts';
import { readWorkflow, uploadsMatching } from '../../src/app/config-check/eval-workflow.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CONFIG_PATH } from '../../src/config/schema.ts';
import { AGENT_FILES, CONFIG } from '../e2e/agent-repository.ts';
import { createFixture, type Fixture } from '../github/fixture.ts';
import { type BotOnGitHub, botOn } from './bot-on.ts';

const WORKFLOW = '.github/workflows/eval.yml';
let fixture: Fixture;
let desk: BotOnGitHub;
afterEach(async () => {
  fixture?.github.assertContract();
  await fixture?.github.stop();
});

async function installed(): Promise<void> {
  fixture = await createFixture({ hookUrl: 'http://127.0.0.1:9/', files: AGENT_FILES });
  fixture.repo.setRole('dev', 'write');
  desk = botOn(fixture);
}

async function openPull(files: Record<string, string>): Promise<number> {
  await fixture.repo.pushCommit({ branch: 'topic', files, by: 'dev' });
  const pull = await fixture.repo.openPullRequest({ title: 'Edit', head: 'topic', by: 'dev' });
  await fixture.github.settled();
  return pull.number;
}

function checkLast(): Promise<string | null> {
  const event = desk.heard('pull_request').at(-1);
  if (event === undefined) throw new Error('no pull request was heard of');
  return checkConfigPull(desk.reaction(event));
}

async function pushConfig(config: string): Promise<string | null> {
  await fixture.repo.pushCommit({ files: { [CONFIG_PATH]: config }, by: 'dev' });
  await fixture.github.settled();
  const event = desk.heard('push').at(-1);
  if (event === undefined) throw new Error('no push was heard of');
  return checkConfigOnDefaultBranch(desk.reaction(event));
}

function issues() {
  return [...fixture.repo.repository.issues.values()].filter((issue) => issue.pull === undefined);
}

describe('a pull request that changes the config', () => {
  it('gets a check run that says what a valid config means', async () => {
    await installed();
    await openPull({
      [CONFIG_PATH]: CONFIG.replace('baseline_passes: 2', 'baseline_passes: 2\n  max_passes: 6'),
    });
    await checkLast();
    const [check] = fixture.repo.checks();
    expect([check?.name, check?.conclusion, check?.title]).toEqual([
      'self-harness config',
      'success',
      'The config is valid',
    ]);
    for (const word of ['`/max_steps`', '`eval.yml`', '5,000 trials', 'up to 6 passes']) {
      expect(check?.summary).toContain(word);
    }
  });

  it('gets an annotation at the line of each error', async () => {
    await installed();
    await openPull({ [CONFIG_PATH]: CONFIG.replace('baseline_passes: 2', 'baseline_pases: 2') });
    await checkLast();
    const [check] = fixture.repo.checks();
    expect(check?.conclusion).toBe('failure');
    const line = CONFIG.split('\n').findIndex((text) => text.includes('baseline_passes')) + 1;
    expect(check?.annotations).toMatchObject([
      { path: CONFIG_PATH, start_line: line, annotation_level: 'failure', title: '/gate/baseline_pases' },
    ]);
    expect(check?.annotations[0]?.message).toContain('did you mean "baseline_passes"?');
  });

  it('gets errors where the repository contradicts it', async () => {
    await installed();
    const config = CONFIG.replace('agent/harness.yaml', 'agent/gone.yaml').replace('eval.yml', 'gone.yml');
    await openPull({ [CONFIG_PATH]: config });
    await checkLast();
    const [check] = fixture.repo.checks();
    expect(check?.title).toBe('2 errors');
    expect(check?.annotations.map((one) => [one.start_line, one.title])).toEqual([
      [5, '/surfaces/0/path'],
      [10, '/eval/workflow'],
    ]);
  });

  it('is checked once for one commit', async () => {
    await installed();
    await openPull({ [CONFIG_PATH]: `${CONFIG}# x\n` });
    await checkLast();
    await checkLast();
    expect(fixture.repo.checks()).toHaveLength(1);
  });

  it('is left alone when it does not touch the config, or comes from a fork', async () => {
    await installed();
    await openPull({ 'agent/prompt.md': 'Better.\n' });
    expect(await checkLast()).toBeNull();
    const fork = await fixture.repo.fork('stranger');
    await fork.pushCommit({ branch: 'evil', files: { [CONFIG_PATH]: 'x: 1\n' }, by: 'stranger' });
    await fixture.repo.openPullRequest({ title: 'x', head: 'stranger:evil', by: 'stranger' });
    await fixture.github.settled();
    expect(await checkLast()).toBeNull();
    expect(fixture.repo.checks()).toHaveLength(0);
  });
});

describe('a broken config on the default branch', () => {
  it('gets one issue, which follows it and is closed when it is mended', async () => {
    await installed();
    expect(await pushConfig(CONFIG)).toBe('The config is valid.');
    await pushConfig('agent: 3\n');
    await pushConfig('agent: 3\n# still broken\n');
    expect(issues()).toHaveLength(1);
    expect(issues()[0]?.body).toContain(`${CONFIG_PATH}:1 /agent`);
    await pushConfig(CONFIG.replace('gate:', 'gaet:'));
    expect(issues()).toHaveLength(1);
    expect(issues()[0]?.body).toContain('did you mean "gate"?');
    expect(await pushConfig(CONFIG)).toMatch(/^Closed issue/);
    expect(issues()[0]?.state).toBe('closed');
  });

  it('is not looked for on other branches', async () => {
    await installed();
    await fixture.repo.pushCommit({ branch: 'topic', files: { [CONFIG_PATH]: 'x' }, by: 'dev' });
    await fixture.github.settled();
    const event = desk.heard('push').at(-1);
    expect(event && (await checkConfigOnDefaultBranch(desk.reaction(event)))).toBeNull();
  });

  it('takes no issue of somebody else for its own', async () => {
    await installed();
    fixture.repo.openIssue({ title: 'x', body: '<!-- self-harness:config -->', by: 'dev' });
    await pushConfig('agent: 3\n');
    expect(issues()).toHaveLength(2);
  });
});

describe('a config held against its repository', () => {
  async function findings(change: Record<string, string>, config: string = CONFIG) {
    const files: Record<string, string> = { ...AGENT_FILES, ...change };
    const loaded = loadConfig(config);
    if (!loaded.ok) throw new Error('the config does not load');
    return configFindings(loaded.config, async (path) => files[path] ?? null);
  }
  const workflow = AGENT_FILES[WORKFLOW] ?? '';

  it('finds nothing where all is well', async () => {
    expect(await findings({})).toEqual([]);
  });

  it.each([
    ['an input that is missing', workflow.replaceAll('self_harness', 'request'), 'failure', 'has no input'],
    [
      'no dispatch',
      workflow.replace('workflow_dispatch', 'workflow_call'),
      'failure',
      'cannot be dispatched',
    ],
    ['another name', workflow.replace('name: traces-', 'name: logs-'), 'failure', 'uploads `logs-*`'],
    [
      'an input that nobody fills',
      workflow.replace('    inputs:', '    inputs:\n      city: { required: true }'),
      'failure',
      'requires `city`',
    ],
    ['the request unused', workflow.replace(/\$\{\{ inputs.self_harness \}\}/, 'x'), 'warning', 'ignores'],
    ['a queue of one', `concurrency: { group: evals }\n${workflow}`, 'warning', 'ends the waiting one'],
    ['broken YAML', 'a: [', 'failure', 'not valid YAML'],
  ])('finds %s in the workflow', async (_what, text, level, message) => {
    const found = await findings({ [WORKFLOW]: text });
    expect(found).toMatchObject([{ level }]);
    expect(found[0]?.message).toContain(message);
  });

  it('is content with a queue that keeps every run', async () => {
    expect(await findings({ [WORKFLOW]: `concurrency: { group: evals, queue: max }\n${workflow}` })).toEqual(
      [],
    );
  });

  it('finds a knob that points at nothing, and one whose value is out of bounds', async () => {
    expect(await findings({ 'agent/harness.yaml': 'other: 1\n' })).toMatchObject([
      { level: 'warning', pointer: '/surfaces/0/knobs/0/pointer' },
    ]);
    expect(await findings({ 'agent/harness.yaml': 'max_steps: 1000\n' })).toMatchObject([
      { level: 'warning' },
    ]);
  });

  it('finds a surface that its own eval.protect covers, and a schedule that is none', async () => {
    const found = await findings(
      {},
      `${CONFIG.replace('  command:', '  protect: ["agent/**"]\n  command:')}triggers:\n  schedule: every day\n`,
    );
    expect(found.map(({ level, pointer }) => [level, pointer])).toEqual([
      ['failure', '/surfaces/0/path'],
      ['failure', '/triggers/schedule'],
    ]);
  });

  it('knows artifacts by the shape of their names', () => {
    const reading = readWorkflow(workflow);
    if (!reading.ok) throw new Error(reading.message);
    expect(uploadsMatching(reading.workflow, 'traces-*')).toBe(true);
    expect(uploadsMatching(reading.workflow, 'logs-*')).toBe(false);
  });
});
