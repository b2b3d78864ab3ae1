/**
 * Replacing a value in YAML: in the style it has, where it stands.
 */
import { isScalar, isSeq, type Node, type Scalar } from 'yaml';
import { lineEnd, lineEnding, lineStart, type Splice, withLineEnding } from '../splice.ts';
import { contentEnd } from './yaml-items.ts';
import { block, doubleQuoted, inline, literal, singleQuoted } from './yaml-render.ts';
import { type Collection, isCollection, type Slot } from './yaml-slot.ts';

/** Ways to write the value, the one nearest to the present style first. */
export function* replaceValue(content: string, slot: Slot, value: unknown): Iterable<readonly Splice[]> {
  const { node } = slot;
  const inFlow = slot.parent.flow === true;
  if (node === null || (isScalar(node) && node.source === '' && isPlain(node))) {
    yield* fillEmpty(slot, inline(value, inFlow));
    return;
  }
  const [start, end] = rangeOf(node);
  if (isScalar(node)) {
    yield* replaceScalar(content, node, value, inFlow);
    return;
  }
  if (isCollection(node) && node.flow !== true && !inFlow) {
    yield* replaceBlock(content, slot, node, value);
    return;
  }
  yield [{ start, end, text: inline(value, inFlow) }];
}

function* replaceScalar(
  content: string,
  node: Scalar,
  value: unknown,
  inFlow: boolean,
): Iterable<readonly Splice[]> {
  const [start, end] = rangeOf(node);
  if (!isBlock(node)) {
    for (const text of spellings(node, value, inFlow)) yield [{ start, end, text }];
    return;
  }
  // A block scalar's range reaches past its last line break; whatever follows must stay on its own line.
  const tail = /(\r?\n)[ \t\r\n]*$/.exec(content.slice(start, end))?.[1] ?? '';
  const block = typeof value === 'string' ? asLiteral(content, node, value) : null;
  if (block !== null) yield [{ start, end, text: block + tail }];
  const note = headerComment(content, node);
  for (const text of spellings(node, value, inFlow)) yield [{ start, end, text: text + note + tail }];
}

/** One-line spellings, in the quotes the value has now where it can keep them. */
function* spellings(node: Scalar, value: unknown, inFlow: boolean): Iterable<string> {
  if (typeof value === 'string' && node.type === 'QUOTE_SINGLE') {
    const text = singleQuoted(value);
    if (text !== null) yield text;
  }
  if (typeof value === 'string' && node.type === 'QUOTE_DOUBLE') yield doubleQuoted(value);
  yield inline(value, inFlow);
  if (typeof value === 'string') yield doubleQuoted(value);
}

function isBlock(node: Scalar): boolean {
  return node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
}

/** The comment behind the '|' or '>' of a block scalar, with the blanks in front of it. */
function headerComment(content: string, node: Scalar): string {
  const [start] = rangeOf(node);
  return /[ \t]+#.*$/.exec(content.slice(start, lineEnd(content, start)))?.[0] ?? '';
}

function asLiteral(content: string, node: Scalar, value: string): string | null {
  const rendered = literal(value);
  if (rendered === null) return null;
  const [start, end] = rangeOf(node);
  const [, ...lines] = content.slice(start, end).split('\n');
  const first = lines.find((line) => line.trim() !== '');
  const margin = /^ */.exec(first ?? '')?.[0] ?? '';
  if (margin === '') return null;
  const body = rendered.lines.map((line) => (line === '' ? '' : margin + line));
  return withLineEnding(
    [rendered.header + headerComment(content, node), ...body].join('\n'),
    lineEnding(content),
  );
}

/** `key:` or `-` with nothing behind it. */
function* fillEmpty(slot: Slot, text: string): Iterable<readonly Splice[]> {
  const at = indicatorEnd(slot);
  if (at !== null) yield [{ start: at, end: at, text: ` ${text}` }];
  const key = slot.pair?.key;
  if (at === null && key?.range) yield [{ start: key.range[1], end: key.range[1], text: `: ${text}` }];
}

function* replaceBlock(
  content: string,
  slot: Slot,
  node: Collection,
  value: unknown,
): Iterable<readonly Splice[]> {
  const [start] = rangeOf(node);
  const end = blockEnd(content, node);
  const from = lineStart(content, start);
  if (value !== null && typeof value === 'object' && Object.keys(value).length > 0) {
    const text = withLineEnding(block(value, ' '.repeat(start - from), 2), lineEnding(content));
    yield [{ start, end, text }];
  }
  const after = indicatorEnd(slot);
  if (after === null) return;
  const text = inline(value, false);
  if (content.slice(after, start).trim() === '') yield [{ start: after, end, text: ` ${text}` }];
  // A comment or an anchor stands between: it stays, and the block goes with the line break in front of it.
  const lead = content[from - 2] === '\r' ? 2 : 1;
  yield [
    { start: after, end: after, text: ` ${text}` },
    { start: Math.max(after, from - lead), end, text: '' },
  ];
  yield [{ start, end, text }];
}

/** Where the last line of a block collection ends, its comment included, its line break not. */
function blockEnd(content: string, node: Collection): number {
  const end = contentEnd(node, node.items.length - 1);
  if (content[end - 1] !== '\n') return lineEnd(content, end);
  return content[end - 2] === '\r' ? end - 2 : end - 1;
}

/** Offset just past the ':' or '-' in front of the value, or null where it has none (a bare key in a flow map). */
function indicatorEnd(slot: Slot): number | null {
  const tokens = slot.pair === null ? itemTokens(slot) : slot.pair.srcToken?.sep;
  const indicator = tokens?.find((token) => token.type === 'map-value-ind' || token.type === 'seq-item-ind');
  return indicator === undefined ? null : indicator.offset + indicator.source.length;
}

function itemTokens(slot: Slot) {
  const token = slot.parent.srcToken;
  return token !== undefined && 'items' in token && isSeq(slot.parent)
    ? token.items[slot.index]?.start
    : undefined;
}

function rangeOf(node: Node): readonly [number, number] {
  const range = node.range;
  return range ? [range[0], range[1]] : [0, 0];
}

function isPlain(node: Scalar): boolean {
  return node.type === 'PLAIN' || node.type === undefined || node.type === null;
}
