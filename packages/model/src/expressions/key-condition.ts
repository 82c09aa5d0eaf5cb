import type {KeyValue} from '../attribute-value.js';
import {invalidParameters, validationError} from '../errors.js';
import type {SortKeyTest} from '../key-ranges.js';
import type {KeyAttribute, KeySchema} from '../key-schema.js';
import {checkKeySize, refuseEmpty} from '../key-schema.js';
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
      requireKeyFirst('BETWEEN', condition.operand);
      return {name: keyName(condition.operand), op: 'between', values: [literal(condition.lower), literal(condition.upper)]};
    case 'begins_with':
      requireKeyFirst('begins_with', condition.operand);
      return {name: keyName(condition.operand), op: 'begins_with', values: [literal(condition.sought)]};
    case 'and': case 'or': case 'not': case 'in': throw invalidOperator(condition.kind.toUpperCase());
    case 'exists': throw invalidOperator(condition.isExpected ? 'attribute_exists' : 'attribute_not_exists');
    case 'attribute_type': case 'contains': throw invalidOperator(condition.kind);
  }
}

function requireKeyFirst(operator: string, operand: BoundOperand): void {
  if (operand.kind !== 'literal') return;
  throw validationError(
    `Invalid condition in KeyConditionExpression: ${operator} operator must have the key attribute as its first operand`);
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
  if (tests.length < 1 || tests.length > 2) throw wrongCount();
  if (tests.length > 1 && schema.range === undefined) throw unsupported();
  const hash = testOf(schema.hash, tests);
  if (hash === undefined) throw missed(schema.hash.name);
  const hashOp = indexableOp(hash);
  const [partitionKey] = keyValues(hash, schema.hash);
  if (hashOp !== '=') throw unsupported();
  if (partitionKey === undefined) throw missed(schema.hash.name);
  let sort: SortKeyTest | undefined;
  if (tests.length > 1 && schema.range !== undefined) {
    const range = testOf(schema.range, tests);
    if (range === undefined) throw missed(schema.range.name);
    sort = {op: indexableOp(range), values: keyValues(range, schema.range)};
  }
  refuseEmpty(schema.hash.name, partitionKey);
  checkKeySize({hash: partitionKey, range: undefined});
  if (sort !== undefined && schema.range !== undefined) checkSortValues(sort, schema.range.name);
  return {partitionKey, sort};
}

function testOf(attribute: KeyAttribute, tests: readonly CompiledKeyTest[]): CompiledKeyTest | undefined {
  return tests.find(({name}) => name === attribute.name);
}

/** @throws ModelError `ValidationException` for an operator that reads no range of keys */
function indexableOp({op}: CompiledKeyTest): SortKeyTest['op'] {
  if (op !== 'unindexable') return op;
  throw validationError('Attempted conditional constraint is not an indexable operation');
}

function checkSortValues({values}: SortKeyTest, name: string): void {
  for (const value of values) {
    refuseEmpty(name, value);
    // A bound longer than any key is refused as a key of that length would be.
    checkKeySize({hash: {kind: 'N', value: '0'}, range: value});
  }
}

function keyValues(test: CompiledKeyTest, attribute: KeyAttribute): readonly KeyValue[] {
  return test.values.map((value) => {
    if (value.kind !== attribute.type) throw invalidParameters('Condition parameter type does not match schema type');
    return value as KeyValue;
  });
}

/** The failure of key conditions that are neither one nor two. */
export function wrongCount(): Error {
  return validationError('Conditions can be of length 1 or 2 only');
}
function unsupported(): Error {
  return validationError('Query key condition not supported');
}
function missed(name: string): Error {
  return validationError(`Query condition missed key schema element: ${name}`);
}

/**
 * The rule against key attributes in a Query's filter.
 * @throws ModelError `ValidationException`
 */
export function checkFilterNames(filter: CompiledCondition, schema: KeySchema): void {
  const parameter = filter.isLegacy ? 'QueryFilter' : 'Filter Expression';
  for (const attribute of [schema.hash, schema.range]) {
    if (attribute !== undefined && filter.topLevelNames.includes(attribute.name)) {
      throw validationError(
        `${parameter} can only contain non-primary key attributes: Primary key attribute: ${attribute.name}`);
    }
  }
}
