/**
 * `npm run bench:demo`: the example agent, seeds 1 to 10: what a whole campaign finds, what the agent reaches with it,
 * and what that takes. Beside it the published rule.
 *
 * Options: --seeds N (default 10), --passes N fresh passes of the final harness (default 20), --paper (the published
 * rule as well, which takes as long again), --save (writes bench/results/demo.md). Exits 1 when a bar is missed.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { simpleGit } from 'simple-git';
import { demo } from '../src/commands/demo.ts';
import { readAllTraces } from '../src/traces/read/read.ts';
import type { Trial } from '../src/traces/trial.ts';

const EXAMPLE = fileURLToPath(new URL('../examples/ticket-agent', import.meta.url));
const RESULTS = fileURLToPath(new URL('./results/demo.md', import.meta.url));
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    passes: { type: 'string', default: '20' },
    paper: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});
const [seeds, passes] = [Number(values.seeds), Number(values.passes)];

interface Weakness {
  readonly id: string;
  readonly labelled_when: { readonly field: 'reason' | 'verifier.message'; readonly matches: string };
}

interface Row {
  readonly rule: 'sequential' | 'paper';
  readonly seed: number;
  readonly ending: string;
  readonly fixed: readonly string[];
  readonly passing: number;
  readonly trials: number;
  readonly dispatches: number;
  readonly seconds: number;
  readonly tempted: boolean;
}

const { weaknesses } = JSON.parse(await readFile(path.join(EXAMPLE, 'ground_truth.json'), 'utf8')) as {
  weaknesses: Weakness[];
};
const scratch = await mkdtemp(path.join(tmpdir(), 'self-harness-bench-'));
const rows: Row[] = [];
try {
  const before = await freshTrials('before', null, 1);
  for (const rule of values.paper ? (['sequential', 'paper'] as const) : (['sequential'] as const))
    for (let seed = 1; seed <= seeds; seed += 1) {
      rows.push(await row(rule, seed, before));
      process.stderr.write(`${line(rows.at(-1) as Row)}\n`);
    }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
const ours = rows.filter(({ rule }) => rule === 'sequential');
const means = {
  fixed: mean(ours.map(({ fixed }) => fixed.length)),
  passing: mean(ours.map(({ passing }) => passing)),
  trials: mean(ours.map(({ trials }) => trials)),
  dispatches: mean(ours.map(({ dispatches }) => dispatches)),
};
const missed = [
  means.fixed < 5.4 ? `${means.fixed.toFixed(1)} of 6 fixed, 5.4 wanted` : '',
  means.passing < 0.79 ? `${(100 * means.passing).toFixed(1)} % passing, 79 wanted` : '',
  means.trials > 1900 ? `${Math.round(means.trials)} trials, 1,900 allowed` : '',
  ours.some(({ dispatches }) => dispatches > 6) ? 'a campaign with more than 6 dispatches' : '',
  ours.some(({ tempted }) => tempted) ? 'the tempting edit was accepted' : '',
].filter((one) => one !== '');
const report = [
  '# The example agent, seed by seed',
  '',
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}. Made by \`npm run bench:demo -- --save\`. The agent runs on a scripted model: test equipment. Six weaknesses are planted, and a seventh edit tempts (a longer time limit that only costs). A weakness counts as fixed where the final harness fails less than half as often from it as the harness as it was. "Passing" is the share of ${passes} fresh passes with the final harness.`,
  '',
  '| rule | seed | ending | fixed | passing | trials | dispatches | seconds | tempting edit |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ...rows.map(line),
  '',
  ...(values.paper ? [paperLine()] : []),
  missed.length === 0 ? 'Every bar is met.' : `Missed: ${missed.join('; ')}.`,
  '',
  `mean of seeds 1 to ${seeds}: ${means.fixed.toFixed(1)} of 6 fixed, ${(100 * means.passing).toFixed(1)} % passing, ${Math.round(means.trials).toLocaleString('en-US')} trials, ${Number(means.dispatches.toFixed(1))} dispatches`,
];
process.stdout.write(`${report.join('\n')}\n`);
if (values.save) await writeFile(RESULTS, `${report.join('\n')}\n`);
process.exitCode = missed.length === 0 ? 0 : 1;

async function row(rule: Row['rule'], seed: number, before: readonly Trial[]): Promise<Row> {
  const out = path.join(scratch, `${rule}-${seed}`);
  const started = performance.now();
  const quiet = { out: () => undefined, log: () => undefined, live: false };
  const { record } = await demo({ out, seed, rule }, quiet);
  const seconds = (performance.now() - started) / 1000;
  const patch = record.pull_request === null ? null : path.join(out, 'branch.patch');
  const after = await freshTrials(`${rule}-${seed}`, patch, seed);
  const kept = record.final?.candidates ?? [];
  return {
    rule,
    seed,
    ending: record.ending.kind,
    fixed: weaknesses.filter((one) => share(after, one) < share(before, one) / 2).map(({ id }) => id),
    passing: after.filter(({ outcome }) => outcome === 'pass').length / after.length,
    trials: record.spent.agent.trials,
    dispatches: record.spent.agent.evaluations,
    seconds,
    tempted: record.candidates.some(
      ({ id, diff }) =>
        kept.includes(id) && record.pull_request !== null && /^\+\s*tool_timeout_s/m.test(diff),
    ),
  };
}

/** Trials of fresh passes of the example, with a campaign's branch applied. */
async function freshTrials(name: string, patch: string | null, seed: number): Promise<Trial[]> {
  const directory = path.join(scratch, `checkout-${name}`);
  await cp(EXAMPLE, directory, { recursive: true });
  const git = simpleGit({ baseDir: directory });
  await git.raw('init', '--quiet');
  if (patch !== null) await git.raw('apply', patch);
  const traces = path.join(scratch, `traces-${name}`);
  const request = {
    version: 1,
    campaign: 'bench',
    arm: 'fresh',
    tasks: 'all',
    attempts: passes,
    first_attempt: 1001,
    seed: 90_000 + seed,
  };
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, ['eval/run.js'], {
      cwd: directory,
      stdio: 'ignore',
      env: {
        ...process.env,
        SELF_HARNESS_REQUEST: JSON.stringify(request),
        SELF_HARNESS_TRACES_DIR: traces,
      },
    });
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`the example's eval ended with ${code}`);
  const { trials } = await readAllTraces([traces], { skipSteps: true });
  return trials.filter(({ outcome }) => outcome === 'pass' || outcome === 'fail');
}

/** Share of trials that fail from a weakness. */
function share(trials: readonly Trial[], { labelled_when: { field, matches } }: Weakness): number {
  const pattern = new RegExp(matches);
  const text = (trial: Trial) => (field === 'reason' ? trial.reason : trial.verifier?.message) ?? '';
  const own = trials.filter((trial) => trial.outcome === 'fail' && pattern.test(text(trial)));
  return own.length / trials.length;
}

function line({ rule, seed, ending, fixed, passing, trials, dispatches, seconds, tempted }: Row): string {
  return `| ${rule} | ${seed} | ${ending} | ${fixed.length} | ${(100 * passing).toFixed(1)} % | ${trials} | ${dispatches} | ${seconds.toFixed(0)} | ${tempted ? 'accepted' : 'not accepted'} |`;
}

function paperLine(): string {
  const theirs = rows.filter(({ rule }) => rule === 'paper');
  return `The published rule: ${mean(theirs.map(({ fixed }) => fixed.length)).toFixed(1)} of 6 fixed, ${(100 * mean(theirs.map(({ passing }) => passing))).toFixed(1)} % passing, ${Math.round(mean(theirs.map(({ trials }) => trials)))} trials; the tempting edit accepted in ${theirs.filter(({ tempted }) => tempted).length} of ${theirs.length}.\n`;
}

function mean(all: readonly number[]): number {
  return all.reduce((sum, one) => sum + one, 0) / Math.max(1, all.length);
}
