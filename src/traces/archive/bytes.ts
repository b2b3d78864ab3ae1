/**
 * Random access to bytes: what an archive is read from, be it a file, memory or a server.
 */
import { type FileHandle, open } from 'node:fs/promises';

export interface ByteSource {
  readonly size: number;
  /** Bytes [start, end). Throws `ArchiveError` where the source ends before `end`. */
  read(start: number, end: number): Promise<Buffer>;
  /** Closes what is open; the next read opens it again. */
  release(): Promise<void>;
}

/** What could not be opened, with the reason in words for a person. Becomes a row in `problems`. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

/** A local file, opened on the first read. */
export function fileBytes(path: string, size: number): ByteSource {
  let handle: Promise<FileHandle> | undefined;
  return {
    size,
    async read(start, end) {
      // Before memory is taken for it: a damaged directory may claim any size, and Node aborts past 2 GiB.
      if (end > size) throw cutOff(size, end);
      handle ??= open(path, 'r');
      const file = await handle;
      const buffer = Buffer.allocUnsafe(end - start);
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled);
        if (bytesRead === 0) throw cutOff(start + filled, end);
        filled += bytesRead;
      }
      return buffer;
    },
    async release() {
      const opened = handle;
      handle = undefined;
      // A file that never opened has nothing to close, and its reader has already heard why.
      await opened?.then((file) => file.close()).catch(() => undefined);
    },
  };
}

/** Bytes in memory. */
export function memoryBytes(bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    size: buffer.length,
    read(start, end) {
      if (end > buffer.length) return Promise.reject(cutOff(buffer.length, end));
      return Promise.resolve(buffer.subarray(start, end));
    },
    release: () => Promise.resolve(),
  };
}

/** Bytes [start, end) of another source: an archive stored inside an archive. */
export function sliceBytes(source: ByteSource, start: number, end: number): ByteSource {
  return {
    size: end - start,
    read: (from, to) => source.read(start + from, Math.min(start + to, end)),
    release: () => source.release(),
  };
}

export function cutOff(at: number, needed: number): ArchiveError {
  return new ArchiveError(`is cut off: it ends at byte ${at}, but byte ${needed} is needed`);
}
