import type {Item, KeyValue} from '../attribute-value.js';
import {INVALID_START_KEY, validationError} from '../errors.js';
import type {KeyCondition} from '../expressions/key-condition.js';
import type {KeySchema} from '../key-schema.js';
import {keyNames, validateKeyObject} from '../key-schema.js';
import {localIndexSchema} from '../local-index.js';
import type {LocalIndex} from '../local-index.js';
import type {QueryRequest} from './query.js';
import {checkStartPlace, resolveQuery} from './query.js';

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
  const startKey = request.exclusiveStartKey === undefined ? undefined : indexStartKey(request.exclusiveStartKey, table, index);
  const {keyCondition} = resolveQuery({...request, exclusiveStartKey: undefined}, localIndexSchema(table, index));
  // Many items may have one key of the index: a query of one value can go on.
  if (startKey !== undefined) checkStartPlace({hash: startKey.hash, sort: startKey.indexSort}, keyCondition, 'many');
  return {keyCondition, startKey};
}

/**
 * An ExclusiveStartKey for a local index: exactly the key attributes of the table and of the index.
 * @param table its key schema, with a sort key
 * @throws ModelError `ValidationException`
 */
export function indexStartKey(key: Item, table: KeySchema, index: LocalIndex): IndexStartKey {
  const names = new Set([...keyNames(table), index.sortKey.name]);
  if (key.size !== names.size || [...names].some((name) => !key.has(name)) || table.range === undefined) throw validationError(INVALID_START_KEY);
  // The keys of the index are told of as they are, those of the table as the starting key's.
  const indexKey = validateKeyObject(localIndexSchema(table, index), pick(key, [table.hash.name, index.sortKey.name]), 'part-of-start-key');
  const baseKey = validateKeyObject(table, pick(key, keyNames(table)), 'start-key');
  return {hash: baseKey.hash, indexSort: indexKey.range as KeyValue, baseSort: baseKey.range as KeyValue};
}

function pick(item: Item, names: readonly string[]): Item {
  return new Map(names.flatMap((name) => {
    const value = item.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
