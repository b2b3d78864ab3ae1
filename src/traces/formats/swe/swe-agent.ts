/**
 * SWE-agent `.traj` files, from 0.x to 1.x. They hold no verdict, no time and no instance id of their own:
 * the id is in `replay_config` or is the name of the file.
 */
import { z } from 'zod';
import { peek } from '../../read/peek.ts';
import { makeTrial, type Stop } from '../../trial.ts';
import { ALONE, type Format, type ReadOptions, unlabelled } from '../format.ts';
import { eachFile } from '../shared/each-file.ts';
import { digest, stem } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';
import { contentText } from '../shared/message.ts';
import { tokensWithCacheInside } from '../shared/tokens.ts';
import { createTranscript } from '../shared/transcript.ts';

const FORMAT = 'swe-agent';

const Move = z.object({
  action: lenient.text,
  observation: lenient.text,
  response: lenient.text,
  thought: lenient.text,
});

const HistoryItem = z.object({
  role: lenient.text,
  content: lenient.anything,
  is_demo: lenient.flag,
  message_type: lenient.text,
});

const Trajectory = z.object({
  trajectory: z.array(z.unknown()),
  history: lenient.list,
  environment: lenient.text,
  info: z
    .object({
      exit_status: lenient.text,
      submission: lenient.text,
      model_stats: z
        .object({
          instance_cost: lenient.amount,
          tokens_sent: lenient.amount,
          tokens_received: lenient.amount,
        })
        .nullable()
        .catch(null),
    })
    .catch({ exit_status: null, submission: null, model_stats: null }),
  replay_config: lenient.anything,
});
type Trajectory = z.infer<typeof Trajectory>;

const ReplayConfig = z.object({
  problem_statement: z.object({ id: lenient.text }).nullable().catch(null),
  agent: z
    .object({ model: z.object({ name: lenient.text }).nullable().catch(null) })
    .nullable()
    .catch(null),
});

/** Reads one trajectory. */
function parseSweAgent(value: unknown, path: string, options: ReadOptions): lenient.Parsed {
  const parsed = Trajectory.safeParse(value);
  if (!parsed.success)
    return { trials: [], problems: ['no SWE-agent trajectory in it: `trajectory` is no list'] };
  const run = parsed.data;
  const config = replayConfig(run.replay_config);
  const { fit, misfits } = lenient.fitting(Move, run.trajectory);
  const stats = run.info.model_stats;
  // A replay or a human at the keyboard calls no model: its zeros measure nothing.
  const measured = Boolean(stats?.instance_cost || stats?.tokens_sent);
  const opening = openingMessages(run);
  const trial = makeTrial({
    id: `${FORMAT}:${digest(lenient.asText([run.trajectory, run.info.exit_status]))}`,
    task: config?.problem_statement?.id || stem(path) || 'trajectory',
    ...unlabelled,
    agent: 'swe-agent',
    model: config?.agent?.model?.name ?? null,
    tokens: tokensWithCacheInside(stats?.tokens_sent ?? null, null, null, stats?.tokens_received ?? null),
    costUsd: measured ? (stats?.instance_cost ?? null) : null,
    instruction: opening.findLast(({ role }) => role === 'user')?.text ?? null,
    stop: stopOf(run.info.exit_status),
    steps: options.skipSteps
      ? []
      : stepsOf(
          opening,
          fit.map(({ value: move }) => move),
        ),
    source: { path, format: FORMAT },
  });
  const problems =
    misfits > 0 ? [`${misfits} of ${run.trajectory.length} steps are no objects and were left out`] : [];
  return { trials: [trial], problems };
}

/** Older versions store the configuration as a JSON string. */
function replayConfig(value: unknown): z.infer<typeof ReplayConfig> | null {
  let config = value;
  if (typeof value === 'string') {
    try {
      config = JSON.parse(value);
    } catch {
      return null;
    }
  }
  return ReplayConfig.safeParse(config).data ?? null;
}

/** What the model was shown before its first move, without demonstrations of other tasks. */
function openingMessages(run: Trajectory): { role: 'system' | 'user'; text: string }[] {
  const opening: { role: 'system' | 'user'; text: string }[] = [];
  for (const { value: item } of lenient.fitting(HistoryItem, run.history).fit) {
    if (item.role === 'assistant' && item.is_demo !== true && item.message_type !== 'demonstration') break;
    if (item.is_demo === true || item.message_type === 'demonstration') continue;
    if (item.role === 'system' || item.role === 'user') {
      opening.push({ role: item.role, text: contentText(item.content) });
    }
  }
  return opening;
}

function stepsOf(opening: ReturnType<typeof openingMessages>, moves: readonly z.infer<typeof Move>[]) {
  const transcript = createTranscript();
  for (const message of opening) transcript.say(message);
  for (const { action, observation, response, thought } of moves) {
    const command = action?.trim() ?? '';
    transcript.say({
      role: 'agent',
      text: thought?.trim() ? thought : (response ?? ''),
      // The interface is a shell with commands of its own: the first word names the tool.
      toolCalls:
        command === ''
          ? []
          : [{ id: null, name: /^[\w.-]+/.exec(command)?.[0] ?? 'bash', arguments: action ?? '' }],
      observation: observation ?? '',
    });
  }
  return transcript.steps();
}

/** Exit statuses may be compound: "submitted (exit_cost)" was cut off by its cost and submitted as it stood. */
export function stopOf(exitStatus: string | null): Stop {
  const status = exitStatus?.toLowerCase() ?? '';
  if (status.includes('cost')) return 'cost_limit';
  if (status.includes('context')) return 'context_limit';
  if (/timeout|total_execution_time|timeexceeded/.test(status)) return 'timeout';
  if (/limitsexceeded|max_steps|max_requeries/.test(status)) return 'step_limit';
  if (/exit_format|exit_error|exit_api|error|exception|early_exit/.test(status)) return 'error';
  if (/interrupt|cancel|abort/.test(status)) return 'cancelled';
  if (/^submitted|forfeit/.test(status)) return 'finished';
  return 'unknown';
}

function isTrajectory(value: unknown): boolean {
  if (!lenient.isObject(value) || !Array.isArray(value.trajectory)) return false;
  const [first] = value.trajectory;
  if (first === undefined) return 'history' in value && 'info' in value;
  return lenient.isObject(first) && 'action' in first && ('observation' in first || 'response' in first);
}

export const sweAgent: Format = {
  id: FORMAT,
  gives: 'trajectories',
  async claim(file) {
    return isTrajectory((await peek(file)).value) ? ALONE : null;
  },
  read: eachFile(parseSweAgent),
};
