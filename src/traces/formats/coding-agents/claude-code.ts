/**
 * Claude Code: session files (`~/.claude/projects/…/<session>.jsonl` with subagents in `agent-*.jsonl`) and
 * the output of `--output-format stream-json` (JSONL or one array). Neither holds a verdict: a result line
 * that says "success" only says that the process ended.
 *
 * A session is one trial, whichever files its lines are in. Lines form a tree, but parallel tool results
 * hang beside the main branch, so lines are taken in the order of the file and none is pruned.
 */
import { jsonRecords, messageOf } from '../../json.ts';
import { peek } from '../../read/peek.ts';
import type { Trial } from '../../trial.ts';
import { ALONE, type Format, type ReadContext, type TraceFile } from '../format.ts';
import { stem } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';
import { type ClaudeLine, type ClaudeSession, parseClaudeLine, sessionTrial } from './claude-code-session.ts';

/** Groups lines by session, in the order in which sessions are first seen. */
export function parseClaudeCode(
  values: readonly unknown[],
  path: string,
  options: { readonly skipSteps: boolean },
): lenient.Parsed {
  const sessions: Sessions = new Map();
  const foreign = addLines(sessions, values, path);
  const trials = [...sessions.values()].map((session) => sessionTrial(inOrder(session), options));
  return { trials, problems: foreignLines(foreign, values.length) };
}

interface Growing extends ClaudeSession {
  readonly lines: ClaudeLine[];
  readonly files: Set<string>;
  readonly seen: Set<string>;
}
type Sessions = Map<string, Growing>;

/** Adds a file's lines to their sessions; says how many were no events. */
function addLines(sessions: Sessions, values: readonly unknown[], path: string): number {
  let foreign = 0;
  let current: string | null = null;
  for (const value of values) {
    const line = parseClaudeLine(value);
    if (line === null) {
      foreign++;
      continue;
    }
    // Result and summary lines may name no session: they belong to the one before them.
    current = line.session || current;
    const id = current ?? (stem(path) || 'session');
    const session = sessions.get(id) ?? { id, path, lines: [], files: new Set(), seen: new Set() };
    sessions.set(id, session);
    // A resumed session repeats the lines before it, in the same file or another.
    if (line.uuid !== null && session.seen.has(line.uuid)) continue;
    if (line.uuid !== null) session.seen.add(line.uuid);
    session.files.add(path);
    session.lines.push(line);
  }
  return foreign;
}

/** A session's lines in order: that of its file, or of time where it is spread over several. */
function inOrder(session: Growing): ClaudeSession {
  if (session.files.size < 2) return session;
  const lines = session.lines.toSorted((a, b) => compare(a.timestamp ?? '', b.timestamp ?? ''));
  return { ...session, lines };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function foreignLines(foreign: number, total: number): string[] {
  if (total === 0) return ['no lines in it'];
  return foreign === 0 ? [] : [`${foreign} of ${total} lines are no Claude Code events and were left out`];
}

const EVENTS = new Set(['assistant', 'user', 'system', 'result', 'summary']);

/** Whether a record is a line of Claude Code, and not one of the many other JSONL files with a `type`. */
function isLine(value: unknown): boolean {
  if (!lenient.isObject(value) || typeof value.type !== 'string' || !EVENTS.has(value.type)) return false;
  if (value.type === 'system') return 'session_id' in value || 'sessionId' in value;
  if (value.type === 'result') return 'duration_ms' in value || 'total_cost_usd' in value;
  if (value.type === 'summary') return 'leafUuid' in value;
  return (
    lenient.isObject(value.message) && ('sessionId' in value || 'session_id' in value || 'uuid' in value)
  );
}

export const claudeCode: Format = {
  id: 'claude-code',
  gives: 'trajectories',
  async claim(file) {
    const { records } = await peek(file);
    return records.slice(0, 20).some(isLine) ? ALONE : null;
  },
  async *read(files, context): AsyncIterable<Trial> {
    const sessions: Sessions = new Map();
    for await (const file of files) await addFile(sessions, file, context);
    for (const session of sessions.values()) yield sessionTrial(inOrder(session), context.options);
  },
};

async function addFile(sessions: Sessions, file: TraceFile, context: ReadContext): Promise<void> {
  const values: unknown[] = [];
  try {
    for await (const { value } of jsonRecords(file, context)) values.push(value);
  } catch (error) {
    context.problem(file.path, messageOf(error));
  }
  const foreign = addLines(sessions, values, file.path);
  for (const problem of foreignLines(foreign, values.length)) context.problem(file.path, problem);
}
