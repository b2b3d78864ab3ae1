import { describe, expect, it } from 'vitest';
import { parseClaudeCode } from '../../src/traces/formats/coding-agents/claude-code.ts';
import { readFixture, told } from './fixture.ts';

describe('Claude Code', () => {
  it('reads a session over its files: steps of the main thread, tokens of all', async () => {
    const { trials, trial } = await readFixture('claude-code/project');
    expect(trials).toHaveLength(1);
    const session = trial('sess-1');
    expect(session).toMatchObject({
      outcome: 'invalid',
      reason: 'no verdict',
      agent: 'claude-code 2.0.76',
      model: 'claude-opus-4-5',
      instruction: 'Fix the test',
      stop: 'finished',
      startedAt: '2026-01-01T10:00:00.000Z',
      finishedAt: '2026-01-01T10:00:07.000Z',
      // Three lines of one message repeat its usage; it counts once.
      tokens: { input: 18, cacheRead: 100, cacheWrite: 50, output: 41 },
      costUsd: null,
    });
    expect(told(session.steps).slice(2)).toEqual(
      [
        'agent: Look first. | Bash({"command":"npm test"}) Task({"prompt":"explore"}) → 1 failed !1 failed',
        'system: The conversation was compacted here.',
        'agent: Done.',
      ].map((line) => line.replace('→ 1 failed', '→ src and test\n1 failed')),
    );
    expect(session.steps[2]?.truncated).toBe(true);
  });

  it('says what was no event, and where a line was cut', async () => {
    const { problems } = await readFixture('claude-code/project');
    expect(problems).toEqual([
      expect.stringMatching(/^sess-1.jsonl: line 15: not valid JSON/),
      'sess-1.jsonl: 3 of 14 lines are no Claude Code events and were left out',
    ]);
  });

  it('reads stream-json in one array: the last result holds, subagents stay aside', async () => {
    const { trial } = await readFixture('claude-code/stream');
    const run = trial('st-1');
    expect(run).toMatchObject({
      stop: 'step_limit',
      costUsd: 0.05,
      tokens: { input: 22, cacheRead: 7, cacheWrite: 3, output: 10 },
      agent: 'claude-code 2.1.0',
    });
    expect(told(run.steps)).toEqual(['agent: Trying']);
  });

  it('names a session after its file where the lines name none', () => {
    const line = { type: 'user', sessionId: '', uuid: 'u', message: { role: 'user', content: 'Hi' } };
    const { trials } = parseClaudeCode([line], 'project/lost.jsonl', { skipSteps: false });
    expect(trials.map(({ task }) => task)).toEqual(['lost']);
  });

  it('does not take "success" with is_error for an end', async () => {
    expect((await readFixture('claude-code/api-error')).trial('st-2')).toMatchObject({ stop: 'error' });
  });
});

describe('Codex', () => {
  it('reads the event stream: an item counts once, as far as it got', async () => {
    const { trial } = await readFixture('codex/exec.jsonl');
    const run = trial('th-1');
    expect(told(run.steps)).toEqual([
      'agent: **Plan**',
      'agent: | shell(bash -lc ls) → a.py\n !exit code 2',
      'agent: | docs.search({"q":"x"}) !timed out',
      'agent: | apply_patch([{"path":"a.py","kind":"update"}])',
      'agent: | shell(pytest) → collect !stream disconnected',
    ]);
    expect(run).toMatchObject({
      stop: 'error',
      tokens: { input: 400, cacheRead: 600, output: 50 },
      model: null,
    });
  });

  it('reads rollouts without telling things twice', async () => {
    const { trial } = await readFixture('codex/rollout-2026-02-01.jsonl');
    const run = trial('ses-9');
    expect(run).toMatchObject({
      agent: 'codex 0.65.0',
      model: 'gpt-5-codex',
      instruction: 'Fix it',
      stop: 'cancelled',
      tokens: { input: 300, cacheRead: 200, output: 40 },
    });
    expect(told(run.steps).slice(2)).toEqual([
      'agent: Look',
      'agent: | shell({"command":["bash","-lc","false"]}) → boom !exit code 1',
      'agent: | apply_patch(*** Begin Patch) → Done',
      'agent: Fixed.',
    ]);
  });

  it('reads the bare items of the first rollouts', async () => {
    const { trial } = await readFixture('codex/rollout-oldest.jsonl');
    expect(told(trial('ses-old').steps)).toEqual(['user: Hi', 'agent: | shell(["ls"]) → a.py']);
  });
});
