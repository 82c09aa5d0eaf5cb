import {assert, concatBytes, prefixEnd} from '@murmuration/base';
import type {KeyValue} from './attribute-value.js';
import {TOKEN_UNTIL, buildStoredKey, encodeKeyValue, encodeSortKeyBeginning, storedKeyPrefix} from './key-encoding.js';

/** A half-open range of stored keys. `from` equal to `until` is empty. */
export interface StoredKeyRange {
  readonly from: Uint8Array;
  readonly until: Uint8Array;
}

/** A test on the sort key, with as many values as the operator takes: two for `between`, else one. */
export interface SortKeyTest {
  readonly op: '=' | '<' | '<=' | '>' | '>=' | 'between' | 'begins_with';
  readonly values: readonly KeyValue[];
}

/** All rows of a table (index id 0) or of one index. */
export function storedTableRange(tableId: number, indexId: number): StoredKeyRange {
  const from = storedKeyPrefix(tableId, indexId, 0).slice(0, 7);
  return {from, until: endOf(from)};
}

/**
 * All rows whose token lies in [tokenFrom, tokenUntil).
 * @param tokenUntil up to 2^32, which is the end of the ring
 */
export function storedTokenRange(tableId: number, indexId: number, tokenFrom: number, tokenUntil: number): StoredKeyRange {
  assert(tokenFrom <= tokenUntil && tokenUntil <= TOKEN_UNTIL, 'token range out of order', {tokenFrom, tokenUntil});
  const end = storedTableRange(tableId, indexId).until;
  return {
    from: tokenFrom === TOKEN_UNTIL ? end : storedKeyPrefix(tableId, indexId, tokenFrom),
    until: tokenUntil === TOKEN_UNTIL ? end : storedKeyPrefix(tableId, indexId, tokenUntil),
  };
}

/** All rows of one partition key: an item collection. @param partitionKey encoded */
export function storedCollectionRange(
  tableId: number, indexId: number, token: number, partitionKey: Uint8Array,
): StoredKeyRange {
  const from = buildStoredKey(tableId, indexId, token, partitionKey, undefined);
  return {from, until: endOf(from)};
}

/** The rows of one partition key whose sort key passes the test. Holds for index entries too. */
export function storedSortKeyRange(
  tableId: number, indexId: number, token: number, partitionKey: Uint8Array, test: SortKeyTest,
): StoredKeyRange {
  const all = storedCollectionRange(tableId, indexId, token, partitionKey);
  const [value, upper] = test.values;
  assert(value !== undefined, 'sort key test without a value', {op: test.op});
  const at = concatBytes([all.from, encodeKeyValue(value)]);
  // Encoded values delimit themselves, so the rows equal to one are those that start with its bytes.
  switch (test.op) {
    case '=': return {from: at, until: endOf(at)};
    case '<': return {from: all.from, until: at};
    case '<=': return {from: all.from, until: endOf(at)};
    case '>': return {from: endOf(at), until: all.until};
    case '>=': return {from: at, until: all.until};
    case 'between': {
      assert(upper !== undefined, 'between without an upper bound');
      return {from: at, until: endOf(concatBytes([all.from, encodeKeyValue(upper)]))};
    }
    case 'begins_with': {
      assert(value.kind !== 'N', 'a number begins with nothing');
      const from = concatBytes([all.from, encodeSortKeyBeginning(value)]);
      return {from, until: endOf(from)};
    }
  }
}

/** Never undefined: the first byte is the record kind, which is below 0xff. */
function endOf(prefix: Uint8Array): Uint8Array {
  const end = prefixEnd(prefix);
  assert(end !== undefined, 'stored key prefix has no end');
  return end;
}
