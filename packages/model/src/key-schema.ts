import {assert} from '@murmuration/base';
import type {AttributeValue, Item, KeyType, KeyValue} from './attribute-value.js';
import {INVALID_PARAMETERS, INVALID_START_KEY, invalidParameters, validationError} from './errors.js';
import {utf8SizeBytes} from './item-size.js';

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

/** The key attributes of a table or an index. */
export interface KeySchema {
  readonly hash: KeyAttribute;
  readonly range: KeyAttribute | undefined;
}

/** The key of one item: values of the schema's types, within the size limits. */
export interface PrimaryKey {
  readonly hash: KeyValue;
  readonly range: KeyValue | undefined;
}

const NO_FIT = 'The provided key element does not match the schema';
/** How the service begins to tell of an empty key; not the beginning of its other messages about parameters. */
const NOT_VALID = 'One or more parameter values are not valid. ';
/** Where a key comes from that addresses one item: this is a beginning of messages about start keys, and of them alone. */
export type KeyUse = 'lookup' | 'start-key' | 'part-of-start-key';

export const PARTITION_KEY_SIZE_BYTES_MAX = 2048;
export const SORT_KEY_SIZE_BYTES_MAX = 1024;

/** Names of the key attributes, hash first. */
export function keyNames(schema: KeySchema): readonly string[] {
  return schema.range === undefined ? [schema.hash.name] : [schema.hash.name, schema.range.name];
}

/**
 * The key of an item that is to be written.
 * @param words how one that is missing or of another type is told: of the attribute, or in the words of a lookup
 * @throws ModelError `ValidationException` when a key attribute is missing, of another type, empty or too long
 */
export function extractKey(schema: KeySchema, item: Item, words: 'of-attribute' | 'as-lookup' = 'of-attribute'): PrimaryKey {
  const hash = itemKeyValue(schema.hash, item, words);
  const range = schema.range === undefined ? undefined : itemKeyValue(schema.range, item, words);
  const key = {hash, range};
  checkEmpty(schema, key, NOT_VALID);
  checkKeySize(key);
  return key;
}

function itemKeyValue(attribute: KeyAttribute, item: Item, words: 'of-attribute' | 'as-lookup'): KeyValue {
  const value = item.get(attribute.name);
  if (value !== undefined && hasType(value, attribute.type)) return value;
  if (words === 'as-lookup') throw validationError(NO_FIT);
  if (value === undefined) throw invalidParameters(`Missing the key ${attribute.name} in the item`);
  throw invalidParameters(`Type mismatch for key ${attribute.name} expected: ${attribute.type} actual: ${value.kind}`);
}

/**
 * The key given to address one item: exactly the key attributes, of the schema's types.
 * @param key the parsed `Key` parameter
 * @param use messages about an ExclusiveStartKey have a beginning of their own
 * @throws ModelError `ValidationException`
 */
export function validateKeyObject(schema: KeySchema, key: Item, use: KeyUse = 'lookup'): PrimaryKey {
  const beginning = use === 'start-key' ? `${INVALID_START_KEY}: ` : '';
  const hash = key.get(schema.hash.name);
  const range = schema.range === undefined ? undefined : key.get(schema.range.name);
  const isWhole = key.size === (schema.range === undefined ? 1 : 2)
    && hash !== undefined && hasType(hash, schema.hash.type)
    && (schema.range === undefined || (range !== undefined && hasType(range, schema.range.type)));
  if (!isWhole) throw validationError(`${beginning}${NO_FIT}`);
  const primary: PrimaryKey = {hash: hash as KeyValue, range: range as KeyValue | undefined};
  checkEmpty(schema, primary, use === 'lookup' ? NOT_VALID : `${beginning}${INVALID_PARAMETERS}`);
  checkKeySize(primary, beginning);
  return primary;
}

function hasType(value: AttributeValue, type: KeyType): value is KeyValue {
  return value.kind === type;
}

/**
 * Whether key attributes are all there and of their types, and one of them is empty. A transaction is refused as a whole for that; other
 * mistakes of a key are reasons to cancel it.
 * @param key the `Key` of a request, or an item
 */
export function hasEmptyKeyValue(schema: KeySchema, key: Item): boolean {
  const values = [schema.hash, ...(schema.range === undefined ? [] : [schema.range])].map(({name, type}) => {
    const value = key.get(name);
    return value !== undefined && hasType(value, type) ? value : undefined;
  });
  return !values.includes(undefined) && values.some((value) => value?.value.length === 0);
}

function checkEmpty(schema: KeySchema, key: PrimaryKey, prefix: string): void {
  refuseEmpty(schema.hash.name, key.hash, prefix);
  if (schema.range !== undefined && key.range !== undefined) refuseEmpty(schema.range.name, key.range, prefix);
}

/** @throws ModelError `ValidationException` */
export function refuseEmpty(name: string, value: KeyValue, prefix = NOT_VALID): void {
  if (value.value.length > 0) return;
  const typeName = value.kind === 'B' ? 'binary' : 'string';
  throw validationError(
    `${prefix}The AttributeValue for a key attribute cannot contain an empty ${typeName} value. Key: ${name}`);
}

/** @throws ModelError `ValidationException` */
export function checkKeySize(key: PrimaryKey, beginning = ''): void {
  if (keyValueSizeBytes(key.hash) > PARTITION_KEY_SIZE_BYTES_MAX) {
    // The missing space is the service's own.
    throw validationError(`${beginning}${INVALID_PARAMETERS}Size of hashkey has exceeded the maximum size limit of${PARTITION_KEY_SIZE_BYTES_MAX} bytes`);
  }
  if (key.range !== undefined && keyValueSizeBytes(key.range) > SORT_KEY_SIZE_BYTES_MAX) {
    throw validationError(
      `${beginning}${INVALID_PARAMETERS}Aggregated size of all range keys has exceeded the size limit of ${SORT_KEY_SIZE_BYTES_MAX} bytes`);
  }
}

function keyValueSizeBytes(value: KeyValue): number {
  switch (value.kind) {
    case 'S': return value.value.length * 3 <= SORT_KEY_SIZE_BYTES_MAX ? value.value.length : utf8SizeBytes(value.value);
    case 'B': return value.value.length;
    case 'N': return 1;
  }
}

/** A key as an attribute map, for replies. */
export function keyToItem(schema: KeySchema, key: PrimaryKey): Item {
  const item = new Map<string, AttributeValue>([[schema.hash.name, key.hash]]);
  if (schema.range !== undefined) {
    assert(key.range !== undefined, 'key without its sort key', {name: schema.range.name});
    item.set(schema.range.name, key.range);
  }
  return item;
}
