import type {AttributeType, AttributeValue} from '../attribute-value.js';
import {compareValues} from '../attribute-value.js';
import {encodeBase64} from '../base64.js';
import type {CallNode, ConditionNode} from './ast.js';
import type {Binder} from './binder.js';
import {knownType} from './binder.js';
import type {BoundCondition, BoundOperand} from './bound.js';
import {describePath, equalPaths} from './bound.js';
import {documentPathMessage, operandTypeMessage} from './functions.js';

const ORDERED_TYPES: readonly AttributeType[] = ['S', 'N', 'B'];
const TYPE_NAMES = new Map<string, AttributeType>(
  (['B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'N', 'NS', 'S', 'M'] as const).map((type) => [type, type]));

/** Never true, never false by itself: stands for a condition that was reported as wrong and will not be evaluated. */
const REFUSED: BoundCondition = {kind: 'and', conditions: []};

/** Fills in a condition and reports its static mistakes to the binder's findings. */
export function bindCondition(node: ConditionNode, binder: Binder): BoundCondition {
  switch (node.kind) {
    case 'and': case 'or':
      return {kind: node.kind, conditions: node.conditions.map((child) => bindCondition(child, binder))};
    case 'not': return {kind: 'not', condition: bindCondition(node.condition, binder)};
    case 'compare': {
      const left = binder.operand(node.left);
      const right = binder.operand(node.right);
      checkDistinct(node.op, left, [right], binder);
      if (node.op !== '=' && node.op !== '<>') {
        binder.requireType(node.op, left, ORDERED_TYPES);
        binder.requireType(node.op, right, ORDERED_TYPES);
      }
      return {kind: 'compare', op: node.op, left, right};
    }
    case 'between': {
      const operand = binder.operand(node.operand);
      const lower = binder.operand(node.lower);
      const upper = binder.operand(node.upper);
      checkDistinct('BETWEEN', operand, [lower, upper], binder);
      checkBounds(operand, lower, upper, binder);
      return {kind: 'between', operand, lower, upper};
    }
    case 'in': {
      const operand = binder.operand(node.operand);
      const candidates = node.candidates.map((candidate) => binder.operand(candidate));
      checkDistinct('IN', operand, candidates, binder);
      return {kind: 'in', operand, candidates};
    }
    case 'call': return bindCall(node, binder);
  }
}

function bindCall(node: CallNode, binder: Binder): BoundCondition {
  const [first, second] = node.operands.map((operand) => binder.operand(operand));
  if (!binder.checkOperandCount(node) || first === undefined) return REFUSED;
  switch (node.name) {
    case 'attribute_exists': case 'attribute_not_exists':
      if (first.kind === 'path') {
        return {kind: 'exists', path: first.path, isExpected: node.name === 'attribute_exists'};
      }
      binder.findings.report('operand-type', documentPathMessage(node.name));
      return REFUSED;
    case 'attribute_type': return second === undefined ? REFUSED : bindAttributeType(first, second, binder);
    case 'begins_with':
      if (second === undefined) return REFUSED;
      checkDistinct(node.name, first, [second], binder);
      binder.requireType(node.name, first, ['S', 'B']);
      binder.requireType(node.name, second, ['S', 'B']);
      return {kind: 'begins_with', operand: first, sought: second};
    case 'contains':
      if (second === undefined) return REFUSED;
      checkDistinct(node.name, first, [second], binder);
      binder.refuseType(node.name, first, ['N', 'BOOL', 'NULL', 'M']);
      return {kind: 'contains', operand: first, sought: second};
    default: return REFUSED;
  }
}

function bindAttributeType(operand: BoundOperand, type: BoundOperand, binder: Binder): BoundCondition {
  if (type.kind !== 'literal' || type.value.kind !== 'S') {
    const shown = type.kind === 'literal' ? type.value.kind : '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}';
    binder.findings.report('operand-type', operandTypeMessage('attribute_type', shown));
    return REFUSED;
  }
  const found = TYPE_NAMES.get(type.value.value);
  if (found !== undefined) return {kind: 'attribute_type', operand, type: found};
  binder.findings.report('operand-type',
    `Invalid attribute type name found; type: ${type.value.value}, valid types: {${[...TYPE_NAMES.keys()].join(',')}}`);
  return REFUSED;
}

/** A path compared with itself tells nothing, and the service refuses it. */
function checkDistinct(operator: string, first: BoundOperand, others: readonly BoundOperand[], binder: Binder): void {
  if (first.kind !== 'path') return;
  if (!others.some((other) => other.kind === 'path' && equalPaths(first.path, other.path))) return;
  binder.findings.report('distinct',
    'The first operand must be distinct from the remaining operands for this operator or function; '
    + `operator: ${operator}, first operand: ${describePath(first.path)}`);
}

function checkBounds(operand: BoundOperand, lower: BoundOperand, upper: BoundOperand, binder: Binder): void {
  for (const each of [operand, lower, upper]) binder.requireType('BETWEEN', each, ORDERED_TYPES);
  if (lower.kind !== 'literal' || upper.kind !== 'literal') return;
  const bounds = `lower bound operand: ${describeLiteral(lower.value)}, upper bound operand: ${describeLiteral(upper.value)}`;
  if (knownType(lower) !== knownType(upper)) {
    binder.findings.report('operand-type',
      `The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`);
    return;
  }
  const order = compareValues(lower.value, upper.value);
  if (order !== undefined && order > 0) {
    binder.findings.report('operand-type',
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`);
  }
}

function describeLiteral(value: AttributeValue): string {
  switch (value.kind) {
    case 'S': case 'N': return `AttributeValue: {${value.kind}:${value.value}}`;
    case 'B': return `AttributeValue: {B:${encodeBase64(value.value)}}`;
    default: return `AttributeValue: {${value.kind}}`;
  }
}
