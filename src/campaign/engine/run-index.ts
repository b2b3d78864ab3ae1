/**
 * Which run of the engine is which piece of our work. The engine's database has no index by our ids, and every
 * delivery asks: so what was read once is remembered, and a question reads only what is newer.
 */

/** A run as far as it must be known to be found. */
export interface RunKey {
  /** Our id of the work. */
  readonly id: string;
  /** The engine's own. */
  readonly run: string;
}

export interface RunIndex {
  /** The engine's id of the run of a piece of work, null where there was none when this was asked. */
  find(id: string): Promise<string | null>;
}

/** @param pages reads the runs of one kind of work, newest first, from the beginning each time it is asked */
export function indexRuns(pages: () => AsyncIterable<readonly RunKey[]>): RunIndex {
  const known = new Map<string, string>();
  /** Ends with the last look that was asked for. */
  let last: Promise<unknown> = Promise.resolve();
  /** A look that has not begun. Whoever asks meanwhile shares it; one under way may have passed what is new. */
  let next: Promise<void> | null = null;

  const look = async () => {
    next = null;
    const found = new Map<string, string>();
    for await (const page of pages()) {
      const fresh = page.filter(({ id }) => !known.has(id));
      for (const { id, run } of fresh) found.set(id, run);
      // Nothing new on a page: what is older was seen by an earlier look.
      if (fresh.length === 0) break;
    }
    // Remembered only now: a look that fails midway must not let the next one stop at what this one has seen.
    for (const [id, run] of found) known.set(id, run);
  };

  return {
    async find(id) {
      const run = known.get(id);
      if (run !== undefined) return run;
      next ??= last.then(look);
      last = next.catch(() => {});
      await next;
      return known.get(id) ?? null;
    },
  };
}
