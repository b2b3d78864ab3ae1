/**
 * A sidecar: verdicts for traces that have none, `{task_id, trial, outcome}` a line. The same with `attempt`
 * is a minimal native file, which the reader joins in the same way.
 */
import { z } from 'zod';
import { jsonRecords, parseWith } from '../json.ts';
import { peek } from '../read/peek.ts';
import { makeTrial, Outcome } from '../trial.ts';
import { ALONE, type Format, type ReadContext, type TraceFile } from './format.ts';
import { digest } from './shared/identity.ts';
import * as lenient from './shared/lenient.ts';

const FORMAT = 'sidecar';

const Verdict = z.object({
  task_id: z.union([z.string().min(1), z.number().transform(String)]),
  /** From 0 or from 1: a file that says 0 anywhere counts from there. */
  trial: z.number().int().nonnegative(),
  outcome: Outcome,
  reason: lenient.text,
  run: lenient.text,
  agent: lenient.text,
  model: lenient.text,
  score: lenient.number,
});
type Verdict = z.infer<typeof Verdict>;

const KEYS: ReadonlySet<string> = new Set(Object.keys(Verdict.shape));

export const sidecar: Format = {
  id: FORMAT,
  gives: 'verdicts',

  async claim(file) {
    const { records } = await peek(file);
    return records.length > 0 && records.every(isVerdict) ? ALONE : null;
  },

  async *read(files, context) {
    for await (const file of files) {
      const verdicts = await readVerdicts(file, context);
      const first = verdicts.some(({ trial }) => trial === 0) ? 0 : 1;
      for (const verdict of verdicts) {
        const attempt = verdict.trial - first + 1;
        const { task_id: task, outcome, reason, run, agent, model, score } = verdict;
        yield makeTrial({
          id: `${FORMAT}:${digest(lenient.asText([run, agent, model, task, attempt, outcome]))}`,
          ...{ task, attempt, outcome, reason, run, agent, model, score },
          source: { path: file.path, format: FORMAT },
        });
      }
    }
  },
};

/** Nothing but a verdict: with more in it, a line is another format's. */
function isVerdict(record: unknown): boolean {
  if (!lenient.isObject(record) || !('trial' in record) || !('outcome' in record)) return false;
  return 'task_id' in record && Object.keys(record).every((key) => KEYS.has(key));
}

async function readVerdicts(file: TraceFile, context: ReadContext): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for await (const { line, value } of jsonRecords(file, context)) {
    const verdict = parseWith(Verdict, value, file.path, context, `line ${line}: `);
    if (verdict !== undefined) verdicts.push(verdict);
  }
  return verdicts;
}
