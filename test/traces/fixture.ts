/**
 * Reads the repository's own trace fixtures, and real traces where a checkout has them beside it.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readAllTraces } from '../../src/traces/read/read.ts';
import type { Step, Trial } from '../../src/traces/trial.ts';

export interface Read {
  readonly trials: Trial[];
  /** Messages of the problems, each after its path inside the fixture. */
  readonly problems: string[];
  /** The one trial of a task and attempt. Throws where there is none or more than one. */
  trial(task: string, attempt?: number): Trial;
}

/** Reads `test/traces/fixtures/<name>`, a file or a folder. */
export function readFixture(name: string, settings = {}): Promise<Read> {
  return read(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url)), settings);
}

/** Reads any path. */
export async function read(path: string, settings = {}): Promise<Read> {
  const { trials, problems } = await readAllTraces([path], settings);
  return {
    trials,
    problems: problems.map((problem) => `${problem.path.slice(path.length + 1)}: ${problem.message}`),
    trial(task, attempt) {
      const found = trials.filter(
        (trial) => trial.task === task && (attempt ?? trial.attempt) === trial.attempt,
      );
      const [only] = found;
      if (only === undefined || found.length > 1) {
        throw new Error(`${found.length} trials of ${task}, of ${trials.map(({ task: t }) => t).join(', ')}`);
      }
      return only;
    },
  };
}

/** Real traces of other people's agents; not part of the repository. */
export const SHARED = fileURLToPath(new URL('../../../shared/traces/', import.meta.url));
export const hasShared = existsSync(SHARED);
if (!hasShared) console.info(`skipped: no real traces at ${SHARED}`);

/** How often each outcome occurs. */
export function outcomes(trials: readonly Trial[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of trials) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** Steps in one line each: `agent: text | call(arguments) → observation !error`. */
export function told(steps: readonly Step[]): string[] {
  return steps.map((step) => {
    const calls = step.toolCalls.map((call) => `${call.name}(${call.arguments})`).join(' ');
    return [
      `${step.role}: ${step.text}`.trim(),
      calls && `| ${calls}`,
      step.observation && `→ ${step.observation}`,
      step.error && `!${step.error}`,
    ]
      .filter(Boolean)
      .join(' ');
  });
}
