/**
 * Lays an arm's files over a checkout and takes them away again, byte for byte, whatever happens in between.
 *
 * What stood there is moved aside, never written to: its bytes, mode, times and hard links stay as they were. A
 * journal is written first, so that the next run in this checkout can undo what a killed one left. Everything is
 * synchronous: an `exit` handler can do it too.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UnusablePlan } from './admit.ts';

const Journal = z.object({
  pid: z.number().int(),
  /** Paths in the checkout; the n-th was moved to the file `n` beside the journal. */
  files: z.array(z.string()),
});

/** One checkout with nothing, or one arm, laid over it. */
export interface Overlay {
  /** Lays whole files over files that are there. What was laid before is taken away first. */
  lay(files: Readonly<Record<string, string>>): void;
  /** Takes away what was laid. Asked again it does nothing. */
  takeAway(): void;
}

/**
 * Opens a checkout for overlays, after undoing what a killed run left in it.
 * @param state folder for what is moved aside; one checkout, one folder
 * @throws UnusablePlan while another run is at work in it
 */
export function openOverlay(checkout: string, state: string): Overlay {
  const owner = ownerOf(state);
  if (owner !== null && owner !== process.pid && isAlive(owner)) {
    throw new UnusablePlan(
      `another run of self-harness eval (process ${owner}) is at work in ${checkout}. Wait for it, or end it first.`,
    );
  }
  undo(checkout, state);
  return {
    lay(files) {
      undo(checkout, state);
      const paths = Object.keys(files);
      if (paths.length === 0) return;
      mkdirSync(state, { recursive: true });
      writeJournal(state, paths);
      for (const [index, file] of paths.entries()) {
        const full = path.join(checkout, file);
        const { mode } = statSync(full);
        move(full, path.join(state, String(index)));
        writeFileSync(full, files[file] ?? '', { flag: 'wx' });
        chmodSync(full, mode);
        const stamp = freshStamp();
        utimesSync(full, stamp, stamp);
      }
    },
    takeAway: () => undo(checkout, state),
  };
}

function journalOf(state: string): z.infer<typeof Journal> | null {
  const file = path.join(state, 'journal.json');
  if (!existsSync(file)) return null;
  return Journal.parse(JSON.parse(readFileSync(file, 'utf8')));
}

function ownerOf(state: string): number | null {
  return journalOf(state)?.pid ?? null;
}

function writeJournal(state: string, files: readonly string[]): void {
  const file = path.join(state, 'journal.json');
  writeFileSync(`${file}.new`, JSON.stringify({ pid: process.pid, files }), { flush: true });
  renameSync(`${file}.new`, file);
}

function undo(checkout: string, state: string): void {
  const journal = journalOf(state);
  if (journal !== null) {
    for (const [index, file] of journal.files.entries()) {
      const aside = path.join(state, String(index));
      // Not there: the run was killed before it came to this file.
      if (existsSync(aside)) move(aside, path.join(checkout, file));
    }
  }
  rmSync(state, { recursive: true, force: true });
}

/** Moves a file over another, also from one file system to another. */
function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EXDEV') throw error;
    const { atime, mtime } = statSync(from);
    copyFileSync(from, `${to}.new`);
    utimesSync(`${to}.new`, atime, mtime);
    renameSync(`${to}.new`, to);
    rmSync(from);
  }
}

let lastStamp = 0;

/**
 * A modification time (s) that no version of a file had before. Python takes compiled code for current when the
 * source has its size and its second: two arms laid within one second would run each other's code.
 */
function freshStamp(): number {
  lastStamp = Math.max(lastStamp, Math.floor(Date.now() / 1000)) + 1;
  return lastStamp;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
