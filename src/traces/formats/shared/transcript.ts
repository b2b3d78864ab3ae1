/**
 * Builds a trajectory turn by turn: what is said becomes a step, what a tool answers joins the step that
 * called it.
 */
import type { Step, ToolCall } from '../../trial.ts';

interface Turn {
  readonly role: Step['role'];
  readonly text: string;
  readonly toolCalls?: readonly ToolCall[];
  readonly observation?: string;
  readonly error?: string | null;
  readonly truncated?: boolean;
}

export interface Answer {
  /** The call answered; null where the format does not say. */
  readonly callId: string | null;
  readonly text: string;
  readonly error?: string | null;
  readonly truncated?: boolean;
}

export interface Transcript {
  say(turn: Turn): void;
  /**
   * Adds to the last step instead of opening one: for messages that a format writes in pieces. Opens a step
   * where the last one is of another role.
   */
  extend(turn: Turn): void;
  observe(answer: Answer): void;
  /** Whether a call of this id was already answered. */
  answered(callId: string): boolean;
  /** Whether a call of this id was made. */
  called(callId: string): boolean;
  steps(): Step[];
}

type Draft = { -readonly [K in keyof Omit<Step, 'index'>]: Step[K] };

export function createTranscript(): Transcript {
  const drafts: Draft[] = [];
  const callers = new Map<string, Draft>();
  const answers = new Set<string>();

  function say(turn: Turn): void {
    const draft: Draft = {
      role: turn.role,
      text: turn.text,
      toolCalls: [],
      observation: turn.observation ?? '',
      error: turn.error ?? null,
      truncated: turn.truncated ?? false,
    };
    drafts.push(draft);
    call(draft, turn.toolCalls ?? []);
  }

  function call(draft: Draft, calls: readonly ToolCall[]): void {
    draft.toolCalls = [...draft.toolCalls, ...calls];
    for (const { id } of calls) {
      if (id === null) continue;
      // Some writers use a call's name as its id and so repeat it: the latest caller is the one answered.
      callers.set(id, draft);
      answers.delete(id);
    }
  }

  function extend(turn: Turn): void {
    const last = drafts.at(-1);
    if (last === undefined || last.role !== turn.role) {
      say(turn);
      return;
    }
    last.text = joined(last.text, turn.text);
    call(last, turn.toolCalls ?? []);
    note(last, turn.observation ?? '', turn.error, turn.truncated);
  }

  function observe(answer: Answer): void {
    const caller = answer.callId === null ? unanswered() : (callers.get(answer.callId) ?? unanswered());
    if (answer.callId !== null) answers.add(answer.callId);
    if (caller !== undefined) {
      note(caller, answer.text, answer.error, answer.truncated);
      return;
    }
    say({
      role: 'tool',
      text: '',
      observation: answer.text,
      error: answer.error ?? null,
      truncated: answer.truncated ?? false,
    });
  }

  /** The last step, if it made calls: answers without an id follow their call. */
  function unanswered(): Draft | undefined {
    const last = drafts.at(-1);
    return last !== undefined && last.toolCalls.length > 0 ? last : undefined;
  }

  return {
    say,
    extend,
    observe,
    answered: (callId) => answers.has(callId),
    called: (callId) => callers.has(callId),
    steps: () => drafts.map((draft, index) => ({ index, ...draft })),
  };
}

function note(draft: Draft, text: string, error?: string | null, truncated?: boolean): void {
  draft.observation = joined(draft.observation, text);
  if (error) draft.error = joined(draft.error ?? '', error);
  draft.truncated ||= truncated ?? false;
}

function joined(a: string, b: string): string {
  if (a === '') return b;
  return b === '' ? a : `${a}\n${b}`;
}
