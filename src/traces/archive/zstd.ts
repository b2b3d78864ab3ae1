/**
 * Where zstd frames end (RFC 8878, section 3.1): Node decodes one frame and ignores the rest, but Inspect
 * writes entries of several.
 */
import { ArchiveError } from './bytes.ts';

const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

/** Each frame that holds data, in order: skippable frames are left out, since Node stops after one. */
export function* dataFrames(bytes: Buffer): Generator<Buffer> {
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length) throw damaged();
    const magic = bytes.readUInt32LE(at);
    if (magic >>> 4 === SKIPPABLE >>> 4) {
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== FRAME) throw damaged();
    const end = frameEnd(bytes, at);
    yield bytes.subarray(at, end);
    at = end;
  }
}

function frameEnd(bytes: Buffer, start: number): number {
  const descriptor = bytes.readUInt8(start + 4);
  let at = start + 5 + headerFields(descriptor);
  for (;;) {
    if (at + 3 > bytes.length) throw damaged();
    const block = bytes.readUIntLE(at, 3);
    const isRun = ((block >>> 1) & 3) === 1;
    at += 3 + (isRun ? 1 : block >>> 3);
    if ((block & 1) === 1) break;
  }
  const hasChecksum = (descriptor & 4) !== 0;
  const end = at + (hasChecksum ? 4 : 0);
  if (end > bytes.length) throw damaged();
  return end;
}

/** Bytes of window, dictionary id and content size, as the frame's descriptor announces them. */
function headerFields(descriptor: number): number {
  const single = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >>> 6] ?? 0;
  return (single ? 0 : 1) + dictionary + contentSize;
}

function damaged(): ArchiveError {
  return new ArchiveError('is damaged: its zstd frames are cut off');
}
