/**
 * The trajectories a campaign's evidence points into: read once more at its end, redacted, trimmed.
 */
import {
  type Cited,
  keptSteps,
  serialiseTrajectories,
  type Trajectory,
  textsOf,
  trimmedStep,
} from '../../evidence/trajectory.ts';
import { ForgeError } from '../../forge/forge.ts';
import { clippedWhole } from '../../mining/evidence.ts';
import type { Evidence, TrialEnd, Weakness } from '../../mining/weakness.ts';
import type { Step, StepField, Trial } from '../../traces/trial.ts';
import type { CampaignContext } from '../context.ts';
import { trialsOfRun } from '../evaluate/dispatch.ts';
import type { Draft } from './draft.ts';
import type { CampaignRecord } from './record.ts';
import { derivedAgain, redactedCitation, redactStrings, redactTexts, shortened } from './redact-record.ts';
import { wantedTrials } from './wanted-trials.ts';

/** Characters of trajectories that one campaign may leave in the ledger. */
const MAX_CHARACTERS = 4_000_000;

export interface Settled {
  readonly record: CampaignRecord;
  readonly trajectories: readonly Trajectory[];
}

/** The record as it may be published: no secret, quotes that stand in the trajectories kept. */
export async function settle(
  context: CampaignContext,
  draft: Draft,
  record: CampaignRecord,
): Promise<Settled> {
  const { found, problems } = await collect(context, draft, record);
  const evidence = new Map([...found.values()].flatMap((one) => [...one.citations]));
  const cite = async (one: Evidence): Promise<Evidence> =>
    evidence.get(one) ?? { ...one, quote: await context.deps.redact(one.quote) };
  const weaknesses = await Promise.all(
    record.weaknesses.map(async (weakness) => ({
      ...weakness,
      evidence: await Promise.all(weakness.evidence.map(cite)),
      ...endsOf(weakness, found),
    })),
  );
  const kept = withinBounds(wantedTrials(record).flatMap(({ trial }) => found.get(trial)?.trajectory ?? []));
  // The texts of the steps are redacted already, each with its surroundings.
  const heads = kept.map(({ steps: _, ...head }) => head);
  const safe = await redactStrings(
    { record: { ...record, weaknesses, problems: [...record.problems, ...problems] }, heads },
    context.deps.redact,
  );
  const told = derivedAgain(safe.record);
  const messages = new Map(told.cells.map((cell) => [cell.trial, cell.message]));
  const trajectories = safe.heads.map(({ ended, ...head }, index) => ({
    ...head,
    ended: {
      stop: ended?.stop ?? 'unknown',
      reason: shortened(ended?.reason ?? null),
      message: messages.get(head.trial) ?? null,
    },
    steps: kept[index]?.steps ?? [],
  }));
  // What the extended campaign kept was redacted and trimmed by it.
  const missing = new Set(wantedTrials(record).map(({ trial }) => trial));
  for (const { trial } of trajectories) missing.delete(trial);
  const before = draft.trajectoriesBefore.filter(({ trial }) => missing.has(trial));
  return { record: told, trajectories: [...trajectories, ...before] };
}

/** How the cited trials ended; what an extended campaign knew of trials whose traces are gone stays. */
function endsOf(weakness: Weakness, found: ReadonlyMap<string, Found>): Pick<Weakness, 'ends'> {
  const known = new Map(weakness.ends?.map((end) => [end.trial, end]));
  const cited = [...new Set(weakness.evidence.map((one) => one.trial))];
  const ends = cited.flatMap((trial): TrialEnd[] => {
    const kept = found.get(trial)?.trajectory;
    const before = known.get(trial);
    if (kept?.ended === undefined) return before === undefined ? [] : [before];
    return [{ trial, steps: kept.steps_total, stop: kept.ended.stop, reason: kept.ended.reason }];
  });
  return ends.length === 0 ? {} : { ends };
}

interface Found {
  readonly trajectory: Trajectory;
  /** The record's citations and what becomes of them. */
  readonly citations: ReadonlyMap<Evidence, Evidence>;
}

async function collect(
  context: CampaignContext,
  draft: Draft,
  record: CampaignRecord,
): Promise<{ found: Map<string, Found>; problems: CampaignRecord['problems'] }> {
  const wanted = new Map(wantedTrials(record).map((one) => [one.trial, one]));
  const cited = Map.groupBy(
    record.weaknesses.flatMap((weakness) => weakness.evidence),
    (one) => one.trial,
  );
  const found = new Map<string, Found>();
  const problems: CampaignRecord['problems'] = [];
  const cells = new Map(record.cells.map((cell) => [cell.trial, cell]));
  const config = draft.prepared?.config;
  if (config === undefined) return { found, problems };
  for (const run of draft.gathered.flatMap(({ runs }) => runs)) {
    const { key } = run.handle;
    if (![...wanted.keys()].some((trial) => trial.startsWith(key) && !found.has(trial))) continue;
    try {
      for await (const { trial } of trialsOfRun(context, { config }, run)) {
        const why = wanted.get(trial.id)?.why;
        const cell = cells.get(trial.id);
        if (why === undefined || cell === undefined || found.has(trial.id)) continue;
        found.set(trial.id, await trimmed(context, trial, { cell, why, cited: cited.get(trial.id) ?? [] }));
      }
    } catch (error) {
      // Artifacts expire: a campaign that ends late still ends, and says what it could not keep.
      if (!(error instanceof ForgeError)) throw error;
      problems.push({ path: key, message: `its trajectories could not be kept: ${error.message}` });
    }
  }
  return { found, problems };
}

interface Keeping {
  readonly cell: CampaignRecord['cells'][number];
  readonly why: Trajectory['kept_for'];
  readonly cited: readonly Evidence[];
}

async function trimmed(
  context: CampaignContext,
  trial: Trial,
  { cell, why, cited }: Keeping,
): Promise<Found> {
  const steps = keptSteps(trial.steps, cited);
  const raw = steps.map((step) => textsOf(step));
  const flat = raw.flatMap((texts) => FIELDS.map((field) => texts[field]));
  const names = steps.flatMap((step) => step.toolCalls.map((call) => call.name));
  const redacted = await redactTexts([...flat, ...names], context.deps.redact);
  const calls = redacted.slice(flat.length);
  const citations = new Map<Evidence, Evidence>();
  const kept = steps.map((step, index) => {
    const texts = fieldTexts(redacted.slice(index * FIELDS.length, (index + 1) * FIELDS.length));
    const called = calls.splice(0, step.toolCalls.length);
    for (const one of cited.filter((evidence) => evidence.step === step.index)) {
      const place = redactedCitation(one, raw[index]?.[one.field] ?? '', texts[one.field]);
      if (place !== null) citations.set(one, { ...place, ...toolOf(step, called, one) });
    }
    const own: Cited[] = [...citations.values()].filter((one) => one.step === step.index);
    return trimmedStep({ index: step.index, role: step.role, calls: called }, texts, own);
  });
  const { trial: id, arm, task, attempt, outcome } = cell;
  const reason = trial.reason === null ? null : clippedWhole(trial.reason, MAX_REASON);
  const head = { version: 1, trial: id, arm, task, attempt, outcome, kept_for: why } as const;
  const ended = { stop: trial.stop, reason, message: null };
  return { citations, trajectory: { ...head, steps_total: trial.steps.length, ended, steps: kept } };
}

/** The tool that a citation of arguments, or of the answer to a step's only call, is of. */
function toolOf(step: Step, called: readonly string[], { field, start }: Evidence): Pick<Evidence, 'tool'> {
  if (field === 'text') return {};
  let index = 0;
  if (field === 'arguments') {
    let end = step.toolCalls[0]?.arguments.length ?? 0;
    // Arguments are joined by a line break.
    while (start > end && index + 1 < step.toolCalls.length) {
      index += 1;
      end += 1 + (step.toolCalls[index]?.arguments.length ?? 0);
    }
  } else if (called.length !== 1) return {};
  const tool = called[index];
  return tool === undefined ? {} : { tool };
}

/** Characters of a reason that are redacted: more than are kept, so that no cut falls into a secret. */
const MAX_REASON = 2_000;

const FIELDS = ['text', 'arguments', 'observation', 'error'] as const satisfies readonly StepField[];

function fieldTexts([text = '', given = '', observation = '', error = '']: readonly string[]): Record<
  StepField,
  string
> {
  return { text, arguments: given, observation, error };
}

/** The trajectories that fit, in their order of importance. */
function withinBounds(trajectories: readonly Trajectory[]): Trajectory[] {
  let characters = 0;
  return trajectories.filter((trajectory) => {
    characters += serialiseTrajectories([trajectory]).length;
    return characters <= MAX_CHARACTERS;
  });
}
