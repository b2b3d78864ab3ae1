/**
 * The folder that a group leaves its traces in, and what can be told from it as soon as the group has ended.
 */
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { readTraces } from '../traces/read/read.ts';
import { ECHO_FILE } from './groups.ts';
import type { CellGroup } from './plan.ts';

/** What a group's folder holds. */
export interface Left {
  readonly files: number;
  readonly trials: number;
  readonly passed: number;
  readonly invalid: number;
  /** Tasks it reports that nobody asked for, sorted. */
  readonly unasked: readonly string[];
}

/** Makes an empty folder, whatever was there. */
export async function emptyFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

/** Counts what a group left. Reads its trials without their steps. */
export async function lookInto(folder: string, group: CellGroup): Promise<Left> {
  const files = listFiles(folder).filter((file) => file !== ECHO_FILE).length;
  const asked = group.tasks === 'all' ? null : new Set(group.tasks);
  const unasked = new Set<string>();
  let [trials, passed, invalid] = [0, 0, 0];
  if (files > 0) {
    for await (const trial of readTraces([folder], { skipSteps: true })) {
      if (asked?.has(trial.task) === false) unasked.add(trial.task);
      else {
        trials += 1;
        if (trial.outcome === 'pass') passed += 1;
        if (trial.outcome === 'invalid') invalid += 1;
      }
    }
  }
  return { files, trials, passed, invalid, unasked: [...unasked].sort() };
}

/** Tells whether anything in a folder was added, removed or written: names, sizes and times of its files. */
export function fingerprint(folder: string): string {
  return listFiles(folder)
    .map((file) => {
      const found = lstatSync(path.join(folder, file), { throwIfNoEntry: false });
      return `${file} ${found?.size} ${found?.mtimeMs}`;
    })
    .join('\n');
}

function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Removes what an earlier run left where the eval always writes its results. */
export async function clearResults(directory: string, results: readonly string[]): Promise<void> {
  for (const result of results) await rm(path.join(directory, result), { recursive: true, force: true });
}

/** Copies the results that the eval always writes to one place into a group's folder. */
export async function collectResults(
  directory: string,
  results: readonly string[],
  folder: string,
): Promise<void> {
  for (const result of results) {
    const from = path.join(directory, result);
    if (!existsSync(from)) continue;
    await cp(from, path.join(folder, path.basename(result)), { recursive: true, verbatimSymlinks: true });
  }
}
