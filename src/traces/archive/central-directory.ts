/**
 * The central directory of a zip archive (APPNOTE 4.3.12 to 4.3.16), from few and large reads.
 *
 * yauzl reads directories too, but ends at the first record that it dislikes, which would hide the good
 * entries behind it; and it makes ten objects a record, which for a large job is most of the memory used.
 * Its functions for names and extra fields are used where names are made (`zip.ts`).
 */
import { parseExtraFields } from 'yauzl';
import { ArchiveError, type ByteSource } from './bytes.ts';

/** What the directory says of one entry. */
export interface DirectoryRecord {
  readonly nameRaw: Buffer;
  readonly extraFields: readonly { readonly id: number; readonly data: Buffer }[];
  readonly extraLength: number;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Of the local header. */
  readonly offset: number;
  /** Unix file type and permissions, where the archive was made on Unix. */
  readonly mode: number;
  /** Why the entry cannot be read, where the record itself is amiss. */
  readonly damage: string | undefined;
}

export interface Directory {
  /** Records, by the archive's own word. */
  readonly count: number;
  /** The records in order. Throws `ArchiveError` where the directory breaks off. */
  records(): AsyncGenerator<DirectoryRecord>;
}

const RECORD = 46;
const END = 22;
const LOCATOR = 20;
const END64 = 56;

/** The end record is the last thing in the archive but for a comment of up to 64 KiB. */
const TAIL = END + 0xffff;

/** One read through a long directory. */
const WINDOW = 1024 * 1024;

/** Finds the directory. Throws `ArchiveError` where there is none: no zip archive, or a part of one. */
export async function readDirectory(source: ByteSource): Promise<Directory> {
  const tailStart = Math.max(0, source.size - TAIL - LOCATOR);
  const tail = await source.read(tailStart, source.size);
  const at = endRecord(tail);
  if (at === undefined)
    throw new ArchiveError('is no complete zip archive: the end of its directory is missing');
  let count = tail.readUInt16LE(at + 10);
  let size = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff) {
    const large = await endRecord64(source, tail, at);
    if (large !== undefined) ({ count, size, offset } = large);
  }
  if (offset + size > source.size)
    throw new ArchiveError('is no complete zip archive: its directory lies outside it');
  return { count, records: () => readRecords(source, offset, offset + size, count) };
}

function endRecord(tail: Buffer): number | undefined {
  for (let at = tail.length - END; at >= 0; at--) {
    if (tail.readUInt32LE(at) === 0x06054b50 && at + END + tail.readUInt16LE(at + 20) === tail.length)
      return at;
  }
  return undefined;
}

async function endRecord64(source: ByteSource, tail: Buffer, end: number) {
  const locator = end - LOCATOR;
  if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) return undefined;
  const start = Number(tail.readBigUInt64LE(locator + 8));
  if (start + END64 > source.size)
    throw new ArchiveError('is no complete zip archive: its zip64 record is missing');
  const record = await source.read(start, start + END64);
  if (record.readUInt32LE(0) !== 0x06064b50)
    throw new ArchiveError('is damaged: its zip64 record is missing');
  return {
    count: Number(record.readBigUInt64LE(32)),
    size: Number(record.readBigUInt64LE(40)),
    offset: Number(record.readBigUInt64LE(48)),
  };
}

async function* readRecords(
  source: ByteSource,
  start: number,
  end: number,
  count: number,
): AsyncGenerator<DirectoryRecord> {
  let window: Buffer = Buffer.alloc(0);
  let windowStart = start;
  let at = start;
  for (let read = 0; read < count; read++) {
    for (let length = RECORD; ; ) {
      if (at + length > end)
        throw new ArchiveError(`its directory breaks off after ${read} of ${count} entries`);
      if (at + length > windowStart + window.length) {
        window = await source.read(at, Math.min(end, Math.max(at + WINDOW, at + length)));
        windowStart = at;
      }
      const known = recordLength(window, at - windowStart, read);
      if (known === length) break;
      length = known;
    }
    const record = readRecord(window, at - windowStart);
    at += RECORD + record.nameRaw.length + record.extraLength + window.readUInt16LE(at - windowStart + 32);
    yield record;
  }
}

function recordLength(window: Buffer, at: number, read: number): number {
  if (window.readUInt32LE(at) !== 0x02014b50) {
    throw new ArchiveError(`its directory is damaged after ${read} entries`);
  }
  return RECORD + window.readUInt16LE(at + 28) + window.readUInt16LE(at + 30) + window.readUInt16LE(at + 32);
}

function readRecord(window: Buffer, at: number): DirectoryRecord {
  const nameEnd = at + RECORD + window.readUInt16LE(at + 28);
  const extraLength = window.readUInt16LE(at + 30);
  const { extraFields, damage } = extraOf(window.subarray(nameEnd, nameEnd + extraLength));
  const sizes = {
    size: window.readUInt32LE(at + 24),
    compressedSize: window.readUInt32LE(at + 20),
    offset: window.readUInt32LE(at + 42),
  };
  return {
    nameRaw: window.subarray(at + RECORD, nameEnd),
    extraFields,
    extraLength,
    flags: window.readUInt16LE(at + 8),
    method: window.readUInt16LE(at + 10),
    crc: window.readUInt32LE(at + 16),
    ...sizes64(sizes, extraFields),
    mode: window.readUInt16LE(at + 40),
    damage,
  };
}

function extraOf(raw: Buffer): Pick<DirectoryRecord, 'extraFields' | 'damage'> {
  if (raw.length === 0) return { extraFields: NONE, damage: undefined };
  try {
    return { extraFields: parseExtraFields(raw), damage: undefined };
  } catch {
    return { extraFields: NONE, damage: 'is damaged: its extra fields are cut off' };
  }
}

const NONE: DirectoryRecord['extraFields'] = [];

type Sizes = Pick<DirectoryRecord, 'size' | 'compressedSize' | 'offset'>;

/** Numbers that do not fit into 32 bits stand in an extra field, in this order and only those. */
function sizes64(sizes: Sizes, extraFields: DirectoryRecord['extraFields']): Sizes {
  const field = extraFields.find(({ id }) => id === 1)?.data;
  if (field === undefined) return sizes;
  let at = 0;
  const large = (value: number) => {
    if (value !== 0xffffffff || at + 8 > field.length) return value;
    at += 8;
    return Number(field.readBigUInt64LE(at - 8));
  };
  const size = large(sizes.size);
  const compressedSize = large(sizes.compressedSize);
  return { size, compressedSize, offset: large(sizes.offset) };
}
