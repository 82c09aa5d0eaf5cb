import {itemText, localIndexesOf, validationError} from '@murmuration/model';
import type {Item, LocalIndex, PageRequest, TableDescriptor} from '@murmuration/model';
import type {PageResult} from './page.js';
import {ReplyBody} from './reply-body.js';

/** The answer of Query and Scan. @param keyOf shows a stored key @param capacityMember with a comma before it, or nothing */
export function pageReply(page: PageResult, isCountOnly: boolean, keyOf: (storedKey: Uint8Array) => Item, capacityMember: string): Uint8Array {
  const reply = new ReplyBody().text('{');
  if (!isCountOnly) reply.text('"Items":').list(page.items).text(',');
  reply.text(`"Count":${page.count},"ScannedCount":${page.scannedCount}`);
  if (page.lastKey !== undefined) reply.text(`,"LastEvaluatedKey":${itemText(keyOf(page.lastKey))}`);
  return reply.text(`${capacityMember}}`).finish();
}

/**
 * @returns the local index to be read; undefined for the table itself
 * @throws ModelError `ValidationException` when there is no index of the name
 */
export function readableIndex(table: TableDescriptor, {indexName}: PageRequest): LocalIndex | undefined {
  if (indexName === undefined) return undefined;
  const local = localIndexesOf(table).find(({name}) => name === indexName);
  if (local !== undefined) return local;
  throw validationError(`The table does not have the specified index: ${indexName}`);
}
