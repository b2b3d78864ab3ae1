/**
 * Fewer requests for a source far away: small reads fetch what lies behind them as well, as long as little of
 * that turns out to be fetched in vain.
 */
import type { ByteSource } from './bytes.ts';

/** Bytes fetched at once where only a few are asked for: some ten small trials of an archive. */
const WINDOW = 64 * 1024;

/** One read risks at most this part of what may still be fetched in vain: windows shrink as it runs out. */
const STAKE = 1 / 8;

/** What may be fetched in vain at any time: this much, and this share of what was asked for. */
const SPARE = 256 * 1024;
const SHARE = 0.04;

/** Windows kept: reads of neighbouring entries come in no strict order. */
const KEPT = 8;

interface Block {
  readonly start: number;
  readonly end: number;
  readonly bytes: Promise<Buffer>;
}

/** The same bytes with fewer reads of `source`. In vain it fetches at most `SPARE` and `SHARE` of what is read. */
export function readAhead(source: ByteSource): ByteSource {
  const blocks: Block[] = [];
  let fetched = 0;
  let asked = 0;

  function fetchBlock(start: number, end: number): Promise<Buffer> {
    const spare = SPARE + SHARE * asked - (fetched - asked);
    const window = Math.min(WINDOW, Math.floor(spare * STAKE));
    const to = Math.max(end, Math.min(source.size, start + window));
    fetched += to - start;
    asked += end - start;
    const bytes = source.read(start, to);
    const block = { start, end: to, bytes };
    blocks.push(block);
    if (blocks.length > KEPT) blocks.shift();
    // A failed block is asked for again by whoever needs it next.
    bytes.catch(() => blocks.splice(blocks.indexOf(block), 1));
    return bytes.then((all) => all.subarray(0, end - start));
  }

  return {
    size: source.size,
    async read(start, end) {
      const block = blocks.findLast((known) => known.start <= start && start < known.end);
      if (block === undefined) return fetchBlock(start, end);
      const known = Math.min(end, block.end);
      asked += known - start;
      const first = (await block.bytes).subarray(start - block.start, known - block.start);
      return known === end ? first : Buffer.concat([first, await fetchBlock(known, end)]);
    },
    release() {
      blocks.length = 0;
      return source.release();
    },
  };
}
