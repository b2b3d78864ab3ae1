/**
 * What the keys of a runtime's settings mean, by their names: `max_steps` is a step budget wherever it stands.
 * Only names that leave no doubt are taken; a person reads the proposal before anything is edited.
 */
import { formatPointer } from '../../harness/pointer.ts';
import type { Knob, KnobRole } from '../../harness/surface.ts';

/** Whole names (lower case, words joined by `_`, without a unit) by role. */
const NUMBERS: readonly (readonly [KnobRole, RegExp])[] = [
  [
    'step_budget',
    /^(max|maximum)_(agent_)?(steps?|turns?|iterations?|iters?|rounds?|actions)$|^(step|turn|iteration)_(limit|budget)$|^recursion_limit$/,
  ],
  [
    'tool_timeout',
    /^(tool|command|cmd|shell|bash|exec|execution|sandbox)_(call_)?timeout$|^timeout_per_(tool|command|call)$/,
  ],
  [
    'wall_clock',
    /^(timeout|time_limit|max_time|max_runtime|max_duration|wall_clock|deadline|(agent|task|run|total)_timeout)$/,
  ],
  ['format_retries', /^(max_)?(format|parse|parsing|json)_(retries|attempts)$/],
  ['retry_limit', /^(max_|num_)?((tool|api|model|llm)_)?retries$|^(max_)?retry_(limit|count|attempts)$/],
  ['retry_backoff', /^(retry_)?(backoff|delay)$|^retry_(wait|interval)$/],
  [
    'observation_limit',
    /^max_(tool_)?(observation|output|result)(_(chars|characters|lines|length|tokens))$|^(observation|output|tool_output)_(limit|max_chars)$/,
  ],
  [
    'context_limit',
    /^max_(context|history|prompt|input)(_(chars|tokens|messages|length))?$|^(context|history)_(limit|window|budget|max_tokens)$/,
  ],
  ['repeat_limit', /^(repeat|repetition)_limit$|^max_(repeats|repetitions|identical_calls)$/],
  ['act_by_step', /^act_by_step$/],
];
const SWITCHES: readonly (readonly [KnobRole, RegExp])[] = [
  [
    'verify_before_finish',
    /^(verify|check|validate|review)_before_(finish|submit|answer|done)(ing)?$|^self_(check|verify)$/,
  ],
  ['precheck', /^pre_?check$|^check_environment$/],
  ['early_artifact', /^early_artifact$|^write_early$/],
  ['persist_environment', /^persist_(env|environment|session|shell)$|^keep_(session|shell)$/],
  ['compact_history', /^(compact|compress|summari[sz]e)_(history|context|messages)$|^compaction$/],
];
const TEXTS = /^(system_(prompt|message)|instructions?|developer_message)$/;
const UNIT = /_(s|sec|secs|seconds|ms|millis|milliseconds|min|mins|minutes)$/;
const TOOLS = /tool|command|shell|bash|exec|sandbox/;
const CONTEXT = /context|history|memory|window/;
const FORMATS = /format|pars|json/;
/** Of requests to a model, not of the agent's runtime: raising them helps no agent. */
const TRANSPORT = /request|http|api|connect|socket|database|redis|cache|server|queue|rate/;

/** How far from its present value a limit may go, as a factor. */
const REACH = 4;
const MIN_INSTRUCTION_CHARS = 40;
const MAX_DEPTH = 6;

export interface InferredKnob {
  readonly knob: Knob;
  readonly value: unknown;
}

/** The knobs of a parsed settings file, in its order. */
export function inferKnobs(root: unknown): InferredKnob[] {
  return leaves(root, []).flatMap(({ path, value }) => {
    const role = roleOf(path, value);
    if (role === null) return [];
    const knob: Knob = { pointer: formatPointer(path), role, ...boundsOf(role, value) };
    return [{ knob, value }];
  });
}

function roleOf(path: readonly string[], value: unknown): KnobRole | null {
  const name = wordsOf(path.at(-1) ?? '');
  const above = path.slice(0, -1).map(wordsOf).join('/');
  if (TRANSPORT.test(above)) return null;
  if (typeof value === 'boolean') return matching(SWITCHES, name);
  if (typeof value === 'string') {
    return TEXTS.test(name) && value.length >= MIN_INSTRUCTION_CHARS ? 'instructions' : null;
  }
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return null;
  const role = matching(NUMBERS, name.replace(UNIT, ''));
  if (role === 'wall_clock' && TOOLS.test(above)) return 'tool_timeout';
  if (role === 'retry_limit' && FORMATS.test(above)) return 'format_retries';
  // Alone `max_tokens` is the length of one answer, which no role stands for.
  if (role === null && /^max_tokens$/.test(name) && CONTEXT.test(above)) return 'context_limit';
  return role;
}

function matching(table: readonly (readonly [KnobRole, RegExp])[], name: string): KnobRole | null {
  return table.find(([, names]) => names.test(name))?.[0] ?? null;
}

/** Bounds around the present value: a limit may be raised four-fold, and lowered to a quarter. */
function boundsOf(role: KnobRole, value: unknown): Pick<Knob, 'min' | 'max' | 'values'> {
  if (typeof value === 'boolean') return { values: [false, true] };
  if (typeof value !== 'number') return {};
  if (role === 'retry_limit' || role === 'format_retries' || role === 'repeat_limit') {
    return { min: 0, max: Math.max(5, value * 2) };
  }
  const min = Number.isInteger(value) ? Math.floor(value / REACH) : value / REACH;
  return { min, max: value === 0 ? 10 : value * REACH };
}

function leaves(value: unknown, path: readonly string[]): { path: readonly string[]; value: unknown }[] {
  if (path.length > MAX_DEPTH || Array.isArray(value)) return [];
  if (value === null || typeof value !== 'object') return path.length === 0 ? [] : [{ path, value }];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]));
}

/** `maxSteps`, `max-steps` and `MAX_STEPS` are one name. */
function wordsOf(key: string): string {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[-\s.]+/g, '_')
    .toLowerCase();
}
