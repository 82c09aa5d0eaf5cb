import type {KeyValue} from '../attribute-value.js';
import {invalidParameters, validationError} from '../errors.js';
import type {SortKeyTest} from '../key-ranges.js';
import type {KeyAttribute, KeySchema} from '../key-schema.js';
import {checkKeySize} from '../key-schema.js';
import type {BoundCondition, BoundOperand, CompiledCondition, CompiledKeyCondition, CompiledKeyTest} from './bound.js';

/** A key condition held against the schema: one partition key, and perhaps a range of sort keys. */
export interface KeyCondition {
  readonly partitionKey: KeyValue;
  readonly sort: SortKeyTest | undefined;
}

const MIRRORED = {'=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<='} as const;

/**
 * Takes the tests out of a bound key condition.
 * @throws ModelError `ValidationException` for anything but an AND of tests on different top-level names
 */
export function toKeyCondition(condition: BoundCondition): CompiledKeyCondition {
  const tests = condition.kind === 'and' ? condition.conditions.flatMap(flatten).map(toTest) : [toTest(condition)];
  const names = new Set(tests.map(({name}) => name));
  if (names.size !== tests.length) {
    throw validationError('KeyConditionExpressions must only contain one condition per key');
  }
  return {tests};
}

function flatten(condition: BoundCondition): readonly BoundCondition[] {
  return condition.kind === 'and' ? condition.conditions.flatMap(flatten) : [condition];
}

function toTest(condition: BoundCondition): CompiledKeyTest {
  switch (condition.kind) {
    case 'compare': {
      const {op, left, right} = condition;
      if (op === '<>') throw invalidOperator('<>');
      return left.kind === 'literal' && right.kind === 'path'
        ? {name: keyName(right), op: MIRRORED[op], values: [literal(left)]}
        : {name: keyName(left), op, values: [literal(right)]};
    }
    case 'between':
      return {name: keyName(condition.operand), op: 'between', values: [literal(condition.lower), literal(condition.upper)]};
    case 'begins_with':
      return {name: keyName(condition.operand), op: 'begins_with', values: [literal(condition.sought)]};
    case 'and': case 'or': case 'not': case 'in': throw invalidOperator(condition.kind.toUpperCase());
    case 'exists': throw invalidOperator(condition.isExpected ? 'attribute_exists' : 'attribute_not_exists');
    case 'attribute_type': case 'contains': throw invalidOperator(condition.kind);
  }
}

function keyName(operand: BoundOperand): string {
  if (operand.kind === 'literal') throw validationError('Invalid condition in KeyConditionExpression: No key attribute specified');
  if (operand.kind !== 'path') throw validationError('KeyConditionExpressions cannot contain nested operations');
  const [name] = operand.path;
  if (operand.path.length > 1 || typeof name !== 'string') {
    throw validationError('KeyConditionExpressions cannot have conditions on nested attributes');
  }
  return name;
}

function literal(operand: BoundOperand): CompiledKeyTest['values'][number] {
  if (operand.kind === 'literal') return operand.value;
  if (operand.kind === 'path') {
    throw validationError('Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition');
  }
  throw validationError('KeyConditionExpressions cannot contain nested operations');
}

function invalidOperator(name: string): Error {
  return validationError(`Invalid operator used in KeyConditionExpression: ${name}`);
}

/**
 * Holds a key condition against the table's or index's schema.
 * @throws ModelError `ValidationException`
 */
export function resolveKeyCondition({tests}: CompiledKeyCondition, schema: KeySchema): KeyCondition {
  if (tests.length > 2) throw validationError('Conditions can be of length 1 or 2 only');
  const hash = tests.find(({name}) => name === schema.hash.name);
  if (hash === undefined) throw missed(schema.hash.name);
  const other = tests.find((test) => test !== hash);
  if (other !== undefined && other.name !== schema.range?.name) {
    throw schema.range === undefined ? validationError('Query key condition not supported') : missed(schema.range.name);
  }
  if (hash.op !== '=') throw validationError('Query key condition not supported');
  const [partitionKey] = keyValues(hash, schema.hash);
  if (partitionKey === undefined) throw missed(schema.hash.name);
  if (partitionKey.kind !== 'N' && partitionKey.value.length === 0) refuseEmpty(schema.hash.name, partitionKey.kind);
  checkKeySize({hash: partitionKey, range: undefined});
  if (other === undefined || schema.range === undefined) return {partitionKey, sort: undefined};
  return {partitionKey, sort: {op: other.op, values: sortValues(other, schema.range)}};
}

function sortValues(test: CompiledKeyTest, attribute: KeyAttribute): readonly KeyValue[] {
  const values = keyValues(test, attribute);
  for (const value of values) {
    if (test.op === '=' && value.kind !== 'N' && value.value.length === 0) refuseEmpty(attribute.name, value.kind);
    // A bound longer than any key is refused as a key of that length would be.
    checkKeySize({hash: {kind: 'N', value: '0'}, range: value});
  }
  return values;
}

function keyValues(test: CompiledKeyTest, attribute: KeyAttribute): readonly KeyValue[] {
  return test.values.map((value) => {
    if (value.kind !== attribute.type) throw invalidParameters('Condition parameter type does not match schema type');
    return value as KeyValue;
  });
}

function missed(name: string): Error {
  return validationError(`Query condition missed key schema element: ${name}`);
}
function refuseEmpty(name: string, kind: 'S' | 'B'): never {
  throw invalidParameters(
    `The AttributeValue for a key attribute cannot contain an empty ${kind === 'B' ? 'binary' : 'string'} value. Key: ${name}`);
}

/**
 * The rule against key attributes in a Query's filter.
 * @throws ModelError `ValidationException`
 */
export function checkFilterNames(filter: CompiledCondition, schema: KeySchema): void {
  for (const name of filter.topLevelNames) {
    if (name === schema.hash.name || name === schema.range?.name) {
      throw validationError(
        `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`);
    }
  }
}
