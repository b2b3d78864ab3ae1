/**
 * Sorts the files of one source by the format that claims them, opening no more than it must.
 */

import { isOpenable, type OpenableFile } from '../archive/tree.ts';
import type { FileTree, Format, TraceFile } from '../formats/format.ts';
import { messageOf } from '../json.ts';
import { forget, type Peek, peek } from './peek.ts';

export interface Sorter {
  /** Files looked at so far, and files in all. */
  readonly looked: number;
  readonly total: number;
  /** Files that a format claimed, and archives found. */
  readonly recognised: number;
  /** Looks at files until one is claimed by a format with something to read; undefined when none is left. */
  ready(gives: readonly Format['gives'][]): Promise<Format | undefined>;
  /** The next file that `format` claimed, looking at further files where none waits. */
  next(format: Format): Promise<TraceFile | undefined>;
  /** Withholds a file from every format. */
  consume(path: string): void;
}

export interface SorterEvents {
  problem(path: string, message: string): void;
  /** An archive inside the source. */
  archive(file: OpenableFile): void;
  looked(): void;
}

export function sortFiles(tree: FileTree, formats: readonly Format[], events: SorterEvents): Sorter {
  const all = [...tree.under('')];
  const likely = all.filter(({ path }) => !isUnlikely(path));
  const unlikely = all.filter(({ path }) => isUnlikely(path));
  const queues = new Map<Format, TraceFile[]>(formats.map((format) => [format, []]));
  const owned = ownership();
  let looked = 0;
  let recognised = 0;

  /** The next file to look at. Unlikely names get their turn only where nothing else was recognised. */
  function* files(): Generator<TraceFile> {
    yield* likely;
    if (recognised === 0) yield* unlikely;
  }
  const remaining = files();

  /** Looks at one more file. False when none is left. */
  async function look(): Promise<boolean> {
    const { value: file } = remaining.next();
    if (file === undefined) return false;
    looked++;
    events.looked();
    if (owned.has(file.path)) return true;
    try {
      await classify(file);
    } catch (error) {
      events.problem(file.path, messageOf(error));
    }
    return true;
  }

  async function classify(file: TraceFile): Promise<void> {
    const seen = await peek(file);
    if (seen.kind === 'zip' && isOpenable(file)) {
      recognised++;
      events.archive(file);
      return forget(file);
    }
    for (const format of formats) {
      const claim = await format.claim(file, tree);
      if (claim === null) continue;
      recognised++;
      for (const path of claim.owns) owned.add(path, file.path);
      queues.get(format)?.push(file);
      return;
    }
    const broken = brokenBecause(file, seen);
    if (broken !== undefined) events.problem(file.path, broken);
    forget(file);
  }

  return {
    get looked() {
      return looked;
    },
    total: all.length,
    get recognised() {
      return recognised;
    },
    async ready(gives) {
      do {
        for (const [format, queue] of queues) {
          if (queue.length > 0 && gives.includes(format.gives)) return format;
        }
      } while (await look());
      return undefined;
    },
    async next(format) {
      const queue = queues.get(format) ?? [];
      do {
        for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
          if (!owned.has(file.path)) return file;
        }
        // What waits for another format is looked at again when its turn comes: keep no text until then.
        for (const others of queues.values()) for (const file of others.slice(-1)) forget(file);
      } while (await look());
      return undefined;
    },
    consume: (path) => owned.add(path, ''),
  };
}

/** Names of which a trace is so rare that they are opened only when nothing else was recognised. */
const UNLIKELY =
  /\.(?:log|txt|cast|diff|patch|md|rst|html?|css|m?[jt]sx?|py|sh|rs|go|c|h|cpp|java|rb|toml|ya?ml|lock|ini|cfg|csv|tsv|png|jpe?g|gif|webp|svg|pdf|mp[34]|wav|gz|tgz|bz2|xz|zst|tar|7z|so|bin|exe|wasm|db|sqlite|parquet|pkl|pt|npy|npz)$/i;

function isUnlikely(path: string): boolean {
  return UNLIKELY.test(path);
}

/** Names that promise a trace, so that a file of that name with nothing readable in it is worth a row. */
const PROMISING = /\.(?:jsonl?|ndjson|eval|traj|xml|zip)$/i;

function brokenBecause(file: TraceFile, seen: Peek): string | undefined {
  if (!PROMISING.test(file.path)) return undefined;
  const { kind, whole, text } = seen;
  if (file.size === 0 || (whole && kind === 'other' && text !== '' && text.trim() === '')) return 'is empty';
  if (/\.(?:zip|eval)$/i.test(file.path))
    return kind === 'json' ? undefined : 'is no zip archive, or its beginning is missing';
  if (/\.xml$/i.test(file.path)) return kind === 'xml' ? undefined : 'is no XML';
  return kind === 'other' ? 'is neither JSON nor JSON lines' : undefined;
}

/** Paths and folders that belong to a claimed file; the file itself may lie in its own folder. */
function ownership() {
  const owners = new Map<string, string>();
  const isOthers = (key: string, path: string) => (owners.get(key) ?? path) !== path;
  return {
    add(path: string, owner: string): void {
      owners.set(path, owner);
    },
    has(path: string): boolean {
      if (owners.size === 0) return false;
      if (isOthers(path, path)) return true;
      for (let i = path.indexOf('/'); i >= 0; i = path.indexOf('/', i + 1)) {
        if (isOthers(path.slice(0, i + 1), path)) return true;
      }
      return false;
    },
  };
}
