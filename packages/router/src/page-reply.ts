import {BASE_INDEX_ID} from '@murmuration/base';
import {itemText, keyFromStored, validationError} from '@murmuration/model';
import type {KeySchema, TableDescriptor} from '@murmuration/model';
import {consumedCapacityMember} from './consumed-capacity.js';
import type {CapacityDetail} from './consumed-capacity.js';
import type {PageResult} from './page.js';
import {ReplyBody} from './reply-body.js';

/** The answer of Query and Scan. */
export function pageReply(
  schema: KeySchema, page: PageResult, isCountOnly: boolean, detail: CapacityDetail, tableNameGiven: string, halfUnits: number,
): Uint8Array {
  const reply = new ReplyBody().text('{');
  if (!isCountOnly) reply.text('"Items":').list(page.items).text(',');
  reply.text(`"Count":${page.count},"ScannedCount":${page.scannedCount}`);
  if (page.lastKey !== undefined) reply.text(`,"LastEvaluatedKey":${itemText(keyFromStored(schema, page.lastKey))}`);
  return reply.text(`${consumedCapacityMember(detail, tableNameGiven, halfUnits)}}`).finish();
}

/** @throws ModelError `ValidationException`: for an index the table does not have, and for one it has, as long as entries are not kept */
export function readableIndex(table: TableDescriptor, indexName: string | undefined): typeof BASE_INDEX_ID {
  if (indexName === undefined) return BASE_INDEX_ID;
  const {localSecondaryIndexes = [], globalSecondaryIndexes = []} = table.extra;
  const isKnown = [...localSecondaryIndexes, ...globalSecondaryIndexes].some(({IndexName}) => IndexName === indexName);
  throw validationError(isKnown
    ? `Reading a secondary index is not supported by this service: ${indexName}` : `The table does not have the specified index: ${indexName}`);
}
