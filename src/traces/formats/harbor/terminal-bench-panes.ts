/**
 * What Terminal-Bench 1 saw on the terminal: the only trajectory that it keeps for every agent.
 */
import { messageOf } from '../../json.ts';
import { makeStep, type Step } from '../../trial.ts';
import type { ReadContext } from '../format.ts';

/** The end of the test output says what failed; this much of it is kept (characters). */
const TAIL = 4000;

export interface Terminal {
  readonly steps: Step[];
  /** The end of the test output, for a trial that did not pass. */
  readonly testOutput: string | null;
}

/** The keys sent and the screen after the agent, as two steps; the screen after the tests, as a message. */
export async function terminalOf(
  folder: string,
  instruction: string | null,
  passed: boolean,
  context: ReadContext,
): Promise<Terminal> {
  const testOutput = passed ? null : await screen(`${folder}panes/post-test.txt`, context);
  if (context.options.skipSteps) return { steps: [], testOutput: tailOf(testOutput) };
  const shown =
    (await screen(`${folder}panes/post-agent.txt`, context)) ??
    (await screen(`${folder}sessions/agent.log`, context));
  const keys = await screen(`${folder}commands.txt`, context);
  if (shown === null && keys === null) return { steps: [], testOutput: tailOf(testOutput) };
  const asked = instruction === null ? [] : [makeStep({ index: 0, role: 'user', text: instruction })];
  const sent = makeStep({
    index: asked.length,
    role: 'agent',
    toolCalls: keys === null ? [] : [{ id: null, name: 'send_keys', arguments: keys }],
    observation: shown ?? '',
  });
  return { steps: [...asked, sent], testOutput: tailOf(testOutput) };
}

function tailOf(text: string | null): string | null {
  return text === null || text === '' ? null : text.slice(-TAIL);
}

/** Colours and cursor movements of a terminal (ECMA-48), and characters that move without a sequence. */
const CONTROL =
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])|[\x00-\x08\x0b-\x1f\x7f]/g;

async function screen(path: string, context: ReadContext): Promise<string | null> {
  const file = context.tree.get(path);
  if (file === undefined) return null;
  try {
    return (await file.text()).replace(CONTROL, '').trim();
  } catch (error) {
    context.problem(path, messageOf(error));
    return null;
  }
}
