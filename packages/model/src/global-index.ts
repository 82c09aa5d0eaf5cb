import {DecodeError, concatBytes, toIndexId} from '@murmuration/base';
import type {IndexId} from '@murmuration/base';
import type {AttributeValue, Item, KeyValue} from './attribute-value.js';
import type {GlobalIndex} from './derivation.js';
import {utf8SizeBytes} from './item-size.js';
import {STORED_KEY_PREFIX_SIZE_BYTES, decodeKeyValue, encodeKeyValue, parseStoredKey, storedKeyPrefix} from './key-encoding.js';
import type {KeyAttribute, KeySchema} from './key-schema.js';
import {PARTITION_KEY_SIZE_BYTES_MAX, SORT_KEY_SIZE_BYTES_MAX, keyNames} from './key-schema.js';
import type {IndexProjection} from './local-index.js';
import type {IndexDefinition, TableDescriptor} from './table-descriptor.js';

/** How far a global index is. One that is going away feeds on nothing and is not read. */
export type GlobalIndexStatus = 'CREATING' | 'ACTIVE' | 'DELETING';

/** What the catalog keeps of a global index beside its definition. */
export interface GlobalIndexLife {
  readonly indexId: IndexId;
  readonly name: string;
  readonly status: GlobalIndexStatus;
  /** Made on a living table, whose items have to be put into it first. */
  readonly isOnline: boolean;
}

/** The global indexes that the partitions of a table are to feed, in the order of its description. */
export function fedGlobalIndexes(table: Pick<TableDescriptor, 'attributeDefinitions' | 'extra' | 'globalIndexes'>): readonly GlobalIndex[] {
  return (table.globalIndexes ?? []).filter(({status}) => status !== 'DELETING').flatMap(({indexId, name}) => {
    const definition = table.extra.globalSecondaryIndexes?.find(({IndexName}) => IndexName === name);
    return definition === undefined ? [] : [toGlobalIndexOf(indexId, definition, table)];
  });
}

function toGlobalIndexOf(indexId: IndexId, definition: IndexDefinition, {attributeDefinitions}: Pick<TableDescriptor, 'attributeDefinitions'>): GlobalIndex {
  const attributes = (role: 'HASH' | 'RANGE'): readonly KeyAttribute[] => definition.KeySchema.filter(({KeyType}) => KeyType === role).flatMap(({AttributeName}) => {
    const type = attributeDefinitions.find((given) => given.AttributeName === AttributeName)?.AttributeType;
    return type === undefined ? [] : [{name: AttributeName, type}];
  });
  return {indexId: toIndexId(indexId), name: definition.IndexName, hash: attributes('HASH'), range: attributes('RANGE'), projection: projectionOf(definition)};
}
function projectionOf({Projection: {ProjectionType, NonKeyAttributes}}: IndexDefinition): IndexProjection {
  return ProjectionType === 'INCLUDE' ? {kind: 'INCLUDE', attributes: NonKeyAttributes ?? []} : {kind: ProjectionType};
}

/** The life of a named index; undefined when the table has none of that name. */
export function globalIndexLife(table: Pick<TableDescriptor, 'globalIndexes'>, name: string): GlobalIndexLife | undefined {
  return table.globalIndexes?.find((life) => life.name === name);
}

/** Most HASH attributes and most RANGE attributes of one index. */
export const GLOBAL_KEY_PART_COUNT_MAX = 4;

/** Names of the attributes that every entry carries; undefined when an entry is the whole item. @param table its key schema */
export function globalProjectedNames(table: KeySchema, {hash, range, projection}: GlobalIndex): ReadonlySet<string> | undefined {
  if (projection.kind === 'ALL') return undefined;
  const keys = [...keyNames(table), ...hash.map(({name}) => name), ...range.map(({name}) => name)];
  return new Set(projection.kind === 'INCLUDE' ? [...keys, ...projection.attributes] : keys);
}

/**
 * What the index holds of an item.
 * @param table its key schema
 * @returns undefined when the item lacks a key attribute of the index, or has something there that is no key of it
 */
export function globalEntryOf(table: KeySchema, index: GlobalIndex, item: Item): Item | undefined {
  if (!index.hash.every((attribute) => isKeyPart(attribute, item, PARTITION_KEY_SIZE_BYTES_MAX))) return undefined;
  if (!index.range.every((attribute) => isKeyPart(attribute, item, SORT_KEY_SIZE_BYTES_MAX))) return undefined;
  const names = globalProjectedNames(table, index);
  if (names === undefined) return item;
  const entry = new Map<string, AttributeValue>();
  for (const [name, value] of item) if (names.has(name)) entry.set(name, value);
  return entry;
}
function isKeyPart({name, type}: KeyAttribute, item: Item, sizeBytesMax: number): boolean {
  const value = item.get(name);
  if (value?.kind !== type) return false;
  if (value.kind === 'N') return true;
  if (value.kind !== 'S' && value.kind !== 'B') return false;
  const sizeBytes = value.kind === 'S' ? utf8SizeBytes(value.value) : value.value.length;
  return sizeBytes > 0 && sizeBytes <= sizeBytesMax;
}

/** Encoded values of some key attributes, one behind the other. Precondition: the item has them all. */
export function encodeKeyParts(attributes: readonly KeyAttribute[], item: Item): Uint8Array {
  return concatBytes(attributes.map(({name}) => encodeKeyValue(item.get(name) as KeyValue)));
}

/** The encoded key of an item as the keys of entries end with it. @param baseKey stored key of the item */
export function baseKeyPart(baseKey: Uint8Array): Uint8Array {
  return baseKey.subarray(STORED_KEY_PREFIX_SIZE_BYTES);
}

/**
 * The stored key of an entry: kind · table · index · token of the hash attributes · hash attributes · range attributes ·
 * key of the item.
 * @param baseKey stored key of the item @param entry with the key attributes of the index
 */
export function globalEntryKey(tableId: number, index: GlobalIndex, entry: Item, baseKey: Uint8Array, tokenOf: (partitionKey: Uint8Array) => number): Uint8Array {
  const hash = encodeKeyParts(index.hash, entry);
  return concatBytes([storedKeyPrefix(tableId, index.indexId, tokenOf(hash)), hash, encodeKeyParts(index.range, entry), baseKeyPart(baseKey)]);
}

/** The key attributes held in the stored key of an entry: what LastEvaluatedKey shows. @param table its key schema @throws DecodeError */
export function keyFromGlobalEntry(table: KeySchema, index: GlobalIndex, entryKey: Uint8Array): Item {
  const {parts} = parseStoredKey(entryKey);
  const base = table.range === undefined ? [table.hash] : [table.hash, table.range];
  const attributes = [...index.hash, ...index.range, ...base];
  if (parts.length !== attributes.length) throw new DecodeError('not the stored key of an entry of the index');
  return new Map(attributes.map(({name}, i) => [name, decodeKeyValue(parts[i] as Uint8Array)]));
}
