/**
 * Tables and folds of our own making. What stands in them must have been made by `code.ts`, `prose.ts` or be ours.
 */

/** A table; '' without rows. Cells hold no line break. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** A fold; the summary is text of ours or of `summaryProse`, the body Markdown. */
export function fold(summary: string, body: string, open = false): string {
  return `<details${open ? ' open' : ''}>\n<summary>${summary}</summary>\n\n${body.trim()}\n\n</details>`;
}
