import {encodePartitionKey, storedKeyOf} from '@murmuration/model';
import type {PrimaryKey, TableDescriptor} from '@murmuration/model';
import {tokenOf} from '@murmuration/placement';

/** Where an item of a table lies: the key that routes its request and finds its row. */
export function storedItemKey(table: TableDescriptor, key: PrimaryKey): Uint8Array {
  return storedKeyOf(table.tableId, tokenOf(encodePartitionKey(key.hash)), key);
}
