import {invalidParameters, itemText, localIndexesOf, validationError} from '@murmuration/model';
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
 * @throws ModelError `ValidationException`: for what the index cannot give, and for global ones as long as entries are not kept
 */
export function readableIndex(table: TableDescriptor, {indexName, consistentRead, select}: PageRequest): LocalIndex | undefined {
  if (indexName === undefined) return undefined;
  const local = localIndexesOf(table).find(({name}) => name === indexName);
  if (local !== undefined) return local;
  const global = table.extra.globalSecondaryIndexes?.find(({IndexName}) => IndexName === indexName);
  if (global !== undefined && consistentRead) throw validationError('Consistent reads are not supported on global secondary indexes');
  if (global !== undefined && select === 'ALL_ATTRIBUTES' && global.Projection.ProjectionType !== 'ALL') {
    throw invalidParameters(`Select type ALL_ATTRIBUTES is not supported for global secondary index ${indexName} because its projection type is not ALL`);
  }
  throw validationError(global !== undefined
    ? `Reading a global secondary index is not supported by this service: ${indexName}` : `The table does not have the specified index: ${indexName}`);
}
