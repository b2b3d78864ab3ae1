/**
 * Telemetry tells what a model was asked and what a tool did, each with a time, not a conversation. Every
 * call of the model repeats the conversation so far; here it is put together again.
 */
import type { Step } from '../../trial.ts';
import { asText } from '../shared/lenient.ts';
import type { ReadMessage } from '../shared/message.ts';
import { createTranscript, type Transcript } from '../shared/transcript.ts';

export type Activity =
  | {
      readonly kind: 'model';
      /** Sorts; equal times keep their order. */
      readonly at: string;
      readonly input: readonly ReadMessage[];
      readonly output: readonly ReadMessage[];
      readonly error: string | null;
    }
  | {
      readonly kind: 'tool';
      readonly at: string;
      readonly callId: string | null;
      readonly name: string;
      readonly arguments: unknown;
      readonly result: unknown;
      readonly error: string | null;
    };

/** The steps of one trajectory. Messages told before, as part of a later call's history, are told once. */
export function stepsOfActivities(activities: readonly Activity[]): Step[] {
  const transcript = createTranscript();
  const told = new Map<string, number>();
  const pending: { id: string | null; name: string }[] = [];
  for (const activity of activities.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))) {
    if (activity.kind === 'tool') useTool(transcript, pending, activity);
    else {
      tellNew(transcript, told, pending, activity.input, true);
      tellNew(transcript, told, pending, activity.output, false);
      if (activity.error !== null) transcript.extend({ role: 'agent', text: '', error: activity.error });
    }
  }
  return transcript.steps();
}

/**
 * Tells those messages that were not told yet. A message that stands twice in one history was said twice:
 * so occurrences are counted, not just remembered. Output is always new.
 */
function tellNew(
  transcript: Transcript,
  told: Map<string, number>,
  pending: { id: string | null; name: string }[],
  messages: readonly ReadMessage[],
  isHistory: boolean,
): void {
  const here = new Map<string, number>();
  for (const message of messages) {
    for (const answer of message.answers) {
      const known = answer.callId !== null && transcript.answered(answer.callId);
      const repeated = isHistory && repeats(`answer\0${answer.callId}\0${answer.text}`, told, here);
      if (!known && !repeated) transcript.observe(answer);
    }
    if (message.text === '' && message.calls.length === 0) continue;
    const calls = message.calls.map(({ name, arguments: args }) => `${name}(${args})`);
    const key = [message.role, message.text, ...calls].join('\0');
    if (repeats(key, told, here) && isHistory) continue;
    transcript.say({ role: message.role, text: message.text, toolCalls: message.calls });
    pending.push(...message.calls.map(({ id, name }) => ({ id, name })));
  }
}

/** Whether this occurrence was told before; counts it as told either way. */
function repeats(key: string, told: Map<string, number>, here: Map<string, number>): boolean {
  const nth = (here.get(key) ?? 0) + 1;
  here.set(key, nth);
  const before = told.get(key) ?? 0;
  if (nth <= before) return true;
  told.set(key, nth);
  return false;
}

/** A tool's span answers the call it belongs to, by id or else by name; alone, it is a step of its own. */
function useTool(
  transcript: Transcript,
  pending: { id: string | null; name: string }[],
  use: Extract<Activity, { kind: 'tool' }>,
): void {
  const text = asText(use.result);
  if (use.callId !== null && transcript.called(use.callId)) {
    if (!transcript.answered(use.callId)) transcript.observe({ callId: use.callId, text, error: use.error });
    return;
  }
  const at = pending.findIndex(({ name }) => name === use.name);
  const caller = at < 0 ? undefined : pending.splice(at, 1)[0];
  if (caller !== undefined && (caller.id === null || !transcript.answered(caller.id))) {
    transcript.observe({ callId: caller.id, text, error: use.error });
    return;
  }
  const call = { id: use.callId, name: use.name, arguments: asText(use.arguments) };
  transcript.say({ role: 'agent', text: '', toolCalls: [call], observation: text, error: use.error });
}
