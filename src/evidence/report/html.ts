/**
 * HTML by template: whatever is put in is escaped, unless it is HTML itself.
 */
import { visible } from '../markdown/visible.ts';

export interface Html {
  readonly html: string;
}

type Part = Html | string | number | null | readonly (Html | string | null)[];

/** A tagged template. Strings are made visible and escaped, lists joined, null is nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return { html: strings.reduce((text, string, index) => text + written(parts[index - 1] ?? null) + string) };
}

/** Trusted markup: a chart, a style sheet. */
export function raw(text: string): Html {
  return { html: text };
}

function escaped(text: string): string {
  return visible(text).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function written(part: Part): string {
  if (part === null) return '';
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escaped(part);
  return 'html' in part ? part.html : part.map(written).join('');
}

/** A table with its caption; the first cell of a row heads it. A `whole` one shows all of its rows at once. */
export function htmlTable(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
  shown: 'scrolled' | 'whole' = 'scrolled',
): Html {
  const head = header.map((cell) => html`<th scope="col">${cell}</th>`);
  const body = rows.map(([first = '', ...rest]) => {
    return html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`;
  });
  return html`<div class="scroll ${shown}" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}
