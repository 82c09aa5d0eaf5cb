import {DecodeError, assert, concatBytes, prefixEnd, utf8Decode, utf8Encode} from '@murmuration/base';
import type {IndexId, TableId} from '@murmuration/base';
import {toIndexId, toTableId} from '@murmuration/base';
import type {Item, KeyValue} from './attribute-value.js';
import type {KeySchema, PrimaryKey} from './key-schema.js';
import {keyToItem} from './key-schema.js';
import {decodeNumberKey, encodeNumberKey, numberKeyLength} from './number-key.js';

/**
 * First byte of every stored row: what kind of record it is. Items of tables and entries of indexes share one
 * kind and differ by index id. Other packages take their own kinds; 0xff is never used, so that every prefix
 * has an end.
 */
export const RECORD_KIND_ITEM = 0x10;
/** kind, table id, index id, token. */
export const STORED_KEY_PREFIX_SIZE_BYTES = 11;
/** One past the last token of the ring. */
export const TOKEN_UNTIL = 0x1_0000_0000;

const TAG_NUMBER = 0x01;
const TAG_STRING = 0x02;
const TAG_BINARY = 0x03;
const ESCAPED = 0x00;
const ESCAPE_LITERAL = 0xff;
const ESCAPE_END = 0x01;

/**
 * Encodes one key value so that bytes order as values do and the end is found without the schema.
 * @returns fresh bytes: a type tag, then the number key, or the text or bytes with 0x00 as 0x00 0xff and an end of 0x00 0x01
 * @see docs/formats/stored-key.md
 */
export function encodeKeyValue(value: KeyValue): Uint8Array {
  switch (value.kind) {
    case 'N': return tagged(TAG_NUMBER, encodeNumberKey(value.value));
    case 'S': return escaped(TAG_STRING, utf8Encode(value.value), true);
    case 'B': return escaped(TAG_BINARY, value.value, true);
  }
}

/** Encoded partition key; its hash is the token (placement computes it over exactly these bytes). */
export function encodePartitionKey(value: KeyValue): Uint8Array {
  return encodeKeyValue(value);
}
/** Encoded sort key. */
export function encodeSortKey(value: KeyValue): Uint8Array {
  return encodeKeyValue(value);
}

/** The common beginning of all sort keys that begin with a text or bytes: the encoding without its end. */
export function encodeSortKeyBeginning(value: Extract<KeyValue, {kind: 'S' | 'B'}>): Uint8Array {
  return value.kind === 'S'
    ? escaped(TAG_STRING, utf8Encode(value.value), false)
    : escaped(TAG_BINARY, value.value, false);
}

function tagged(tag: number, bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + 1);
  out[0] = tag;
  out.set(bytes, 1);
  return out;
}

function escaped(tag: number, bytes: Uint8Array, hasEnd: boolean): Uint8Array {
  let zeroCount = 0;
  for (const byte of bytes) if (byte === ESCAPED) zeroCount += 1;
  const out = new Uint8Array(1 + bytes.length + zeroCount + (hasEnd ? 2 : 0));
  out[0] = tag;
  let at = 1;
  if (zeroCount === 0) {
    out.set(bytes, 1);
    at += bytes.length;
  } else {
    for (const byte of bytes) {
      out[at] = byte;
      at += 1;
      if (byte !== ESCAPED) continue;
      out[at] = ESCAPE_LITERAL;
      at += 1;
    }
  }
  if (hasEnd) {
    out[at] = ESCAPED;
    out[at + 1] = ESCAPE_END;
  }
  return out;
}

/** @returns count of bytes the encoded value starting at `from` takes @throws DecodeError */
function encodedLength(bytes: Uint8Array, from: number): number {
  const tag = bytes[from];
  if (tag === TAG_NUMBER) return 1 + numberKeyLength(bytes, from + 1);
  if (tag !== TAG_STRING && tag !== TAG_BINARY) throw new DecodeError('unknown type of key value');
  for (let at = from + 1; at + 1 < bytes.length; at += 1) {
    if (bytes[at] !== ESCAPED) continue;
    at += 1;
    if (bytes[at] === ESCAPE_END) return at + 1 - from;
    if (bytes[at] !== ESCAPE_LITERAL) throw new DecodeError('bad escape in a key value');
  }
  throw new DecodeError('key value without an end');
}

/** Reads back one encoded key value. @throws DecodeError */
export function decodeKeyValue(bytes: Uint8Array): KeyValue {
  if (encodedLength(bytes, 0) !== bytes.length) throw new DecodeError('key value with bytes left over');
  if (bytes[0] === TAG_NUMBER) return {kind: 'N', value: decodeNumberKey(bytes.subarray(1))};
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 1; at < bytes.length - 2; at += 1) {
    const byte = bytes[at] as number;
    plain[length] = byte;
    length += 1;
    if (byte === ESCAPED) at += 1;
  }
  const value = plain.slice(0, length);
  return bytes[0] === TAG_STRING ? {kind: 'S', value: utf8Decode(value)} : {kind: 'B', value};
}

/**
 * The full key of a row: kind · table · index · token · partition key [· sort key] [· base key].
 * @param token 0..2^32-1, the hash of `partitionKey`
 * @param sortKey encoded; undefined where the table or index has none
 * @param baseKey for an index entry only: the base item's encoded partition key and sort key, joined
 * @returns fresh bytes owned by the caller
 */
export function buildStoredKey(
  tableId: number, indexId: number, token: number, partitionKey: Uint8Array, sortKey: Uint8Array | undefined,
  baseKey?: Uint8Array,
): Uint8Array {
  const sortSize = sortKey === undefined ? 0 : sortKey.length;
  const baseSize = baseKey === undefined ? 0 : baseKey.length;
  const out = new Uint8Array(STORED_KEY_PREFIX_SIZE_BYTES + partitionKey.length + sortSize + baseSize);
  writePrefix(out, tableId, indexId, token);
  out.set(partitionKey, STORED_KEY_PREFIX_SIZE_BYTES);
  if (sortKey !== undefined) out.set(sortKey, STORED_KEY_PREFIX_SIZE_BYTES + partitionKey.length);
  if (baseKey !== undefined) out.set(baseKey, STORED_KEY_PREFIX_SIZE_BYTES + partitionKey.length + sortSize);
  return out;
}

/** The stored key of an item whose key is known, for a token computed elsewhere. */
export function storedKeyOf(tableId: number, token: number, key: PrimaryKey): Uint8Array {
  const sortKey = key.range === undefined ? undefined : encodeSortKey(key.range);
  return buildStoredKey(tableId, 0, token, encodePartitionKey(key.hash), sortKey);
}

/** kind · table · index · token alone: where that token's rows begin. @param token 0..2^32-1 */
export function storedKeyPrefix(tableId: number, indexId: number, token: number): Uint8Array {
  const out = new Uint8Array(STORED_KEY_PREFIX_SIZE_BYTES);
  writePrefix(out, tableId, indexId, token);
  return out;
}

function writePrefix(out: Uint8Array, tableId: number, indexId: number, token: number): void {
  assert(tableId >= 1 && tableId <= 0xffff_ffff, 'table id out of range', {tableId});
  assert(indexId >= 0 && indexId <= 0xffff, 'index id out of range', {indexId});
  assert(token >= 0 && token < TOKEN_UNTIL, 'token out of range', {token});
  out[0] = RECORD_KIND_ITEM;
  writeUint32(out, 1, tableId);
  out[5] = indexId >>> 8;
  out[6] = indexId & 0xff;
  writeUint32(out, 7, token);
}

function writeUint32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = (value >>> 16) & 0xff;
  out[at + 2] = (value >>> 8) & 0xff;
  out[at + 3] = value & 0xff;
}

/**
 * Where a partition of a table is to begin that should begin at `at`. No other item's key begins with the whole key of an item, so there are
 * no items between that key and the end of all that begins with it; but rows beside the item lie there, its key with something behind it
 * under another index id. A border among them would part them from their item, so it moves to the end.
 * @param at stored key, or beginning of one, or a place behind one @param valueCount how many values the key of an item has
 * @returns `at` itself where it is no such place
 */
export function itemBorder(at: Uint8Array, valueCount: 1 | 2): Uint8Array {
  let length = STORED_KEY_PREFIX_SIZE_BYTES;
  try {
    for (let i = 0; i < valueCount; i += 1) length += encodedLength(at, length);
  } catch (error) {
    // It ends within a key.
    if (error instanceof DecodeError) return at;
    throw error;
  }
  return length < at.length ? (prefixEnd(at.subarray(0, length)) ?? at) : at;
}

/** A stored key taken apart. Byte fields are views into the key. */
export interface ParsedStoredKey {
  readonly tableId: TableId;
  readonly indexId: IndexId;
  readonly token: number;
  /** Encoded partition key. */
  readonly partitionKey: Uint8Array;
  /** The second encoded value, if any: the sort key of a table that has one. */
  readonly sortKey: Uint8Array | undefined;
  /** Every encoded value in order: partition key, sort key, and for an index entry the base key's values. */
  readonly parts: readonly Uint8Array[];
}

/** The table that a stored key belongs to, without looking at the rest of it. */
export function tableIdOf(storedKey: Uint8Array): TableId {
  return toTableId((storedKey[1] as number) * 0x100_0000 + (((storedKey[2] as number) << 16) | ((storedKey[3] as number) << 8) | (storedKey[4] as number)));
}

/** @throws DecodeError when the bytes are no stored key */
export function parseStoredKey(bytes: Uint8Array): ParsedStoredKey {
  if (bytes.length < STORED_KEY_PREFIX_SIZE_BYTES || bytes[0] !== RECORD_KIND_ITEM) {
    throw new DecodeError('not the stored key of an item');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let at = STORED_KEY_PREFIX_SIZE_BYTES;
  while (at < bytes.length) {
    const length = encodedLength(bytes, at);
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  const [partitionKey, sortKey] = parts;
  if (partitionKey === undefined) throw new DecodeError('stored key without a partition key');
  return {
    tableId: toTableId(view.getUint32(1)), indexId: toIndexId(view.getUint16(5)), token: view.getUint32(7),
    partitionKey, sortKey, parts,
  };
}

/** The key attributes held in a stored key of a table, for LastEvaluatedKey. @throws DecodeError */
export function keyFromStored(schema: KeySchema, bytes: Uint8Array): Item {
  const {partitionKey, sortKey} = parseStoredKey(bytes);
  if (schema.range !== undefined && sortKey === undefined) throw new DecodeError('stored key without a sort key');
  return keyToItem(schema, {
    hash: decodeKeyValue(partitionKey),
    range: schema.range === undefined || sortKey === undefined ? undefined : decodeKeyValue(sortKey),
  });
}

/** The base key of an index entry, as buildStoredKey takes it. */
export function encodeBaseKey(key: PrimaryKey): Uint8Array {
  const hash = encodePartitionKey(key.hash);
  return key.range === undefined ? hash : concatBytes([hash, encodeSortKey(key.range)]);
}
