/**
 * A zip archive as a tree of trace files: the central directory is read once, entries only when asked for.
 *
 * Names are decoded and judged by yauzl (code pages, Unicode, traversal). Entries are opened here, because
 * yauzl knows no zstd and because what an entry may inflate to is this product's own rule (see `limits.ts`).
 */
import { crc32 } from 'node:zlib';
import { getFileNameLowLevel, validateFileName } from 'yauzl';
import type { FileTree } from '../formats/format.ts';
import { messageOf } from '../json.ts';
import { MAX_FILE_BYTES, type Meter, overrun, ratioRefusal, sizeInWords } from '../read/limits.ts';
import { decode } from '../read/peek.ts';
import { ArchiveError, type ByteSource, memoryBytes, sliceBytes } from './bytes.ts';
import { type DirectoryRecord, readDirectory } from './central-directory.ts';
import type { Report } from './folder.ts';
import { DEFLATE, inflate, inflateHead, inflateStream, isReadable, STORED, ZSTD } from './inflate.ts';
import { fileTree, HEAD_BYTES, type OpenableFile } from './tree.ts';

/** Bytes of a local header before its name. */
const LOCAL_HEADER = 30;

/** Local headers may carry other extra fields than the directory: room for them in the first read. */
const EXTRA_ROOM = 32;

/**
 * Opens an archive. Entries that are refused become rows of `report`; throws `ArchiveError` where the
 * archive as a whole cannot be read or is refused.
 */
export async function zipTree(source: ByteSource, report: Report, meter: Meter): Promise<FileTree> {
  const directory = await readDirectory(source);
  if (directory.count > meter.limits.entries) {
    throw new ArchiveError(`refused: ${directory.count} entries, more than ${meter.limits.entries}`);
  }
  const archive: Archive = { source, meter };
  const files = new Map<string, OpenableFile>();
  let declared = 0;
  try {
    for await (const record of directory.records()) {
      const path = getFileNameLowLevel(record.flags, record.nameRaw, [...record.extraFields], false);
      if (path.endsWith('/')) continue;
      const refusal = refusalOf(record, path, files);
      if (refusal === undefined) files.set(path, new EntryFile(archive, path, record));
      else report(path, refusal);
      declared += record.size;
    }
  } catch (error) {
    report('', messageOf(error));
  }
  if (declared > meter.limits.totalBytes) {
    const allowed = sizeInWords(meter.limits.totalBytes);
    throw new ArchiveError(
      `refused: its entries declare ${sizeInWords(declared)}, more than the limit of ${allowed}`,
    );
  }
  return fileTree(files);
}

/** Why an entry is not taken in, or undefined. */
function refusalOf(
  record: DirectoryRecord,
  path: string,
  taken: ReadonlyMap<string, unknown>,
): string | undefined {
  if (record.damage !== undefined) return record.damage;
  const invalid = validateFileName(path);
  if (invalid !== null || path.includes('\0')) {
    return `refused: the name leads outside the archive (${invalid ?? 'it holds a NUL'})`;
  }
  if (isLink(record)) return 'refused: links are not followed';
  if (taken.has(path)) return 'refused: a second entry of this name; the first one was read';
  if ((record.flags & 1) !== 0) return 'refused: it is encrypted';
  if (!isReadable(record.method)) return `compression method ${record.method} is not known`;
  return ratioRefusal(record.compressedSize, record.size);
}

/** A symbolic link, as archives made on Unix say it: the file type in the upper half of the attributes. */
function isLink({ mode }: DirectoryRecord): boolean {
  return (mode & 0o170000) === 0o120000;
}

/** Where an entry lies, in numbers: an archive may have a million. */
interface Place {
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  /** Of the local header. */
  readonly offset: number;
  /** Bytes of name and extra fields in the directory, which the local header mostly repeats. */
  readonly namesLength: number;
}

/** One entry. A class, so that a million of them share their methods. */
class EntryFile implements OpenableFile {
  readonly path: string;
  readonly size: number;
  readonly #archive: Archive;
  readonly #place: Place;

  constructor(archive: Archive, path: string, record: DirectoryRecord) {
    const { method, crc, compressedSize, offset } = record;
    this.path = path;
    this.size = record.size;
    this.#archive = archive;
    this.#place = {
      ...{ method, crc, compressedSize, offset },
      namesLength: record.nameRaw.length + record.extraLength,
    };
  }

  async head(): Promise<Buffer> {
    if (this.size <= HEAD_BYTES) return this.bytes();
    const { method, compressedSize } = this.#place;
    const raw = await rawBytes(this.#archive.source, this.#place, Math.min(compressedSize, HEAD_BYTES));
    return inflateHead(method, raw, HEAD_BYTES);
  }

  async bytes(): Promise<Buffer> {
    const { size } = this;
    const { method, compressedSize, crc } = this.#place;
    if (size > MAX_FILE_BYTES) {
      throw new ArchiveError(
        `is ${sizeInWords(size)}: files over ${sizeInWords(MAX_FILE_BYTES)} are not read whole`,
      );
    }
    this.#archive.meter.charge(size);
    const raw = await rawBytes(this.#archive.source, this.#place, compressedSize);
    const bytes = await inflate(method, raw, Math.min(overrun(size), MAX_FILE_BYTES), size);
    if (bytes.length !== size) {
      throw new ArchiveError(`is damaged: it declares ${size} bytes, but holds ${bytes.length}`);
    }
    if (crc32(bytes) !== crc) throw new ArchiveError(BAD_SUM);
    return bytes;
  }

  async text(): Promise<string> {
    const bytes = await this.bytes();
    const text = decode(bytes);
    // What was inflated belongs to nobody else: giving it back at once saves waiting for the collector, which
    // lets some 50 MiB of large trajectories pile up.
    if (this.#place.method !== STORED && bytes.length > LARGE && bytes.buffer instanceof ArrayBuffer) {
      bytes.buffer.transfer(0);
    }
    return text;
  }

  async *stream(): AsyncGenerator<Buffer> {
    const { source, meter } = this.#archive;
    const { method, compressedSize, crc } = this.#place;
    if (method === ZSTD) {
      yield await this.bytes();
      return;
    }
    meter.charge(this.size);
    const start = await dataStart(source, this.#place);
    const kind = method === STORED ? STORED : DEFLATE;
    let sum = 0;
    for await (const chunk of inflateStream(kind, source, start, start + compressedSize, this.size)) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
    if (sum !== crc) throw new ArchiveError(BAD_SUM);
  }

  async access(): Promise<ByteSource> {
    const { method, compressedSize } = this.#place;
    if (method !== STORED) return memoryBytes(await this.bytes());
    const start = await dataStart(this.#archive.source, this.#place);
    return sliceBytes(this.#archive.source, start, start + compressedSize);
  }
}

interface Archive {
  readonly source: ByteSource;
  readonly meter: Meter;
}

/** From this many bytes on, memory is given back by hand. */
const LARGE = 256 * 1024;

const BAD_SUM = 'is damaged: its checksum does not fit its bytes';

/** The first `wanted` bytes of an entry as stored, in one read where the local header is as expected. */
async function rawBytes(source: ByteSource, place: Place, wanted: number): Promise<Buffer> {
  const { offset } = place;
  const room = LOCAL_HEADER + place.namesLength + EXTRA_ROOM;
  const block = await source.read(offset, Math.min(source.size, offset + room + wanted));
  const skip = headerLength(block);
  if (skip + wanted <= block.length) return block.subarray(skip, skip + wanted);
  return source.read(offset + skip, offset + skip + wanted);
}

async function dataStart(source: ByteSource, { offset }: Place): Promise<number> {
  return offset + headerLength(await source.read(offset, Math.min(source.size, offset + LOCAL_HEADER)));
}

function headerLength(block: Buffer): number {
  if (block.length < LOCAL_HEADER || block.readUInt32LE(0) !== 0x04034b50) {
    throw new ArchiveError('is damaged: its local header is missing');
  }
  return LOCAL_HEADER + block.readUInt16LE(26) + block.readUInt16LE(28);
}
