/**
 * New members of YAML collections, and members that leave, in block and in flow style.
 */
import { isPair, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { lineEnding, lineStart, nextLine, type Splice, withLineEnding } from '../splice.ts';
import { type Bracketed, hashComment, insertMember, removeMember } from './bracketed.ts';
import { doubleQuoted, inline, member } from './yaml-render.ts';
import { type Collection, isCollection } from './yaml-slot.ts';

/** Writes a member so that it becomes number `index`; `key` is null in a list. */
export function* insertItem(
  content: string,
  parent: Collection,
  index: number,
  key: string | null,
  value: unknown,
): Iterable<readonly Splice[]> {
  if (parent.flow === true) {
    const list = bracketed(parent);
    if (list === null) return;
    const name = key === null ? '' : `${inline(key, true)}: `;
    yield insertMember(content, list, index, name + inline(value, true), hashComment);
    if (key !== null)
      yield insertMember(content, list, index, `${doubleQuoted(key)}: ${inline(value, true)}`, hashComment);
    return;
  }
  const first = itemStart(parent, 0);
  if (first === null) return;
  const margin = ' '.repeat(first - lineStart(content, first));
  const text = withLineEnding(member(key, value, margin, indentStep(content)), lineEnding(content));
  if (index > 0) {
    yield [afterLine(content, contentEnd(parent, index - 1), text)];
    return;
  }
  const ending = lineEnding(content);
  yield [{ start: first, end: first, text: text.slice(margin.length) + ending + margin }];
}

/** Takes a member out. The comment at the end of its line goes with it, comments on lines of their own stay. */
export function* removeItem(content: string, parent: Collection, index: number): Iterable<readonly Splice[]> {
  if (parent.flow === true) {
    const list = bracketed(parent);
    if (list !== null) yield removeMember(content, list, index, hashComment);
    return;
  }
  const start = itemStart(parent, index);
  if (start === null) return;
  const from = lineStart(content, start);
  const end = restOfLine(content, contentEnd(parent, index));
  if (content.slice(from, start).trim() === '') {
    yield [{ start: from, end, text: '' }];
    return;
  }
  const next = itemStart(parent, index + 1);
  if (next !== null && content.slice(end, next).trim() === '') yield [{ start, end: next, text: '' }];
  yield [{ start, end: start + content.slice(start, end).trimEnd().length, text: '' }];
}

/** Offset of a member's first character: its key, or the '-' in front of it. */
function itemStart(parent: Collection, index: number): number | null {
  const token = parent.srcToken;
  if (isSeq(parent)) {
    if (token === undefined || !('items' in token)) return null;
    return token.items[index]?.start.find((part) => part.type === 'seq-item-ind')?.offset ?? null;
  }
  return parent.items[index]?.key.range?.[0] ?? null;
}

/** Offset where the text of a member ends: the end of its last scalar, however deep. */
export function contentEnd(parent: Collection, index: number): number {
  const item = parent.items[index];
  const start = itemStart(parent, index) ?? 0;
  if (item === undefined) return start;
  if (!isPair(item)) return Math.max(start + 1, nodeEnd(item));
  const tokens = item.srcToken?.sep ?? [];
  const colon = tokens.find((token) => token.type === 'map-value-ind');
  return Math.max(nodeEnd(item.key), colon === undefined ? 0 : colon.offset + 1, nodeEnd(item.value));
}

function nodeEnd(node: Node | null): number {
  if (node === null) return 0;
  if (isCollection(node) && node.flow !== true && node.items.length > 0) {
    return contentEnd(node, node.items.length - 1);
  }
  // Without text the range may lie past a comment that follows; the indicator in front is what counts.
  if (isScalar(node) && node.source === '' && node.type === 'PLAIN') return 0;
  return node.range?.[1] ?? 0;
}

/** Past the comment and line break that follow on the line; nothing where a block scalar ended the line already. */
function restOfLine(content: string, at: number): number {
  return content[at - 1] === '\n' ? at : nextLine(content, at);
}

function afterLine(content: string, end: number, text: string): Splice {
  const at = restOfLine(content, end);
  const ending = lineEnding(content);
  const fresh = at > 0 && content[at - 1] === '\n';
  return { start: at, end: at, text: fresh ? text + ending : ending + text };
}

function bracketed(parent: Collection): Bracketed | null {
  const token = parent.srcToken;
  if (token === undefined || token.type !== 'flow-collection') return null;
  const close = token.end.find(
    (part) => part.type === 'flow-map-end' || part.type === 'flow-seq-end',
  )?.offset;
  if (close === undefined) return null;
  const items = parent.items.map((item: Pair<Node, Node | null> | Node) => {
    const [first, last] = isPair(item) ? [item.key, item.value] : [item, item];
    const start = first.range?.[0] ?? 0;
    const end = Math.max(first.range?.[1] ?? 0, last?.range?.[1] ?? 0);
    return [start, end] as const;
  });
  return { open: token.start.offset, close, items };
}

/** Columns a level, as the first nested line of the document has it. */
function indentStep(content: string): number {
  const step = /:[ \t]*\r?\n( +)\S/.exec(content)?.[1]?.length ?? 2;
  return step >= 1 && step <= 8 ? step : 2;
}
