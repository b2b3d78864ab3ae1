/**
 * The native format, for anyone with no framework: one JSON object a line, as DESIGN and the reference
 * describe it. `{task_id, attempt, outcome}` is enough.
 */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { z } from 'zod';
import { folderOf } from '../archive/tree.ts';
import { jsonRecords, parseWith } from '../json.ts';
import { mergeTrajectory } from '../read/join.ts';
import { peek } from '../read/peek.ts';
import {
  Fault,
  makeStep,
  makeTrial,
  Outcome,
  type Step,
  Stop,
  TestStatus,
  type Trial,
  UNKNOWN_TOKENS,
} from '../trial.ts';
import { ALONE, type Format, type ReadContext, type TraceFile } from './format.ts';
import { asText } from './shared/lenient.ts';
import { tokensWithCacheInside } from './shared/tokens.ts';

const count = z.number().nonnegative().nullish();

const NativeStep = z.object({
  role: z.enum(['system', 'user', 'agent', 'assistant', 'tool']).default('agent'),
  text: z.string().nullish(),
  tool_calls: z
    .array(z.object({ id: z.string().nullish(), name: z.string(), arguments: z.unknown().optional() }))
    .nullish(),
  observation: z.string().nullish(),
  error: z.string().nullish(),
  truncated: z.boolean().nullish(),
});

/** One line of `trials.jsonl`. Unknown keys are left alone. */
export const NativeTrial = z.object({
  task_id: z.union([z.string().min(1), z.number()]).transform(String),
  /** From 1; lines of one task without it are numbered in their order. */
  attempt: z.number().int().positive().nullish(),
  outcome: Outcome,
  reason: z.string().nullish(),
  fault: Fault.nullish(),
  run: z.string().nullish(),
  stop: Stop.nullish(),
  score: z.number().nullish(),
  task_version: z.string().nullish(),
  instruction: z.string().nullish(),
  verifier: z
    .object({
      message: z.string().nullish(),
      tests: z
        .array(z.object({ name: z.string(), status: TestStatus, message: z.string().nullish() }))
        .nullish(),
    })
    .nullish(),
  agent: z.string().nullish(),
  model: z.string().nullish(),
  started_at: z.string().nullish(),
  finished_at: z.string().nullish(),
  /** `input` counts all input, `cached` the part of it that was read from a cache. */
  tokens: z.object({ input: count, cached: count, output: count }).nullish(),
  cost_usd: count,
  steps: z.array(NativeStep).nullish(),
  /** Path of a trajectory in any format, beside the file. */
  trajectory: z.string().nullish(),
});
export type NativeTrial = z.infer<typeof NativeTrial>;

const Recognised = z.object({ task_id: z.union([z.string(), z.number()]), outcome: z.string() });

export const native: Format = {
  id: 'native',
  gives: 'verdicts',

  async claim(file) {
    const { records } = await peek(file);
    return records.some((record) => Recognised.safeParse(record).success) ? ALONE : null;
  },

  async *read(files, context) {
    for await (const file of files) yield* readFile(file, context);
  },
};

async function* readFile(file: TraceFile, context: ReadContext): AsyncGenerator<Trial> {
  const identity = await fileIdentity(file);
  const seen = new Map<string, string>();
  const attempts = new Map<string, number>();
  for await (const { line, value } of jsonRecords(file, context)) {
    const record = parseWith(NativeTrial, value, file.path, context, `line ${line}: `);
    if (record === undefined) continue;
    const cell = JSON.stringify([record.run, record.agent, record.model, record.task_id]);
    const attempt = record.attempt ?? (attempts.get(cell) ?? 0) + 1;
    attempts.set(cell, attempt);
    const key = `${cell}#${attempt}`;
    const content = digest(asText(value));
    const before = seen.get(key);
    if (before === undefined) {
      seen.set(key, content);
      yield await toTrial(record, attempt, `native:${identity}:${digest(key)}`, file, context);
    } else if (before !== content) {
      const where = `attempt ${attempt} of task ${record.task_id}`;
      context.problem(
        file.path,
        `line ${line}: ${where} is there twice, with other content; the first one counts`,
      );
    }
  }
}

/** The same file has the same identity wherever it is found; two runs do not. */
async function fileIdentity(file: TraceFile): Promise<string> {
  return digest(Buffer.concat([await file.head(), Buffer.from(` ${file.size}`)]));
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

async function toTrial(
  record: NativeTrial,
  attempt: number,
  id: string,
  file: TraceFile,
  context: ReadContext,
): Promise<Trial> {
  const told = makeTrial({
    id,
    task: record.task_id,
    attempt,
    run: record.run ?? null,
    taskVersion: record.task_version ?? null,
    outcome: record.outcome,
    reason: record.reason ?? null,
    ...(record.fault != null && record.outcome !== 'pass' ? { fault: record.fault } : {}),
    score: record.score ?? null,
    verifier: verifierOf(record),
    agent: record.agent ?? null,
    model: record.model ?? null,
    startedAt: record.started_at ?? null,
    finishedAt: record.finished_at ?? null,
    tokens: tokensOf(record),
    costUsd: record.cost_usd ?? null,
    instruction: record.instruction ?? null,
    stop: record.stop ?? 'unknown',
    steps: context.options.skipSteps ? [] : (record.steps ?? []).map(toStep),
    source: { path: file.path, format: native.id },
  });
  if (record.trajectory == null) return told;
  return withTrajectory(told, posix.normalize(folderOf(file.path) + record.trajectory), context);
}

async function withTrajectory(told: Trial, path: string, context: ReadContext): Promise<Trial> {
  context.consume(path);
  if (context.options.skipSteps) return told;
  const found = await context.trajectory(path);
  if (found === null) {
    context.problem(
      told.source.path,
      `task ${told.task}: its trajectory ${path} is missing, or of no known format`,
    );
    return told;
  }
  return mergeTrajectory(told, found);
}

function verifierOf({ verifier }: NativeTrial): Trial['verifier'] {
  if (verifier == null) return null;
  const tests = verifier.tests ?? [];
  return {
    message: verifier.message ?? null,
    tests: tests.map(({ name, status, message }) => ({ name, status, message: message ?? null })),
  };
}

function tokensOf({ tokens }: NativeTrial): Trial['tokens'] {
  if (tokens == null) return UNKNOWN_TOKENS;
  return tokensWithCacheInside(tokens.input ?? null, tokens.cached ?? null, null, tokens.output ?? null);
}

function toStep(step: z.infer<typeof NativeStep>, index: number): Step {
  return makeStep({
    index,
    role: step.role === 'assistant' ? 'agent' : step.role,
    text: step.text ?? '',
    toolCalls: (step.tool_calls ?? []).map((call) => ({
      id: call.id ?? null,
      name: call.name,
      arguments: asText(call.arguments),
    })),
    observation: step.observation ?? '',
    error: step.error ?? null,
    truncated: step.truncated ?? false,
  });
}
