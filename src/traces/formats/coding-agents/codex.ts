/**
 * Codex: the event stream of `codex exec --json`, and rollouts (`~/.codex/sessions/…/rollout-*.jsonl`).
 * Neither holds a verdict; the event stream names no model, no time and no cost.
 */
import { jsonRecords } from '../../json.ts';
import { peek } from '../../read/peek.ts';
import type { Trial } from '../../trial.ts';
import { ALONE, type Format, type ReadOptions } from '../format.ts';
import * as lenient from '../shared/lenient.ts';
import { parseCodexEvents } from './codex-events.ts';
import { parseCodexRollout } from './codex-rollout.ts';

const EVENT = /^(?:thread\.started|turn\.(?:started|completed|failed)|item\.(?:started|updated|completed))$/;
const ROLLOUT = new Set(['session_meta', 'turn_context', 'response_item', 'event_msg', 'compacted']);

function isEvent(value: unknown): boolean {
  return lenient.isObject(value) && typeof value.type === 'string' && EVENT.test(value.type);
}

/** Rollouts of 2025 wrap every line as {timestamp, type, payload}; the first ones held bare items. */
function isRollout(value: unknown): boolean {
  if (!lenient.isObject(value)) return false;
  if (typeof value.type === 'string' && ROLLOUT.has(value.type)) return lenient.isObject(value.payload);
  return value.record_type === 'state';
}

/** Reads the lines of one session, whichever of the two kinds they are. */
function parseCodex(values: readonly unknown[], path: string, options: ReadOptions): Trial {
  return values.some(isRollout)
    ? parseCodexRollout(values, path, options)
    : parseCodexEvents(values, path, options);
}

export const codex: Format = {
  id: 'codex',
  gives: 'trajectories',
  async claim(file) {
    const { records } = await peek(file);
    return records.slice(0, 10).some((record) => isEvent(record) || isRollout(record)) ? ALONE : null;
  },
  async *read(files, context) {
    for await (const file of files) {
      const values: unknown[] = [];
      for await (const { value } of jsonRecords(file, context)) values.push(value);
      yield parseCodex(values, file.path, context.options);
    }
  },
};
