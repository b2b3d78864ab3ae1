/**
 * The files of one source in the order in which they are offered to formats.
 */

import type { FileTree, TraceFile } from '../formats/format.ts';
import type { ByteSource } from './bytes.ts';

/** How much of a file `head` shows. */
export const HEAD_BYTES = 64 * 1024;

/** A trace file that may itself be an archive. */
export interface OpenableFile extends TraceFile {
  /** Random access, for archives inside: in place where the source allows it, else in memory. */
  access(): Promise<ByteSource>;
}

/**
 * A tree over files in hand, by their paths. All of them come shallow folders first, then folder by folder
 * and there the largest first: what sums up a folder lies above it, and is larger than the settings beside
 * it. Those under a prefix come by path. Neither order depends on the source.
 */
export function fileTree(files: ReadonlyMap<string, OpenableFile>): FileTree {
  const byDepth = shallowFirst([...files.values()]);
  // Only some formats ask for what lies under a folder, and sorting a million paths takes its time.
  let byPath: readonly TraceFile[] | undefined;
  return {
    get: (path) => files.get(path),
    under(prefix) {
      if (prefix === '') return byDepth;
      byPath ??= byDepth.toSorted((a, b) => compare(a.path, b.path));
      return startingWith(byPath, prefix);
    },
  };
}

/** Sorts by number, not by object: a large archive would make a million of them. */
function shallowFirst(files: readonly TraceFile[]): TraceFile[] {
  const folders = files.map(({ path }) => folderOf(path));
  const depths = Uint16Array.from(folders, depthOf);
  const order = Uint32Array.from(files.keys()).sort(
    (a, b) =>
      (depths[a] ?? 0) - (depths[b] ?? 0) ||
      compare(folders[a] ?? '', folders[b] ?? '') ||
      (files[b]?.size ?? 0) - (files[a]?.size ?? 0) ||
      compare(files[a]?.path ?? '', files[b]?.path ?? ''),
  );
  const sorted: TraceFile[] = [];
  for (const index of order) {
    const file = files[index];
    if (file !== undefined) sorted.push(file);
  }
  return sorted;
}

function* startingWith(sorted: readonly TraceFile[], prefix: string): Generator<TraceFile> {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const file = sorted[middle];
    if (file !== undefined && file.path < prefix) low = middle + 1;
    else high = middle;
  }
  for (let i = low; i < sorted.length; i++) {
    const file = sorted[i];
    if (file === undefined || !file.path.startsWith(prefix)) return;
    yield file;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function depthOf(path: string): number {
  let depth = 0;
  for (let i = path.indexOf('/'); i >= 0; i = path.indexOf('/', i + 1)) depth++;
  return depth;
}

/** The folder of a path, '' or ending in '/'. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** What lies in one folder of a tree, as a tree of its own: nothing beside it can be found from there. */
export function partOf(tree: FileTree, folder: string, wanted: (path: string) => boolean): FileTree {
  const files = new Map<string, OpenableFile>();
  for (const file of tree.under(folder)) {
    const path = file.path.slice(folder.length);
    if (isOpenable(file) && wanted(path)) files.set(path, new PartFile(file, path));
  }
  return fileTree(files);
}

/** Files of every tree are openable; the type that formats see does not say so. */
export function isOpenable(file: TraceFile): file is OpenableFile {
  return 'access' in file;
}

/** A file of another tree under a shorter path. */
class PartFile implements OpenableFile {
  readonly path: string;
  readonly size: number;
  readonly #whole: OpenableFile;

  constructor(whole: OpenableFile, path: string) {
    this.path = path;
    this.size = whole.size;
    this.#whole = whole;
  }

  head(): Promise<Uint8Array> {
    return this.#whole.head();
  }

  bytes(): Promise<Uint8Array> {
    return this.#whole.bytes();
  }

  text(): Promise<string> {
    return this.#whole.text();
  }

  stream(): AsyncIterable<Uint8Array> {
    return this.#whole.stream();
  }

  access(): Promise<ByteSource> {
    return this.#whole.access();
  }
}
