/**
 * Operators that turn a knob: vetted moves, each with what it should bring and what it may cost.
 */
import type { KnobRole } from '../../harness/surface.ts';
import type { Move } from './steps.ts';

export interface KnobOperator {
  readonly id: string;
  readonly role: KnobRole;
  readonly move: Move;
  /** A knob of the same surface without which this one does nothing: the turn is not proposed while that is off. */
  readonly needs?: KnobRole;
  /** A knob of the same surface that is switched on along with this one where it is off. */
  readonly along?: KnobRole;
  /** What the knob is, in words that follow "the". */
  readonly noun: string;
  readonly effect: string;
  readonly risks: readonly string[];
}

export const KNOB_OPERATORS = [
  {
    id: 'raise_step_budget',
    role: 'step_budget',
    move: 'raise',
    noun: 'step budget',
    effect: 'Runs that were still making progress get the steps to finish.',
    risks: ['Runs that loop cost more before they end.', 'Cost and duration rise where steps are used up.'],
  },
  {
    id: 'raise_wall_clock',
    role: 'wall_clock',
    move: 'raise',
    noun: 'time limit of a run',
    effect: 'Runs that were cut by the clock get the time to finish.',
    risks: ['Runs that hang take longer to end.'],
  },
  {
    id: 'raise_tool_timeout',
    role: 'tool_timeout',
    move: 'raise',
    noun: 'time limit of a tool call',
    effect: 'Slow but healthy calls, such as builds and tests, return their result.',
    risks: ['A call that hangs blocks the run for longer.'],
  },
  {
    id: 'lower_tool_timeout',
    role: 'tool_timeout',
    move: 'lower',
    noun: 'time limit of a tool call',
    effect: 'A call that hangs gives the run its time back earlier.',
    risks: ['Slow but healthy calls are cut off.'],
  },
  {
    id: 'raise_observation_limit',
    role: 'observation_limit',
    move: 'raise',
    noun: 'limit of a tool result',
    effect: 'The part of a result that mattered is no longer cut away.',
    risks: ['More tokens a step, and the context fills sooner.'],
  },
  {
    id: 'lower_observation_limit',
    role: 'observation_limit',
    move: 'lower',
    noun: 'limit of a tool result',
    effect: 'Long results leave room in the context for the rest of the run.',
    risks: ['The part of a result that matters may be cut away.'],
  },
  {
    id: 'compact_history',
    role: 'compact_history',
    move: 'on',
    noun: 'compaction of the history',
    effect: 'Old steps are condensed before the context is full.',
    risks: ['Details of early steps are lost to the agent.', 'Condensing costs tokens itself.'],
  },
  {
    id: 'raise_context_limit',
    role: 'context_limit',
    move: 'raise',
    noun: 'limit of the context',
    effect: 'Longer runs keep their history.',
    risks: ['The model may refuse a context beyond its own limit.', 'More tokens a step.'],
  },
  {
    id: 'add_loop_breaker',
    role: 'repeat_limit',
    move: 'lower',
    noun: 'limit of equal calls in a row',
    effect: 'A run that repeats itself is interrupted early and told to try something else.',
    risks: ['Polling for a slow result may be taken for a loop.'],
  },
  {
    id: 'add_retries',
    role: 'retry_limit',
    move: 'raise',
    along: 'retry_backoff',
    noun: 'number of retries of a failed call',
    effect: 'Errors that pass by themselves no longer end in a lost step.',
    risks: ['A call that can never work costs more before it is given up.'],
  },
  {
    id: 'add_backoff',
    role: 'retry_backoff',
    move: 'raise',
    needs: 'retry_limit',
    noun: 'wait between retries',
    effect: 'A retry meets a service that had time to recover.',
    risks: ['Failing calls take longer.'],
  },
  {
    id: 'add_format_retries',
    role: 'format_retries',
    move: 'raise',
    noun: 'number of retries of a malformed answer',
    effect: 'An answer that does not parse is asked for again instead of being lost.',
    risks: ['More tokens where the model cannot keep the format.'],
  },
  {
    id: 'verify_before_finish',
    role: 'verify_before_finish',
    move: 'on',
    noun: 'verification before finishing',
    effect: 'A result is checked while there is still time to fix it.',
    risks: ['Every run gets some steps longer.', 'A check the agent cannot pass may hold up a right result.'],
  },
  {
    id: 'add_precheck',
    role: 'precheck',
    move: 'on',
    noun: 'check of preconditions',
    effect: 'Actions whose preconditions do not hold are noticed before they are taken.',
    risks: ['Every run gets some steps longer.'],
  },
  {
    id: 'early_artifact',
    role: 'early_artifact',
    move: 'on',
    noun: 'early first version of the result',
    effect: 'A run that is cut short still leaves a result.',
    risks: ['A hasty first version may be kept although it is wrong.'],
  },
  {
    id: 'act_by_step',
    role: 'act_by_step',
    move: 'lower',
    noun: 'step by which the agent must act',
    effect: 'Exploration ends while there are steps left to do the work.',
    risks: ['Tasks that need long reading are acted on too early.'],
  },
  {
    id: 'persist_environment',
    role: 'persist_environment',
    move: 'on',
    noun: 'persistence of the environment between calls',
    effect: 'Directories, variables and activated environments hold from one call to the next.',
    risks: ['A broken state persists as well.'],
  },
] as const satisfies readonly KnobOperator[];

export type KnobOperatorId = (typeof KNOB_OPERATORS)[number]['id'];
