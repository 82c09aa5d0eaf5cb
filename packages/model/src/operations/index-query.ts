import type {Item, KeyValue} from '../attribute-value.js';
import {equalValues} from '../attribute-value.js';
import {INVALID_PARAMETERS, validationError} from '../errors.js';
import type {KeyCondition} from '../expressions/key-condition.js';
import type {KeyAttribute, KeySchema} from '../key-schema.js';
import {checkKeySize, keyNames} from '../key-schema.js';
import {localIndexSchema} from '../local-index.js';
import type {LocalIndex} from '../local-index.js';
import type {QueryRequest} from './query.js';
import {isWithin, resolveQuery} from './query.js';

/** Where a read of a local index goes on: the key of the index and that of the item. */
export interface IndexStartKey {
  readonly hash: KeyValue;
  readonly indexSort: KeyValue;
  readonly baseSort: KeyValue;
}

/** A query of a local index held against the schemas. */
export interface ResolvedIndexQuery {
  readonly keyCondition: KeyCondition;
  readonly startKey: IndexStartKey | undefined;
}

/**
 * The checks of a query that need the schemas: key condition, start key, filter.
 * @param table its key schema
 * @throws ModelError `ValidationException`
 */
export function resolveIndexQuery(request: QueryRequest, table: KeySchema, index: LocalIndex): ResolvedIndexQuery {
  const {keyCondition} = resolveQuery({...request, exclusiveStartKey: undefined}, localIndexSchema(table, index));
  if (request.exclusiveStartKey === undefined) return {keyCondition, startKey: undefined};
  const startKey = indexStartKey(request.exclusiveStartKey, table, index);
  if (!equalValues(startKey.hash, keyCondition.partitionKey)) {
    throw validationError('The provided starting key is outside query boundaries based on provided conditions');
  }
  if (keyCondition.sort !== undefined && !isWithin(startKey.indexSort, keyCondition.sort)) {
    throw validationError('The provided starting key does not match the range key predicate');
  }
  return {keyCondition, startKey};
}

/**
 * An ExclusiveStartKey for a local index: exactly the key attributes of the table and of the index.
 * @param table its key schema, with a sort key
 * @throws ModelError `ValidationException`
 */
export function indexStartKey(key: Item, table: KeySchema, index: LocalIndex): IndexStartKey {
  const names = new Set([...keyNames(table), index.sortKey.name]);
  if (key.size !== names.size || table.range === undefined) throw mismatch();
  const startKey = {hash: valueOf(key, table.hash), indexSort: valueOf(key, index.sortKey), baseSort: valueOf(key, table.range)};
  checkKeySize({hash: startKey.hash, range: startKey.baseSort});
  checkKeySize({hash: startKey.hash, range: startKey.indexSort});
  return startKey;
}

function valueOf(key: Item, {name, type}: KeyAttribute): KeyValue {
  const value = key.get(name);
  if (value?.kind !== type) throw mismatch();
  const keyValue = value as KeyValue;
  if (keyValue.value.length === 0) {
    throw validationError(`The provided starting key is invalid: ${INVALID_PARAMETERS}The AttributeValue for a key attribute `
      + `cannot contain an empty ${type === 'B' ? 'binary' : 'string'} value. Key: ${name}`);
  }
  return keyValue;
}

function mismatch(): Error {
  return validationError('The provided starting key is invalid: The provided key element does not match the schema');
}
