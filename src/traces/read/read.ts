/**
 * Reads traces of any known format from any number of places, one trial at a time.
 */
import { type Opened, openArchive, openSource, type Source } from '../archive/archive.ts';
import type { OpenableFile } from '../archive/tree.ts';
import { keepYoungGenerationSmall } from '../archive/young-generation.ts';
import {
  type Format,
  NO_VERDICT,
  type ReadContext,
  type ReadOptions,
  type TraceFile,
} from '../formats/format.ts';
import { FORMATS } from '../formats/registry.ts';
import { messageOf } from '../json.ts';
import type { Trial } from '../trial.ts';
import { mergeTrajectory, type Verdicts, verdicts } from './join.ts';
import { type Ledger, makeLedger, type ProblemRow, type Progress, type SourceRow } from './ledger.ts';
import { DEFAULT_LIMITS, type Limits, type Meter, meter } from './limits.ts';
import { forget } from './peek.ts';
import { type Sorter, sortFiles } from './sorter.ts';

export type { Source } from '../archive/archive.ts';
export type { ProblemRow, Progress, SourceRow } from './ledger.ts';

export interface ReadSettings extends Partial<ReadOptions> {
  readonly limits?: Partial<Limits>;
  /** Called after every trial and every file looked at: throttle before showing it. */
  readonly onProgress?: (progress: Progress) => void;
  /** For tests of a single format. */
  readonly formats?: readonly Format[];
}

/** Trials as they come. `sources` and `problems` fill while they do, and are complete when they end. */
export interface Reading extends AsyncIterable<Trial> {
  readonly sources: readonly SourceRow[];
  readonly problems: readonly ProblemRow[];
}

/**
 * Reads every trial of the given places (directories, files, zip archives, http(s) addresses of archives).
 * What cannot be read becomes a row of `problems`; it never throws for the sake of an input. The same trial
 * found twice counts once. Memory holds the steps of a few trials at a time.
 */
export function readTraces(sources: readonly (string | Source)[], settings: ReadSettings = {}): Reading {
  const ledger = makeLedger(settings.onProgress);
  const wanted = sources.map((source) => (typeof source === 'string' ? { location: source } : source));
  return {
    sources: ledger.sources,
    problems: ledger.problems,
    [Symbol.asyncIterator]: () => readAll(wanted, settings, ledger),
  };
}

/** All trials at once, for inputs known to be small. */
export async function readAllTraces(
  sources: readonly (string | Source)[],
  settings: ReadSettings = {},
): Promise<{ trials: Trial[]; problems: readonly ProblemRow[]; sources: readonly SourceRow[] }> {
  const reading = readTraces(sources, settings);
  const trials: Trial[] = [];
  for await (const trial of reading) trials.push(trial);
  return { trials, problems: reading.problems, sources: reading.sources };
}

/** One opened source, with its files sorted by the format that claimed them. */
interface Place {
  readonly path: string;
  /** Index of the given source that it is, or lies in. */
  readonly root: number;
  readonly opened: Opened;
  readonly sorter: Sorter;
}

/** What is still to be opened: the sources given, and archives found inside them. */
interface Pending {
  readonly path: string;
  readonly root: number;
  readonly depth: number;
  open(): Promise<Opened>;
}

/** What one reading holds while it goes on. */
interface State {
  readonly formats: readonly Format[];
  readonly options: ReadOptions;
  readonly meter: Meter;
  readonly ledger: Ledger;
  readonly held: Verdicts;
  readonly pending: Pending[];
}

/** Files from this size on (bytes) are large trajectories. */
const LARGE_FILE = 1024 * 1024;

async function* readAll(
  sources: readonly Source[],
  settings: ReadSettings,
  ledger: Ledger,
): AsyncGenerator<Trial, void> {
  const state: State = {
    formats: settings.formats ?? FORMATS,
    options: { passThreshold: settings.passThreshold ?? 1, skipSteps: settings.skipSteps ?? false },
    meter: meter({ ...DEFAULT_LIMITS, ...settings.limits }),
    ledger,
    held: verdicts(),
    pending: [],
  };
  for (const [root, source] of sources.entries()) {
    const path = nameOf(source);
    state.pending.push({
      path,
      root,
      depth: 0,
      open: () => openSource(source, rowsOf(path, ledger), state.meter),
    });
  }
  const places: Place[] = [];
  for (let next = state.pending.shift(); next !== undefined; next = state.pending.shift()) {
    const place = await openPlace(next, state);
    if (place === undefined) continue;
    places.push(place);
    yield* readPlace(place, ['trials', 'verdicts'], state);
  }
  for (const place of places) yield* readPlace(place, ['trajectories'], state);
  for (const { verdict, place } of state.held.rest()) {
    if (ledger.isNew(verdict.id)) yield ledger.count(verdict, place);
  }
  reportUnknown(sources, places, state);
}

function nameOf({ name, location }: Source): string {
  return name ?? location;
}

/** A source in which nothing at all was recognised is said so, unless a worse problem already was. */
function reportUnknown(
  sources: readonly Source[],
  places: readonly Place[],
  { formats, ledger }: State,
): void {
  const known = [...new Set(formats.map(({ id }) => id))].join(', ');
  for (const [root, source] of sources.entries()) {
    const name = nameOf(source);
    const recognised = places.some((place) => place.root === root && place.sorter.recognised > 0);
    if (recognised || ledger.problems.some(({ path }) => path.startsWith(name))) continue;
    ledger.problem(name, `holds no trace of a known format (known are: ${known})`);
  }
}

async function openPlace(pending: Pending, state: State): Promise<Place | undefined> {
  const { path, root, depth } = pending;
  const { ledger, meter: counter } = state;
  const problem = rowsOf(path, ledger);
  try {
    const opened = await pending.open();
    if ([...opened.tree.under('')].some(({ size }) => size >= LARGE_FILE)) keepYoungGenerationSmall();
    const archive = (file: OpenableFile) => {
      const inner = joinPath(path, file.path);
      if (depth >= counter.limits.depth)
        problem(file.path, `refused: archives are nested more than ${depth} deep`);
      else {
        const open = async () => openArchive(await file.access(), rowsOf(inner, ledger), counter);
        state.pending.push({ path: inner, root, depth: depth + 1, open });
      }
    };
    const looked = () => ledger.progress(path, sorter);
    const sorter = sortFiles(opened.tree, state.formats, { problem, archive, looked });
    return { path, root, opened, sorter };
  } catch (error) {
    ledger.problem(path, messageOf(error));
    return undefined;
  }
}

async function* readPlace(
  place: Place,
  gives: readonly Format['gives'][],
  state: State,
): AsyncGenerator<Trial> {
  try {
    for (;;) {
      const format = await place.sorter.ready(gives);
      if (format === undefined) return;
      yield* readClaimed(format, place, state);
    }
  } finally {
    // Also where the caller wants no more. Reading opens the source again.
    await place.opened.release();
  }
}

/** The trials of one format in one source, joined with what is known of them and each counted once. */
async function* readClaimed(format: Format, place: Place, state: State): AsyncGenerator<Trial> {
  const { ledger, held } = state;
  for await (const found of readFormat(format, place, state)) {
    const trial = { ...found, source: { ...found.source, path: joinPath(place.path, found.source.path) } };
    if (format.gives === 'verdicts' && trial.steps.length === 0)
      held.hold({ verdict: trial, place: place.path });
    else if (ledger.isNew(trial.id)) {
      const verdict = trial.reason === NO_VERDICT ? held.take(trial) : undefined;
      if (verdict !== undefined) ledger.isNew(verdict.id);
      yield ledger.count(verdict === undefined ? trial : mergeTrajectory(verdict, trial), place.path);
    }
    ledger.progress(place.path, place.sorter);
  }
}

/** Runs one format over its files; when it throws, the file at fault becomes a problem and it starts again. */
async function* readFormat(format: Format, place: Place, state: State): AsyncGenerator<Trial> {
  let current: TraceFile | undefined;
  async function* files(): AsyncGenerator<TraceFile> {
    for (let file = await place.sorter.next(format); file; file = await place.sorter.next(format)) {
      current = file;
      yield file;
      forget(file);
    }
    current = undefined;
  }
  const context = contextOf(place, state);
  for (;;) {
    try {
      yield* format.read(files(), context);
      return;
    } catch (error) {
      context.problem(current?.path ?? '', messageOf(error));
      if (current === undefined) return;
    }
  }
}

function contextOf(place: Place, state: State): ReadContext {
  const { tree } = place.opened;
  const context: ReadContext = {
    tree,
    options: state.options,
    problem: rowsOf(place.path, state.ledger),
    consume: (path) => place.sorter.consume(path),
    async trajectory(path) {
      const file = tree.get(path);
      if (file === undefined) return null;
      try {
        for (const format of state.formats) {
          if ((await format.claim(file, tree)) === null) continue;
          for await (const trial of format.read(once(file), context)) return trial;
        }
      } catch (error) {
        context.problem(path, messageOf(error));
      }
      return null;
    },
  };
  return context;
}

async function* once(file: TraceFile): AsyncGenerator<TraceFile> {
  yield file;
  forget(file);
}

function rowsOf(place: string, ledger: Ledger): (path: string, message: string) => void {
  return (path, message) => ledger.problem(joinPath(place, path), message);
}

function joinPath(place: string, path: string): string {
  if (path === '' || place === path || place.endsWith(`/${path}`)) return place;
  return `${place.replace(/\/+$/, '')}/${path}`;
}
