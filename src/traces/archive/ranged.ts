/**
 * A file on a server, read by HTTP ranges.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ArchiveError, type ByteSource, cutOff } from './bytes.ts';

/** How often one range is asked for: once, and again after a network error, a busy server or a fresh address. */
const ATTEMPTS = 4;

/** The first wait before asking a busy server again (ms); it doubles. */
const FIRST_WAIT = 100;

/** Statuses of an address that has run out. */
const EXPIRED: ReadonlySet<number> = new Set([401, 403, 404, 410]);

const BUSY: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Opens an address. `resolve` gives a fresh one when the server says that the one in use has run out:
 * GitHub's artifact addresses last a minute. Throws `ArchiveError` where the server cannot answer ranges.
 */
export async function rangedBytes(address: string, resolve?: () => Promise<string>): Promise<ByteSource> {
  let url = address;

  async function ask(range: string): Promise<Answer> {
    let refusal = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answer = await request(url, range);
      if (typeof answer !== 'string') {
        if (answer.status === 206) return answer;
        refusal = refusalOf(answer.status);
        if (resolve !== undefined && EXPIRED.has(answer.status)) {
          url = await resolve();
          continue;
        }
        if (!BUSY.has(answer.status)) break;
      } else refusal = answer;
      if (attempt + 1 < ATTEMPTS) await delay(FIRST_WAIT * 2 ** attempt);
    }
    throw new ArchiveError(refusal);
  }

  // One byte tells the size: a suffix range is not understood by every store.
  const first = await ask('bytes=0-0');
  const size = Number(first.contentRange.split('/')[1]);
  if (!Number.isSafeInteger(size)) throw new ArchiveError('the server does not say how large it is');
  return {
    size,
    async read(start, end) {
      if (end > size) throw cutOff(size, end);
      if (end <= start) return Buffer.alloc(0);
      const { bytes } = await ask(`bytes=${start}-${end - 1}`);
      if (bytes.length !== end - start) {
        throw new ArchiveError(`the server sent ${bytes.length} bytes where ${end - start} were asked for`);
      }
      return bytes;
    },
    release: () => Promise.resolve(),
  };
}

interface Answer {
  readonly status: number;
  readonly contentRange: string;
  /** Empty unless a range was answered. */
  readonly bytes: Buffer;
}

/** The server's answer, or why there is none. */
async function request(url: string, range: string): Promise<Answer | string> {
  try {
    const response = await fetch(url, { headers: { range, 'accept-encoding': 'identity' } });
    const { status } = response;
    if (status === 206) {
      const contentRange = response.headers.get('content-range') ?? '';
      return { status, contentRange, bytes: Buffer.from(await response.arrayBuffer()) };
    }
    await response.body?.cancel();
    return { status, contentRange: '', bytes: Buffer.alloc(0) };
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return `the server cannot be reached: ${cause}`;
  }
}

function refusalOf(status: number): string {
  if (status === 200) return 'the server does not answer range requests: download the file and give its path';
  if (status === 416) return 'is empty, or shorter than its directory says';
  return `the server answered ${status}`;
}
