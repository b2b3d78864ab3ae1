/** Counts shares in a worker thread. */
import { parentPort } from 'node:worker_threads';
import { countShare, type Share } from './rows.ts';

parentPort?.on('message', (share: Share) => parentPort?.postMessage(countShare(share)));
