/**
 * Work on the next items while the consumer is busy with one: a trajectory inflates while another is parsed.
 */

/** Results in the order of the items, with at most `width` in work or waiting. A failed item fails its turn. */
export async function* ahead<T, R>(
  items: AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const started = work(item);
      // Its turn reports the failure; until then it must not count as unhandled.
      started.catch(() => undefined);
      running.push(started);
      if (running.length < width) continue;
      const first = running.shift();
      if (first !== undefined) yield await first;
    }
    for (let next = running.shift(); next !== undefined; next = running.shift()) yield await next;
  } finally {
    // Where the consumer wants no more, what is under way still reads: the source must stay open for it.
    await Promise.allSettled(running);
  }
}
