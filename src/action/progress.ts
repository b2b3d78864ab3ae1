/**
 * A campaign's progress in the log of a job: a part a stage, a line an event.
 */
import type { Progress } from '../campaign/context.ts';
import { progressView } from '../commands/progress.ts';
import type { JobLog } from './log.ts';

export function jobProgress(log: JobLog): (progress: Progress) => void {
  const view = progressView(
    (text) => log.line(text.trimEnd()),
    false,
    () => 0,
  );
  // A campaign is replayed after every wait, and tells again what it has told before.
  const told = new Set<string>();
  return (progress) => {
    const key = JSON.stringify(progress);
    if (told.has(key)) return;
    told.add(key);
    if (progress.kind === 'stage') log.group(`${progress.stage}: ${progress.detail}`);
    else view.report(progress);
  };
}
