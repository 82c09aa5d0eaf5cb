import type {BoundPath} from './bound.js';

/** One level of a set of paths: either a leaf, or fields of a map, or elements of a list. */
export interface PathNode {
  /** Present at the end of a path: the path itself and its position in the list it came from. */
  leaf: {readonly path: BoundPath; readonly position: number} | undefined;
  readonly fields: Map<string, PathNode>;
  readonly elements: Map<number, PathNode>;
}
/** Paths that neither overlap nor conflict, sorted by their beginnings. The root has only fields. */
export type PathTree = PathNode;

export type PathClash = {readonly kind: 'overlap' | 'conflict'; readonly other: BoundPath};

export function createPathTree(): PathTree {
  return {leaf: undefined, fields: new Map(), elements: new Map()};
}

/**
 * Adds a path.
 * @returns undefined, or the earlier path it cannot stand beside, in which case the tree is unchanged where it matters
 */
export function insertPath(tree: PathTree, path: BoundPath, position: number): PathClash | undefined {
  let node = tree;
  for (const element of path) {
    if (node.leaf !== undefined) return {kind: 'overlap', other: node.leaf.path};
    const siblings: Map<string | number, PathNode> = typeof element === 'string' ? node.fields : node.elements;
    const strangers: ReadonlyMap<string | number, PathNode> = typeof element === 'string' ? node.elements : node.fields;
    const [stranger] = strangers.values();
    // One value cannot be a map to one path and a list to another.
    if (stranger !== undefined) return {kind: 'conflict', other: firstLeaf(stranger)};
    let next = siblings.get(element);
    if (next === undefined) {
      next = createPathTree();
      siblings.set(element, next);
    }
    node = next;
  }
  if (node.leaf !== undefined || node.fields.size > 0 || node.elements.size > 0) {
    return {kind: 'overlap', other: firstLeaf(node)};
  }
  node.leaf = {path, position};
  return undefined;
}

function firstLeaf(node: PathNode): BoundPath {
  if (node.leaf !== undefined) return node.leaf.path;
  const [child] = [...node.fields.values(), ...node.elements.values()];
  return child === undefined ? [] : firstLeaf(child);
}

export function clashMessage(clash: PathClash, path: BoundPath, describe: (path: BoundPath) => string): string {
  const verb = clash.kind === 'overlap' ? 'overlap' : 'conflict';
  return `Two document paths ${verb} with each other; must remove or rewrite one of these paths; `
    + `path one: ${describe(clash.other)}, path two: ${describe(path)}`;
}

/** Every leaf position below a node. */
export function leafPositions(node: PathNode): readonly number[] {
  if (node.leaf !== undefined) return [node.leaf.position];
  return [...node.fields.values(), ...node.elements.values()].flatMap(leafPositions);
}
