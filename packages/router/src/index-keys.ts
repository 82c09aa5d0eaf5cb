import {checkGlobalIndexKeys, checkIndexKeys, localIndexesOf} from '@murmuration/model';
import type {Item, TableDescriptor} from '@murmuration/model';

/**
 * Holds an item that is to be put against the keys of the table's indexes: of one that is a key of both kinds the
 * service names the global one.
 * @throws ModelError `ValidationException`
 */
export function checkItemIndexKeys(table: TableDescriptor, item: Item): void {
  const {localSecondaryIndexes, globalSecondaryIndexes} = table.extra;
  if (globalSecondaryIndexes !== undefined) checkGlobalIndexKeys(table, item);
  if (localSecondaryIndexes !== undefined) checkIndexKeys(localIndexesOf(table), item);
}
