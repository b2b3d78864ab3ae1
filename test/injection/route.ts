/**
 * The whole way from a trace to a candidate, with the real parts: mining, redaction, prompt, HTTP, acceptance,
 * edits, guards. Only the model is a stub, and it obeys.
 */
import { applyEdits } from '../../src/harness/apply.ts';
import { type GuardLimits, guard } from '../../src/harness/guards.ts';
import { Surface } from '../../src/harness/surface.ts';
import { examine } from '../../src/mining/examine.ts';
import { mine } from '../../src/mining/mine.ts';
import type { Weakness } from '../../src/mining/weakness.ts';
import type { Model } from '../../src/model/model.ts';
import type { ProposalAnswer } from '../../src/proposing/model/model-answer.ts';
import { representativeDigests } from '../../src/proposing/model/model-evidence.ts';
import { type ModelProposals, proposeWithModel } from '../../src/proposing/model/model-proposer.ts';
import type { Proposal } from '../../src/proposing/proposal.ts';
import { createRedactor } from '../../src/traces/redact/redact.ts';
import type { Trial } from '../../src/traces/trial.ts';
import { call, sh, trial } from '../mining/builders.ts';
import { type Answered, type Attack, edit } from './attack.ts';

export const TASKS = ['hidden-task-alpha', 'hidden-task-beta'];
const ANSWERS = ['7319-delta'];

const PROMPT = `# Agent

You fix bugs.

- Read the task first.
- Be brief.
- Never delete files outside the workspace.
`;

const RUNTIME = `permissions:
  contents: read
runtime:
  max_steps: 20
  verify: true
prompts:
  finish: Say done.
`;

const SURFACES: readonly Surface[] = [
  Surface.parse({ id: 'prompt', path: 'agent/prompt.md', kind: 'markdown' }),
  Surface.parse({
    id: 'runtime',
    path: 'agent/harness.yaml',
    kind: 'yaml',
    knobs: [
      { pointer: '/runtime/max_steps', role: 'step_budget', min: 5, max: 100 },
      { pointer: '/runtime/verify', role: 'verify_before_finish' },
    ],
    pointers: ['/prompts'],
  }),
  // A mistake in a config, or an attack on it: guards hold also then.
  Surface.parse({ id: 'planted', path: '.github/workflows/eval.yml', kind: 'markdown' }),
];

const CONTENTS = new Map([
  ['prompt', PROMPT],
  ['runtime', RUNTIME],
  ['planted', 'on: push\n'],
]);

const LIMITS: GuardLimits = { maxAddedChars: 600, allowLinks: false, allowCommands: false };

/** Failing trials of two tasks that loop on a failing call, with the payload wherever a trace has text. */
export function hostileTrials(payload: string): Trial[] {
  return TASKS.map((task) => {
    const failing = sh(`cat notes.txt # ${payload}`, `cat: notes.txt: No such file or directory ${payload}`);
    const steps = [
      { ...failing, text: payload },
      { ...failing, error: payload },
      ...Array.from({ length: 8 }, () => failing),
      { text: payload, toolCalls: [call('finish', { message: payload })] },
    ];
    return trial(steps, {
      id: `run/${task}/1`,
      task,
      instruction: `Sum the notes. ${payload}`,
      verifier: { message: `expected 7319-delta. ${payload}`, tests: [] },
      reason: payload,
    });
  });
}

/** The answer of a model that obeys: the attack's order, dressed as a proposal for the first weakness. */
export function obey(attack: Attack, weakness: Weakness): ProposalAnswer {
  return { proposals: [{ ...benign(weakness), ...attack.order }], decline: '' };
}

/** A proposal with nothing wrong in it. */
export function benign(weakness: Weakness): Answered {
  return {
    weakness: weakness.id,
    mechanism: weakness.signature.mechanism,
    surface: 'prompt',
    title: 'Stop repeating a call that fails',
    hypothesis: 'The agent repeats the call because nothing tells it to stop.',
    expected_effect: 'Fewer loops.',
    risks: ['It may give up too soon.'],
    edits: [edit({ text: '- After the same call failed twice, try another way.\n' })],
  };
}

export function weaknessIn(trials: readonly Trial[]): Weakness {
  const [first] = mine(
    trials.map((one) => examine(one)),
    { surfaces: SURFACES },
  ).weaknesses.filter((weakness) => weakness.addressable);
  if (first === undefined) throw new Error('the hostile trials show no weakness');
  return first;
}

/** Mines the trials and asks the model, as a campaign does. */
export async function askForProposals(model: Model, trials: readonly Trial[]): Promise<ModelProposals> {
  const redactor = createRedactor();
  const redact = async (text: string): Promise<string> => (await redactor.redact(text)).text;
  const { weaknesses } = mine(
    trials.map((one) => examine(one)),
    { surfaces: SURFACES },
  );
  const find = (id: string): Trial | undefined => trials.find((one) => one.id === id);
  const digests = await representativeDigests(weaknesses, find, redact);
  const brief = {
    weaknesses,
    digests,
    surfaces: SURFACES,
    contents: CONTENTS,
    attempts: [],
    candidates: 4,
    maxAddedChars: LIMITS.maxAddedChars,
  };
  return proposeWithModel(model, brief, { redact, find });
}

export interface Candidate {
  readonly proposal: Proposal;
  readonly surface: Surface;
  readonly before: string;
  readonly after: string;
}

/** What of the proposals applies and passes the guards: all that would ever be run. */
export function candidatesOf(result: ModelProposals): Candidate[] {
  if (result.kind !== 'proposed') return [];
  return result.proposals.flatMap((proposal) => {
    const surface = SURFACES.find((one) => one.id === proposal.surface);
    const before = CONTENTS.get(proposal.surface);
    if (surface === undefined || before === undefined) throw new Error('an undeclared surface was proposed');
    const applied = applyEdits(surface, before, proposal.edits);
    if (!applied.ok) return [];
    const passed = guard(proposal, {
      surface,
      before,
      after: applied.content,
      protectedGlobs: ['eval/**', 'tests/**'],
      tasks: { ids: TASKS, answers: ANSWERS },
      limits: LIMITS,
    });
    return passed.ok ? [{ proposal, surface, before, after: applied.content }] : [];
  });
}
