/**
 * Places in a parsed YAML document: collections, and the slots in them that hold values.
 */
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import { arrayIndex } from './value.ts';

export type Collection = YAMLMap<Node, Node | null> | YAMLSeq<Node>;

/** Where a value hangs: its collection, and its pair or item there. */
export interface Slot {
  readonly parent: Collection;
  readonly index: number;
  readonly node: Node | null;
  readonly pair: Pair<Node, Node | null> | null;
}

/** The collection at a path, or null where there is none. */
export function collectionAt(root: Node | null, tokens: readonly string[]): Collection | null {
  let node: Node | null = root;
  for (const token of tokens) {
    if (!isCollection(node)) return null;
    node = slotOf(node, token)?.node ?? null;
  }
  return isCollection(node) ? node : null;
}

/** An alias is not followed: what it names is shared, and belongs to another pointer. */
export function isCollection(node: Node | null | undefined): node is Collection {
  return node !== null && !isAlias(node) && (isMap(node) || isSeq(node));
}

/** The place of a key or index in its collection, or null where there is none. */
export function slotOf(parent: Collection, token: string): Slot | null {
  if (isMap(parent)) {
    const index = parent.items.findIndex((pair) => isScalar(pair.key) && String(pair.key.value) === token);
    const pair = parent.items[index];
    return pair === undefined ? null : { parent, index, node: pair.value, pair };
  }
  const index = arrayIndex(token);
  const node = index === null ? undefined : parent.items[index];
  return index === null || node === undefined ? null : { parent, index, node, pair: null };
}
