import type {ConditionNode, OperandNode, PathNode, ProjectionNode, UpdateActionNode, UpdateNode} from './ast.js';

/** Writes syntax back as text that parses to the same tree. For messages, tools and the round-trip test. */
export function printCondition(node: ConditionNode): string {
  switch (node.kind) {
    case 'or': return node.conditions.map((child) => (child.kind === 'or' ? inner(child) : printCondition(child))).join(' OR ');
    case 'and':
      return node.conditions
        .map((child) => (child.kind === 'or' || child.kind === 'and' ? inner(child) : printCondition(child))).join(' AND ');
    case 'not': {
      const child = node.condition;
      return `NOT ${child.kind === 'or' || child.kind === 'and' ? inner(child) : printCondition(child)}`;
    }
    case 'compare': return `${printOperand(node.left)} ${node.op} ${printOperand(node.right)}`;
    case 'between':
      return `${printOperand(node.operand)} BETWEEN ${printOperand(node.lower)} AND ${printOperand(node.upper)}`;
    case 'in': return `${printOperand(node.operand)} IN (${node.candidates.map(printOperand).join(', ')})`;
    case 'call': return printOperand(node);
  }
}

function inner(node: ConditionNode): string {
  return `(${printCondition(node)})`;
}

export function printOperand(node: OperandNode): string {
  switch (node.kind) {
    case 'path': return printPath(node);
    case 'value': return node.name;
    case 'call': return `${node.name}(${node.operands.map(printOperand).join(', ')})`;
    case 'arithmetic': return `${printOperand(node.left)} ${node.op} ${printOperand(node.right)}`;
  }
}

export function printPath(node: PathNode): string {
  return node.elements
    .map((element, i) => (element.kind === 'index' ? `[${element.index}]` : `${i === 0 ? '' : '.'}${element.name}`)).join('');
}

export function printProjection(node: ProjectionNode): string {
  return node.paths.map(printPath).join(', ');
}

export function printUpdate(node: UpdateNode): string {
  let out = '';
  let section: UpdateActionNode['kind'] | undefined;
  for (const action of node.actions) {
    out += action.kind === section ? ', ' : `${out === '' ? '' : ' '}${action.kind.toUpperCase()} `;
    section = action.kind;
    out += printAction(action);
  }
  return out;
}

function printAction(action: UpdateActionNode): string {
  switch (action.kind) {
    case 'set': return `${printPath(action.path)} = ${printOperand(action.value)}`;
    case 'remove': return printPath(action.path);
    case 'add': case 'delete': return `${printPath(action.path)} ${printOperand(action.value)}`;
  }
}
