/**
 * A directory or a single local file as a tree of trace files.
 *
 * Small files are read synchronously: results come in thousands of them, and for each a round trip through
 * the thread pool costs several times the read itself.
 */
import {
  closeSync,
  createReadStream,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { FileTree } from '../formats/format.ts';
import { messageOf } from '../json.ts';
import { MAX_FILE_BYTES, sizeInWords } from '../read/limits.ts';
import { decode } from '../read/peek.ts';
import { ArchiveError, type ByteSource, fileBytes } from './bytes.ts';
import { fileTree, HEAD_BYTES, type OpenableFile } from './tree.ts';

/** Where rows about single files go. */
export type Report = (path: string, message: string) => void;

/** Every regular file under a directory. Links are not followed: they become problems. */
export function folderTree(root: string, report: Report, maxEntries: number): FileTree {
  const files = new Map<string, OpenableFile>();
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of list(root, folder, report)) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!IGNORED_FOLDERS.has(entry.name)) waiting.push(path);
      } else if (entry.isSymbolicLink()) report(path, 'refused: links are not followed');
      else if (entry.isFile()) {
        if (files.size === maxEntries) {
          report('', `holds more than ${maxEntries} files: the rest was not read`);
          return fileTree(files);
        }
        const size = lstatSync(`${root}/${path}`, { throwIfNoEntry: false })?.size;
        if (size !== undefined) files.set(path, new LocalFile(root, path, size));
      }
    }
  }
  return fileTree(files);
}

function list(root: string, folder: string, report: Report) {
  try {
    return readdirSync(`${root}/${folder}`, { withFileTypes: true });
  } catch (error) {
    report(folder, `cannot be listed: ${messageOf(error)}`);
    return [];
  }
}

/** Version control and packages hold no traces, but a great many files. */
const IGNORED_FOLDERS = new Set(['.git', 'node_modules']);

/** One file given by name. Its siblings can be found, but are not offered to formats by themselves. */
export function singleFileTree(path: string, size: number): FileTree {
  const folder = dirname(path);
  const only = new LocalFile(folder, basename(path), size);
  return {
    get: (wanted) => (wanted === only.path ? only : sibling(folder, wanted)),
    under: (prefix) => (only.path.startsWith(prefix) ? [only] : []),
  };
}

function sibling(folder: string, path: string): LocalFile | undefined {
  if (path === '' || path.startsWith('/') || path.split('/').includes('..')) return undefined;
  const found = lstatSync(`${folder}/${path}`, { throwIfNoEntry: false });
  return found?.isFile() === true ? new LocalFile(folder, path, found.size) : undefined;
}

/** A class, so that a great many files share their methods. */
class LocalFile implements OpenableFile {
  readonly path: string;
  readonly size: number;
  readonly #root: string;

  constructor(root: string, path: string, size: number) {
    this.path = path;
    this.size = size;
    this.#root = root;
  }

  get #full(): string {
    return `${this.#root}/${this.path}`;
  }

  async head(): Promise<Buffer> {
    if (this.size <= HEAD_BYTES) return readFileSync(this.#full);
    const file = openSync(this.#full, 'r');
    try {
      const head = Buffer.allocUnsafe(HEAD_BYTES);
      return head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(file);
    }
  }

  async bytes(): Promise<Buffer> {
    if (this.size > MAX_FILE_BYTES) {
      const allowed = sizeInWords(MAX_FILE_BYTES);
      throw new ArchiveError(`is ${sizeInWords(this.size)}: files over ${allowed} are not read whole`);
    }
    return this.size <= HEAD_BYTES ? readFileSync(this.#full) : readFile(this.#full);
  }

  async text(): Promise<string> {
    return decode(await this.bytes());
  }

  stream(): AsyncIterable<Buffer> {
    return createReadStream(this.#full, { highWaterMark: 1 << 20 });
  }

  async access(): Promise<ByteSource> {
    return fileBytes(this.#full, this.size);
  }
}
