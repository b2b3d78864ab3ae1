/**
 * What one reading tells beside its trials: where they came from, what could not be read, how far it is.
 */
import type { Trial } from '../trial.ts';

export interface Progress {
  /** The source being read. */
  readonly path: string;
  /** Files looked at, of all in this source. */
  readonly files: number;
  readonly filesTotal: number;
  readonly trials: number;
  readonly problems: number;
}

export interface SourceRow {
  readonly path: string;
  readonly format: string;
  readonly trials: number;
}

export interface ProblemRow {
  readonly path: string;
  readonly message: string;
}

export interface Ledger {
  readonly sources: readonly SourceRow[];
  readonly problems: readonly ProblemRow[];
  problem(path: string, message: string): void;
  /** Notes an id; false where it was there already. */
  isNew(id: string): boolean;
  /** Counts a trial for the place it was read from, and gives it back. */
  count(trial: Trial, place: string): Trial;
  progress(path: string, files: { readonly looked: number; readonly total: number }): void;
}

export function makeLedger(onProgress: ((progress: Progress) => void) | undefined): Ledger {
  const rows = new Map<string, { path: string; format: string; trials: number }>();
  const sources: SourceRow[] = [];
  const problems: ProblemRow[] = [];
  const ids = new Set<string>();
  let trials = 0;
  return {
    sources,
    problems,
    problem(path, message) {
      problems.push({ path, message });
    },
    isNew(id) {
      if (ids.has(id)) return false;
      ids.add(id);
      return true;
    },
    count(trial, place) {
      const { format } = trial.source;
      const key = JSON.stringify([place, format]);
      let row = rows.get(key);
      if (row === undefined) {
        row = { path: place, format, trials: 0 };
        rows.set(key, row);
        sources.push(row);
      }
      row.trials++;
      trials++;
      return trial;
    },
    progress(path, { looked, total }) {
      onProgress?.({ path, files: looked, filesTotal: total, trials, problems: problems.length });
    },
  };
}
