/**
 * Opens the compressed bytes of one archive entry, never to more than a cap.
 */
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  createInflateRaw,
  createZstdDecompress,
  inflateRaw as inflateRawCallback,
  zstdDecompress as zstdDecompressCallback,
} from 'node:zlib';
import { overrun, ratioRefusal, sizeInWords } from '../read/limits.ts';
import { ArchiveError, type ByteSource } from './bytes.ts';
import { dataFrames } from './zstd.ts';

const inflateRaw = promisify(inflateRawCallback);
const zstdDecompress = promisify(zstdDecompressCallback);

/** Compression methods of zip entries (APPNOTE 4.4.5). Inspect AI writes zstd since 0.3.206. */
export const STORED = 0;
export const DEFLATE = 8;
export const ZSTD = 93;

export function isReadable(method: number): boolean {
  return method === STORED || method === DEFLATE || method === ZSTD;
}

/** One output buffer up to this size, so that a large entry is not pieced together from 16 KiB blocks. */
const MAX_CHUNK = 16 * 1024 * 1024;

const LIES = 'refused: it inflates to more than twice the size it declares';

/** Inflates a whole entry to at most `cap` bytes. `declared` is the size the archive claims. */
export async function inflate(method: number, raw: Buffer, cap: number, declared: number): Promise<Buffer> {
  if (method === STORED) return raw;
  const chunkSize = Math.min(Math.max(declared + 64, 1024), MAX_CHUNK);
  try {
    if (method === DEFLATE) return await inflateRaw(raw, { maxOutputLength: cap, chunkSize });
    const parts: Buffer[] = [];
    let room = cap;
    for (const frame of dataFrames(raw)) {
      // Node takes no limit of 0: a frame past the cap fails on its first bytes.
      const part = await zstdDecompress(frame, { maxOutputLength: Math.max(room, 1) });
      parts.push(part);
      room -= part.length;
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  } catch (error) {
    throw translated(error, declared);
  }
}

function translated(error: unknown, declared: number): ArchiveError {
  if (error instanceof ArchiveError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    return new ArchiveError(`${LIES} (${sizeInWords(declared)})`);
  }
  return new ArchiveError(`is damaged: ${error instanceof Error ? error.message : String(error)}`);
}

/** The first `wanted` bytes of an entry, from the beginning of its compressed bytes. */
export async function inflateHead(method: number, raw: Buffer, wanted: number): Promise<Buffer> {
  if (method === STORED) return raw.subarray(0, wanted);
  const decoder = method === ZSTD ? createZstdDecompress() : createInflateRaw({ chunkSize: wanted });
  const parts: Buffer[] = [];
  let length = 0;
  decoder.end(raw);
  try {
    for await (const chunk of decoder) {
      parts.push(chunk);
      length += chunk.length;
      if (length >= wanted) break;
    }
  } catch (error) {
    // The input was cut on purpose, so its sudden end is expected; what came before it counts.
    if (length === 0) throw translated(error, wanted);
  }
  return Buffer.concat(parts).subarray(0, wanted);
}

/** How much compressed data is read at a time. */
const BLOCK = 256 * 1024;

/**
 * A stored or deflated entry in pieces, from bytes [start, end) of the archive. Throws past twice the
 * declared size.
 */
export async function* inflateStream(
  method: typeof STORED | typeof DEFLATE,
  source: ByteSource,
  start: number,
  end: number,
  declared: number,
): AsyncGenerator<Buffer> {
  const blocks = blocksOf(source, start, end);
  if (method === STORED) {
    yield* blocks;
    return;
  }
  let length = 0;
  try {
    for await (const chunk of Readable.from(blocks).compose(createInflateRaw({ chunkSize: BLOCK }))) {
      length += chunk.length;
      const refusal = length > overrun(declared) ? LIES : ratioRefusal(end - start, length);
      if (refusal !== undefined) throw new ArchiveError(refusal);
      yield chunk;
    }
  } catch (error) {
    throw translated(error, declared);
  }
}

async function* blocksOf(source: ByteSource, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; at += BLOCK) yield await source.read(at, Math.min(at + BLOCK, end));
}
