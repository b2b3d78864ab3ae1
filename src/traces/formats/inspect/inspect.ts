/**
 * Inspect AI logs: `.eval` archives (which the reader opens like any other archive), the same unpacked, and
 * `.json` logs with everything in one file.
 */

import { folderOf } from '../../archive/tree.ts';
import { jsonValue, messageOf, misfit } from '../../json.ts';
import { peek } from '../../read/peek.ts';
import type { Trial } from '../../trial.ts';
import { ALONE, type Format, type ReadContext, type TraceFile } from '../format.ts';
import { ahead } from '../shared/ahead.ts';
import * as lenient from '../shared/lenient.ts';
import { INSPECT, inspectTrial, LogHeader, Sample } from './inspect-sample.ts';

/** Samples in work at once. */
const WIDTH = 3;

export const inspect: Format = {
  id: INSPECT,
  gives: 'trials',

  async claim(file, tree) {
    const { value } = await peek(file);
    if (!isHeader(value)) return null;
    const folder = logFolder(file.path);
    const isArchive = isJournal(file.path) || [...tree.under(`${folder}samples/`)].length > 0;
    return isArchive ? { owns: BESIDE.map((name) => folder + name) } : ALONE;
  },

  async *read(files, context) {
    for await (const file of files) yield* readLog(file, context);
  },
};

const BESIDE = ['samples/', '_journal/', 'summaries.json', 'reductions.json'];

/** The keys of a log's header; a log that broke off has only the start of its journal, without a status. */
function isHeader(value: unknown): boolean {
  if (!lenient.isObject(value) || !lenient.isObject(value.eval)) return false;
  return 'version' in value && 'task' in value.eval && ('model' in value.eval || 'dataset' in value.eval);
}

function isJournal(path: string): boolean {
  return /(?:^|\/)_journal\/[^/]+$/.test(path);
}

/** The folder that holds `samples/`: the header's own, or the one above the journal. */
function logFolder(path: string): string {
  const folder = folderOf(path);
  return isJournal(path) ? folder.slice(0, -'_journal/'.length) : folder;
}

async function* readLog(file: TraceFile, context: ReadContext): AsyncGenerator<Trial> {
  const value = await jsonValue(file);
  const parsed = LogHeader.safeParse(value);
  if (!parsed.success) {
    context.problem(file.path, misfit(parsed.error));
    return;
  }
  const header = parsed.data;
  let count = 0;
  for await (const { path, value: sample } of samplesOf(file, value, context)) {
    const { passThreshold, skipSteps } = context.options;
    count++;
    if (sample !== undefined) yield inspectTrial(sample, header, { path, passThreshold, skipSteps });
  }
  reportMissing(file, header, count, context);
}

interface Found {
  readonly path: string;
  /** undefined where it could not be read, which was reported. */
  readonly value: Sample | undefined;
}

async function* samplesOf(file: TraceFile, log: unknown, context: ReadContext): AsyncGenerator<Found> {
  const inline = lenient.isObject(log) && Array.isArray(log.samples) ? log.samples : null;
  if (inline !== null) {
    for (const [index, value] of inline.entries()) {
      yield { path: file.path, value: check(value, file.path, `sample ${index + 1}: `, context) };
    }
    return;
  }
  const folder = logFolder(file.path);
  const files = [...context.tree.under(`${folder}samples/`)];
  const summaries = context.options.skipSteps ? await readSummaries(folder, files.length, context) : null;
  if (summaries !== null) {
    yield* summaries;
    return;
  }
  yield* ahead(iterate(files), WIDTH, async (sample) => ({
    path: sample.path,
    value: await readSample(sample, context),
  }));
}

async function* iterate<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function readSample(file: TraceFile, context: ReadContext): Promise<Sample | undefined> {
  try {
    return check(await jsonValue(file), file.path, '', context);
  } catch (error) {
    context.problem(file.path, messageOf(error));
    return undefined;
  }
}

function check(value: unknown, path: string, where: string, context: ReadContext): Sample | undefined {
  const parsed = Sample.safeParse(value);
  if (parsed.success) return parsed.data;
  context.problem(path, `${where}${misfit(parsed.error)}`);
  return undefined;
}

/** Summaries hold every sample's scores: enough where no steps are asked for, if none is missing. */
async function readSummaries(folder: string, samples: number, context: ReadContext): Promise<Found[] | null> {
  const file = context.tree.get(`${folder}summaries.json`);
  if (file === undefined) return null;
  const summaries = lenient.list.parse(await jsonValue(file).catch(() => null));
  const found = summaries.flatMap((value) => {
    const parsed = Sample.safeParse(value).data;
    return parsed === undefined ? [] : [{ path: file.path, value: parsed }];
  });
  return found.length === samples ? found : null;
}

/** A log that broke off, or never began, is said so: what is missing counts as nothing. */
function reportMissing(file: TraceFile, header: LogHeader, count: number, context: ReadContext): void {
  const planned = (header.eval.dataset?.samples ?? 0) * (header.eval.config?.epochs ?? 1);
  const broken = header.status !== 'success';
  if (count > 0 && !(broken && count < planned)) return;
  const state = header.status === null ? 'broke off' : `ended as "${header.status}"`;
  const why = header.error?.message ? `: ${lenient.firstLine(header.error.message)}` : '';
  const of = planned > 0 ? ` of ${planned}` : '';
  context.problem(file.path, `the run ${state}${why}; ${count}${of} samples are in the log`);
}
