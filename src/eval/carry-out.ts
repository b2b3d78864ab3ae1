/**
 * Carries out a plan: its groups in their order, one or several at a time, each with its arm laid over a checkout.
 * Whatever happens to one group is written down for that group, and the rest goes on.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { admitPlan } from './admit.ts';
import { copiesMislead, copyOf, inPlace, type Place } from './checkout.ts';
import { fingerprint } from './group-folder.ts';
import { type CellGroup, type GroupEcho, groupName } from './plan.ts';
import { type EndedGroup, type HashedPlan, type Running, runGroup, writeEcho } from './run-group.ts';

/** Part `index` (from 1) of `of` parts of a plan. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

export interface CarryOut extends Running {
  /** Root of the checkout, absolute and without links. */
  readonly checkout: string;
  /** Folder for the groups' folders, absolute. */
  readonly traces: string;
  /** Folder for copies of the checkout; they are removed at the end. */
  readonly scratch: string;
  /** Groups that run at once. More than one: each in a copy of the checkout. */
  readonly jobs: number;
  readonly shard: Shard;
  event(event: RunEvent): void;
}

export type RunEvent =
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'started'; readonly name: string; readonly group: CellGroup }
  | { readonly kind: 'output'; readonly name: string; readonly chunk: Buffer }
  | {
      readonly kind: 'ended';
      readonly name: string;
      readonly ended: EndedGroup;
      readonly done: number;
      readonly of: number;
    };

export interface CarriedOut {
  readonly echoes: readonly GroupEcho[];
  /** Groups that never started, because the run was interrupted. */
  readonly left: number;
}

/** The groups of one shard: whole blocks, taken in turn. */
export function groupsOf({ plan }: HashedPlan, { index, of }: Shard): readonly CellGroup[] {
  const blocks = [...new Set(plan.cells.map(({ block }) => block))];
  const mine = new Set(blocks.filter((_, place) => place % of === index - 1));
  return plan.cells.filter(({ block }) => mine.has(block));
}

/**
 * Carries out the groups of one shard. The checkout is as it was when this ends, however it ends.
 * @throws UnusablePlan before anything is run, where the plan does not fit the checkout
 */
export async function carryOut(hashed: HashedPlan, how: CarryOut): Promise<CarriedOut> {
  admitPlan(hashed.plan, how.checkout);
  const groups = groupsOf(hashed, how.shard);
  await mkdir(how.traces, { recursive: true });
  const marks = new Map<string, { readonly print: string; readonly echo: GroupEcho }>();
  const waiting = [...groups];
  const work = async (place: Place) => {
    while (!how.signal.aborted) {
      const group = waiting.shift();
      if (group === undefined) return;
      const name = groupName(group);
      const folder = path.join(how.traces, name);
      how.event({ kind: 'started', name, group });
      const output = (chunk: Buffer) => how.event({ kind: 'output', name, chunk });
      const ended = await runGroup(how, hashed, group, place, folder, output);
      marks.set(name, { print: fingerprint(folder), echo: ended.echo });
      how.event({ kind: 'ended', name, ended, done: marks.size, of: groups.length });
    }
  };
  // Made before any copy is: what a killed run left in the checkout is undone first.
  const home = inPlace(how.checkout);
  const undo = () => home.overlay.takeAway();
  process.once('exit', undo);
  try {
    const jobs = await usableJobs(how, groups.length);
    if (jobs === 1) await work(home);
    else await inCopies(how, jobs, work);
  } finally {
    process.removeListener('exit', undo);
    home.close();
  }
  const echoes: GroupEcho[] = [];
  for (const [name, { print, echo }] of marks) {
    const folder = path.join(how.traces, name);
    const mixed = fingerprint(folder) !== print && echo.status === 'ran';
    const problem = 'Its folder was written to after it had ended: nobody can tell whose traces they are.';
    const final: GroupEcho = mixed ? { ...echo, status: 'mixed', problem } : echo;
    if (mixed) await writeEcho(folder, final);
    echoes.push(final);
  }
  return { echoes, left: waiting.length };
}

async function usableJobs(how: CarryOut, groups: number): Promise<number> {
  const jobs = Math.max(1, Math.min(how.jobs, groups));
  if (jobs === 1) return 1;
  const why = await copiesMislead(how.checkout);
  if (why === null) return jobs;
  how.event({ kind: 'note', text: `One group at a time instead of ${jobs}: ${why}.` });
  return 1;
}

/** Each worker in a copy of its own, so that no group runs under other conditions than another one. */
async function inCopies(how: CarryOut, jobs: number, work: (place: Place) => Promise<void>): Promise<void> {
  await mkdir(how.scratch, { recursive: true });
  const scratch = await mkdtemp(path.join(how.scratch, 'self-harness-eval-'));
  try {
    const places: Place[] = [];
    for (let n = 1; n <= jobs; n++) {
      places.push(await copyOf(how.checkout, scratch, `checkout-${n}`, [how.traces, scratch]));
    }
    await Promise.all(places.map(work));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
