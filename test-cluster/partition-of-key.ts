import {toHex} from '@murmuration/base';
import {encodePartitionKey, parseNumber, storedKeyOf} from '@murmuration/model';
import type {KeyValue} from '@murmuration/model';
import {tokenOf} from '@murmuration/placement';

/** Stored key, in hexadecimal as in `murmur status`, of an item with a string partition key and a number sort key or none. */
export function storedKeyText(tableId: number, partitionKey: string, sortKey?: number): string {
  const hash: KeyValue = {kind: 'S', value: partitionKey};
  const range: KeyValue | undefined = sortKey === undefined ? undefined : {kind: 'N', value: parseNumber(String(sortKey)).text};
  return toHex(storedKeyOf(tableId, tokenOf(encodePartitionKey(hash)), {hash, range}));
}
