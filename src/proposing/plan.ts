/**
 * Which operators act on which mechanism, the most direct first.
 */
import type { Mechanism } from '../mining/vocabulary.ts';
import type { KnobOperatorId } from './catalog/knob-operators.ts';
import type { TextRuleId } from './catalog/rules.ts';

export interface Treatment {
  /** What such runs did, in words that follow "12 failing trials of 4 tasks". */
  readonly finding: string;
  readonly knobs: readonly KnobOperatorId[];
  readonly rules: readonly TextRuleId[];
}

export const TREATMENTS: Readonly<Record<Mechanism, Treatment>> = {
  step_budget_exhausted: {
    finding: 'ran out of steps',
    knobs: ['raise_step_budget', 'act_by_step'],
    rules: ['rule_plan_steps', 'rule_batch_work'],
  },
  wall_clock_exhausted: {
    finding: 'ran out of time',
    knobs: ['raise_wall_clock', 'lower_tool_timeout'],
    rules: ['rule_bound_time', 'rule_cheap_first'],
  },
  tool_timeout: {
    finding: 'lost a tool call to its time limit',
    knobs: ['raise_tool_timeout', 'add_retries'],
    rules: ['rule_background_long_calls', 'rule_retry_timeout', 'rule_split_slow_calls'],
  },
  observation_truncated: {
    finding: 'acted on a tool result that was cut',
    knobs: ['raise_observation_limit'],
    rules: ['rule_narrow_output', 'rule_output_to_file'],
  },
  context_exhausted: {
    finding: 'filled their context',
    knobs: ['compact_history', 'raise_context_limit', 'lower_observation_limit'],
    rules: ['rule_read_little', 'rule_keep_notes'],
  },
  repeated_failing_call: {
    finding: 'repeated a call that kept failing',
    knobs: ['add_loop_breaker'],
    rules: ['rule_change_before_retry', 'rule_name_the_cause'],
  },
  repeated_call_no_progress: {
    finding: 'repeated a call without progress',
    knobs: ['add_loop_breaker'],
    rules: ['rule_new_information', 'rule_stuck_restart'],
  },
  unrecovered_tool_error: {
    finding: 'never recovered from a tool error',
    knobs: ['add_retries', 'add_backoff'],
    rules: ['rule_resolve_errors', 'rule_retry_transient'],
  },
  malformed_tool_call: {
    finding: 'sent tool calls that do not parse',
    knobs: ['add_format_retries'],
    rules: ['rule_exact_calls', 'rule_mend_form'],
  },
  malformed_output: {
    finding: 'ended in an answer of the wrong form',
    knobs: ['add_format_retries', 'verify_before_finish'],
    rules: ['rule_exact_output'],
  },
  finished_unverified: {
    finding: 'finished without checking the result',
    knobs: ['verify_before_finish'],
    rules: ['rule_verify_before_finish', 'rule_requirements_list'],
  },
  artifact_missing: {
    finding: 'ended without a required result',
    knobs: ['verify_before_finish', 'early_artifact'],
    rules: ['rule_confirm_artifacts', 'rule_early_artifact'],
  },
  artifact_late: {
    finding: 'began the required result too late',
    knobs: ['early_artifact', 'act_by_step'],
    rules: ['rule_early_artifact', 'rule_plan_steps'],
  },
  stopped_early: {
    finding: 'stopped with a part of the task undone',
    knobs: ['verify_before_finish'],
    rules: ['rule_complete_all', 'rule_requirements_list'],
  },
  explored_without_acting: {
    finding: 'explored at length without changing anything',
    knobs: ['act_by_step', 'early_artifact'],
    rules: ['rule_explore_then_act', 'rule_early_artifact'],
  },
  missing_precheck: {
    finding: 'acted without checking the preconditions',
    knobs: ['add_precheck'],
    rules: ['rule_check_preconditions', 'rule_requirements_list'],
  },
  missing_dependency_or_path: {
    finding: 'met a missing program, library or path',
    knobs: ['add_precheck', 'persist_environment'],
    rules: ['rule_check_tools_exist'],
  },
  state_not_persisted: {
    finding: 'relied on state that a later call no longer had',
    knobs: ['persist_environment'],
    rules: ['rule_restate_environment', 'rule_state_in_files'],
  },
  answer_drift: {
    finding: 'changed a result that was right already',
    knobs: ['verify_before_finish'],
    rules: ['rule_keep_verified_answer'],
  },
  // A refusal may be right. Text that talks a model out of one is no vetted operator.
  refusal: { finding: 'ended in a refusal', knobs: [], rules: [] },
  unknown: { finding: 'failed for a reason nobody could name', knobs: [], rules: [] },
};
