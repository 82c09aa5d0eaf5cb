import type {KeyValue} from '../attribute-value.js';
import {equalValues, isKeyValue} from '../attribute-value.js';
import type {CompiledKeyTest} from '../expressions/bound.js';
import type {Condition, Operand} from './statement-ast.js';

/** The conditions that must all hold. */
export function conjuncts(where: Condition | undefined): readonly Condition[] {
  if (where === undefined) return [];
  return where.kind === 'and' ? where.conditions : [where];
}

/** All of them again as one. */
export function joined(conditions: readonly Condition[]): Condition | undefined {
  return conditions.length > 1 ? {kind: 'and', conditions} : conditions[0];
}

/** An attribute that has to equal a value. */
export function equalityOf(condition: Condition): {readonly name: string; readonly value: KeyValue} | undefined {
  if (condition.kind !== 'compare' || condition.op !== '=') return undefined;
  const {left, right} = condition;
  const name = attributeOf(left) ?? attributeOf(right);
  const value = valueOf(left) ?? valueOf(right);
  return name === undefined || value === undefined ? undefined : {name, value};
}

function attributeOf(operand: Operand): string | undefined {
  if (operand.kind !== 'path' || operand.path.length > 1) return undefined;
  const [name] = operand.path;
  return typeof name === 'string' ? name : undefined;
}
function valueOf(operand: Operand): KeyValue | undefined {
  return operand.kind === 'value' && isKeyValue(operand.value) ? operand.value : undefined;
}

/** A WHERE clause taken apart: values of key attributes, and what else it asks. */
export interface KeyedCondition {
  readonly values: ReadonlyMap<string, KeyValue>;
  readonly rest: readonly Condition[];
}

/**
 * Takes the first equality of each key attribute out of a clause. The same equality once more says nothing new; another
 * value for the same attribute stays, as a condition that cannot hold.
 */
export function takeKey(where: Condition | undefined, names: readonly string[]): KeyedCondition {
  const values = new Map<string, KeyValue>();
  const rest: Condition[] = [];
  for (const condition of conjuncts(where)) {
    const equality = equalityOf(condition);
    if (equality === undefined || !names.includes(equality.name)) {
      rest.push(condition);
      continue;
    }
    const known = values.get(equality.name);
    if (known === undefined) values.set(equality.name, equality.value);
    else if (!equalValues(known, equality.value)) rest.push(condition);
  }
  return {values, rest};
}

/** The partition keys a clause names, in its own order and each once; undefined when it leaves them open. */
export interface HashCondition {
  readonly values: readonly KeyValue[];
  readonly rest: readonly Condition[];
}

/** @param hashName the partition key's attribute */
export function takeHash(where: Condition | undefined, hashName: string): HashCondition | undefined {
  const members = conjuncts(where);
  for (const [i, condition] of members.entries()) {
    const values = hashValuesOf(condition, hashName);
    if (values === undefined) continue;
    const rest = members.filter((other, at) => {
      if (at === i) return false;
      const equality = values.length === 1 ? equalityOf(other) : undefined;
      return equality === undefined || equality.name !== hashName || !equalValues(equality.value, values[0] as KeyValue);
    });
    return {values, rest};
  }
  return undefined;
}

function hashValuesOf(condition: Condition, hashName: string): readonly KeyValue[] | undefined {
  const equality = equalityOf(condition);
  if (equality !== undefined) return equality.name === hashName ? [equality.value] : undefined;
  if (condition.kind === 'in' && attributeOf(condition.operand) === hashName) return allKeyValues(condition.candidates.map(valueOf));
  if (condition.kind !== 'or') return undefined;
  // Equalities of the partition key alone: the long way to write IN.
  return allKeyValues(condition.conditions.map((member) => {
    const each = equalityOf(member);
    return each?.name === hashName ? each.value : undefined;
  }));
}

function allKeyValues(values: readonly (KeyValue | undefined)[]): readonly KeyValue[] | undefined {
  const distinct = new Map<string, KeyValue>();
  for (const value of values) {
    if (value === undefined) return undefined;
    distinct.set(`${value.kind}:${value.kind === 'B' ? value.value.join(',') : value.value}`, value);
  }
  return distinct.size === 0 ? undefined : [...distinct.values()];
}

/** Tests that sort keys can be read by, and the conditions they do not cover. */
export interface SortTests {
  readonly tests: readonly CompiledKeyTest[];
  readonly rest: readonly Condition[];
}

const MIRRORED = {'=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<='} as const;

/**
 * Chooses the conditions that narrow the sort key, an equality before any other; of a key of several attributes from left
 * to right, up to the first that is not an equality.
 */
export function takeSort(conditions: readonly Condition[], names: readonly string[]): SortTests {
  const tests: CompiledKeyTest[] = [];
  let rest = conditions;
  for (const name of names) {
    const found = rest.map((condition) => sortTestOf(condition, name));
    const equal = found.findIndex((test) => test?.op === '=');
    const at = equal >= 0 ? equal : found.findIndex((test) => test !== undefined);
    const test = found[at];
    if (test === undefined) break;
    tests.push(test);
    rest = rest.filter((_condition, i) => i !== at);
    if (test.op !== '=') break;
  }
  return {tests, rest};
}

function sortTestOf(condition: Condition, name: string): CompiledKeyTest | undefined {
  switch (condition.kind) {
    case 'compare': {
      const {op, left, right} = condition;
      if (op === '<>') return undefined;
      if (attributeOf(left) === name) return toTest(name, op, [right]);
      return attributeOf(right) === name ? toTest(name, MIRRORED[op], [left]) : undefined;
    }
    case 'between': return attributeOf(condition.operand) === name ? toTest(name, 'between', [condition.lower, condition.upper]) : undefined;
    case 'call': {
      const [first, second] = condition.operands;
      if (condition.name !== 'begins_with' || condition.operands.length !== 2 || first === undefined || second === undefined) return undefined;
      return attributeOf(first) === name ? toTest(name, 'begins_with', [second]) : undefined;
    }
    default: return undefined;
  }
}

function toTest(name: string, op: CompiledKeyTest['op'], operands: readonly Operand[]): CompiledKeyTest | undefined {
  const values = operands.map(valueOf).filter((value) => value !== undefined);
  return values.length === operands.length ? {name, op, values} : undefined;
}

/** Every attribute a clause speaks of, in the order written. */
export function attributesOf(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'and': case 'or': return condition.conditions.flatMap(attributesOf);
    case 'not': return attributesOf(condition.condition);
    case 'compare': return [condition.left, condition.right].flatMap(operandAttributes);
    case 'between': return [condition.operand, condition.lower, condition.upper].flatMap(operandAttributes);
    case 'in': return [condition.operand, ...condition.candidates].flatMap(operandAttributes);
    case 'missing': case 'null': return operandAttributes(condition.operand);
    case 'call': return condition.operands.flatMap(operandAttributes);
  }
}

function operandAttributes(operand: Operand): readonly string[] {
  switch (operand.kind) {
    case 'path': return typeof operand.path[0] === 'string' ? [operand.path[0]] : [];
    case 'value': case 'arithmetic': return [];
    case 'call': return operand.operands.flatMap(operandAttributes);
  }
}
