/**
 * The report of `analyze --out`: one self-contained HTML page.
 */
import type { SetApart, Weakness } from '../mining/weakness.ts';
import type { Summary } from '../traces/read/summary.ts';

export interface AnalysisInput {
  readonly summary: Summary;
  readonly sources: readonly { readonly path: string; readonly format: string; readonly trials: number }[];
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  readonly weaknesses: readonly Weakness[];
  readonly setApart: readonly SetApart[];
}

/** Texts must be redacted before; everything is escaped here. */
export function renderAnalysis({ summary, sources, problems, weaknesses, setApart }: AnalysisInput): string {
  const { pass, fail, invalid, skipped } = summary.outcomes;
  const rate = summary.passRate.ofVerdicts;
  const percent =
    rate.rate === null ? 'no verdict' : `${(100 * rate.rate).toFixed(1)} % (${rate.pass} of ${rate.of})`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Analysis of ${summary.trials} trials</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #8884; padding: .6rem; }
</style>
<h1>${summary.trials} trials of ${summary.tasks} tasks</h1>
<p>Pass rate of trials with a verdict: ${percent}. ${pass} passed, ${fail} failed, ${invalid} invalid, ${skipped} skipped.</p>
${section('Weaknesses', weaknesses.length === 0 ? '<p>None recurs over two tasks.</p>' : weaknesses.map(weaknessHtml).join('\n'))}
${section(
  'Set apart',
  table(
    ['kind', 'task', 'trials', 'reason'],
    setApart.map((one) => [one.kind.replaceAll('_', ' '), one.task, String(one.trials.length), one.reason]),
  ),
)}
${section(
  'Invalid trials',
  table(
    ['reason', 'fault', 'trials'],
    summary.invalid.map((one) => [one.reason, one.fault, String(one.trials)]),
  ),
)}
${section(
  'Tasks nobody solved',
  table(
    ['task', 'trials', 'message'],
    summary.unsolved.map((one) => [one.task, String(one.trials), one.message ?? '']),
  ),
)}
${section(
  'Sources',
  table(
    ['path', 'format', 'trials'],
    sources.map((one) => [one.path, one.format, String(one.trials)]),
  ),
)}
${section(
  'Problems',
  table(
    ['path', 'problem'],
    problems.map((one) => [one.path, one.message]),
  ),
)}
</html>
`;
}

function weaknessHtml(weakness: Weakness): string {
  const excerpts = weakness.evidence
    .map(
      (one) =>
        `<p><code>${escapeHtml(one.trial)}</code>, step ${one.step}</p><pre>${escapeHtml(one.quote)}</pre>`,
    )
    .join('\n');
  return `<h3>${escapeHtml(weakness.title)}</h3>
<p>${weakness.trials.length} trials of ${weakness.tasks.length} tasks. <code>${escapeHtml(weakness.id)}</code></p>
<details><summary>Evidence</summary>${excerpts}</details>`;
}

function section(title: string, content: string): string {
  return content === '' ? '' : `<h2>${title}</h2>\n${content}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`);
  return `<table><thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join('')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
