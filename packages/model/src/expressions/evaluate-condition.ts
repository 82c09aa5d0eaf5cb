import type {AttributeValue, Item} from '../attribute-value.js';
import {compareValues, equalValues} from '../attribute-value.js';
import type {Comparator} from './ast.js';
import type {BoundCondition, BoundOperand, BoundPath, CompiledCondition} from './bound.js';

const NO_ITEM: Item = new Map();

/**
 * Judges a condition or filter.
 * @param item undefined counts as an item without attributes
 */
export function evaluateCondition(compiled: CompiledCondition, item: Item | undefined): boolean {
  return holds(compiled.condition, item ?? NO_ITEM);
}

function holds(condition: BoundCondition, item: Item): boolean {
  switch (condition.kind) {
    case 'and': return condition.conditions.every((child) => holds(child, item));
    case 'or': return condition.conditions.some((child) => holds(child, item));
    case 'not': return !holds(condition.condition, item);
    case 'compare': return compare(condition.op, valueOf(condition.left, item), valueOf(condition.right, item));
    case 'between': {
      const value = valueOf(condition.operand, item);
      return compare('>=', value, valueOf(condition.lower, item)) && compare('<=', value, valueOf(condition.upper, item));
    }
    case 'in': {
      const value = valueOf(condition.operand, item);
      return condition.candidates.some((candidate) => compare('=', value, valueOf(candidate, item)));
    }
    case 'exists': return (valueAtPath(item, condition.path) !== undefined) === condition.isExpected;
    case 'attribute_type': return valueOf(condition.operand, item)?.kind === condition.type;
    case 'begins_with': return beginsWith(valueOf(condition.operand, item), valueOf(condition.sought, item));
    case 'contains': return contains(valueOf(condition.operand, item), valueOf(condition.sought, item));
  }
}

/** A missing operand equals nothing and has no order; so it is also different from everything. */
function compare(op: Comparator, left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (op === '=') return left !== undefined && right !== undefined && equalValues(left, right);
  if (op === '<>') return left === undefined || right === undefined || !equalValues(left, right);
  if (left === undefined || right === undefined) return false;
  const order = compareValues(left, right);
  if (order === undefined) return false;
  switch (op) {
    case '<': return order < 0;
    case '<=': return order <= 0;
    case '>': return order > 0;
    case '>=': return order >= 0;
  }
}

function valueOf(operand: BoundOperand, item: Item): AttributeValue | undefined {
  switch (operand.kind) {
    case 'path': return valueAtPath(item, operand.path);
    case 'literal': return operand.value;
    case 'size': {
      const value = valueOf(operand.operand, item);
      const size = value === undefined ? undefined : sizeOf(value);
      return size === undefined ? undefined : {kind: 'N', value: String(size)};
    }
    // The parser lets these stand in updates only.
    case 'if_not_exists': case 'list_append': case 'arithmetic': return undefined;
  }
}

function sizeOf(value: AttributeValue): number | undefined {
  switch (value.kind) {
    case 'S': return characterCount(value.value);
    case 'B': return value.value.length;
    case 'SS': case 'NS': case 'BS': case 'L': return value.values.length;
    case 'M': return value.entries.size;
    case 'N': case 'BOOL': case 'NULL': return undefined;
  }
}

/** Characters as Unicode counts them: a surrogate pair is one. */
function characterCount(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i += 1) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) count -= 1;
  return count;
}

/** @returns undefined when any step of the path is missing or of another type */
export function valueAtPath(item: Item, path: BoundPath): AttributeValue | undefined {
  let value = item.get(path[0] as string);
  for (let i = 1; i < path.length; i += 1) {
    const element = path[i] as string | number;
    if (value === undefined) return undefined;
    if (typeof element === 'number') value = value.kind === 'L' ? value.values[element] : undefined;
    else value = value.kind === 'M' ? value.entries.get(element) : undefined;
  }
  return value;
}

/** Whether a text or bytes begin with others of the same type; false for every other type. */
export function beginsWith(value: AttributeValue | undefined, beginning: AttributeValue | undefined): boolean {
  if (value?.kind === 'S' && beginning?.kind === 'S') return value.value.startsWith(beginning.value);
  if (value?.kind === 'B' && beginning?.kind === 'B') return holdsBytesAt(value.value, beginning.value, 0);
  return false;
}

function contains(value: AttributeValue | undefined, sought: AttributeValue | undefined): boolean {
  if (value === undefined || sought === undefined) return false;
  switch (value.kind) {
    case 'S': return sought.kind === 'S' && value.value.includes(sought.value);
    case 'B': return sought.kind === 'B' && includesBytes(value.value, sought.value);
    case 'SS': return sought.kind === 'S' && value.values.includes(sought.value);
    case 'NS': return sought.kind === 'N' && value.values.includes(sought.value);
    case 'BS': return sought.kind === 'B' && value.values.some((member) => equalValues({kind: 'B', value: member}, sought));
    case 'L': return value.values.some((element) => equalValues(element, sought));
    case 'N': case 'BOOL': case 'NULL': case 'M': return false;
  }
}

function includesBytes(bytes: Uint8Array, sought: Uint8Array): boolean {
  for (let from = 0; from + sought.length <= bytes.length; from += 1) if (holdsBytesAt(bytes, sought, from)) return true;
  return false;
}

function holdsBytesAt(bytes: Uint8Array, sought: Uint8Array, from: number): boolean {
  if (from + sought.length > bytes.length) return false;
  for (let i = 0; i < sought.length; i += 1) if (bytes[from + i] !== sought[i]) return false;
  return true;
}
