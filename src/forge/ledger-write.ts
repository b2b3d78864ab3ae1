/**
 * A write to the ledger branch, made from what stands at its tip: every host asks for it again where another writer
 * was first.
 */

export const LEDGER_BRANCH = 'self-harness/ledger';

export interface LedgerWrite {
  readonly message: string;
  /** Lines added to the end of a JSONL file, once: asked again after a crash, they are there already. */
  readonly append?: ReadonlyMap<string, string>;
  /** Files written whole. */
  readonly files?: ReadonlyMap<string, string>;
  /** Files made from what they hold now (null for none); may be asked several times. */
  readonly change?: ReadonlyMap<string, (before: string | null) => string>;
}

/**
 * The files to commit on top of the tip, or null where everything stands there already.
 * @param read a file at the tip, null where there is none
 */
export async function ledgerFiles(
  { append = new Map(), files = new Map(), change = new Map() }: LedgerWrite,
  read: (path: string) => Promise<string | null>,
): Promise<Map<string, string> | null> {
  const made = new Map(files);
  // Whole files are part of an append where there is one, and its lines tell whether it was made.
  let isNew = append.size === 0 && files.size > 0;
  for (const [path, lines] of append) {
    const before = (await read(path)) ?? '';
    const written = `\n${before}`.includes(`\n${lines}\n`);
    isNew ||= !written;
    made.set(path, written ? before : `${before}${lines}\n`);
  }
  for (const [path, changed] of change) {
    const before = await read(path);
    const after = changed(before);
    isNew ||= after !== before;
    made.set(path, after);
  }
  return isNew ? made : null;
}
