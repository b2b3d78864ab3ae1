/**
 * Where in a prompt a new rule goes: into the list of the section that fits, in the style of that list.
 */
import type { TextEdit } from '../../harness/edit.ts';
import { lineEnding } from '../../harness/splice.ts';
import type { Phase } from './rules.ts';

interface Line {
  readonly text: string;
  /** Offset of the line's first character. */
  readonly start: number;
  /** Inside a fenced block or front matter: never a heading, never a list. */
  readonly fenced: boolean;
}

interface Section {
  readonly title: string;
  /** Indices [from, to) of the lines below the heading, up to the next heading of any level. */
  readonly from: number;
  readonly to: number;
}

const PHASES: Readonly<Record<Phase, RegExp>> = {
  start: /\b(?:plan\w*|start\w*|begin\w*|approach|first|before you (?:start|begin))\b/i,
  work: /\b(?:work\w*|process|approach|method|strategy|how to)\b/i,
  tools: /\b(?:tools?|commands?|calls?|shell|environment|terminal)\b/i,
  finish: /\b(?:finish\w*|done|complet\w+|submi\w+|verif\w+|check\w*|quality|end)\b/i,
  output: /\b(?:output|answers?|format\w*|respon\w+|repl\w+|report\w*)\b/i,
};
const GENERAL =
  /\b(?:rules?|guid\w+|instructions?|principles?|polic\w+|constraints?|requirements?|important|workflow|conduct|behaviou?r|practices?|tips|notes?|remember)\b/i;

/** An insertion that puts `rule` where it belongs; its anchor occurs exactly once in `content`. */
export function placeRule(content: string, rule: string, phase: Phase): TextEdit {
  const lines = linesOf(content);
  const sections = sectionsOf(lines);
  const written = lines.filter((line) => line.text.trim() !== '');
  if (written.length === 0) return { op: 'insert_before', anchor: '', text: `- ${rule}\n` };
  const section =
    sections.find((candidate) => PHASES[phase].test(candidate.title)) ??
    sections.find((candidate) => GENERAL.test(candidate.title)) ??
    sections.findLast((candidate) => lastItem(lines, candidate) !== null) ??
    sections.at(-1);
  if (section === undefined) return { op: 'insert_before', anchor: '', text: `\n${rule}\n` };
  const item = lastItem(lines, section);
  if (item !== null) return insertAfter(content, lines, item.end, `\n${item.marker}${rule}`);
  const last = lastWritten(lines, section.from, section.to);
  // A heading without text below it: the rule becomes the first item of its list.
  if (last === null) return insertAfter(content, lines, section.from - 1, `\n\n- ${rule}`);
  return insertAfter(content, lines, last, lines[last]?.fenced ? `\n\n- ${rule}` : `\n\n${rule}`);
}

function linesOf(content: string): Line[] {
  const lines: Line[] = [];
  let start = 0;
  let fence: string | null = null;
  for (const [index, raw] of content.split('\n').entries()) {
    const text = raw.replace(/\r$/, '');
    const mark: string | null = fenceMark(text, index, fence);
    const opens = fence === null && mark !== null;
    const closes = fence !== null && mark === fence;
    lines.push({ text, start, fenced: fence !== null || opens });
    if (opens) fence = mark;
    else if (closes) fence = null;
    start += raw.length + 1;
  }
  return lines;
}

/** The kind of a line that opens or closes a fenced block or the front matter; null for any other line. */
function fenceMark(text: string, index: number, open: string | null): string | null {
  const fence = /^ {0,3}(```+|~~~+)/.exec(text)?.[1]?.slice(0, 3);
  if (fence !== undefined) return fence;
  return text === '---' && (index === 0 || open === '---') ? '---' : null;
}

/** Sections by Markdown headings and labels; a text without headings is one section. */
function sectionsOf(lines: readonly Line[]): Section[] {
  const heads = lines.flatMap((line, index) => {
    const title = line.fenced ? null : headingAt(lines, index);
    return title === null ? [] : [{ title, from: index + 1 }];
  });
  const first = heads[0]?.from ?? lines.length + 1;
  const all = first > 1 ? [{ title: '', from: 0 }, ...heads] : heads;
  return all.map((head, index) => ({ ...head, to: (all[index + 1]?.from ?? lines.length + 1) - 1 }));
}

/** ATX headings, and lines such as "Rules:" or "**Rules**" that plain prompts use for one. */
function headingAt(lines: readonly Line[], index: number): string | null {
  const text = lines[index]?.text ?? '';
  const atx = /^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$/.exec(text)?.[1];
  if (atx !== undefined) return atx;
  const next = lines[index + 1]?.text ?? '';
  const label = /^(?:\*\*|__)?([A-Z][^.!?:*_]{1,40})(?:(?:\*\*|__):?|:(?:\*\*|__)?)\s*$/.exec(text)?.[1];
  return label !== undefined && (next.trim() === '' || LIST.test(next)) ? label : null;
}

const LIST = /^(\s*)([-*+]|\d{1,3}[.)])(\s+)\S/;

/** The last item of the outermost list of a section: its last line, and the marker the next one takes. */
function lastItem(lines: readonly Line[], section: Section): { end: number; marker: string } | null {
  const items: { index: number; indent: string; mark: string; gap: string }[] = [];
  for (let index = section.from; index < section.to; index++) {
    const line = lines[index];
    const match = line === undefined || line.fenced ? null : LIST.exec(line.text);
    if (match) items.push({ index, indent: match[1] ?? '', mark: match[2] ?? '-', gap: match[3] ?? ' ' });
  }
  const outer = Math.min(...items.map((item) => item.indent.length));
  const last = items.findLast((item) => item.indent.length === outer);
  if (last === undefined) return null;
  let end = last.index;
  for (let index = last.index + 1; index < section.to; index++) {
    const text = lines[index]?.text ?? '';
    if (text.trim() === '') continue;
    const indented = /^\s*/.exec(text)?.[0].length ?? 0;
    const lazy = end === index - 1 && !/^\s*(?:#|```|~~~|<)/.test(text);
    if (indented <= outer && !lazy) break;
    end = index;
  }
  const number = /^(\d+)([.)])$/.exec(last.mark);
  const mark = number ? `${Number(number[1]) + 1}${number[2]}` : last.mark;
  return { end, marker: `${last.indent}${mark}${last.gap}` };
}

function lastWritten(lines: readonly Line[], from: number, to: number): number | null {
  for (let index = to - 1; index >= from; index--) if ((lines[index]?.text ?? '').trim() !== '') return index;
  return null;
}

/** Anchors at the line, quoting as many of the lines before it as it takes to occur only once. */
function insertAfter(content: string, lines: readonly Line[], index: number, text: string): TextEdit {
  const line = lines[index];
  if (line === undefined) return { op: 'insert_before', anchor: '', text: `${text.replace(/^\n/, '')}\n` };
  const end = line.start + line.text.length;
  const ending = lineEnding(content);
  for (let first = index; first >= 0; first--) {
    const anchor = content.slice(lines[first]?.start ?? 0, end);
    if (anchor.trim() !== '' && content.indexOf(anchor) === content.lastIndexOf(anchor)) {
      return {
        op: 'insert_after',
        anchor: ending === '\r\n' ? anchor.replaceAll('\r\n', '\n') : anchor,
        text,
      };
    }
  }
  return { op: 'insert_before', anchor: '', text: `${text.replace(/^\n/, '')}\n` };
}
