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
    const found = hashValuesOf(condition, hashName);
    if (found === undefined) continue;
    const {values, isAll} = found;
    const rest = members.filter((other, at) => {
      if (at === i) return !isAll;
      const equality = values.length === 1 ? equalityOf(other) : undefined;
      return equality === undefined || equality.name !== hashName || !equalValues(equality.value, values[0] as KeyValue);
    });
    return {values, rest};
  }
  return undefined;
}

/** What a condition asks of the partition key, and whether that is all it asks. */
interface HashValues {
  readonly values: readonly KeyValue[];
  readonly isAll: boolean;
}

function hashValuesOf(condition: Condition, hashName: string): HashValues | undefined {
  const equality = equalityOf(condition);
  if (equality !== undefined) return equality.name === hashName ? {values: [equality.value], isAll: true} : undefined;
  if (condition.kind === 'in' && attributeOf(condition.operand) === hashName) return withAll(distinctValues(condition.candidates.map(valueOf)), true);
  if (condition.kind !== 'or') return undefined;
  // Every branch names its partition key; what else the branches ask, all of them together are held against the items.
  const branches = condition.conditions.map((branch) => takeKey(branch, [hashName]));
  return withAll(distinctValues(branches.map(({values}) => values.get(hashName))), branches.every(({rest}) => rest.length === 0));
}

function withAll(values: readonly KeyValue[] | undefined, isAll: boolean): HashValues | undefined {
  return values === undefined ? undefined : {values, isAll};
}

/** Each once, in order; undefined when one is missing. */
function distinctValues(values: readonly (KeyValue | undefined)[]): readonly KeyValue[] | undefined {
  const distinct = new Map<string, KeyValue>();
  for (const value of values) {
    if (value === undefined) return undefined;
    distinct.set(`${value.kind}:${value.kind === 'B' ? value.value.join(',') : value.value}`, value);
  }
  return distinct.size === 0 ? undefined : [...distinct.values()];
}

/** A test that sort keys can be read by, and the conditions it does not cover. */
export interface SortCondition {
  readonly test: CompiledKeyTest | undefined;
  readonly rest: readonly Condition[];
}

const MIRRORED = {'=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<='} as const;

/** Chooses the condition that narrows the sort key, an equality before any other. @param name undefined: there is no sort key */
export function takeSort(conditions: readonly Condition[], name: string | undefined): SortCondition {
  if (name === undefined) return {test: undefined, rest: conditions};
  const tests = conditions.map((condition) => sortTestOf(condition, name));
  const equal = tests.findIndex((test) => test?.op === '=');
  const at = equal >= 0 ? equal : tests.findIndex((test) => test !== undefined);
  return {test: tests[at], rest: conditions.filter((_condition, i) => i !== at)};
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
    case 'missing': case 'type': return operandAttributes(condition.operand);
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
