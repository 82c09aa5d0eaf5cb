import type {AttributeValue, Item} from '../attribute-value.js';
import type {CompiledProjection} from './bound.js';
import type {PathNode, PathTree} from './path-tree.js';

/** The parts of an item that a projection names. Lists close their gaps; a path that leads nowhere leaves no trace. */
export function project(projection: CompiledProjection, item: Item): Item {
  return projectTree(projection.tree, item);
}

/** The parts of an item below the leaves of a path tree. */
export function projectTree(tree: PathTree, item: Item): Item {
  return projectEntries(tree, item);
}

function projectEntries(node: PathNode, entries: Item): Map<string, AttributeValue> {
  const out = new Map<string, AttributeValue>();
  for (const [name, child] of node.fields) {
    const value = projectValue(child, entries.get(name));
    if (value !== undefined) out.set(name, value);
  }
  return out;
}

function projectValue(node: PathNode, value: AttributeValue | undefined): AttributeValue | undefined {
  if (value === undefined || node.leaf !== undefined) return value;
  if (node.fields.size > 0) {
    if (value.kind !== 'M') return undefined;
    const entries = projectEntries(node, value.entries);
    return entries.size === 0 ? undefined : {kind: 'M', entries};
  }
  if (value.kind !== 'L') return undefined;
  const values: AttributeValue[] = [];
  for (const [index, child] of [...node.elements].sort(([a], [b]) => a - b)) {
    const element = projectValue(child, value.values[index]);
    if (element !== undefined) values.push(element);
  }
  return values.length === 0 ? undefined : {kind: 'L', values};
}
