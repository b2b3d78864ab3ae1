/**
 * What the bot must remember about a repository between campaigns, kept on the ledger branch: a server that loses
 * its database loses none of it.
 */
import { z } from 'zod';
import type { Forge } from '../forge/forge.ts';
import { LEDGER_BRANCH } from './ledger.ts';

const FILE = 'memory.json';

export const Memory = z.object({
  version: z.literal(1),
  /** Who paused, or null: no campaign starts by itself while it is set. */
  pausedBy: z.string().nullable().default(null),
  /** Proposal ids a person refused: a closed pull request, or `/harness drop`. */
  refused: z.array(z.string()).default([]),
  /** Onboarding was declined by closing its pull request. */
  optedOut: z.boolean().default(false),
  /** Things said once: they are not said again. */
  said: z.array(z.string()).default([]),
  /** Merged pull requests whose claim the next evaluations of the default branch confirm or contradict. */
  merged: z
    .array(z.object({ campaign: z.string(), pull: z.number().int(), harness_hash: z.string() }))
    .default([]),
  /**
   * Why nothing was run when last something could have been, and the newest campaign of the ledger then (null for
   * none): a campaign that ended since has made it old news.
   */
  idle: z.object({ reason: z.string(), after: z.string().nullable() }).nullable().default(null),
});
export type Memory = z.infer<typeof Memory>;

const EMPTY: Memory = {
  version: 1,
  pausedBy: null,
  refused: [],
  optedOut: false,
  said: [],
  merged: [],
  idle: null,
};

/** What is remembered; a file that does not parse counts as nothing remembered. */
export async function recall(forge: Forge): Promise<Memory> {
  const text = await forge.readFile(LEDGER_BRANCH, FILE);
  if (text === null) return EMPTY;
  try {
    return Memory.parse(JSON.parse(text));
  } catch {
    return EMPTY;
  }
}

/** The last change in each repository: of two at once, each would write the file without the other's. */
const turns = new Map<string, Promise<void>>();

/** Changes what is remembered; writes nothing where nothing changes. */
export function remember(forge: Forge, why: string, change: (memory: Memory) => Memory): Promise<void> {
  const before = turns.get(forge.repository) ?? Promise.resolve();
  const turn = before.then(() => write(forge, why, change));
  // One that fails must not keep the next from its turn.
  turns.set(
    forge.repository,
    turn.catch(() => {}),
  );
  return turn;
}

async function write(forge: Forge, why: string, change: (memory: Memory) => Memory): Promise<void> {
  const before = await recall(forge);
  const after = change(before);
  if (JSON.stringify(after) === JSON.stringify(before)) return;
  const text = `${JSON.stringify(after, null, 2)}\n`;
  await forge.writeLedger({
    message: `${why}\n\n[skip ci]`,
    append: new Map(),
    files: new Map([[FILE, text]]),
  });
}
