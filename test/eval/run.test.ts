/** `self-harness eval` as people and workflows call it: real processes in a real checkout. */
import { chmod, link, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EvalRepository, evalRepository } from './repository.ts';

const RUN = ['--', 'node', 'eval.js'];

/** Says that it runs, and waits. */
const SLOW = `
const fs = require('node:fs');
fs.writeFileSync(process.env.SELF_HARNESS_TRACES_DIR + '/half.jsonl', '');
console.log('working on ' + fs.readFileSync('agent/prompt.md', 'utf8'));
setInterval(() => {}, 1000);
`;

let repository: EvalRepository;
beforeEach(async () => {
  repository = await evalRepository();
});
afterEach(() => repository.remove());

const arms = { base: {}, a1: { 'agent/prompt.md': 'One.\n' }, a2: { 'agent/prompt.md': 'Two.\n' } };

describe('self-harness eval without a request', () => {
  it('runs the command as it is, once, and ends as it does', async () => {
    const script =
      'console.log(process.argv.slice(1).join("|"), process.env.SELF_HARNESS_TASKS); process.exitCode = 7';
    const ended = await repository.run(['--', 'node', '-e', script, 'a b', "c'd", '--jobs']);
    expect(ended).toMatchObject({ code: 7, stdout: "a b|c'd|--jobs undefined\n", stderr: '' });
    expect(await readdir(repository.directory)).not.toContain('traces');
  });

  it('takes one word for a line of the shell', async () => {
    expect(await repository.run(['--', 'echo one && exit 3'])).toMatchObject({ code: 3, stdout: 'one\n' });
  });

  it('ends by the signal that ended the command', async () => {
    expect(await repository.run(['--', 'node', '-e', 'process.kill(process.pid, "SIGTERM")'])).toMatchObject({
      signal: 'SIGTERM',
    });
  });

  it('passes a signal on', async () => {
    const running = repository.start([
      '--',
      'node',
      '-e',
      'console.log("up"); process.on("SIGTERM", () => process.exit(9)); setInterval(() => {}, 1000)',
    ]);
    await running.says('up');
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 9 });
  });

  it('says 127 where the command is not there, as a shell does', async () => {
    expect(await repository.run(['--', 'no-such-command'])).toMatchObject({ code: 127 });
  });

  it('needs a command', async () => {
    expect(await repository.run([])).toMatchObject({ code: 2 });
  });
});

describe('self-harness eval with a request of version 1', () => {
  it('gives it to the command as it came', async () => {
    const request = {
      version: 1,
      campaign: 'c',
      arm: 'c1',
      tasks: ['x'],
      attempts: 2,
      first_attempt: 3,
      seed: 9,
    };
    const ended = await repository.run(['--', 'node', '-p', 'process.env.SELF_HARNESS_REQUEST'], {
      SELF_HARNESS_REQUEST: JSON.stringify(request),
    });
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual(request);
  });
});

describe('self-harness eval with a plan', () => {
  const blocks = [
    { block: 1, arm: 'a1', tasks: ['t1', 't2'], attempt: 4 },
    { block: 1, arm: 'base', tasks: ['t1', 't2'], attempt: 4 },
    { block: 2, arm: 'a2', tasks: ['t1', 't2'], attempt: 5 },
    { block: 2, arm: 'a1', tasks: ['t1', 't2'], attempt: 5 },
  ];
  const expected = {
    'b1-a1': ['t1#4: One.', 't2#4: One.'],
    'b1-base': ['t1#4: Base.', 't2#4: Base.'],
    'b2-a1': ['t1#5: One.', 't2#5: One.'],
    'b2-a2': ['t1#5: Two.', 't2#5: Two.'],
  };

  it('runs each group with its arm laid over, in order, and leaves the checkout as it was', async () => {
    const prompt = path.join(repository.directory, 'agent/prompt.md');
    await writeFile(prompt, Buffer.from([0xef, 0xbb, 0xbf, 0x42, 0x0d, 0x0a, 0xff, 0x00]));
    await chmod(prompt, 0o755);
    await utimes(prompt, 1_700_000_000, 1_700_000_000);
    await link(prompt, path.join(repository.directory, 'twin'));
    const before = await stat(prompt);
    const request = await repository.plan(arms, blocks);
    const ended = await repository.run(RUN, { SELF_HARNESS_REQUEST: request });
    expect(ended.code).toBe(0);
    const order = ended.stderr.match(/^b\d-\w+(?= starts)/gm);
    expect(order).toEqual(['b1-a1', 'b1-base', 'b2-a2', 'b2-a1']);
    expect(ended.stderr).toContain('4 groups of 4 ran');
    expect(Object.keys(await repository.reported()).sort()).toEqual(Object.keys(expected));
    expect([...(await readFile(prompt))]).toEqual([0xef, 0xbb, 0xbf, 0x42, 0x0d, 0x0a, 0xff, 0x00]);
    const after = await stat(prompt);
    expect([after.mode, after.mtimeMs, after.ino]).toEqual([before.mode, before.mtimeMs, before.ino]);
  });

  it('gives the same traces with several groups at once, each in a copy with what was installed', async () => {
    await repository.write({ 'node_modules/dep/index.js': 'module.exports = 1;\n' });
    await symlink('dep', path.join(repository.directory, 'node_modules/twin'));
    await repository.write({ 'eval.js': `require('twin');\n${await repository.read('eval.js')}` });
    const request = await repository.plan(arms, blocks);
    const ended = await repository.run(['--jobs', '3', ...RUN], { SELF_HARNESS_REQUEST: request });
    expect(ended.code).toBe(0);
    expect(await repository.reported()).toEqual(expected);
    expect(await repository.read('agent/prompt.md')).toBe('Base.\n');
  });

  it('runs a copy’s own files also where the command or a variable names the checkout', async () => {
    const request = await repository.plan(arms, blocks);
    const script = path.join(repository.directory, 'eval.js');
    await repository.write({
      'eval.js': `process.chdir(process.env.AGENT_HOME);\n${await repository.read('eval.js')}`,
    });
    const ended = await repository.run(['--jobs', '2', '--', 'node', script], {
      SELF_HARNESS_REQUEST: request,
      AGENT_HOME: repository.directory,
    });
    expect(ended.code).toBe(0);
    expect(await repository.reported()).toEqual(expected);
  });

  it('tells today’s evals their part as a request of version 1', async () => {
    await repository.write({
      'eval.js': `
        const request = JSON.parse(process.env.SELF_HARNESS_REQUEST);
        const { SELF_HARNESS_ARM: arm, SELF_HARNESS_TASKS: tasks } = process.env;
        const line = { task_id: 't1', attempt: 1, outcome: 'fail', verifier: { message: JSON.stringify({ request, arm, tasks }) } };
        require('node:fs').writeFileSync(process.env.SELF_HARNESS_TRACES_DIR + '/trials.jsonl', JSON.stringify(line));
      `,
    });
    const request = await repository.plan(arms, [{ block: 3, arm: 'a2', tasks: ['t1'], attempt: 6 }]);
    await repository.run(RUN, { SELF_HARNESS_REQUEST: request });
    const [said = ''] = Object.values(await repository.reported())[0] ?? [];
    expect(JSON.parse(said.replace('t1#1: ', ''))).toEqual({
      arm: 'a2',
      tasks: '["t1"]',
      request: {
        version: 1,
        campaign: 'c1',
        arm: 'a2',
        tasks: ['t1'],
        attempts: 1,
        first_attempt: 6,
        seed: 7,
      },
    });
  });

  it('takes whole blocks for a shard', async () => {
    const request = await repository.plan(arms, blocks);
    await repository.run(['--shard', '2/2', ...RUN], { SELF_HARNESS_REQUEST: request });
    expect(Object.keys(await repository.reported()).sort()).toEqual(['b2-a1', 'b2-a2']);
    await repository.run(['--shard', '1/2', ...RUN], { SELF_HARNESS_REQUEST: request });
    expect(await repository.reported()).toEqual(expected);
    expect(await repository.run(['--shard', '3/2', ...RUN])).toMatchObject({ code: 2 });
  });

  it('prints the plan as a table and runs nothing with --dry-run', async () => {
    const request = await repository.plan(arms, blocks);
    const ended = await repository.run(['--dry-run', ...RUN], { SELF_HARNESS_REQUEST: request });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatchInlineSnapshot(`
      "Plan x1 of campaign c1: 4 groups in 2 blocks. Each group is one run of the command.

      arm   changes
      base  nothing: the checkout as it is
      a1    agent/prompt.md
      a2    agent/prompt.md

      block  arm   attempt  tasks
      1      a1    4        2      t1, t2
      1      base  4        2      t1, t2
      2      a2    5        2      t1, t2
      2      a1    5        2      t1, t2
      "
    `);
    expect(await readdir(repository.directory)).not.toContain('traces');
  });

  it('writes down what went wrong with one group, and goes on', async () => {
    await repository.write({
      'eval.js': `
        const fs = require('node:fs');
        const dir = process.env.SELF_HARNESS_TRACES_DIR;
        const arm = process.env.SELF_HARNESS_ARM;
        const write = (to, ...tasks) => fs.writeFileSync(to + '/trials.jsonl', tasks.map((task_id) => JSON.stringify({ task_id, attempt: 1, outcome: 'pass' })).join('\\n'));
        if (arm === 'crash') { console.error('no key'); process.exit(1); }
        if (arm === 'hangs') setInterval(() => {}, 1000);
        else if (arm === 'signal') process.kill(process.pid, 'SIGKILL');
        else if (arm === 'busybody') { write(dir, 't1'); write(dir + '/../b1-fine', 't1', 't2'); }
        else if (arm === 'other') write(dir, 't1', 't9');
        else if (arm === 'gone') process.exit(127);
        else { write(dir, 't1'); if (arm === 'exits') process.exit(1); }
      `,
    });
    const names = ['fine', 'crash', 'hangs', 'signal', 'busybody', 'other', 'gone', 'exits'];
    const request = await repository.plan(
      Object.fromEntries(names.map((name) => [name, {}])),
      names.map((arm) => ({ block: 1, arm })),
    );
    const ended = await repository.run(['--timeout-minutes', '0.02', ...RUN], {
      SELF_HARNESS_REQUEST: request,
    });
    expect(ended.code).toBe(1);
    const echoes = await Promise.all(
      names.map(async (name) => {
        const { status, problem } = JSON.parse(await repository.read(`traces/b1-${name}/self-harness.json`));
        return [name, status, problem?.replace(repository.directory, '…') ?? null];
      }),
    );
    expect(echoes).toMatchInlineSnapshot(`
      [
        [
          "fine",
          "mixed",
          "Its folder was written to after it had ended: nobody can tell whose traces they are.",
        ],
        [
          "crash",
          "no_traces",
          "The command ended (exit 1) and left nothing in SELF_HARNESS_TRACES_DIR (…/traces/b1-crash): no key",
        ],
        [
          "hangs",
          "timed_out",
          "The command was stopped after 0.02 minutes.",
        ],
        [
          "signal",
          "no_traces",
          "The command ended (by a signal) and left nothing in SELF_HARNESS_TRACES_DIR (…/traces/b1-signal): ended by SIGKILL.",
        ],
        [
          "busybody",
          "ran",
          null,
        ],
        [
          "other",
          "ran",
          "It reported tasks that nobody asked for: t9.",
        ],
        [
          "gone",
          "failed_to_start",
          "The command could not be run (exit 127)",
        ],
        [
          "exits",
          "ran",
          null,
        ],
      ]
    `);
    expect(ended.stderr).toContain('3 groups of 8 ran');
  });

  it('copies results that the eval always writes to one place, each group its own', async () => {
    await repository.write({
      'eval.js': `
        const fs = require('node:fs');
        if (fs.existsSync('out')) throw new Error('results of another group');
        fs.mkdirSync('out');
        const message = fs.readFileSync('agent/prompt.md', 'utf8').trim();
        fs.writeFileSync('out/trials.jsonl', JSON.stringify({ task_id: 't1', attempt: 1, outcome: 'fail', verifier: { message } }));
      `,
    });
    const request = await repository.plan(arms, [
      { block: 1, arm: 'a1' },
      { block: 1, arm: 'a2' },
    ]);
    const ended = await repository.run(['--results', 'out', ...RUN], { SELF_HARNESS_REQUEST: request });
    expect(ended.code).toBe(0);
    expect(await repository.reported()).toEqual({ 'b1-a1': ['t1#1: One.'], 'b1-a2': ['t1#1: Two.'] });
  });

  it('ends what a group left running, so that it serves no other arm', async () => {
    await repository.write({
      'eval.js': `require('node:child_process').spawn('sleep', ['300'], { stdio: 'inherit' }).unref();\n${await repository.read('eval.js')}`,
    });
    const request = await repository.plan(arms, [{ block: 1, arm: 'a1' }]);
    const started = Date.now();
    const ended = await repository.run(RUN, { SELF_HARNESS_REQUEST: request });
    expect(ended.code).toBe(0);
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  it('gives no two versions of a file the same second, which Python takes for the same code', async () => {
    await repository.write({
      'eval.js': `
        const { mtimeMs } = require('node:fs').statSync('agent/prompt.md');
        const line = { task_id: 't1', attempt: 1, outcome: 'fail', verifier: { message: String(Math.floor(mtimeMs / 1000)) } };
        require('node:fs').writeFileSync(process.env.SELF_HARNESS_TRACES_DIR + '/trials.jsonl', JSON.stringify(line));
      `,
    });
    const cells = ['a1', 'a2', 'base'].map((arm) => ({ block: 1, arm }));
    await repository.run(RUN, { SELF_HARNESS_REQUEST: await repository.plan(arms, cells) });
    const seconds = Object.values(await repository.reported()).flat();
    expect(new Set(seconds).size).toBe(3);
  });
});

describe('an interrupted plan', () => {
  const cells = [
    { block: 1, arm: 'a1' },
    { block: 1, arm: 'a2' },
    { block: 2, arm: 'base' },
  ];
  const slowSecond = async () => {
    const fast = await repository.read('eval.js');
    await repository.write({
      'eval.js': `if (process.env.SELF_HARNESS_ARM === 'a2') {${SLOW}} else {${fast}}`,
    });
  };

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'keeps what it has after %s and loses only what ran',
    async (signal) => {
      await slowSecond();
      const running = repository.start(RUN, { SELF_HARNESS_REQUEST: await repository.plan(arms, cells) });
      await running.says('working on Two.');
      running.child.kill(signal);
      const ended = await running.ended;
      expect(ended.code).toBe(130);
      expect(ended.stderr).toContain('1 group of 3 ran');
      expect(ended.stderr).toContain('1 group never started');
      expect(await repository.reported()).toEqual({ 'b1-a1': ['t1#1: One.'], 'b1-a2': 'interrupted' });
      expect(await repository.read('agent/prompt.md')).toBe('Base.\n');
    },
  );

  it('is undone by the next run where it was killed', async () => {
    await slowSecond();
    await mkdir(path.join(repository.directory, '.git'));
    const request = await repository.plan(arms, cells);
    const running = repository.start(RUN, { SELF_HARNESS_REQUEST: request });
    await running.says('working on Two.');
    const second = await repository.run(RUN, { SELF_HARNESS_REQUEST: request });
    expect(second).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`process ${running.child.pid}`),
    });
    running.child.kill('SIGKILL');
    await running.ended;
    expect(await repository.read('agent/prompt.md')).toBe('Two.\n');
    const fast = 'console.log(require("node:fs").readFileSync("agent/prompt.md", "utf8"))';
    const base = await repository.plan({ base: {} }, [{ block: 1, arm: 'base' }]);
    const ended = await repository.run(['--', 'node', '-e', fast], { SELF_HARNESS_REQUEST: base });
    expect(ended.stderr).toContain('Base.');
    expect(await repository.read('agent/prompt.md')).toBe('Base.\n');
    expect(await readdir(path.join(repository.directory, '.git'))).toEqual([]);
  });
});

describe('a request or a plan that cannot be used', () => {
  const refused = async (request: string, message: string) => {
    const ended = await repository.run(RUN, { SELF_HARNESS_REQUEST: request });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(await readdir(repository.directory)).not.toContain('traces');
  };

  it('says what is wrong with a request', async () => {
    await refused('{', 'is not JSON');
    await refused('{}', 'has no version');
    await refused('{"version":3}', 'version 3');
    await refused('{"version":1,"tasks":"all"}', 'campaign');
    await refused('{"version":2,"plan":"x"}', 'sha256');
  });

  it('refuses a plan that is not the one asked for', async () => {
    const request = await repository.plan(arms, [{ block: 1, arm: 'a1' }]);
    await repository.plan(arms, [{ block: 1, arm: 'a2' }]);
    await refused(request, 'is not the one that was asked for');
  });

  it('refuses a plan that is not there, or lies outside', async () => {
    const sha256 = '0'.repeat(64);
    for (const [plan, message] of [
      ['none.json', 'does not exist'],
      ['../plan.json', 'no plain relative path'],
      ['/etc/passwd', 'no plain relative path'],
      ['agent', 'is no file'],
    ] as const) {
      await refused(JSON.stringify({ version: 2, plan, sha256 }), message);
    }
  });

  it('refuses a plan that contradicts itself', async () => {
    const one = { block: 1, arm: 'a1' };
    await refused(await repository.plan(arms, [one, one]), 'stands twice');
    await refused(await repository.plan(arms, [{ block: 1, arm: 'none' }]), 'there is no arm');
    await refused(await repository.plan(arms, [{ ...one, tasks: ['t1', 't1'] }]), 'names a task twice');
  });

  it.each([
    ['an undeclared file', 'eval.js', 'is no surface'],
    ['the bot’s config', '.github/self-harness.yml', 'under .git or .github'],
    ['a workflow by a twin in case', '.GITHUB/workflows/eval.yml', 'under .git or .github'],
    ['a workflow by a twin in Unicode', '.ｇithub/workflows/eval.yml', 'under .git or .github'],
    ['a hook of git', '.git/hooks/post-checkout', 'under .git or .github'],
    ['a hook of git by its short name', 'GIT~1/hooks/post-checkout', 'under .git or .github'],
    ['a hook by a name that HFS+ reads as .git', '.g\u200cit/hooks/x', 'under .git or .github'],
    ['a hook by a trailing dot', '.git./hooks/x', 'under .git or .github'],
    ['a twin of a surface in case', 'agent/Prompt.md', 'is no surface'],
    ['a way around', 'agent/../eval.js', 'is no surface'],
    ['a doubled slash', 'agent//prompt.md', 'is no surface'],
    ['an absolute path', '/etc/passwd', 'is no surface'],
    ['a key of every object', 'constructor', 'is no surface'],
  ])('refuses an arm that touches %s', async (_, file, message) => {
    const files = JSON.parse(`{${JSON.stringify(file)}: "x"}`);
    await refused(await repository.plan({ a1: files }, [{ block: 1, arm: 'a1' }]), message);
  });

  it.each([
    ['.github/workflows/eval.yml', 'under .git or .github'],
    ['agent/none.md', 'does not exist'],
    ['agent/link.md', 'symbolic link'],
    ['linked/prompt.md', 'symbolic link'],
    ['sub/prompt.md', 'a submodule'],
    ['agent', 'is no file'],
  ])('refuses %s also where a config declares it', async (file, message) => {
    const config = `agent: { model: m }\nsurfaces: [{ id: x, path: ${file}, kind: text }]\neval: {}\n`;
    await repository.write({
      '.github/self-harness.yml': config,
      '.github/workflows/eval.yml': 'on: push\n',
      'sub/.git': 'gitdir: x\n',
      'sub/prompt.md': 'x\n',
    });
    await symlink('prompt.md', path.join(repository.directory, 'agent/link.md'));
    await symlink('agent', path.join(repository.directory, 'linked'));
    await refused(await repository.plan({ a1: { [file]: 'x' } }, [{ block: 1, arm: 'a1' }]), message);
  });

  it('refuses an arm where the config is not there or not valid', async () => {
    await repository.write({ '.github/self-harness.yml': 'surfaces: []\n' });
    await refused(await repository.plan(arms, [{ block: 1, arm: 'a1' }]), '.github/self-harness.yml');
  });
});
