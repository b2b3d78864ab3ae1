/**
 * Operators that add a rule to a text the model reads. Each rule is one or two plain sentences that hold for any
 * task, name no tool and no command, and ask for a conduct that can be seen in a trace.
 */

/** Where in a prompt a rule belongs. */
export type Phase = 'start' | 'work' | 'tools' | 'finish' | 'output';

export interface TextRule {
  readonly id: string;
  readonly phase: Phase;
  /** Imperative, for the title. */
  readonly title: string;
  readonly text: string;
  readonly effect: string;
  readonly risks: readonly string[];
}

const LONGER = 'Every run gets some steps longer.';

export const TEXT_RULES = [
  {
    id: 'rule_plan_steps',
    phase: 'start',
    title: 'Ask for a plan that puts the required result first',
    text: 'Plan before you start: list the steps the task needs, do those that produce the required result first, and leave polish for last.',
    effect: 'The required result exists before the steps run out.',
    risks: ['Short tasks spend a step on planning.'],
  },
  {
    id: 'rule_batch_work',
    phase: 'work',
    title: 'Ask for related work in one step',
    text: 'Your steps are limited. Join related actions in one call, and rely on what you have already seen instead of looking at it again.',
    effect: 'The same work takes fewer steps.',
    risks: ['An error inside a joined action is harder to place.'],
  },
  {
    id: 'rule_bound_time',
    phase: 'work',
    title: 'Ask for a time bound on long work',
    text: 'Time is limited. Give any action that may run long a bound of its own, and start it in the background while you work on something else.',
    effect: 'One slow action no longer uses up the time of the run.',
    risks: ['Work that needs its time may be cut short.'],
  },
  {
    id: 'rule_cheap_first',
    phase: 'start',
    title: 'Ask for the cheapest sufficient approach',
    text: 'Prefer the cheapest approach that can meet every requirement, and try it on a small input before you run it in full.',
    effect: 'Less time goes into approaches that cannot finish.',
    risks: ['A cheap approach may miss quality that a task asks for.'],
  },
  {
    id: 'rule_background_long_calls',
    phase: 'tools',
    title: 'Ask for long calls in the background',
    text: 'A call that waits too long is cut off. Start long work in the background with its output in a file, and read that file until the work is done.',
    effect: 'Long work finishes although a single call may not take that long.',
    risks: ['Background work may still run when the agent finishes.'],
  },
  {
    id: 'rule_retry_timeout',
    phase: 'tools',
    title: 'Ask for one more try of a call that timed out',
    text: 'A timeout may be a passing delay. When a call times out, make it once more before you change course, and change it if it times out a second time.',
    effect: 'A passing delay no longer costs the subgoal.',
    risks: ['A call that is too slow loses its time twice.'],
  },
  {
    id: 'rule_split_slow_calls',
    phase: 'tools',
    title: 'Ask for slow calls in smaller parts',
    text: 'When a call is too slow to finish in its time, split its work into smaller parts and do them one by one.',
    effect: 'Work that is too long for one call gets done in several.',
    risks: ['More steps for the same work.'],
  },
  {
    id: 'rule_narrow_output',
    phase: 'tools',
    title: 'Ask for narrow reads of long output',
    text: 'Long output is cut off. Filter it, search in it or read it part by part, and when a result was cut, fetch the missing part before you rely on it.',
    effect: 'Decisions rest on the part of the output that matters.',
    risks: ['More steps where the cut part did not matter.'],
  },
  {
    id: 'rule_output_to_file',
    phase: 'tools',
    title: 'Ask for long output to be kept in a file',
    text: 'Keep long output in a file and look up what you need there; draw conclusions only from parts you have seen.',
    effect: 'No part of a long output is lost.',
    risks: [LONGER],
  },
  {
    id: 'rule_read_little',
    phase: 'tools',
    title: 'Ask for small reads',
    text: 'What you read stays in your context and fills it. Open only the part of a file you need, and search instead of printing whole files or logs.',
    effect: 'The context lasts until the end of the run.',
    risks: ['Something outside the part that was read may be missed.'],
  },
  {
    id: 'rule_keep_notes',
    phase: 'work',
    title: 'Ask for short notes at milestones',
    text: 'After each milestone note in two or three lines what is done and what remains, and work on from those notes.',
    effect: 'The thread of a long run is kept when its beginning is gone.',
    risks: [LONGER],
  },
  {
    id: 'rule_change_before_retry',
    phase: 'tools',
    title: 'Ask for a change before a failed call is repeated',
    text: 'When a call fails, read its error and change something before you call again. After two failures of the same kind, choose a different approach.',
    effect: 'Steps go into new attempts instead of the same failing one.',
    risks: ['An error that passes by itself is given up early.'],
  },
  {
    id: 'rule_name_the_cause',
    phase: 'tools',
    title: 'Ask for the cause of a failure before the next call',
    text: 'After a failed call say in one sentence why it failed. If you cannot, inspect its inputs and the present state first.',
    effect: 'The next call addresses the cause.',
    risks: [LONGER],
  },
  {
    id: 'rule_new_information',
    phase: 'work',
    title: 'Ask for progress from every call',
    text: 'Make a call only if it changes something or tells you something new. If the last two calls did neither, step back and take another route.',
    effect: 'Loops without progress end early.',
    risks: ['Waiting for a slow result may be given up too early.'],
  },
  {
    id: 'rule_stuck_restart',
    phase: 'work',
    title: 'Ask for a fresh start when stuck',
    text: 'If you notice that you are going in circles, write down what you know and what you have ruled out, then pick an option you have not tried.',
    effect: 'A stuck run finds another way.',
    risks: ['Good partial work may be left behind.'],
  },
  {
    id: 'rule_resolve_errors',
    phase: 'tools',
    title: 'Ask for every tool error to be resolved',
    text: 'Treat a tool error as open until you have fixed its cause or reached the goal another way; never carry on as if the call had worked.',
    effect: 'Later steps no longer build on something that failed.',
    risks: ['Errors that do not matter take steps as well.'],
  },
  {
    id: 'rule_retry_transient',
    phase: 'tools',
    title: 'Ask for one more try of errors that pass',
    text: 'A transient error, such as a busy service, deserves one more try after a short wait; any other error needs a different call.',
    effect: 'Passing errors do not end the work on a subgoal.',
    risks: ['Time is lost on errors that do not pass.'],
  },
  {
    id: 'rule_exact_calls',
    phase: 'tools',
    title: 'Ask for tool calls in the exact form',
    text: 'Call tools exactly as they are described: the given names, every required argument, well-formed values, and nothing around the call.',
    effect: 'Calls are understood at the first try.',
    risks: [],
  },
  {
    id: 'rule_mend_form',
    phase: 'tools',
    title: 'Ask for rejected calls to be made again in the right form',
    text: 'When a call is rejected for its form, read the description of the tool again and send the same intent in the right form.',
    effect: 'A rejected call costs one step instead of the subgoal.',
    risks: [],
  },
  {
    id: 'rule_exact_output',
    phase: 'output',
    title: 'Ask for the final answer in the exact form',
    text: 'Before you give the final answer, compare its form with what was asked: fields, order, units, and no other text around it.',
    effect: 'Right answers are no longer lost for their form.',
    risks: [LONGER],
  },
  {
    id: 'rule_verify_before_finish',
    phase: 'finish',
    title: 'Ask for a check before finishing',
    text: 'Before you finish, verify the result against every requirement of the task by running it or reading it back, and fix what fails. Finish only after that check has passed.',
    effect: 'A wrong result is noticed while it can still be fixed.',
    risks: [LONGER],
  },
  {
    id: 'rule_requirements_list',
    phase: 'finish',
    title: 'Ask for a list of requirements with evidence',
    text: 'Write down the requirements of the task at the start, and at the end name for each of them the observation that shows it is met.',
    effect: 'Forgotten requirements are noticed.',
    risks: [LONGER],
  },
  {
    id: 'rule_confirm_artifacts',
    phase: 'finish',
    title: 'Ask for required results to be confirmed',
    text: 'Before you finish, confirm that every file or change the task asks for exists at the exact place and in the form it asks for.',
    effect: 'A missing result is noticed while it can still be made.',
    risks: [LONGER],
  },
  {
    id: 'rule_early_artifact',
    phase: 'start',
    title: 'Ask for a first version of the result early',
    text: 'Make a first complete version of every required result early and improve it from there; a plain result is worth more than none.',
    effect: 'A run that is cut short still leaves a result.',
    risks: ['A hasty first version may be kept although it is wrong.'],
  },
  {
    id: 'rule_complete_all',
    phase: 'finish',
    title: 'Ask for the task to be read again before stopping',
    text: 'When you are about to stop, read the task once more and carry out whatever part of it is still open.',
    effect: 'Runs no longer end with a part of the task undone.',
    risks: [LONGER],
  },
  {
    id: 'rule_explore_then_act',
    phase: 'work',
    title: 'Ask for action as soon as a first change is known',
    text: 'Explore only until you know a first change worth trying; then make it and learn from its result instead of reading on.',
    effect: 'Exploration ends while there are steps left to do the work.',
    risks: ['Tasks that need long reading are acted on too early.'],
  },
  {
    id: 'rule_check_preconditions',
    phase: 'start',
    title: 'Ask for preconditions to be checked first',
    text: 'Before an action that changes something, look up the present state and the rules that apply to it, and act only if they allow it.',
    effect: 'Actions that could not succeed, or must not be taken, are noticed in time.',
    risks: [LONGER],
  },
  {
    id: 'rule_check_tools_exist',
    phase: 'tools',
    title: 'Ask for programs and paths to be checked before use',
    text: 'Before you rely on a program, library or file, make sure that it is there and where. Use absolute paths, and provide what is missing before you go on.',
    effect: 'Missing programs and wrong paths are noticed at the first step.',
    risks: [LONGER],
  },
  {
    id: 'rule_restate_environment',
    phase: 'tools',
    title: 'Ask for the environment to be set in every call',
    text: 'A call may start afresh: the working directory, variables and activated environments of earlier calls can be gone. Set what a call needs within that call, and use absolute paths.',
    effect: 'Calls no longer depend on state that is gone.',
    risks: ['Calls get longer.'],
  },
  {
    id: 'rule_state_in_files',
    phase: 'work',
    title: 'Ask for state to be kept in files',
    text: 'Keep in a file whatever later calls will need, and read it back there instead of relying on an earlier session.',
    effect: 'State survives from one call to the next.',
    risks: ['Stray files may be left behind.'],
  },
  {
    id: 'rule_keep_verified_answer',
    phase: 'finish',
    title: 'Ask for a verified result to be kept',
    text: 'Once a check has shown the result to be right, leave it as it is. Change it again only for a check that fails, and repeat that check afterwards.',
    effect: 'Right results are no longer changed for the worse.',
    risks: ['A result that passed a weak check is kept.'],
  },
] as const satisfies readonly TextRule[];

export type TextRuleId = (typeof TEXT_RULES)[number]['id'];
