/**
 * What the bot must remember about a repository between campaigns, kept on the ledger branch: a server that loses
 * its database loses none of it.
 */
import { z } from 'zod';
import { type Forge, ForgeError } from '../../forge/forge.ts';
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

/**
 * What is remembered.
 * @throws ForgeError where the file cannot be read: to forget a pause, or what people refused, would be worse
 */
export async function recall(forge: Forge): Promise<Memory> {
  return parsed(await forge.readFile(LEDGER_BRANCH, FILE));
}

/** Changes what is remembered, on top of what others remembered meanwhile; writes nothing where nothing changes. */
export async function remember(forge: Forge, why: string, change: (memory: Memory) => Memory): Promise<void> {
  const before = await recall(forge);
  if (JSON.stringify(change(before)) === JSON.stringify(before)) return;
  const write = (text: string | null) => `${JSON.stringify(change(parsed(text)), null, 2)}\n`;
  await forge.writeLedger({ message: `${why}\n\n[skip ci]`, change: new Map([[FILE, write]]) });
}

function parsed(text: string | null): Memory {
  if (text === null) return EMPTY;
  try {
    return Memory.parse(JSON.parse(text));
  } catch {
    throw new ForgeError(
      `${FILE} on the branch ${LEDGER_BRANCH} cannot be read.`,
      'Mend it, or delete it to forget everything.',
    );
  }
}
