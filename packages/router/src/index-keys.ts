import {checkGlobalIndexKeys, checkIndexKeys, localIndexesOf} from '@murmuration/model';
import type {Item, TableDescriptor} from '@murmuration/model';

/**
 * Holds an item that is to be put against the keys of the table's indexes, local ones first.
 * @throws ModelError `ValidationException`
 */
export function checkItemIndexKeys(table: TableDescriptor, item: Item): void {
  const {localSecondaryIndexes, globalSecondaryIndexes} = table.extra;
  if (localSecondaryIndexes !== undefined) checkIndexKeys(localIndexesOf(table), item);
  if (globalSecondaryIndexes !== undefined) checkGlobalIndexKeys(table, item);
}
