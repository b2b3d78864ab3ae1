/** An engine that remembers what it was asked for and runs nothing: test equipment for what stands before it. */
import type { Engine, Work } from '../../src/campaign/engine/engine.ts';

export interface RecordingEngine extends Engine {
  /** Work asked for, each id once. */
  readonly works: Work[];
  /** Ids of work that was told to look again. */
  readonly woken: readonly string[];
  /** Work put down as if it had been asked for earlier. */
  add(work: Work): void;
}

export function recordingEngine(): RecordingEngine {
  const works: Work[] = [];
  const woken: string[] = [];
  const known = (workflow: string, id: string) =>
    works.find((work) => work.workflow === workflow && work.id === id) ?? null;
  return {
    works,
    woken,
    add: (work) => {
      works.push(work);
    },
    start: async (workflow, id, input) => {
      if (known(workflow, id) === null) works.push({ workflow, id, input, state: 'unfinished' });
    },
    startAlone: async (workflow, id, input) => {
      const holder = works.find((work) => work.workflow === workflow && work.state === 'unfinished');
      if (holder !== undefined) return holder.id;
      works.push({ workflow, id, input, state: 'unfinished' });
      return id;
    },
    unfinished: async (workflow) =>
      works.filter((work) => work.workflow === workflow && work.state === 'unfinished'),
    find: async (workflow, id) => known(workflow, id),
    result: async () => {
      throw new Error('a recording engine runs nothing');
    },
    wake: async (id) => void woken.push(id),
    cancel: async () => {},
    stop: async () => {},
  };
}
