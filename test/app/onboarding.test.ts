import { afterEach, describe, expect, it } from 'vitest';
import { inferConfig } from '../../src/app/onboarding/infer-config.ts';
import { inferKnobs } from '../../src/app/onboarding/infer-knobs.ts';
import { CONFIGURE_BRANCH, onConfigurePull, proposeConfig } from '../../src/app/onboarding/onboarding.ts';
import { proposedConfig } from '../../src/app/onboarding/proposed-config.ts';
import { eventsOf } from '../../src/app/webhooks/event.ts';
import { handle } from '../../src/app/webhooks/handle.ts';
import { recall } from '../../src/campaign/ledger/memory.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CONFIG_PATH } from '../../src/config/schema.ts';
import { openGitHubForge } from '../../src/forge/github/github.ts';
import { strict } from '../campaign/scenario.ts';
import { AGENT_FILES } from '../e2e/agent-repository.ts';
import { createFixture, type Fixture } from '../github/fixture.ts';
import { type BotOnGitHub, botOn, campaigns } from './bot-on.ts';

const { [CONFIG_PATH]: _config, ...UNCONFIGURED } = AGENT_FILES;

let fixture: Fixture;
let desk: BotOnGitHub;
afterEach(async () => {
  fixture?.github.assertContract();
  await fixture?.github.stop();
});

async function repositoryWith(files: Record<string, string>): Promise<void> {
  // Port 9 discards: deliveries fail and are kept, so that a test can hand them in.
  fixture = await createFixture({ hookUrl: 'http://127.0.0.1:9/', files });
  fixture.github.user('maintainer');
  fixture.repo.setRole('maintainer', 'write');
  desk = botOn(fixture);
}

/** The last thing that happened to a pull request, handed to the bot. */
async function handInLast(): Promise<string | null> {
  await fixture.github.settled();
  const event = desk.heard('pull_request').at(-1);
  if (event === undefined) throw new Error('no pull request was heard of');
  return onConfigurePull(desk.reaction(event));
}

describe('the onboarding pull request', () => {
  it('proposes a config that loads and names what was found', async () => {
    await repositoryWith(UNCONFIGURED);
    expect(await proposeConfig(desk.bot, desk.place)).toMatch(/^Proposed a config in http/);
    const [pull] = fixture.repo.pulls('open');
    const text = (await fixture.repo.file(CONFIG_PATH, CONFIGURE_BRANCH)) ?? '';
    const loaded = loadConfig(text);
    expect(loaded.ok && loaded.config.surfaces.map(({ id, path }) => [id, path])).toEqual([
      ['harness', 'agent/harness.yaml'],
      ['prompt', 'agent/prompt.md'],
    ]);
    expect(loaded.ok && loaded.config.surfaces[0]?.knobs).toEqual([
      { pointer: '/max_steps', role: 'step_budget', min: 2, max: 40 },
    ]);
    expect(loaded.ok && loaded.config.eval).toMatchObject({
      workflow: 'eval.yml',
      artifacts: 'traces-*',
      command: 'node eval/run.js',
      protect: ['eval/**'],
    });
    for (const word of ['agent/prompt.md', 'step budget', 'eval.yml', '60 trials', 'Close', 'Merge']) {
      expect(pull?.body).toContain(word);
    }
    expect(await fixture.repo.file('agent/prompt.md', CONFIGURE_BRANCH)).toBe('You are an agent.\n');
  });

  it('is opened once, however often the installation is announced', async () => {
    await repositoryWith(UNCONFIGURED);
    await proposeConfig(desk.bot, desk.place);
    expect(await proposeConfig(desk.bot, desk.place)).toMatch(/was asked/);
    expect(fixture.repo.pulls()).toHaveLength(1);
  });

  it('is not opened where there is a config, or nothing to edit', async () => {
    await repositoryWith(AGENT_FILES);
    expect(await proposeConfig(desk.bot, desk.place)).toMatch(/has a config/);
    await fixture.github.stop();
    fixture = await createFixture({ files: { 'agent/prompt.md': '\n' } });
    desk = botOn(fixture);
    expect(await proposeConfig(desk.bot, desk.place)).toMatch(/no prompt or settings/);
    expect(fixture.repo.pulls()).toHaveLength(0);
  });

  it('opts out when it is closed, for good, and in again when it is reopened', async () => {
    await repositoryWith(UNCONFIGURED);
    const forge = openGitHubForge(desk.place);
    await proposeConfig(desk.bot, desk.place);
    const number = fixture.repo.pulls('open')[0]?.number ?? 0;
    await fixture.repo.close(number, 'maintainer');
    expect(await handInLast()).toBe('Opted out.');
    expect((await recall(forge)).optedOut).toBe(true);
    await fixture.repo.deleteBranch(CONFIGURE_BRANCH);
    expect(await proposeConfig(desk.bot, desk.place)).toMatch(/opted out/);
    expect(campaigns(desk)).toEqual([]);
  });

  it('opts in again when it is reopened', async () => {
    await repositoryWith(UNCONFIGURED);
    await proposeConfig(desk.bot, desk.place);
    const number = fixture.repo.pulls('open')[0]?.number ?? 0;
    await fixture.repo.close(number, 'maintainer');
    await handInLast();
    fixture.repo.reopen(number, 'maintainer');
    expect(await handInLast()).toBe('Opted in again.');
    expect((await recall(openGitHubForge(desk.place))).optedOut).toBe(false);
  });

  it('starts one campaign when it is merged, also when that is announced twice', async () => {
    await repositoryWith(UNCONFIGURED);
    await proposeConfig(desk.bot, desk.place);
    await fixture.repo.merge(fixture.repo.pulls('open')[0]?.number ?? 0, { by: 'maintainer' });
    expect(await handInLast()).toMatch(/^Started campaign first-/);
    await handInLast();
    expect(campaigns(desk)).toHaveLength(1);
  });

  it('says what is missing when it is merged without an eval workflow', async () => {
    await repositoryWith({
      ...UNCONFIGURED,
      '.github/workflows/eval.yml': 'on: push\njobs: { build: { runs-on: x, steps: [{ run: make }] } }\n',
    });
    await proposeConfig(desk.bot, desk.place);
    const pull = fixture.repo.pulls('open')[0];
    expect(pull?.body).toContain('workflow_dispatch');
    await fixture.repo.merge(pull?.number ?? 0, { by: 'maintainer' });
    await handInLast();
    await handInLast();
    const answers = fixture.repo.comments(pull?.number ?? 0);
    expect(answers).toHaveLength(1);
    expect(answers[0]?.body).toContain('There is no eval.workflow.');
    expect(campaigns(desk)).toEqual([]);
  });

  it('takes no answer from a pull request that somebody else opened from its branch', async () => {
    await repositoryWith(UNCONFIGURED);
    await fixture.repo.pushCommit({ branch: CONFIGURE_BRANCH, files: { 'x.txt': 'x' } });
    const pull = await fixture.repo.openPullRequest({ title: 'x', head: CONFIGURE_BRANCH, by: 'maintainer' });
    await fixture.repo.close(pull.number, 'maintainer');
    expect(await handInLast()).toBeNull();
    expect((await recall(openGitHubForge(desk.place))).optedOut).toBe(false);
  });
});

describe('a repository without a commit', () => {
  it('is offered a config when it gets its first one, once', async () => {
    fixture = await createFixture({ hookUrl: 'http://127.0.0.1:9/' });
    const { github, installation } = fixture;
    desk = botOn(fixture);
    const fresh = await github.createRepo({ owner: 'octo', name: 'fresh' });
    const mark = github.deliveries.length;
    const heard = async () => {
      await github.settled();
      const done: string[] = [];
      for (const { event, payload } of github.deliveries.slice(mark))
        for (const one of eventsOf(event, payload)) done.push(await handle(desk.bot, one, strict));
      return done;
    };
    github.changeRepositories(installation, 'added', [fresh]);
    expect((await heard()).join()).toContain('octo/fresh has no commit yet');
    const first = await fresh.pushCommit({ files: UNCONFIGURED });
    expect(first).not.toBe('');
    // Everything is heard twice, the push of the bot's own branch too.
    await heard();
    await heard();
    expect(fresh.pulls('all').map((pull) => pull.pull.head.ref)).toEqual([CONFIGURE_BRANCH]);
    // A later branch is no first commit of the default branch.
    await fresh.close(fresh.pulls('open')[0]?.number ?? 0);
    await fresh.pushCommit({ branch: 'topic', files: { 'x.txt': 'x' } });
    await heard();
    expect(fresh.pulls('all')).toHaveLength(1);
  });
});

describe('inferring a config', () => {
  const inferred = (files: Record<string, string>) =>
    inferConfig(Object.keys(files), async (path) => files[path] ?? null);

  it.each([
    ['yaml', 'agent/config.yaml', 'agent:\n  max_turns: 30\n  tools:\n    timeout: 20\n  max_retries: 2\n'],
    ['json', 'config/agent.json', '{"agent":{"maxTurns":30,"tools":{"timeout":20},"maxRetries":2}}'],
    ['toml', 'agent.toml', '[agent]\nmax_turns = 30\nmax_retries = 2\n[agent.tools]\ntimeout = 20\n'],
  ])('reads settings in %s', async (kind, path, content) => {
    const found = await inferred({ [path]: content });
    expect(found?.surfaces).toMatchObject([{ path, kind }]);
    const roles = found?.surfaces[0]?.knobs.map(({ knob }) => knob.role).sort();
    expect(roles).toEqual(['retry_limit', 'step_budget', 'tool_timeout']);
    expect(loadConfig(proposedConfig(found ?? never())).ok).toBe(true);
  });

  it('leaves alone what is no harness', async () => {
    const prompt = 'You are an agent. You must use the tools.';
    expect(
      await inferred({
        'README.md': prompt,
        'docs/prompts/a.md': prompt,
        'tests/prompts/a.md': prompt,
        'node_modules/x/prompts/a.md': prompt,
        'prompts/README.md': prompt,
        'agent/package.json': '{"max_steps": 3}',
        'config/database.json': '{"database":{"timeout":3,"retries":1}}',
      }),
    ).toBeNull();
  });

  it('gives files of one name ids of their own', async () => {
    const prompt = 'You are an agent.';
    const found = await inferred({ 'agents/a/system.md': prompt, 'agents/b/system.md': prompt });
    expect(found?.surfaces.map(({ id }) => id)).toEqual(['agents-a-system', 'agents-b-system']);
  });

  it('names the model and the evaluation of the settings and scripts', async () => {
    const found = await inferred({
      'agent/harness.yaml': 'model: vendor/model-1\nmax_steps: 8\n',
      'package.json': '{"scripts":{"eval":"node x"}}',
      'package-lock.json': '{}',
    });
    expect(found).toMatchObject({
      model: 'vendor/model-1',
      command: 'npm ci && npm run eval',
      evaluation: null,
    });
  });

  it.each([
    ['request_timeout', 30],
    ['max_tokens', 4096],
    ['temperature', 0.2],
    ['port', 3000],
    ['max_steps', 'many'],
  ])('finds no role for %s: %s', (key, value) => {
    expect(inferKnobs({ agent: { [key]: value } })).toEqual([]);
  });

  it('always bounds a knob so that its present value is inside', () => {
    for (const value of [0, 1, 2, 0.5, 7, 100_000]) {
      for (const key of ['max_steps', 'tool_timeout', 'retries', 'backoff', 'repeat_limit']) {
        const [found] = inferKnobs({ [key]: value });
        expect(found?.knob.min).toBeLessThanOrEqual(value);
        expect(found?.knob.max).toBeGreaterThanOrEqual(value);
      }
    }
  });
});

function never(): never {
  throw new Error('nothing was inferred');
}
