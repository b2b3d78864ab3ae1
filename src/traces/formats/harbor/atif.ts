/**
 * ATIF trajectories (Agent Trajectory Interchange Format, v1.0 to v1.7), as Harbor and others write them.
 *
 * An ATIF file knows neither its task nor its verdict: beside a Harbor result it is read with the trial;
 * alone it is a trajectory that waits for a verdict.
 */
import { posix } from 'node:path';
import { folderOf } from '../../archive/tree.ts';
import { jsonValue, messageOf } from '../../json.ts';
import type { Trajectory } from '../../read/join.ts';
import { peek } from '../../read/peek.ts';
import { makeTrial } from '../../trial.ts';
import { ALONE, type Format, type ReadContext, type TraceFile, unlabelled } from '../format.ts';
import { attemptCounter, digest, stem } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';
import { AtifDocument, type Subagent, tellAtif } from './atif-steps.ts';

/** A continuation or a subagent past this many is a circle. */
const MAX_PARTS = 100;

export const atif: Format = {
  id: 'atif',
  gives: 'trajectories',

  async claim(file) {
    const { value } = await peek(file);
    return AtifDocument.safeParse(value).success ? ALONE : null;
  },

  async *read(files, context) {
    const nextAttempt = attemptCounter();
    const waiting: TraceFile[] = [];
    for await (const file of files) waiting.push(file);
    // A part's name extends its main file's (`trajectory.cont-1.json`): the shorter name comes first, and
    // what it refers to is no trial of its own.
    waiting.sort((a, b) => a.path.length - b.path.length);
    const parts = new Set<string>();
    for (const file of waiting) {
      if (parts.has(file.path)) continue;
      const told = await readAtif(file, context, (path) => parts.add(path));
      if (told === null) continue;
      const task = taskOf(file.path);
      yield makeTrial({
        ...unlabelled,
        ...told,
        id: `atif:${digest(lenient.asText([told.agent, told.startedAt, told.steps]))}`,
        task,
        attempt: nextAttempt(task),
        steps: context.options.skipSteps ? [] : told.steps,
        source: { path: file.path, format: atif.id },
      });
    }
  },
};

/**
 * The trajectory that begins in `file`, with its continuations, and the answers of its subagents in place of
 * their own trajectories. `part` hears of every other file that belongs to it. What cannot be read becomes a
 * problem; null where nothing could.
 */
export async function readAtif(
  file: TraceFile,
  context: ReadContext,
  part: (path: string) => void,
): Promise<Trajectory | null> {
  const documents: AtifDocument[] = [];
  const seen = new Set<string>();
  for (let next: TraceFile | undefined = file; next !== undefined; ) {
    seen.add(next.path);
    const document = await readDocument(next, context);
    if (document === null) break;
    documents.push(document);
    const ref = document.continued_trajectory_ref;
    if (ref === null) break;
    const found: TraceFile | undefined = sibling(ref, file, context);
    if (found === undefined) context.problem(next.path, `its continuation ${ref} is missing`);
    if (found === undefined || seen.has(found.path) || seen.size > MAX_PARTS) break;
    part(found.path);
    next = found;
  }
  if (documents.length === 0) return null;
  const subagents = await readSubagents(documents, file, context, part);
  const { told, misfits } = tellAtif(documents, subagents);
  if (misfits > 0) context.problem(file.path, `${misfits} steps are no objects and were left out`);
  return told;
}

async function readDocument(file: TraceFile, context: ReadContext): Promise<AtifDocument | null> {
  try {
    const parsed = AtifDocument.safeParse(await jsonValue(file));
    if (parsed.success) return parsed.data;
    context.problem(file.path, 'no ATIF trajectory in it: `schema_version` or `steps` is amiss');
  } catch (error) {
    context.problem(file.path, messageOf(error));
  }
  return null;
}

/** The last words of every subagent that a step refers to, by file or (from 1.7 on) inside the document. */
async function readSubagents(
  documents: readonly AtifDocument[],
  file: TraceFile,
  context: ReadContext,
  part: (path: string) => void,
): Promise<Subagent> {
  const byId = new Map<string, string>();
  for (const inner of documents.flatMap((document) => document.subagent_trajectories)) {
    const document = AtifDocument.safeParse(inner).data;
    const id = lenient.isObject(inner) ? inner.trajectory_id : undefined;
    if (document !== undefined && typeof id === 'string') byId.set(id, lastWords(document));
  }
  const byPath = new Map<string, string>();
  for (const ref of subagentPaths(documents)) {
    const found = byPath.size < MAX_PARTS ? sibling(ref, file, context) : undefined;
    if (found === undefined) continue;
    part(found.path);
    const document = await readDocument(found, context);
    if (document !== null) byPath.set(ref, lastWords(document));
  }
  return ({ id, path }) => byId.get(id ?? '') ?? byPath.get(path ?? '') ?? null;
}

const Refs = lenient.object;

function subagentPaths(documents: readonly AtifDocument[]): Set<string> {
  const paths = new Set<string>();
  for (const step of documents.flatMap((document) => document.steps)) {
    const observation = Refs.parse(Refs.parse(step).observation);
    for (const result of lenient.list.parse(observation.results)) {
      for (const ref of lenient.list.parse(Refs.parse(result).subagent_trajectory_ref)) {
        const path = Refs.parse(ref).trajectory_path;
        if (typeof path === 'string') paths.add(path);
      }
    }
  }
  return paths;
}

function lastWords(document: AtifDocument): string {
  const { told } = tellAtif([document], () => null);
  return told.steps.findLast(({ role }) => role === 'agent')?.text ?? '';
}

/**
 * A file referred to from `file`: at that path beside it, or, where trajectories were renamed together, with
 * the same beginning (`x.trajectory.json` refers to `trajectory.cont-1.json`, found as `x.trajectory.cont-1.json`).
 */
function sibling(ref: string, file: TraceFile, { tree }: ReadContext): TraceFile | undefined {
  const folder = folderOf(file.path);
  const exact = tree.get(posix.normalize(folder + ref)) ?? tree.get(folder + posix.basename(ref));
  if (exact !== undefined) return exact;
  const name = file.path.slice(folder.length);
  const at = name.lastIndexOf('trajectory');
  return at > 0 ? tree.get(folder + name.slice(0, at) + posix.basename(ref)) : undefined;
}

/** Harbor's layout names the task in the trial's folder; elsewhere the file's name is all there is. */
function taskOf(path: string): string {
  const folders = folderOf(path).split('/').filter(Boolean);
  if (folders.at(-1) === 'agent') folders.pop();
  const name = stem(path).replace(/\.?trajectory$/, '');
  if (name !== '') return name;
  return folders.at(-1)?.replace(/__[A-Za-z0-9]{7}$/, '') ?? 'trajectory';
}
