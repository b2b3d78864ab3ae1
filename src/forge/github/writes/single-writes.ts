/**
 * Writes that make something are sent once. Octokit repeats what got no answer by itself; but a request without an
 * answer may have taken effect, and the repetition would make a second comment, run or pull request. A durable step
 * that failed runs again as a whole instead, and looks first for what it was about to make.
 */
import type { Octokit } from '@octokit/rest';
import { isWrite } from './write-budget.ts';

/** Lets a client repeat nothing that could then be there twice; reads and changes of what exists are repeated. */
export function sendWritesOnce(octokit: Pick<Octokit, 'hook'>): void {
  octokit.hook.before('request', (options) => {
    if (options.method === 'POST' && isWrite(options.method, options.url, options.query))
      options.request = { ...options.request, retries: 0 };
  });
}
