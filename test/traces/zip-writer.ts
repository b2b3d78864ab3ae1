/**
 * Writes zip archives byte by byte, so that tests can also write the ones that no tool would.
 */
import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly data: string | Uint8Array;
  /** 0 stored, 8 deflate (the default), 93 zstd; anything else is written as it is given. */
  readonly method?: number;
  /** Already compressed bytes, for `data` that would be slow to compress again and again. */
  readonly raw?: Uint8Array;
  /** What the headers claim, where that is not the truth. */
  readonly claims?: { readonly size?: number; readonly crc?: number; readonly flags?: number };
  /** Extra fields of the directory's record, as bytes. */
  readonly extra?: Uint8Array;
  /** Unix file mode; 0o120777 makes a symbolic link. */
  readonly mode?: number;
}

/** One entry's bytes, and its record for the directory. */
export interface Written {
  readonly bytes: Buffer;
  readonly record: Buffer;
}

/** A whole archive in memory. `zip64` writes the large forms of the end records. */
export function makeZip(entries: readonly ZipEntry[], options: { readonly zip64?: boolean } = {}): Buffer {
  const written: Written[] = [];
  let offset = 0;
  for (const entry of entries) {
    const one = writeEntry(entry, offset);
    written.push(one);
    offset += one.bytes.length;
  }
  const records = written.map(({ record }) => record);
  const end = writeEnd(records, offset, options.zip64 ?? false);
  return Buffer.concat([...written.map(({ bytes }) => bytes), ...records, end]);
}

/** An entry that starts at `offset` of its archive. */
export function writeEntry(entry: ZipEntry, offset: number): Written {
  const name = Buffer.from(entry.name, 'utf8');
  const data = Buffer.from(entry.data);
  const method = entry.method ?? 8;
  const raw = entry.raw ?? compress(data, method);
  const size = entry.claims?.size ?? data.length;
  const crc = entry.claims?.crc ?? crc32(data);
  const flags = entry.claims?.flags ?? 0x0800;

  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(flags, 6);
  local.writeUInt16LE(method, 8);
  local.writeUInt32LE(crc, 14);
  local.writeUInt32LE(raw.length, 18);
  local.writeUInt32LE(size, 22);
  local.writeUInt16LE(name.length, 26);

  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE((3 << 8) | 20, 4);
  record.writeUInt16LE(20, 6);
  record.writeUInt16LE(flags, 8);
  record.writeUInt16LE(method, 10);
  record.writeUInt32LE(crc, 16);
  record.writeUInt32LE(raw.length, 20);
  record.writeUInt32LE(size, 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38);
  record.writeUInt32LE(offset, 42);
  const extra = entry.extra ?? new Uint8Array();
  record.writeUInt16LE(extra.length, 30);
  return { bytes: Buffer.concat([local, name, raw]), record: Buffer.concat([record, name, extra]) };
}

function compress(data: Buffer, method: number): Buffer {
  if (method === 8) return deflateRawSync(data);
  return method === 93 ? zstdCompressSync(data) : data;
}

/** The end of an archive whose directory starts at `offset`. */
export function writeEnd(records: readonly Buffer[], offset: number, zip64: boolean): Buffer {
  const size = records.reduce((sum, record) => sum + record.length, 0);
  const count = records.length;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : count, 8);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : size, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  if (!zip64) return end;
  const large = Buffer.alloc(56);
  large.writeUInt32LE(0x06064b50, 0);
  large.writeBigUInt64LE(44n, 4);
  large.writeUInt16LE(45, 12);
  large.writeUInt16LE(45, 14);
  large.writeBigUInt64LE(BigInt(count), 24);
  large.writeBigUInt64LE(BigInt(count), 32);
  large.writeBigUInt64LE(BigInt(size), 40);
  large.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([large, locator, end]);
}
