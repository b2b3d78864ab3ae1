/**
 * What SWE-bench's reports say of each instance, and the trials that follow.
 */
import { z } from 'zod';
import { makeTrial, type Trial, type VerifierDetail } from '../../trial.ts';
import * as lenient from '../shared/lenient.ts';

const ids = z
  .array(z.unknown())
  .catch([])
  .transform(
    (values) => new Set(values.filter((value): value is string => typeof value === 'string' && value !== '')),
  );

const AggregateFile = z.object({
  submitted_ids: ids,
  completed_ids: ids,
  resolved_ids: ids,
  unresolved_ids: ids,
  empty_patch_ids: ids,
  error_ids: ids,
});

/** The instance ids of an aggregate report by what became of them. */
export interface Aggregate {
  readonly submitted: ReadonlySet<string>;
  readonly resolved: ReadonlySet<string>;
  readonly unresolved: ReadonlySet<string>;
  readonly empty: ReadonlySet<string>;
  readonly errors: ReadonlySet<string>;
}

/** The lists of an aggregate report; null where they name no instance. */
export function parseAggregate(value: unknown): Aggregate | null {
  const parsed = AggregateFile.safeParse(value);
  if (!parsed.success) return null;
  const { submitted_ids, completed_ids, resolved_ids, unresolved_ids, empty_patch_ids, error_ids } =
    parsed.data;
  // Older reports have no `submitted_ids`; instances that were never submitted are no trials.
  const submitted = new Set([
    ...submitted_ids,
    ...completed_ids,
    ...resolved_ids,
    ...unresolved_ids,
    ...empty_patch_ids,
    ...error_ids,
  ]);
  if (submitted.size === 0) return null;
  return {
    submitted,
    resolved: resolved_ids,
    unresolved: unresolved_ids,
    empty: empty_patch_ids,
    errors: error_ids,
  };
}

const names = z.array(z.string()).catch([]);
const Tests = z.object({ success: names, failure: names }).catch({ success: [], failure: [] });
const Report = z.object({
  resolved: z.boolean(),
  patch_is_None: lenient.flag,
  patch_exists: lenient.flag,
  patch_successfully_applied: lenient.flag,
  tests_status: z.object({ FAIL_TO_PASS: Tests, PASS_TO_PASS: Tests }).nullable().catch(null),
});

export interface InstanceReport extends z.infer<typeof Report> {
  readonly instance: string;
  readonly path: string;
}

/** The instances of a `report.json`; entries without a verdict are counted. */
export function parseInstanceReports(
  value: unknown,
  path: string,
): { readonly reports: InstanceReport[]; readonly misfits: number } {
  const entries = lenient.isObject(value) ? Object.entries(value) : [];
  const reports: InstanceReport[] = [];
  for (const [instance, entry] of entries) {
    const report = Report.safeParse(entry);
    if (report.success && instance !== '') reports.push({ ...report.data, instance, path });
  }
  return { reports, misfits: entries.length - reports.length };
}

/** The model of each predicted instance. */
export function parsePredictions(records: readonly unknown[]): Map<string, string | null> {
  const Prediction = z.object({ instance_id: z.string(), model_name_or_path: lenient.text });
  const { fit } = lenient.fitting(Prediction, records);
  return new Map(fit.map(({ value }) => [value.instance_id, value.model_name_or_path]));
}

/** One evaluation of one model: its aggregate, where there is one, and the instance reports found. */
export interface Evaluation {
  /** `<model>.<run_id>`, as the aggregate is called. */
  readonly name: string;
  readonly path: string;
  readonly run: string | null;
  readonly model: string | null;
  /** Folder of the instances' logs, ending in '/'. */
  readonly base: string | null;
  readonly lists: Aggregate | null;
  readonly reports: ReadonlyMap<string, InstanceReport>;
}

/** One trial an instance. `logs` holds the evaluation log of instances that ended in an error. */
export function* evaluationTrials(
  evaluation: Evaluation,
  logs: ReadonlyMap<string, string>,
): Generator<Trial> {
  const instances = new Set([...(evaluation.lists?.submitted ?? []), ...evaluation.reports.keys()]);
  for (const instance of [...instances].toSorted()) {
    const report = evaluation.reports.get(instance);
    yield makeTrial({
      id: `swe-bench:${evaluation.name}:${instance}`,
      task: instance,
      run: evaluation.run ?? evaluation.name,
      model: evaluation.model,
      ...(report === undefined ? listed(instance, evaluation.lists, logs.get(instance)) : reported(report)),
      source: { path: report?.path ?? evaluation.path, format: 'swe-bench' },
    });
  }
}

type Verdict = Pick<Trial, 'outcome' | 'reason' | 'fault' | 'score' | 'verifier'>;

function reported(report: InstanceReport): Verdict {
  const verifier = verifierOf(report);
  if (report.resolved) return { outcome: 'pass', reason: null, fault: null, score: 1, verifier };
  return { outcome: 'fail', reason: whyUnresolved(report), fault: 'agent', score: 0, verifier };
}

function whyUnresolved(report: InstanceReport): string {
  if (report.patch_is_None === true || report.patch_exists === false) return 'empty patch';
  if (report.patch_successfully_applied === false) return 'the patch does not apply';
  const wanted = report.tests_status?.FAIL_TO_PASS.failure.length ?? 0;
  const broken = report.tests_status?.PASS_TO_PASS.failure.length ?? 0;
  // Nothing fixed is missing but working tests fail: a regression, or the environment drifted.
  if (wanted === 0 && broken > 0) return `${broken} tests that passed before fail now (PASS_TO_PASS)`;
  if (broken > 0)
    return `${wanted} tests still fail (FAIL_TO_PASS) and ${broken} that passed before fail now`;
  return wanted > 0 ? `${wanted} tests still fail (FAIL_TO_PASS)` : 'unresolved';
}

/** Every failing test and every test to be fixed; of those that passed all along, thousands, only the count. */
function verifierOf(report: InstanceReport): VerifierDetail | null {
  if (report.tests_status === null) return null;
  const { FAIL_TO_PASS: wanted, PASS_TO_PASS: kept } = report.tests_status;
  const tests = [
    ...wanted.failure.map((name) => ({ name, status: 'fail' as const, message: 'FAIL_TO_PASS' })),
    ...kept.failure.map((name) => ({ name, status: 'fail' as const, message: 'PASS_TO_PASS' })),
    ...wanted.success.map((name) => ({ name, status: 'pass' as const, message: null })),
  ];
  const fixed = `${wanted.success.length} of ${wanted.success.length + wanted.failure.length} FAIL_TO_PASS`;
  const held = `${kept.success.length} of ${kept.success.length + kept.failure.length} PASS_TO_PASS`;
  return { message: `${fixed} and ${held} succeed`, tests };
}

function listed(instance: string, lists: Aggregate | null, log: string | undefined): Verdict {
  const none = { score: null, verifier: null };
  if (lists?.resolved.has(instance))
    return { outcome: 'pass', reason: null, fault: null, score: 1, verifier: null };
  if (lists?.empty.has(instance)) return { outcome: 'fail', reason: 'empty patch', fault: 'agent', ...none };
  if (lists?.unresolved.has(instance))
    return { outcome: 'fail', reason: 'unresolved', fault: 'agent', ...none };
  if (log?.includes('>>>>> Patch Apply Failed')) {
    return { outcome: 'fail', reason: 'the patch does not apply', fault: 'agent', ...none };
  }
  const reason = log?.includes('Test timed out') ? 'the tests timed out' : 'evaluation error';
  return { outcome: 'invalid', reason, fault: 'unknown', ...none };
}
