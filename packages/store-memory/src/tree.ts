import {compareBytes} from '@murmuration/base';

/**
 * A B+tree whose old versions stay readable. Every node belongs to the `Owner` under which it was made:
 * an edit under the same owner changes it in place, an edit under another owner copies it first. So taking
 * a version costs nothing but a new owner, and the next edit copies one path of the tree.
 */
export type TreeNode = Leaf | Branch;
interface Leaf {
  readonly kind: 'leaf';
  readonly owner: Owner;
  readonly keys: Uint8Array[];
  readonly values: Uint8Array[];
}
/** Child `i` holds keys of at least `keys[i]` and below `keys[i + 1]`; `keys[0]` is not looked at. Never without a child. */
interface Branch {
  readonly kind: 'branch';
  readonly owner: Owner;
  readonly keys: Uint8Array[];
  readonly children: TreeNode[];
}
/** The right to edit nodes in place. Compared by identity. */
export interface Owner {
  readonly isOwner: true;
}
export const newOwner = (): Owner => ({isOwner: true});

export const emptyTree = (owner: Owner): TreeNode => ({kind: 'leaf', owner, keys: [], values: []});

/** A node is split above this, and joined with a neighbour when both fit in half of it. */
const ENTRY_COUNT_MAX = 64;

export function getFrom(root: TreeNode, key: Uint8Array): Uint8Array | undefined {
  let node = root;
  while (node.kind === 'branch') node = node.children[childFor(node, key)] as TreeNode;
  const at = lowerBound(node.keys, key);
  const found = node.keys[at];
  return found !== undefined && compareBytes(found, key) === 0 ? node.values[at] : undefined;
}

/** @returns the tree with the row in it; the old root stays valid for readers when `owner` is new */
export function putInto(root: TreeNode, key: Uint8Array, value: Uint8Array, owner: Owner): TreeNode {
  const {node, split} = putBelow(root, key, value, owner);
  if (split === undefined) return node;
  return {kind: 'branch', owner, keys: [firstKey(node), split.from], children: [node, split.node]};
}

/** @returns the tree without the rows of [from, until) */
export function removeFrom(root: TreeNode, from: Uint8Array, until: Uint8Array, owner: Owner): TreeNode {
  if (compareBytes(from, until) >= 0) return root;
  let node = removeBelow(root, from, until, owner);
  if (node === undefined) return emptyTree(owner);
  while (node.kind === 'branch' && node.children.length === 1) node = node.children[0] as TreeNode;
  return node;
}

/**
 * Calls `take` with the rows of [from, until) in order, from the end when `reverse`, until it answers false.
 * @returns false when `take` stopped it
 */
export function walk(
  node: TreeNode,
  from: Uint8Array,
  until: Uint8Array,
  reverse: boolean,
  take: (key: Uint8Array, value: Uint8Array) => boolean,
): boolean {
  if (node.kind === 'leaf') {
    const begin = lowerBound(node.keys, from);
    const end = lowerBound(node.keys, until);
    if (reverse) {
      for (let i = end - 1; i >= begin; i -= 1) if (!take(node.keys[i] as Uint8Array, node.values[i] as Uint8Array)) return false;
    } else {
      for (let i = begin; i < end; i += 1) if (!take(node.keys[i] as Uint8Array, node.values[i] as Uint8Array)) return false;
    }
    return true;
  }
  const first = childFor(node, from);
  const last = childFor(node, until);
  if (reverse) {
    for (let i = last; i >= first; i -= 1) if (!walk(node.children[i] as TreeNode, from, until, true, take)) return false;
  } else {
    for (let i = first; i <= last; i += 1) if (!walk(node.children[i] as TreeNode, from, until, false, take)) return false;
  }
  return true;
}

interface PutResult {
  readonly node: TreeNode;
  readonly split: {readonly from: Uint8Array; readonly node: TreeNode} | undefined;
}

function putBelow(node: TreeNode, key: Uint8Array, value: Uint8Array, owner: Owner): PutResult {
  const edited = editable(node, owner);
  if (edited.kind === 'leaf') {
    const at = lowerBound(edited.keys, key);
    const found = edited.keys[at];
    if (found !== undefined && compareBytes(found, key) === 0) {
      edited.values[at] = value;
      return {node: edited, split: undefined};
    }
    edited.keys.splice(at, 0, key);
    edited.values.splice(at, 0, value);
  } else {
    const at = childFor(edited, key);
    const {node: child, split} = putBelow(edited.children[at] as TreeNode, key, value, owner);
    edited.children[at] = child;
    if (split !== undefined) {
      edited.keys.splice(at + 1, 0, split.from);
      edited.children.splice(at + 1, 0, split.node);
    }
  }
  return {node: edited, split: splitIfFull(edited, owner)};
}

function splitIfFull(node: TreeNode, owner: Owner): PutResult['split'] {
  if (node.keys.length <= ENTRY_COUNT_MAX) return undefined;
  const middle = node.keys.length >> 1;
  const keys = node.keys.splice(middle);
  const from = keys[0] as Uint8Array;
  return node.kind === 'leaf'
    ? {from, node: {kind: 'leaf', owner, keys, values: node.values.splice(middle)}}
    : {from, node: {kind: 'branch', owner, keys, children: node.children.splice(middle)}};
}

/** @returns undefined when nothing is left */
function removeBelow(node: TreeNode, from: Uint8Array, until: Uint8Array, owner: Owner): TreeNode | undefined {
  if (node.kind === 'leaf') {
    const begin = lowerBound(node.keys, from);
    const end = lowerBound(node.keys, until);
    if (begin === end) return node;
    if (end - begin === node.keys.length) return undefined;
    const edited = editableLeaf(node, owner);
    edited.keys.splice(begin, end - begin);
    edited.values.splice(begin, end - begin);
    return edited;
  }
  const first = childFor(node, from);
  const last = childFor(node, until);
  const keptKeys: Uint8Array[] = [];
  const kept: TreeNode[] = [];
  let isChanged = false;
  for (let i = first; i <= last; i += 1) {
    const child = node.children[i] as TreeNode;
    // Children strictly between the two ends lie wholly in the range.
    const left = i > first && i < last ? undefined : removeBelow(child, from, until, owner);
    if (left !== child) isChanged = true;
    if (left === undefined) continue;
    keptKeys.push(node.keys[i] as Uint8Array);
    kept.push(left);
  }
  if (!isChanged) return node;
  if (kept.length === 0 && last - first + 1 === node.children.length) return undefined;
  const edited = editableBranch(node, owner);
  edited.keys.splice(first, last - first + 1, ...keptKeys);
  edited.children.splice(first, last - first + 1, ...kept);
  for (let i = Math.min(first + kept.length, edited.children.length - 1); i >= Math.max(1, first); i -= 1) joinWithLeft(edited, i, owner);
  return edited;
}

function joinWithLeft(parent: Branch, at: number, owner: Owner): void {
  const left = parent.children[at - 1] as TreeNode;
  const right = parent.children[at] as TreeNode;
  if (left.keys.length + right.keys.length > ENTRY_COUNT_MAX / 2) return;
  const joined = editable(left, owner);
  if (joined.kind === 'leaf' && right.kind === 'leaf') {
    joined.keys.push(...right.keys);
    joined.values.push(...right.values);
  } else if (joined.kind === 'branch' && right.kind === 'branch') {
    // The first key of a branch is not looked at where it stands, but here it becomes a border.
    joined.keys.push(parent.keys[at] as Uint8Array, ...right.keys.slice(1));
    joined.children.push(...right.children);
  } else {
    return;
  }
  parent.children[at - 1] = joined;
  parent.keys.splice(at, 1);
  parent.children.splice(at, 1);
}

function editable(node: TreeNode, owner: Owner): TreeNode {
  return node.kind === 'leaf' ? editableLeaf(node, owner) : editableBranch(node, owner);
}
function editableLeaf(node: Leaf, owner: Owner): Leaf {
  return node.owner === owner ? node : {kind: 'leaf', owner, keys: node.keys.slice(), values: node.values.slice()};
}
function editableBranch(node: Branch, owner: Owner): Branch {
  return node.owner === owner ? node : {kind: 'branch', owner, keys: node.keys.slice(), children: node.children.slice()};
}

function firstKey(node: TreeNode): Uint8Array {
  return node.keys[0] as Uint8Array;
}

/** Index of the last child whose border is at most `key`. */
function childFor(node: Branch, key: Uint8Array): number {
  let low = 1;
  let high = node.keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(node.keys[middle] as Uint8Array, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Index of the first key of at least `key`. */
function lowerBound(keys: readonly Uint8Array[], key: Uint8Array): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(keys[middle] as Uint8Array, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
