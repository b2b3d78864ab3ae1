/**
 * `self-harness improve`: one campaign on a local repository.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { runCampaign } from '../campaign/campaign.ts';
import { type CampaignDeps, CampaignInput } from '../campaign/context.ts';
import { type Engine, openEngine } from '../campaign/engine/engine.ts';
import { prepare } from '../campaign/evaluate/prepare.ts';
import { CampaignRecord } from '../campaign/record/record.ts';
import { ForgeError } from '../forge/forge.ts';
import {
  type LocalForge,
  localDataDirectory,
  openLocalForge,
  requireCleanTree,
} from '../forge/local/local.ts';
import { modelFor } from '../model/open.ts';
import { createRedactor } from '../traces/redact/redact.ts';
import { progressView } from './progress.ts';

const CAMPAIGN = 'campaign';

export interface ImproveOptions {
  readonly repo: string;
  readonly seed: number;
  readonly rule?: 'sequential' | 'paper';
  /** Start anew even when an interrupted campaign could be continued. */
  readonly fresh: boolean;
}

/** How a command talks: results on `out`, everything else on `log`. */
export interface Terminal {
  out(text: string): void;
  log(text: string): void;
  /** Whether `log` is a terminal that can redraw its last line. */
  readonly live: boolean;
}

/** The campaign was interrupted and can be continued. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Runs (or continues) a campaign and returns its record.
 * @throws ForgeError with the mend when the repository or its config cannot be used
 * @throws Interrupted on SIGINT or SIGTERM, after everything temporary is removed
 */
export async function improve(options: ImproveOptions, terminal: Terminal): Promise<CampaignRecord> {
  const data = await localDataDirectory(options.repo);
  await requireCleanTree(options.repo);
  const forge = await openLocalForge(options.repo, {
    commitDate: new Date().toISOString(),
    parallel: availableParallelism(),
  });
  await preflight(forge);
  const unlock = await lock(data);
  const view = progressView(terminal.log, terminal.live, () => performance.now());
  const redactor = createRedactor({ env: process.env });
  const redact = async (text: string) => (await redactor.redact(text)).text;
  const deps: CampaignDeps = {
    openForge: async () => forge,
    openModel: (config, before) => modelFor(config, process.env, { redact, before }),
    redact,
    now: () => new Date(),
    report: (progress) => view.report(progress),
    endNote: async () => null,
    lookMs: 24 * 3600 * 1000,
    pauseMs: 1000,
  };
  const onFailedStep = (step: string, message: string) => {
    if (message !== 'interrupted')
      view.report({ kind: 'note', text: `${step} failed and is tried again: ${message}` });
  };
  const engine = await openEngine(
    { dataDirectory: data, databaseUrl: null, concurrency: 1, stepAttempts: 3, onFailedStep },
    { [CAMPAIGN]: (input, durable) => runCampaign(CampaignInput.parse(input), durable, deps) },
  );
  try {
    const input = await startOrContinue(engine, forge, options, terminal);
    const result = engine.result(CAMPAIGN, input.id).then((record) => CampaignRecord.parse(record));
    return await untilInterrupted(result, async () => {
      view.end();
      terminal.log('\nStopping: ending evaluations and removing worktrees and branches…\n');
      await forge.abort();
      // The running step ends first: it may be making a branch.
      await engine.stop();
      for (const branch of await forge.listBranches(`self-harness/${input.id}/`))
        await forge.deleteBranch(branch);
    });
  } finally {
    view.end();
    await engine.stop();
    await forge.release();
    await unlock();
  }
}

/** Refuses before anything is stored what a campaign would end in `failed` for. */
async function preflight(forge: LocalForge): Promise<void> {
  const preparation = await prepare(forge, new Date(0));
  if (!preparation.ok) throw new ForgeError(preparation.reason);
  if (preparation.foundation.config.eval.command === undefined) {
    throw new ForgeError(
      '.github/self-harness.yml has no eval.command.',
      'Add the command that runs your evaluation, such as `command: node eval/run.js`.',
    );
  }
}

async function startOrContinue(
  engine: Engine,
  forge: LocalForge,
  options: ImproveOptions,
  terminal: Terminal,
): Promise<CampaignInput> {
  for (const work of await engine.unfinished(CAMPAIGN)) {
    const campaign = CampaignInput.parse(work.input);
    if (!options.fresh) {
      terminal.log(
        `Continuing campaign ${campaign.id}, which was interrupted. (--fresh starts a new one.)\n`,
      );
      return campaign;
    }
    await engine.cancel(CAMPAIGN, campaign.id);
  }
  const input: CampaignInput = {
    id: newCampaignId(new Date()),
    repository: forge.repository,
    trigger: 'command line',
    seed: options.seed,
    rule: options.rule ?? null,
    origin: null,
    mode: { kind: 'improve' },
  };
  await engine.start(CAMPAIGN, input.id, input);
  return input;
}

/** Sortable by time, unique enough for one repository, and legal in a branch name. */
function newCampaignId(now: Date): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return `${stamp}-${randomBytes(2).toString('hex')}`;
}

async function untilInterrupted<T>(work: Promise<T>, stop: () => Promise<void>): Promise<T> {
  const interrupted = Promise.withResolvers<never>();
  let stopping = false;
  const onSignal = () => {
    stopping = true;
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
    stop().then(() => interrupted.reject(new Interrupted('interrupted')), interrupted.reject);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // Once stopping, what becomes of the work no longer counts: asking a closed database for it only fails.
  const never = new Promise<never>(() => {});
  const counted = work.then(
    (value) => (stopping ? never : value),
    (error) => (stopping ? never : Promise.reject(error)),
  );
  try {
    return await Promise.race([counted, interrupted.promise]);
  } finally {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
  }
}

/** One campaign a repository at a time on one machine. A lock whose process is gone is taken over. */
async function lock(data: string): Promise<() => Promise<void>> {
  const file = path.join(data, 'lock');
  await mkdir(data, { recursive: true });
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
  } catch {
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    if (isAlive(owner)) {
      throw new ForgeError(
        `another campaign is running here (process ${owner}).`,
        'Wait for it, or stop it first.',
      );
    }
    await writeFile(file, String(process.pid));
  }
  return () => rm(file, { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
