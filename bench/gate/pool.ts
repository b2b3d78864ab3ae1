/**
 * The simulation spread over worker threads. The result depends on the seed and the repetitions, not on the threads.
 */
import { Worker } from 'node:worker_threads';
import { type Counts, emptyCounts, ROWS, type Share } from './rows.ts';

/** Repetitions handed to a worker at once: small, so that all end at about the same time. */
const CHUNK = 50;

export interface Job {
  readonly seed: number;
  readonly repetitions: number;
  readonly workers: number;
  readonly onProgress: (done: number, all: number) => void;
}

/** Counts by row, in the order of ROWS. */
export async function simulateAll({ seed, repetitions, workers, onProgress }: Job): Promise<Counts[]> {
  const waiting: Share[] = ROWS.flatMap((_, row) =>
    Array.from({ length: Math.ceil(repetitions / CHUNK) }, (_, chunk) => ({
      seed,
      row,
      from: chunk * CHUNK,
      to: Math.min(repetitions, (chunk + 1) * CHUNK),
    })),
  );
  const totals = ROWS.map(emptyCounts);
  const all = waiting.length;
  let done = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    try {
      for (let share = waiting.shift(); share !== undefined; share = waiting.shift()) {
        const [total, part] = [totals[share.row], await asked(worker, share)];
        if (total !== undefined)
          for (const key of Object.keys(part) as (keyof Counts)[]) total[key] += part[key];
        done += 1;
        onProgress(done, all);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return totals;
}

function asked(worker: Worker, share: Share): Promise<Counts> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(error);
    worker.once('error', failed);
    worker.once('message', (counts: Counts) => {
      worker.off('error', failed);
      resolve(counts);
    });
    worker.postMessage(share);
  });
}
