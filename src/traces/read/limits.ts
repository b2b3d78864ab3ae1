/**
 * What an archive may ask of this machine before it is refused.
 */
import { ArchiveError } from '../archive/bytes.ts';

export interface Limits {
  /** Bytes of all entries of one archive together, and of everything opened in one reading. */
  readonly totalBytes: number;
  readonly entries: number;
  /** Archives inside archives. */
  readonly depth: number;
}

const MiB = 1024 * 1024;

export const DEFAULT_LIMITS: Limits = { totalBytes: 8 * 1024 * MiB, entries: 1_000_000, depth: 3 };

/** One file held in memory: V8 makes no string longer than 512 MiB. */
export const MAX_FILE_BYTES = 512 * MiB;

/** Inflating to more than this many times its declared size is a lie, not an error of rounding. */
const MAX_OVERRUN = 2;

/** Deflate cannot exceed about 1,032 : 1, zstd can; real traces stay under 100. */
const MAX_RATIO = 1000;

/** Under this many bytes inflated, a high ratio costs nothing (an empty log of zeros). */
const RATIO_MATTERS = 8 * MiB;

/** How many bytes an entry of `declared` bytes may inflate to. */
export function overrun(declared: number): number {
  return Math.max(declared * MAX_OVERRUN, 1024);
}

/** Why sizes look like a bomb, or undefined. */
export function ratioRefusal(compressed: number, inflated: number): string | undefined {
  if (inflated <= RATIO_MATTERS || inflated <= compressed * MAX_RATIO) return undefined;
  const ratio = compressed === 0 ? 'without end' : `${Math.round(inflated / compressed)} : 1`;
  return `refused: it inflates ${ratio}, more than ${MAX_RATIO} : 1, as an archive bomb does`;
}

/** Counts what was opened against the total limit. */
export interface Meter {
  readonly limits: Limits;
  /** Bytes inflated so far. */
  readonly opened: number;
  /** Charges bytes before they are inflated. Throws `ArchiveError` past the limit. */
  charge(bytes: number): void;
}

export function meter(limits: Limits): Meter {
  let opened = 0;
  return {
    limits,
    get opened() {
      return opened;
    },
    charge(bytes) {
      if (opened + bytes > limits.totalBytes) {
        throw new ArchiveError(
          `refused: with it, more than ${sizeInWords(limits.totalBytes)} would be opened; raise the limit if this is meant`,
        );
      }
      opened += bytes;
    },
  };
}

export function sizeInWords(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}
