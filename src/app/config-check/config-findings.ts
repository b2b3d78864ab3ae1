/**
 * A config that parses, held against the repository it is for: do its surfaces exist, do its knobs point at
 * something, can its workflow be dispatched and read. Each finding names its place in the config and the mend.
 */
import { Cron } from 'croner';
import { type Config, protectedGlobs } from '../../config/schema.ts';
import { readSurface } from '../../harness/apply.ts';
import { knobProblem } from '../../harness/knob.ts';
import { pathMatcher } from '../../harness/path-match.ts';
import { readPointer } from '../../harness/structured/value.ts';
import type { Surface } from '../../harness/surface.ts';
import { REQUEST_INPUT, readWorkflow, uploadsMatching } from './eval-workflow.ts';

export interface ConfigFinding {
  /** A failure keeps a campaign from running; a warning does not. */
  readonly level: 'failure' | 'warning';
  /** JSON pointer into the config, such as `/surfaces/0/path`. */
  readonly pointer: string;
  readonly message: string;
  readonly mend: string;
}

/** Text of a file of the repository at the commit in question, null where there is none. */
export type ReadFile = (path: string) => Promise<string | null>;

/** A model's name that says nobody has named it yet. */
export const UNNAMED_MODEL = 'unknown';

/** Everything about a config that its repository contradicts, in the order of the file. */
export async function configFindings(config: Config, read: ReadFile): Promise<ConfigFinding[]> {
  const surfaces = await Promise.all(
    config.surfaces.map((surface, index) => surfaceFindings(config, surface, index, read)),
  );
  return [
    ...modelFindings(config),
    ...surfaces.flat(),
    ...(await workflowFindings(config, read)),
    ...scheduleFindings(config),
  ];
}

function modelFindings(config: Config): ConfigFinding[] {
  if (config.agent.model !== UNNAMED_MODEL) return [];
  return [
    {
      level: 'warning',
      pointer: '/agent/model',
      message: 'The model of the agent is not named.',
      mend: 'Write the model that the eval runs: it tells a campaign that improves itself from one that is helped.',
    },
  ];
}

async function surfaceFindings(
  config: Config,
  surface: Surface,
  index: number,
  read: ReadFile,
): Promise<ConfigFinding[]> {
  const at = `/surfaces/${index}`;
  const content = await read(surface.path);
  if (content === null) {
    const message = `${surface.path} is not in the repository.`;
    return [{ level: 'failure', pointer: `${at}/path`, message, mend: 'Name a file that exists.' }];
  }
  const findings: ConfigFinding[] = [];
  if (pathMatcher(protectedGlobs(config))(surface.path)) {
    findings.push({
      level: 'failure',
      pointer: `${at}/path`,
      message: `${surface.path} is protected by eval.protect.`,
      mend: 'A surface cannot be part of its own evaluator: move the file, or narrow eval.protect.',
    });
  }
  if (surface.kind === 'text' || surface.kind === 'markdown') return findings;
  const value = readSurface(surface, content);
  if (value === undefined) {
    const message = `${surface.path} cannot be read as ${surface.kind}.`;
    return [
      ...findings,
      { level: 'failure', pointer: `${at}/kind`, message, mend: 'Fix the file, or its kind.' },
    ];
  }
  return [...findings, ...knobFindings(surface, value, at)];
}

function knobFindings(surface: Surface, value: unknown, at: string): ConfigFinding[] {
  return surface.knobs.flatMap((knob, index): ConfigFinding[] => {
    const current = readPointer(value, knob.pointer);
    const pointer = `${at}/knobs/${index}/pointer`;
    if (current === undefined) {
      const message = `${surface.path} has nothing at ${knob.pointer}.`;
      return [
        { level: 'warning', pointer, message, mend: 'Fix the pointer, or write the value into the file.' },
      ];
    }
    const problem = knobProblem(knob, current, current);
    if (problem === null) return [];
    const message = `${surface.path} ${knob.pointer}: ${problem}.`;
    return [
      { level: 'warning', pointer, message, mend: 'Widen the bounds so that the present value is inside.' },
    ];
  });
}

async function workflowFindings(config: Config, read: ReadFile): Promise<ConfigFinding[]> {
  const file = config.eval.workflow;
  const pointer = '/eval/workflow';
  if (file === undefined) {
    const message = 'There is no eval.workflow.';
    const mend = 'Name the workflow that runs the evaluation; on GitHub every trial is a run of it.';
    return [{ level: 'failure', pointer: '/eval', message, mend }];
  }
  const path = `.github/workflows/${file}`;
  const text = await read(path);
  if (text === null) {
    const mend = 'Add the workflow, or name the one that there is.';
    return [{ level: 'failure', pointer, message: `${path} is not in the repository.`, mend }];
  }
  const reading = readWorkflow(text);
  if (!reading.ok) {
    return [
      { level: 'failure', pointer, message: `${path}: ${reading.message}.`, mend: 'Fix the workflow.' },
    ];
  }
  const { workflow } = reading;
  const findings: ConfigFinding[] = [];
  const add = (level: ConfigFinding['level'], message: string, mend: string) =>
    findings.push({ level, pointer, message: `${path} ${message}`, mend });
  if (!workflow.dispatchable || !workflow.takesRequest) {
    const mend = `Add \`workflow_dispatch\` with one string input named \`${REQUEST_INPUT}\`.`;
    add(
      'failure',
      workflow.dispatchable ? `has no input \`${REQUEST_INPUT}\`.` : 'cannot be dispatched.',
      mend,
    );
  } else if (!workflow.usesRequest && !workflow.delegates) {
    const mend = `Pass \`\${{ inputs.${REQUEST_INPUT} }}\` to the eval, so that it runs the tasks it is asked for.`;
    add('warning', 'ignores the request: every dispatch runs all tasks.', mend);
  }
  if (workflow.otherRequired.length > 0) {
    const names = workflow.otherRequired.map((name) => `\`${name}\``).join(', ');
    add('failure', `requires ${names}, which the bot does not send.`, 'Give every other input a default.');
  }
  if (workflow.cancelsPending) {
    const mend = 'Add `queue: max` to its `concurrency`.';
    add('warning', 'has a concurrency group in which a new run ends the waiting one.', mend);
  }
  if (!uploadsMatching(workflow, config.eval.artifacts) && !workflow.delegates) {
    const uploads = workflow.artifacts.map((name) => `\`${name}\``).join(', ');
    findings.push({
      level: 'failure',
      pointer: '/eval/artifacts',
      message: `${path} uploads ${uploads === '' ? 'no artifact' : uploads}; \`${config.eval.artifacts}\` is expected.`,
      mend: 'Upload the traces with actions/upload-artifact, and make eval.artifacts match their name.',
    });
  }
  return findings;
}

function scheduleFindings(config: Config): ConfigFinding[] {
  const problem = cronProblem(config.triggers.schedule);
  if (problem === null) return [];
  const mend = 'Write five fields, such as `0 3 * * 1` for Mondays at 03:00 UTC.';
  return [{ level: 'failure', pointer: '/triggers/schedule', message: problem, mend }];
}

/** What is wrong with a schedule, null where it holds. */
export function cronProblem(schedule: string | null): string | null {
  if (schedule === null) return null;
  if (schedule.trim().split(/\s+/).length !== 5) return `\`${schedule}\` has not five fields.`;
  try {
    new Cron(schedule, { timezone: 'UTC', paused: true });
    return null;
  } catch (error) {
    return `\`${schedule}\` is no cron expression: ${error instanceof Error ? error.message : String(error)}`;
  }
}
