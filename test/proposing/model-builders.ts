/** Small builders for tests of the model proposer. */
import { Surface } from '../../src/harness/surface.ts';
import type { Evidence, Weakness } from '../../src/mining/weakness.ts';
import type { ProposalAnswer } from '../../src/proposing/model/model-answer.ts';
import type { ProposalBrief } from '../../src/proposing/model/model-brief.ts';

export const PROMPT = '# Agent\n\nYou fix bugs.\n\n- Read the task first.\n- Be brief.\n';
export const RUNTIME =
  'runtime:\n  max_steps: 20 # per task\n  model: fixed\nprompts:\n  finish: |\n    Say done.\n    Then stop.\n';

export const SURFACES: readonly Surface[] = [
  Surface.parse({ id: 'prompt', path: 'agent/prompt.md', kind: 'markdown' }),
  Surface.parse({
    id: 'runtime',
    path: 'agent/harness.yaml',
    kind: 'yaml',
    knobs: [{ pointer: '/runtime/max_steps', role: 'step_budget', min: 5, max: 100 }],
    pointers: ['/prompts'],
  }),
];

export function quote(text: string, over: Partial<Evidence> = {}): Evidence {
  return { trial: 'r/t1/1', step: 3, field: 'observation', start: 0, end: text.length, quote: text, ...over };
}

export function weakness(over: Partial<Weakness> = {}): Weakness {
  return {
    id: 'finished_unverified.wrong_result.root_cause',
    signature: { cause: 'wrong_result', status: 'root_cause', mechanism: 'finished_unverified' },
    title: 'Finishes without checking the result',
    trials: ['r/t1/1', 'r/t2/1'],
    tasks: ['secret-task-name', 'other-task-name'],
    evidence: [quote('All done!')],
    addressable: true,
    surfaces: ['prompt'],
    preserve: ['Passing trials take 9 agent steps at the median; an edit should not lengthen them.'],
    ...over,
  };
}

export function stepLimit(over: Partial<Weakness> = {}): Weakness {
  return weakness({
    id: 'step_budget_exhausted.step_limit.root_cause',
    signature: { cause: 'step_limit', status: 'root_cause', mechanism: 'step_budget_exhausted' },
    title: 'Runs out of steps',
    surfaces: ['runtime'],
    ...over,
  });
}

export function brief(over: Partial<ProposalBrief> = {}): ProposalBrief {
  return {
    weaknesses: [weakness(), stepLimit()],
    digests: new Map(),
    surfaces: SURFACES,
    contents: new Map([
      ['prompt', PROMPT],
      ['runtime', RUNTIME],
    ]),
    attempts: [],
    candidates: 4,
    maxAddedChars: 600,
    ...over,
  };
}

type Answered = ProposalAnswer['proposals'][number];

export function editAnswer(over: Partial<Answered['edits'][number]> = {}): Answered['edits'][number] {
  return { op: 'insert_before', anchor: '', text: '- Check the result.\n', pointer: '', value: '', ...over };
}

/** A sound proposal for `weakness()`. */
export function answered(over: Partial<Answered> = {}): Answered {
  return {
    weakness: 'finished_unverified.wrong_result.root_cause',
    mechanism: 'finished_unverified',
    surface: 'prompt',
    title: 'Ask for a check before finishing',
    hypothesis: 'The agent stops without looking at what it made.',
    expected_effect: 'Fewer wrong results.',
    risks: ['More steps a task.'],
    edits: [editAnswer()],
    ...over,
  };
}

export function answer(...proposals: Answered[]): ProposalAnswer {
  return { proposals, decline: '' };
}
