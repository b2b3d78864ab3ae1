/**
 * Opens what a user points at: a directory, a file, an archive or the address of one.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { FileTree } from '../formats/format.ts';
import type { Meter } from '../read/limits.ts';
import { ArchiveError, type ByteSource, fileBytes } from './bytes.ts';
import { folderTree, type Report, singleFileTree } from './folder.ts';
import { rangedBytes } from './ranged.ts';
import { readAhead } from './read-ahead.ts';
import { keepYoungGenerationSmall } from './young-generation.ts';
import { zipTree } from './zip.ts';

/** Something to read traces from. */
export interface Source {
  /** A local path, or an http(s) address of a zip archive on a server that answers range requests. */
  readonly location: string;
  /** What it is called where it is told of, instead of its location: an address may hold a signature. */
  readonly name?: string;
  /** `sha256:…` of the archive, checked before anything is read. */
  readonly digest?: string;
  /** Gives a fresh address when a server refuses the one in use: GitHub's expire after a minute. */
  readonly resolve?: () => Promise<string>;
  /** What is open already: this source is a part of it (`partOf`), and nothing is opened again. */
  readonly opened?: Opened;
}

/** An opened source. */
export interface Opened {
  readonly tree: FileTree;
  /** Closes files and connections; reading opens them again. */
  release(): Promise<void>;
}

/** Opens a source. Throws `ArchiveError` with the reason where it cannot be read at all. */
export async function openSource(source: Source, report: Report, meter: Meter): Promise<Opened> {
  const { location } = source;
  if (source.opened !== undefined) return source.opened;
  if (/^https?:\/\//i.test(location)) {
    const bytes = await rangedBytes(location, source.resolve);
    if (source.digest !== undefined) await checkDigest(source.digest, blocks(bytes));
    return openArchive(readAhead(bytes), report, meter);
  }
  const found = await stat(location).catch(() => undefined);
  if (found === undefined) throw new ArchiveError('does not exist, or may not be read');
  if (found.isDirectory()) {
    return { tree: folderTree(location, report, meter.limits.entries), release: nothing };
  }
  if (!found.isFile()) throw new ArchiveError('is neither a file nor a directory');
  if (source.digest !== undefined) await checkDigest(source.digest, createReadStream(location));
  const bytes = fileBytes(location, found.size);
  if (await startsLikeZip(bytes)) return openArchive(bytes, report, meter);
  await bytes.release();
  return { tree: singleFileTree(location, found.size), release: nothing };
}

/** Archives from this size on (bytes) may have a great many entries. */
const LARGE_ARCHIVE = 32 * 1024 * 1024;

/** Opens a zip archive from its bytes. Throws `ArchiveError` where it is none, or is refused. */
export async function openArchive(bytes: ByteSource, report: Report, meter: Meter): Promise<Opened> {
  if (bytes.size >= LARGE_ARCHIVE) keepYoungGenerationSmall();
  try {
    return { tree: await zipTree(bytes, report, meter), release: () => bytes.release() };
  } catch (error) {
    await bytes.release();
    throw error;
  }
}

const nothing = () => Promise.resolve();

async function startsLikeZip(bytes: ByteSource): Promise<boolean> {
  if (bytes.size < 4) return false;
  const magic = (await bytes.read(0, 4)).readUInt32LE(0);
  return magic === 0x04034b50 || magic === 0x06054b50;
}

async function checkDigest(digest: string, bytes: AsyncIterable<Buffer>): Promise<void> {
  const [algorithm, expected] = digest.split(':');
  if (algorithm !== 'sha256' || expected === undefined) {
    throw new ArchiveError(`has a digest of an unknown kind (${algorithm}): only sha256 can be checked`);
  }
  const hash = createHash('sha256');
  await pipeline(bytes, hash);
  const actual = hash.digest('hex');
  if (actual !== expected.toLowerCase()) {
    throw new ArchiveError(`refused: its sha256 is ${actual}, but ${expected} was announced`);
  }
}

async function* blocks(bytes: ByteSource): AsyncGenerator<Buffer> {
  const step = 4 * 1024 * 1024;
  for (let at = 0; at < bytes.size; at += step) yield await bytes.read(at, Math.min(at + step, bytes.size));
}
