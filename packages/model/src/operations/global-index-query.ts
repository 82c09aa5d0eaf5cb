import {compareBytes, concatBytes} from '@murmuration/base';
import type {AttributeValue, Item, KeyValue} from '../attribute-value.js';
import type {GlobalIndex} from '../derivation.js';
import {INVALID_START_KEY, invalidParameters, validationError} from '../errors.js';
import type {CompiledKeyTest} from '../expressions/bound.js';
import {checkFilterNames, resolveKeyCondition} from '../expressions/key-condition.js';
import {encodeKeyParts, globalProjectedNames} from '../global-index.js';
import {encodeBaseKey, storedKeyPrefix} from '../key-encoding.js';
import type {SortKeyTest, StoredKeyRange} from '../key-ranges.js';
import {storedCollectionRange, storedSortKeyRange} from '../key-ranges.js';
import type {KeyAttribute, KeySchema} from '../key-schema.js';
import {checkKeySize, keyNames, refuseEmpty, validateKeyObject} from '../key-schema.js';
import type {PageRequest} from './page-parameters.js';
import type {QueryRequest} from './query.js';

/** The entries that a query of a global index reads, and behind which of them it begins. */
export interface GlobalIndexRange {
  readonly range: StoredKeyRange;
  readonly startKey: Uint8Array | undefined;
}

export interface GlobalIndexSpace {
  readonly tableId: number;
  /** Key schema of the table. */
  readonly table: KeySchema;
  readonly index: GlobalIndex;
  /** Token of an encoded partition key. */
  readonly tokenOf: (partitionKey: Uint8Array) => number;
}

/**
 * The checks of a query that need the schemas, and where it reads: `=` on every hash attribute, range attributes from the
 * left without gaps, and only the last of those with another test.
 * @throws ModelError `ValidationException`
 */
export function resolveGlobalIndexQuery(request: QueryRequest, space: GlobalIndexSpace): GlobalIndexRange {
  const {index, tableId, tokenOf} = space;
  const {keyCondition, filter} = request.expressions.compiled;
  if (keyCondition === undefined) {
    throw validationError('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  }
  const {hash, equal, last} = resolveParts(keyCondition.tests, index);
  if (filter !== undefined) for (const attribute of [...index.hash, ...index.range]) checkFilterNames(filter, {hash: attribute, range: undefined});
  const rangeOf = (hashPart: Uint8Array): StoredKeyRange => {
    const prefix = concatBytes([hashPart, encodeKeyParts(index.range.slice(0, equal.size), equal)]);
    const token = tokenOf(hashPart);
    return last === undefined ? storedCollectionRange(tableId, index.indexId, token, prefix) : storedSortKeyRange(tableId, index.indexId, token, prefix, last);
  };
  const range = rangeOf(encodeKeyParts(index.hash, hash));
  if (request.exclusiveStartKey === undefined) return {range, startKey: undefined};
  const startKey = globalIndexStartKey(request.exclusiveStartKey, space);
  if (isInside(startKey, range)) return {range, startKey};
  // The tests of range attributes are told first, whatever the hash attributes are; with them the service has other words for those.
  if (last === undefined && equal.size === 0) throw validationError('The provided starting key is outside query boundaries based on provided conditions');
  if (!isInside(startKey, rangeOf(encodeKeyParts(index.hash, request.exclusiveStartKey)))) throw validationError('The provided starting key does not match the range key predicate');
  throw validationError('The query can return at most one row and cannot be restarted');
}

function isInside(key: Uint8Array, {from, until}: StoredKeyRange): boolean {
  return compareBytes(key, from) >= 0 && compareBytes(key, until) < 0;
}

interface KeyParts {
  readonly hash: Item;
  /** Range attributes that are given whole, from the left. */
  readonly equal: Item;
  readonly last: SortKeyTest | undefined;
}

function resolveParts(tests: readonly CompiledKeyTest[], {hash, range}: GlobalIndex): KeyParts {
  const [hashAttribute] = hash;
  if (hash.length === 1 && range.length <= 1 && hashAttribute !== undefined) {
    const {partitionKey, sort} = resolveKeyCondition({tests}, {hash: hashAttribute, range: range[0]});
    return {hash: new Map([[hashAttribute.name, partitionKey]]), equal: new Map(), last: sort};
  }
  const names = new Set([...hash, ...range].map(({name}) => name));
  const hashValues = new Map<string, AttributeValue>(hash.map((attribute) => [attribute.name, equalValue(attribute, tests)]));
  const stranger = tests.find(({name}) => !names.has(name));
  if (stranger !== undefined) throw validationError('Query key condition not supported');
  const given = range.map((attribute) => tests.find(({name}) => name === attribute.name));
  const count = given.filter((test) => test !== undefined).length;
  const gap = given.findIndex((test) => test === undefined);
  if (gap >= 0 && gap < count) throw validationError(`Query condition missed key schema element: ${range[gap]?.name ?? ''}`);
  const equal = new Map<string, AttributeValue>(range.slice(0, Math.max(0, count - 1)).map((attribute) => [attribute.name, equalValue(attribute, tests)]));
  const lastAttribute = range[count - 1];
  const lastTest = given[count - 1];
  return {hash: hashValues, equal, last: lastAttribute === undefined || lastTest === undefined ? undefined : sortTest(lastTest, lastAttribute)};
}

function equalValue(attribute: KeyAttribute, tests: readonly CompiledKeyTest[]): KeyValue {
  const test = tests.find(({name}) => name === attribute.name);
  if (test === undefined) throw validationError(`Query condition missed key schema element: ${attribute.name}`);
  if (test.op !== '=') throw validationError('Query key condition not supported');
  return sortTest(test, attribute).values[0] as KeyValue;
}
function sortTest({op, values}: CompiledKeyTest, {name, type}: KeyAttribute): SortKeyTest {
  if (op === 'unindexable') throw validationError('Attempted conditional constraint is not an indexable operation');
  const keys = values.map((value) => {
    if (value.kind !== type) throw invalidParameters('Condition parameter type does not match schema type');
    const key = value as KeyValue;
    refuseEmpty(name, key);
    return key;
  });
  return {op, values: keys};
}

/**
 * An ExclusiveStartKey for a global index: exactly the key attributes of the table and of the index.
 * @returns stored key of that entry, whether it exists or not @throws ModelError `ValidationException`
 */
export function globalIndexStartKey(key: Item, {tableId, table, index, tokenOf}: GlobalIndexSpace): Uint8Array {
  const names = new Set([...keyNames(table), ...index.hash.map(({name}) => name), ...index.range.map(({name}) => name)]);
  if (key.size !== names.size || [...names].some((name) => !key.has(name))) throw validationError(INVALID_START_KEY);
  // The keys of the index are told of as they are, those of the table as the starting key's.
  for (const attribute of index.hash) validateKeyObject({hash: attribute, range: undefined}, pick(key, [attribute.name]), 'part-of-start-key');
  for (const attribute of index.range) checkKeySize({hash: {kind: 'N', value: '0'}, range: validateKeyObject({hash: attribute, range: undefined}, pick(key, [attribute.name]), 'part-of-start-key').hash});
  const {hash, range} = validateKeyObject(table, pick(key, keyNames(table)), 'start-key');
  const hashPart = encodeKeyParts(index.hash, key);
  return concatBytes([storedKeyPrefix(tableId, index.indexId, tokenOf(hashPart)), hashPart, encodeKeyParts(index.range, key), encodeBaseKey({hash, range})]);
}

/** The hash attributes of a start key, encoded: what its place on the ring comes from. */
export function globalIndexHashPart(key: Item, index: GlobalIndex): Uint8Array {
  return encodeKeyParts(index.hash, key);
}

function pick(item: Item, names: readonly string[]): Item {
  return new Map(names.flatMap((name) => {
    const value = item.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/**
 * What a global index cannot give: it knows nothing of items but its entries, and those are behind the table.
 * @param table key schema of the table @throws ModelError `ValidationException`
 */
export function checkGlobalIndexRead({consistentRead, select, expressions}: PageRequest, table: KeySchema, index: GlobalIndex): void {
  if (consistentRead) throw validationError('Consistent reads are not supported on global secondary indexes');
  const held = globalProjectedNames(table, index);
  if (held === undefined) return;
  if (select === 'ALL_ATTRIBUTES') {
    throw invalidParameters(`Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`);
  }
  const missing = (expressions.compiled.projection?.paths ?? []).map(([name]) => name).filter((name) => typeof name === 'string' && !held.has(name));
  if (missing.length > 0) throw invalidParameters(`Global secondary index ${index.name} does not project [${missing.join(', ')}]`);
  const unfiltered = (expressions.compiled.filter?.topLevelNames ?? []).filter((name) => !held.has(name));
  if (unfiltered.length > 0) throw invalidParameters(`Secondary index ${index.name} does not project one or more filter attributes: [${unfiltered.join(', ')}]`);
}
