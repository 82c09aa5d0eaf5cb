import type {AttributeType} from '../attribute-value.js';
import type {ProjectionNode, UpdateActionNode, UpdateNode} from './ast.js';
import type {Binder} from './binder.js';
import type {BoundPath, CompiledProjection, CompiledUpdate, UpdateAction} from './bound.js';
import {describePath} from './bound.js';
import type {PathTree} from './path-tree.js';
import {clashMessage, createPathTree, insertPath} from './path-tree.js';

/** The long names that ADD and DELETE use in their messages. */
const TYPE_WORDS: Readonly<Record<AttributeType, string>> = {
  S: 'STRING', N: 'NUMBER', B: 'BINARY', SS: 'STRING_SET', NS: 'NUMBER_SET', BS: 'BINARY_SET', L: 'LIST', M: 'MAP',
  BOOL: 'BOOLEAN', NULL: 'NULL',
};
const SET_TYPES: readonly AttributeType[] = ['SS', 'NS', 'BS'];

/** @param isLegacy whether ADD and DELETE are those of AttributeUpdates */
export function bindUpdate(node: UpdateNode, binder: Binder, isLegacy: boolean): CompiledUpdate {
  const actions = node.actions.map((action) => bindAction(action, binder, isLegacy));
  return {actions, tree: bindTree(actions.map(({path}) => path), binder), isLegacy};
}

function bindAction(node: UpdateActionNode, binder: Binder, isLegacy: boolean): UpdateAction {
  const path = binder.path(node.path);
  switch (node.kind) {
    case 'remove': return {kind: 'remove', path};
    case 'set': return {kind: 'set', path, value: binder.operand(node.value)};
    case 'add': case 'delete': {
      const operand = binder.operand(node.value);
      if (operand.kind !== 'literal') {
        // The grammar of the service takes nothing but a value here.
        binder.findings.report('operand-type', `Incorrect operand type for operator or function; operator: ${
          node.kind.toUpperCase()}, operand type: PATH`);
        return {kind: 'remove', path};
      }
      const type = operand.value.kind;
      const isAddable = node.kind === 'add' && (type === 'N' || (isLegacy && type === 'L'));
      if (!SET_TYPES.includes(type) && !isAddable) {
        binder.findings.report('operand-type', `Incorrect operand type for operator or function; operator: ${
          node.kind.toUpperCase()}, operand type: ${TYPE_WORDS[type]}`);
      }
      return {kind: node.kind, path, value: operand.value};
    }
  }
}

export function bindProjection(node: ProjectionNode, binder: Binder): CompiledProjection {
  const paths = node.paths.map((path) => binder.path(path));
  return {paths, tree: bindTree(paths, binder)};
}

function bindTree(paths: readonly BoundPath[], binder: Binder): PathTree {
  const tree = createPathTree();
  paths.forEach((path, position) => {
    const clash = insertPath(tree, path, position);
    if (clash !== undefined) binder.findings.report(clash.kind, clashMessage(clash, path, describePath));
  });
  return tree;
}
