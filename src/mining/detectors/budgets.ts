/**
 * Budgets that ran out: steps, wall clock, context. What the run was doing then is part of the finding.
 */
import { type Step, type Stop, stepText } from '../../traces/trial.ts';
import { lineAround, type Span } from '../evidence.ts';
import { callSpan, type Detector, endsIdle, type Fact, fact, lastLines, type Run } from '../fact.ts';
import type { Mechanism } from '../vocabulary.ts';

/** Steps at the end of a run in which a scaffold's notice is looked for. */
const TAIL = 3;

interface Budget {
  readonly mechanism: Mechanism;
  readonly stops: readonly Stop[];
  /** How scaffolds word it. Searched in what the agent was told, never in what it said itself. */
  readonly notice: RegExp;
  readonly note: string;
}

const BUDGETS: readonly Budget[] = [
  {
    mechanism: 'step_budget_exhausted',
    stops: ['step_limit'],
    notice:
      /\b(?:step|turn|iteration|action|message)s?[ _-](?:limit|budget|cap)\b[^\n]{0,30}\b(?:reached|hit|exceeded|exhausted|used up)\b|\b(?:reached|hit|exceeded|out of)\b[^\n]{0,30}\b(?:max(?:imum)?[^\n]{0,15}(?:iterations?|steps?|turns?)|(?:step|turn|iteration)s?[ _-]?(?:limit|budget)|steps\b)|\bmax(?:imum)?[ _-](?:steps?|turns?|iterations?)\b[^\n]{0,20}\b(?:reached|exceeded|hit)\b/i,
    note: 'the step limit ended the run',
  },
  {
    mechanism: 'wall_clock_exhausted',
    stops: ['timeout'],
    notice:
      /\b(?:agent|task|run|episode|trial|session)\b[^\n]{0,30}\b(?:timed out|time ?out|time limit|deadline)\b|\btime (?:limit|budget)\b[^\n]{0,20}\b(?:reached|exceeded|exhausted)\b/i,
    note: 'the wall clock ended the run',
  },
  {
    mechanism: 'context_exhausted',
    stops: ['context_limit', 'token_limit'],
    notice:
      /\bcontext[ _-](?:window|length|limit)\b[^\n]{0,40}\b(?:exceed\w*|reached|full|overflow\w*|limit)\b|\bmaximum context length\b|\bprompt is too long\b|\btoken (?:limit|budget)\b[^\n]{0,20}\b(?:reached|exceeded)\b/i,
    note: 'the context or token limit ended the run',
  },
];

/** Ends of a run that another limit may lie behind. */
const OPEN: ReadonlySet<Stop> = new Set<Stop>(['unknown', 'error', 'timeout']);

/** Which budget ended the run, by the format's own word or by a notice in the last steps. */
export const budgets: Detector = (run) => {
  const found: Fact[] = [];
  for (const budget of BUDGETS) {
    const flagged = budget.stops.includes(run.trial.stop);
    if (!flagged && !OPEN.has(run.trial.stop)) continue;
    const notice = noticeIn(run, budget.notice);
    if (!flagged && notice === null && !budget.notice.test(run.trial.reason ?? '')) continue;
    // The clock says that time was up; the shell says that nothing was running any more.
    if (budget.mechanism === 'wall_clock_exhausted' && notice === null && endsIdle(run)) continue;
    found.push(
      fact(
        run,
        {
          mechanism: budget.mechanism,
          status: run.trial.steps.length === 0 ? 'unknown' : 'root_cause',
          // A notice tells more than the clock that happened to run beside it.
          weight: notice === null ? 0.7 : 0.72,
          conduct: null,
          note: budget.note,
        },
        [notice, ...lastDoing(run)],
      ),
    );
  }
  return found.length > 0 ? found : brokeOff(run);
};

/** Words of a reader for a run that stopped without an end. */
const NO_END =
  /\bdid not (?:end|finish|complete)\b|\bnever (?:ended|finished)\b|\bunfinished\b|\bincomplete (?:run|conversation|trajectory)\b/i;

/** The run stops in the middle of the agent's work. Whether a limit cut it off, only the lengths of others tell. */
function brokeOff(run: Run): Fact[] {
  const { stop, steps, reason } = run.trial;
  const last = steps.at(-1);
  if (stop !== 'unknown' || last === undefined) return [];
  const final = run.actions.at(-1);
  const handedIn = final?.step === last && (final.kind === 'finish' || final.kind === 'handoff');
  const midway = last.role === 'tool' || (last.role === 'agent' && last.toolCalls.length > 0 && !handedIn);
  if (!midway && !NO_END.test(reason ?? '')) return [];
  return [
    fact(
      run,
      {
        mechanism: 'step_budget_exhausted',
        status: 'root_cause',
        weight: 0.68,
        conduct: 'broke_off',
        note: 'the run broke off midway, at the length where other runs break off too',
      },
      lastDoing(run),
    ),
  ];
}

/** Longest arguments that still read as one call; beyond, what stood on the screen last says more. */
const SHORT = 500;

/** What the run was doing when it was cut off. */
function lastDoing(run: Run): (Span | null)[] {
  const last = run.actions.at(-1);
  if (last === undefined) return [lastLines(run)];
  const said = saidSpan(last.step);
  if (last.call.arguments.length <= SHORT) return [said, callSpan(last)];
  return [said, last.result === null ? callSpan(last) : lastLines(run)];
}

/** Longest remark that is quoted whole: beside a call it says how far the work had come. */
const REMARK = 200;

/** What the agent said beside its call, where that is a remark. */
function saidSpan(step: Step): Span | null {
  const { length } = step.text.trim();
  return step.role !== 'agent' || length === 0 || length > REMARK
    ? null
    : { step, field: 'text', start: 0, end: step.text.length };
}

/** The last line in the tail of the run where the scaffold says that a limit was met. */
function noticeIn(run: Run, pattern: RegExp): Span | null {
  for (const step of run.trial.steps.slice(-TAIL).reverse()) {
    const fields =
      step.role === 'agent'
        ? (['error', 'observation'] as const)
        : (['error', 'observation', 'text'] as const);
    for (const field of fields) {
      const text = stepText(step, field);
      const from = Math.max(0, text.length - 4_000);
      const match = pattern.exec(text.slice(from));
      if (match === null) continue;
      const [start, end] = lineAround(text, from + match.index);
      return { step, field, start, end };
    }
  }
  return null;
}
