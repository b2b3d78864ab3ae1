/**
 * `self-harness demo`: the whole loop on the bundled example, in a temporary git repository, with no model, no key
 * and no network.
 */
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { simpleGit } from 'simple-git';
import type { CampaignRecord } from '../campaign/record/record.ts';
import { ForgeError } from '../forge/forge.ts';
import { PACKAGE_ROOT } from '../package.ts';
import { improve, type Terminal } from './improve.ts';
import { writeOutcome } from './outcome.ts';

export interface DemoOptions {
  readonly out: string;
  readonly seed: number;
  readonly rule?: 'sequential' | 'paper';
}

const EXAMPLE = path.join(PACKAGE_ROOT, 'examples/ticket-agent');

/**
 * Runs the demo and returns the record and the files it left.
 * @throws ForgeError where the folder for the results holds something else
 */
export async function demo(
  options: DemoOptions,
  terminal: Terminal,
): Promise<{ record: CampaignRecord; files: string[] }> {
  await refuseForeign(options.out);
  const directory = await mkdtemp(path.join(tmpdir(), 'self-harness-demo-'));
  try {
    terminal.log(
      'The agent of this demo runs on a scripted model that ships with it: test equipment, not a real model.\n',
    );
    await cp(EXAMPLE, directory, { recursive: true });
    const git = simpleGit({ baseDir: directory, trimmed: true });
    await git.raw('init', '--quiet', '--initial-branch=main');
    await git.addConfig('user.name', 'demo');
    await git.addConfig('user.email', 'demo@localhost');
    await git.raw('add', '--all');
    await git.raw('commit', '--quiet', '-m', 'The example agent');
    const rule = options.rule === undefined ? {} : { rule: options.rule };
    const record = await improve({ repo: directory, seed: options.seed, fresh: true, ...rule }, terminal);
    await rm(options.out, { recursive: true, force: true });
    const files = await writeOutcome(record, options.out);
    if (record.pull_request !== null) {
      const patch = await git.raw('format-patch', '--stdout', `main..${record.pull_request.branch}`);
      const file = path.join(options.out, 'branch.patch');
      await writeFile(file, `${patch}\n`);
      files.push(file);
    }
    return { record, files };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The folder is emptied before results are written: only one that holds an earlier outcome, or nothing. */
async function refuseForeign(out: string): Promise<void> {
  const names: string[] = await readdir(out).catch(() => []);
  if (names.length > 0 && !names.includes('campaign.json'))
    throw new ForgeError(
      `${out} holds files that are no results of a campaign.`,
      'Name an empty folder with --out, or one that does not exist.',
    );
}
