import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Config } from '../../src/config/schema.ts';
import { EXAMPLE, evaluate, type FileEdit, groundTruth, knob, runEval, withCopy } from './ticket-agent.ts';

const text = (path: string) => readFileSync(join(EXAMPLE, path), 'utf8');

describe('an evaluation', () => {
  test('runs every task once when nothing is asked, and leaves no echo', () => {
    const { status, trials, echo, stderr } = runEval(EXAMPLE, null);
    expect(status).toBe(0);
    expect(trials.map((trial) => trial.task_id)).toEqual(groundTruth.tasks.map((task) => task.id));
    expect(trials.length).toBeGreaterThanOrEqual(60);
    expect(echo).toBeNull();
    expect(stderr).toContain('scripted/ticket-model-1 (a script');
  });

  test('takes an empty request, as a workflow passes it on a push, for none', () => {
    expect(runEval(EXAMPLE, '').trials.length).toBe(groundTruth.tasks.length);
  });

  test('draws anew in each run of a workflow that was asked nothing', () => {
    const [first, second] = ['4711', '4712'].map((id) => runEval(EXAMPLE, null, { GITHUB_RUN_ID: id }).lines);
    expect(first).not.toEqual(second);
  });

  test('runs the asked tasks, numbers the attempts and echoes the request', () => {
    const asked = {
      version: 1,
      campaign: 'c',
      arm: 'c1',
      tasks: ['log-02', 'audit-01'],
      attempts: 2,
      seed: 3,
      first_attempt: 4,
    };
    const { trials, echo } = runEval(EXAMPLE, asked);
    expect(trials.map((trial) => [trial.task_id, trial.attempt])).toEqual([
      ['log-02', 4],
      ['audit-01', 4],
      ['log-02', 5],
      ['audit-01', 5],
    ]);
    expect(echo).toEqual(asked);
  });

  test('repeats itself byte by byte for one seed, and draws anew for another seed, arm or attempt', () => {
    const asked = { attempts: 2, seed: 11, arm: 'baseline' };
    const { lines } = evaluate([], asked);
    expect(evaluate([], asked).lines).toEqual(lines);
    const steps = (others: object) =>
      evaluate([], { ...asked, ...others }).trials.map((trial) => trial.steps);
    const own = steps({});
    for (const others of [{ seed: 12 }, { arm: 'c1' }, { first_attempt: 3 }])
      expect(steps(others)).not.toEqual(own);
  });

  test('never writes the same trial for two arms, however alike they went', () => {
    const asked = { tasks: ['update-10'], attempts: 20 };
    const [one, other] = ['baseline', 'c1'].map((arm) => evaluate([], { ...asked, arm }));
    expect(new Set([...(one?.lines ?? []), ...(other?.lines ?? [])]).size).toBe(40);
    // They may well take the same steps: that is why their times must tell them apart.
    const steps = [...(one?.trials ?? []), ...(other?.trials ?? [])].map((trial) =>
      JSON.stringify(trial.steps),
    );
    expect(new Set(steps).size).toBeLessThan(40);
  });

  test('gives a trial the same draw whether it is asked for alone or among others', () => {
    const one = evaluate([], { tasks: ['reply-03'], attempts: 1, first_attempt: 2, seed: 5 });
    const all = evaluate([], { attempts: 3, seed: 5 });
    expect(all.lines).toContain(one.lines[0]);
  });

  test('breaks about 3 % of the trials by machine faults, with their trace so far', () => {
    const { trials } = evaluate([], { attempts: 30 });
    const invalid = trials.filter((trial) => trial.outcome === 'invalid');
    expect(invalid.length / trials.length).toBeGreaterThan(0.02);
    expect(invalid.length / trials.length).toBeLessThan(0.04);
    for (const trial of invalid) {
      expect(trial.reason).toBe('sandbox: connection reset');
      expect(trial.steps?.at(-1)?.tool_calls).toHaveLength(1);
    }
  });

  test('writes whole trajectories with simulated times and what the model used', () => {
    const { trials } = evaluate([], {});
    for (const trial of trials) {
      expect(trial).toMatchObject({ agent: 'ticket-agent', model: 'scripted/ticket-model-1', cost_usd: 0 });
      expect(trial.steps?.slice(0, 2).map((step) => step.role)).toEqual(['system', 'user']);
      expect(Date.parse(trial.finished_at ?? '')).toBeGreaterThan(Date.parse(trial.started_at ?? ''));
      expect(trial.tokens?.input).toBeGreaterThan(0);
    }
  });

  test.each([
    ['no JSON', 'not JSON', '{'],
    ['another version', '"version" must be 1', '{"version":2}'],
    ['an unknown task', 'there is no task "nope"', '{"version":1,"tasks":["nope"]}'],
    ['no attempts', '"attempts" must be a whole number', '{"version":1,"attempts":0}'],
  ])('refuses %s in one line', (_, message, request) => {
    const { status, stderr, trials } = runEval(EXAMPLE, request);
    expect(status).toBe(2);
    expect(stderr).toContain(`SELF_HARNESS_REQUEST: ${message}`);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(trials).toEqual([]);
  });

  const broken: [string, string, FileEdit][] = [
    [
      'an unknown key',
      'runtime has no key "max_stepz"',
      ['agent/harness.yaml', 'max_steps:', 'max_stepz: 3\n  max_steps:'],
    ],
    ['a value of another type', 'max_steps must be a number', knob('max_steps', true)],
    ['a value out of range', 'max_steps must be a number from 1 to 500', knob('max_steps', 0)],
    [
      'what it cannot read',
      'agent/harness.yaml:5: expected "key: value"',
      ['agent/harness.yaml', 'runtime:', '- runtime'],
    ],
    ['no prompt', 'the system prompt is empty', ['agent/prompts/system.md', /[\s\S]*/, '']],
    ['broken JSON', 'agent/tools.json: not JSON', ['agent/tools.json', '{', '']],
  ];
  test.each(broken)('refuses a harness with %s', (_, message, edit) => {
    const { status, stderr } = withCopy([edit], (directory) => runEval(directory, {}));
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});

describe('the files around it', () => {
  test('the config is valid, and every knob points at a value it allows', () => {
    const config = Config.parse(parse(text('.github/self-harness.yml')));
    const policy = parse(text('agent/harness.yaml'));
    const runtime = config.surfaces.find((surface) => surface.id === 'runtime');
    expect(runtime?.knobs.map((one) => one.pointer.split('/')[2]).sort()).toEqual(
      Object.keys(policy.runtime)
        .filter((key) => key !== 'wall_clock_s')
        .sort(),
    );
  });

  test('what the planted weaknesses are is kept from edits and out of the agent', () => {
    const config = Config.parse(parse(text('.github/self-harness.yml')));
    expect(config.eval.protect).toEqual(expect.arrayContaining(['ground_truth.json', 'eval/**', 'tasks/**']));
    for (const file of ['agent/loop.js', 'agent/model/scripted.js', 'eval/run.js', 'eval/trial.js']) {
      expect(text(file)).not.toContain('ground_truth');
    }
    const { lines } = evaluate([], {});
    for (const { mechanism } of groundTruth.weaknesses) expect(lines.join('\n')).not.toContain(mechanism);
  });

  test('the README says of each task what the ground truth says', () => {
    const readme = text('README.md');
    const ids = (line: string) => [...line.matchAll(/\b[a-z]+-\d\d\b/g)].map((match) => match[0]);
    for (const weakness of groundTruth.weaknesses) {
      const begin = new RegExp(`^\\| ${weakness.id} +\\| \`${weakness.mechanism}\``);
      const row = readme.split('\n').find((line) => begin.test(line)) ?? '';
      expect(ids(row)).toEqual(
        groundTruth.tasks.filter((task) => task.weakness === weakness.id).map((task) => task.id),
      );
    }
    for (const task of groundTruth.tasks) expect(readme).toContain(task.id);
    expect(readme).toContain(`${groundTruth.tasks.length} tasks`);
  });

  test('it depends on nothing', () => {
    const manifest = JSON.parse(text('package.json'));
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.devDependencies).toBeUndefined();
  });
});
