import {DecodeError, assert, concatBytes, toIndexId} from '@murmuration/base';
import type {IndexId} from '@murmuration/base';
import type {AttributeValue, Item} from './attribute-value.js';
import {isKeyValue} from './attribute-value.js';
import {decodeKeyValue, encodeSortKey, parseStoredKey, STORED_KEY_PREFIX_SIZE_BYTES} from './key-encoding.js';
import type {KeyAttribute, KeySchema} from './key-schema.js';
import {keyNames} from './key-schema.js';
import type {TableDescriptor} from './table-descriptor.js';
import {toKeySchema} from './table-descriptor.js';

/** What an entry of an index holds beside the keys. */
export type IndexProjection =
  | {readonly kind: 'ALL' | 'KEYS_ONLY'}
  | {readonly kind: 'INCLUDE'; readonly attributes: readonly string[]};

/** A local secondary index as a partition keeps it: fixed when its table is made. */
export interface LocalIndex {
  /** Its place among the table's local indexes, from 1; part of the stored keys of its entries. */
  readonly indexId: IndexId;
  readonly name: string;
  /** The partition key is the table's. */
  readonly sortKey: KeyAttribute;
  readonly projection: IndexProjection;
}

/** Where the sizes of item collections are kept: an index id that no index has, so that they lie and move as entries do. */
export const COLLECTION_INDEX_ID: IndexId = toIndexId(0xfffe);

const INDEX_AT = 5;

/** The local indexes of a table, in the order of its description. */
export function localIndexesOf({attributeDefinitions, extra}: Pick<TableDescriptor, 'attributeDefinitions' | 'extra'>): readonly LocalIndex[] {
  return (extra.localSecondaryIndexes ?? []).map(({IndexName, KeySchema: elements, Projection}, i) => {
    const {range} = toKeySchema(elements, attributeDefinitions);
    assert(range !== undefined, 'a local index has a sort key', {name: IndexName});
    return {
      indexId: toIndexId(i + 1), name: IndexName, sortKey: range,
      projection: Projection.ProjectionType === 'INCLUDE'
        ? {kind: 'INCLUDE', attributes: Projection.NonKeyAttributes ?? []} : {kind: Projection.ProjectionType},
    };
  });
}

/** The key schema that queries of the index go by. @param table the table's own */
export function localIndexSchema(table: KeySchema, index: LocalIndex): KeySchema {
  return {hash: table.hash, range: index.sortKey};
}

/** Names of the attributes that every entry carries; undefined when an entry is the whole item. @param table its key schema */
export function projectedNames(table: KeySchema, {projection, sortKey}: LocalIndex): ReadonlySet<string> | undefined {
  switch (projection.kind) {
    case 'ALL': return undefined;
    case 'KEYS_ONLY': return new Set([...keyNames(table), sortKey.name]);
    case 'INCLUDE': return new Set([...keyNames(table), sortKey.name, ...projection.attributes]);
  }
}

/**
 * What the index holds of an item.
 * @param table its key schema
 * @returns undefined when the item lacks the index key, so that the index leaves it out
 */
export function localEntryOf(table: KeySchema, index: LocalIndex, item: Item): Item | undefined {
  const value = item.get(index.sortKey.name);
  if (value?.kind !== index.sortKey.type) return undefined;
  const names = projectedNames(table, index);
  if (names === undefined) return item;
  const entry = new Map<string, AttributeValue>();
  for (const [name, projected] of item) if (names.has(name)) entry.set(name, projected);
  return entry;
}

/**
 * The stored key of an entry: kind · table · index · token · partition key · index sort key · sort key.
 * @param baseKey stored key of the item, which has a sort key @param item with the index key
 */
export function localEntryKey(baseKey: Uint8Array, index: LocalIndex, item: Item): Uint8Array {
  const {partitionKey, sortKey} = parseStoredKey(baseKey);
  const value = item.get(index.sortKey.name);
  assert(sortKey !== undefined && value !== undefined && isKeyValue(value), 'an entry has both sort keys', {index: index.indexId});
  const prefix = shiftIndex(baseKey.subarray(0, STORED_KEY_PREFIX_SIZE_BYTES), index.indexId);
  return concatBytes([prefix, partitionKey, encodeSortKey(value), sortKey]);
}

/** The stored key of the item that an entry was made from. @throws DecodeError */
export function baseKeyOfEntry(entryKey: Uint8Array): Uint8Array {
  const {indexId, parts} = parseStoredKey(entryKey);
  const [partitionKey, , sortKey] = parts;
  if (partitionKey === undefined || sortKey === undefined || parts.length !== 3) throw new DecodeError('not the stored key of a local index entry');
  return concatBytes([shiftIndex(entryKey.subarray(0, STORED_KEY_PREFIX_SIZE_BYTES), -indexId), partitionKey, sortKey]);
}

/** Where the size of an item's collection is kept. @param baseKey stored key of the item */
export function collectionKeyOf(baseKey: Uint8Array): Uint8Array {
  const {partitionKey} = parseStoredKey(baseKey);
  return shiftIndex(baseKey.subarray(0, STORED_KEY_PREFIX_SIZE_BYTES + partitionKey.length), COLLECTION_INDEX_ID);
}

/** Whose row a stored key names: the table's own (0), an index's, or that of a collection's size. */
export function indexIdOf(key: Uint8Array): number {
  return (key[INDEX_AT] as number) * 256 + (key[INDEX_AT + 1] as number);
}

/**
 * The same place in the rows of another index of the table. Borders of partitions move as keys do: the end of the
 * table becomes the end of the index.
 * @param by index id to add; negative leads back @returns fresh bytes
 */
export function shiftIndex(key: Uint8Array, by: number): Uint8Array {
  assert(key.length >= INDEX_AT + 2, 'a border of stored keys names its index');
  const shifted = key.slice();
  const index = indexIdOf(key) + by;
  assert(index >= 0 && index <= 0xffff, 'index id out of range', {index});
  shifted[INDEX_AT] = index >>> 8;
  shifted[INDEX_AT + 1] = index & 0xff;
  return shifted;
}

/**
 * Whether a place is the border of an item collection, so that no collection lies on both sides of it.
 * @param at stored key or beginning of one
 */
export function isCollectionBorder(at: Uint8Array): boolean {
  if (at.length <= STORED_KEY_PREFIX_SIZE_BYTES) return at.length >= INDEX_AT + 2;
  try {
    return parseStoredKey(at).parts.length === 1;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

/** The key attributes held in the stored key of an entry: what LastEvaluatedKey shows. @param table its key schema @throws DecodeError */
export function keyFromEntry(table: KeySchema, index: LocalIndex, entryKey: Uint8Array): Item {
  const [partitionKey, indexKey, sortKey] = parseStoredKey(entryKey).parts;
  if (partitionKey === undefined || indexKey === undefined || sortKey === undefined || table.range === undefined) {
    throw new DecodeError('not the stored key of a local index entry');
  }
  return new Map([
    [table.hash.name, decodeKeyValue(partitionKey)], [table.range.name, decodeKeyValue(sortKey)], [index.sortKey.name, decodeKeyValue(indexKey)],
  ]);
}
