/**
 * What a promptfoo row is a trial of. A file is a table: a line for each test case, a column for each prompt
 * and provider. Columns are never mixed, and a case keeps its name when its variables are reworded: the
 * variables may be what a harness edit changes.
 */
import { attemptCounter } from '../shared/identity.ts';
import * as lenient from '../shared/lenient.ts';

/** The fields of a row that say where in the table it stands. */
export interface Placed {
  readonly promptIdx: number | null;
  readonly testIdx: number | null;
  readonly promptId: string | null;
  readonly prompt: { readonly raw: string | null; readonly label: string | null } | null;
  readonly provider: { readonly id: string | null; readonly label: string | null } | null;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly testCase: {
    readonly description: string | null;
    readonly metadata: Readonly<Record<string, unknown>>;
  } | null;
  readonly description: string | null;
}

export interface Place {
  /** The case, and its column where the file holds more than one. */
  readonly task: string;
  /** The column in words, '' where the file holds only one. */
  readonly column: string;
  /** The prompt's name, where it has one that is not its text. */
  readonly prompt: string | null;
  readonly attempt: number;
}

/** The places of rows, in their order. `--repeat` makes equal rows of one column: they are attempts. */
export function places(rows: readonly Placed[]): Place[] {
  const columns = columnNames(rows);
  const cases = caseNames(rows);
  const found = new Map<Placed, Place>();
  const nextAttempt = attemptCounter();
  // Rows stand in the order in which they ended; attempts are numbered in the order in which they were planned.
  for (const row of rows.toSorted((a, b) => (a.testIdx ?? 0) - (b.testIdx ?? 0))) {
    const column = columns.size > 1 ? (columns.get(columnOf(row)) ?? '') : '';
    const name = cases.get(caseOf(row)) ?? 'test';
    const task = column === '' ? name : `${name} [${column}]`;
    found.set(row, { task, column, prompt: promptName(row), attempt: nextAttempt(task) });
  }
  return rows.flatMap((row) => found.get(row) ?? []);
}

/** One prompt with one provider. promptfoo numbers them by `promptIdx`; two may share a provider's id. */
function columnOf(row: Placed): string {
  const prompt = row.promptIdx ?? row.promptId ?? row.prompt?.label ?? '';
  return JSON.stringify([prompt, row.provider?.id ?? '', row.provider?.label ?? '']);
}

/** A name for each column: of provider and prompt only what tells them apart, and a number where nothing does. */
function columnNames(rows: readonly Placed[]): Map<string, string> {
  const columns = new Map<string, Placed>();
  for (const row of rows) {
    const key = columnOf(row);
    if (!columns.has(key)) columns.set(key, row);
  }
  const ordered = [...columns].toSorted(([, a], [, b]) => (a.promptIdx ?? 0) - (b.promptIdx ?? 0));
  const severalProviders = new Set(ordered.map(([, row]) => providerOf(row))).size > 1;
  const severalPrompts = ordered.length > new Set(ordered.map(([, row]) => providerOf(row))).size;
  const nextPrompt = attemptCounter();
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const [key, row] of ordered) {
    const provider = providerOf(row);
    const number = nextPrompt(provider);
    const parts = [
      ...(severalProviders ? [provider] : []),
      ...(severalPrompts ? [promptName(row) ?? `prompt ${number}`] : []),
    ];
    let name = parts.join(', ');
    if (taken.has(name)) name = `${name} ${number}`;
    taken.add(name);
    names.set(key, name);
  }
  return names;
}

function providerOf({ provider }: Placed): string {
  return provider?.label || provider?.id || 'provider';
}

/** A prompt's label is its file's name, a name that somebody gave it, or (mostly) its whole text: no name. */
function promptName({ prompt }: Placed): string | null {
  const label = prompt?.label ?? '';
  const file = /^([\w./@-]+\.\w{1,5})(?::|$)/.exec(label)?.[1];
  if (file !== undefined) return file;
  const isText = label.includes('{{') || (prompt?.raw ?? '').startsWith(label) || /\n/.test(label);
  return label === '' || isText || label.length > 60 ? null : label;
}

/** What makes two rows the same case of one file. */
function caseOf(row: Placed): string {
  return JSON.stringify([nameOf(row), Object.entries(row.vars).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

const IDS = ['id', 'case_id', 'caseId', 'test_id', 'testId', 'task_id', 'name'] as const;

/** The name that the author gave the case: its description, or an id among its metadata or variables. */
function nameOf(row: Placed): string {
  const described = row.testCase?.description ?? row.description;
  if (described) return described;
  for (const fields of [row.testCase?.metadata ?? {}, row.vars]) {
    for (const key of IDS.slice(0, fields === row.vars ? -1 : undefined)) {
      const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if ((typeof value === 'string' && value !== '' && value.length <= 80) || typeof value === 'number')
        return String(value);
    }
  }
  return '';
}

/**
 * A name for each case. Cases that share one, or have none, are numbered in the order of the file: a number
 * survives an edit of the wording, a fingerprint of the variables would not.
 */
function caseNames(rows: readonly Placed[]): Map<string, string> {
  const firsts = new Map<string, Placed>();
  for (const row of rows) {
    const key = caseOf(row);
    const first = firsts.get(key);
    if (first === undefined || (row.testIdx ?? 0) < (first.testIdx ?? 0)) firsts.set(key, row);
  }
  const names = new Map<string, string>();
  const next = attemptCounter();
  for (const [key, row] of [...firsts].toSorted(([, a], [, b]) => (a.testIdx ?? 0) - (b.testIdx ?? 0))) {
    const name = nameOf(row);
    const number = next(name);
    if (name === '') names.set(key, `test ${number}${variablesOf(row)}`);
    else names.set(key, number === 1 ? name : `${name} (${number})`);
  }
  return names;
}

/** The variables' names, which tell the numbered cases of two files apart. */
function variablesOf({ vars }: Placed): string {
  const names = Object.keys(vars).toSorted();
  return names.length === 0 ? '' : ` (${lenient.firstLine(names.join(', '), 60)})`;
}
