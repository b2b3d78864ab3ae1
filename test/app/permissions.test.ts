import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bot, WORK } from '../../src/app/bot.ts';
import { seedOf } from '../../src/app/campaigns/start-campaign.ts';
import { COMMANDS, type CommandName } from '../../src/app/commands/command.ts';
import type { AppEvent } from '../../src/app/webhooks/event.ts';
import { handle } from '../../src/app/webhooks/handle.ts';
import { straight } from '../campaign/scenario.ts';
import { AGENT_FILES } from '../e2e/agent-repository.ts';
import { createFixture, type Fixture } from '../github/fixture.ts';
import { type RecordingEngine, recordingEngine } from './recording-engine.ts';

// For every command, people who may not give it try; the stand-in and the engine say what came of it.

let fixture: Fixture;
/** An issue, and the pull request that the author of the fork opened. */
let places: { readonly issue: number; readonly pull: number };

beforeAll(async () => {
  // More comments than GitHub would take in a minute: limits are not the matter here.
  const limits = { contentPerMinute: 10_000, contentPerHour: 10_000, pointsPerMinute: 100_000 };
  fixture = await createFixture({ files: AGENT_FILES, limits });
  const { github, repo } = fixture;
  repo.setRole('reader', 'read');
  repo.setRole('triager', 'triage');
  repo.setRole('maintainer', 'write');
  github.user('outsider');
  github.user('some-bot[bot]', 'Bot');
  const fork = await repo.fork('forker');
  await fork.pushCommit({
    branch: 'mine',
    files: { 'agent/harness.yaml': 'max_steps: 99 # mine\n' },
    by: 'forker',
  });
  const pull = await repo.openPullRequest({ title: 'Trust me', head: 'forker:mine', by: 'forker' });
  places = { issue: repo.openIssue({ title: 'Talk', by: 'outsider' }).number, pull: pull.number };
  await github.settled();
});

afterAll(async () => {
  fixture.github.assertContract();
  await fixture.github.stop();
});

/** Runs each step once and remembers nothing: the engine's own suite says what it does besides. */
const inMemory = straight;

interface Outcome {
  readonly engine: RecordingEngine;
  /** What was asked of GitHub and changes something. */
  readonly writes: readonly string[];
  readonly answers: readonly string[];
  readonly reactions: readonly string[];
}

async function command(author: string, name: CommandName, where: 'issue' | 'pull'): Promise<Outcome> {
  const { github, repo, installation } = fixture;
  const number = places[where];
  const user = github.user(author, author.endsWith('[bot]') ? 'Bot' : 'User');
  const comment = repo.comment(number, COMMANDS[name].example, author);
  const engine = recordingEngine();
  // Something is there to cancel, to wait for and to disturb.
  engine.add({
    workflow: WORK.campaign,
    id: 'running',
    input: {
      id: 'running',
      repository: `octo/agent#${installation.id}`,
      trigger: 'a test',
      seed: seedOf('running'),
      rule: null,
      origin: null,
      mode: { kind: 'improve' },
    },
    state: 'unfinished',
  });
  const bot: Bot = {
    client: async () => fixture.bot,
    login: async () => 'self-harness[bot]',
    engine: () => engine,
    now: () => new Date(),
    redact: async (text) => text,
    log: () => {},
  };
  const event: AppEvent = {
    kind: 'comment',
    installation: installation.id,
    owner: 'octo',
    repo: 'agent',
    comment: comment.id,
    issue: number,
    isPullRequest: where === 'pull',
    author: user.login,
    authorIsBot: user.type === 'Bot',
    text: comment.body,
  };
  const since = github.log.mark();
  const known = repo.comments(number).length;
  await handle(bot, event, inMemory);
  const made = github.log.entries.slice(since);
  return {
    engine,
    writes: made.filter((one) => one.write && one.operation !== null).map((one) => one.operation ?? ''),
    answers: repo
      .comments(number)
      .slice(known)
      .map((one) => one.body),
    reactions: comment.reactions.map((one) => one.content).sort(),
  };
}

/** What the bot may always do: react to the comment and answer it. */
const TALK = new Set([
  'reactions/create-for-issue-comment',
  'issues/create-comment',
  'apps/create-installation-access-token',
]);

const names = Object.keys(COMMANDS) as CommandName[];
const writing = names.filter((name) => COMMANDS[name].needs === 'write');
const reading = names.filter((name) => COMMANDS[name].needs === 'read');
const strangers = ['reader', 'triager', 'outsider', 'forker'];
const cases = strangers.flatMap((author) => (['issue', 'pull'] as const).map((where) => ({ author, where })));

describe.each(cases)('$author in the $where', ({ author, where }) => {
  it.each(writing)('is refused /harness %s, and nothing is spent or written', async (name) => {
    const branches = await fixture.repo.branches();
    const { engine, writes, answers, reactions } = await command(author, name, where);
    expect(answers).toHaveLength(1);
    expect(answers[0]).toContain('This needs write permission in octo/agent');
    expect(answers[0]).toContain(author);
    expect(reactions).toEqual(['confused', 'eyes']);
    expect(writes.filter((one) => !TALK.has(one))).toEqual([]);
    expect(engine.works.map((work) => work.id)).toEqual(['running']);
    expect(await fixture.repo.branches()).toEqual(branches);
  });

  it.each(reading)('may ask /harness %s, which only answers', async (name) => {
    const { engine, writes, answers } = await command(author, name, where);
    expect(answers).toHaveLength(1);
    expect(writes.filter((one) => !TALK.has(one))).toEqual([]);
    expect(engine.works.map((work) => work.id)).toEqual(['running']);
  });
});

describe('a bot', () => {
  it.each(names)('is not even answered when it says /harness %s', async (name) => {
    const { engine, writes, answers, reactions } = await command('some-bot[bot]', name, 'issue');
    expect(answers).toEqual([]);
    expect(reactions).toEqual([]);
    expect(writes).toEqual([]);
    expect(engine.works.map((work) => work.id)).toEqual(['running']);
  });

  it('is not obeyed either where it has write permission', async () => {
    fixture.repo.setRole('some-bot[bot]', 'write');
    const { engine, writes, answers } = await command('some-bot[bot]', 'cancel', 'issue');
    expect([answers, writes]).toEqual([[], []]);
    expect(engine.works.map((work) => work.id)).toEqual(['running']);
  });
});

describe('somebody with write permission', () => {
  it('is obeyed, so that the refusals above are not silence', async () => {
    const { engine, answers, reactions } = await command('maintainer', 'cancel', 'issue');
    expect(answers[0]).toContain('Ending `running`');
    expect(reactions).toEqual(['eyes', 'rocket']);
    expect(engine.works.map((work) => `${work.workflow} ${work.id}`)).toContain('cancellation running');
  });
});
