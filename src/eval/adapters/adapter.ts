/**
 * What the runner must know of an eval framework: how its command looks, and how a group's tasks and attempt are
 * told to it. One file a framework.
 */

/** What one run of the command is for. */
interface Asking {
  readonly tasks: readonly string[] | 'all';
  /** From 1. */
  readonly attempt: number;
  /** Folder for its traces, absolute. */
  readonly traces: string;
  /** Where it runs, absolute. */
  readonly directory: string;
}

/** What is added to the command and to its environment for one run. */
export interface Addition {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Adapter {
  readonly name: string;
  /** Whether the words of a command (`npx vitest run`) start this framework. */
  recognises(words: readonly string[]): boolean;
  add(asking: Asking): Addition;
  /** What it cannot do, one sentence each. */
  readonly cannot: readonly string[];
}

export const NOTHING_ADDED: Addition = { args: [], env: {} };
