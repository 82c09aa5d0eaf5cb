import {BASE_INDEX_ID} from '@murmuration/base';
import {invalidParameters, itemText, keyFromStored, validationError} from '@murmuration/model';
import type {KeySchema, PageRequest, TableDescriptor} from '@murmuration/model';
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

/** @throws ModelError `ValidationException`: for what the index cannot give, and for any index as long as entries are not kept */
export function readableIndex(table: TableDescriptor, {indexName, consistentRead, select}: PageRequest): typeof BASE_INDEX_ID {
  if (indexName === undefined) return BASE_INDEX_ID;
  const {localSecondaryIndexes = [], globalSecondaryIndexes = []} = table.extra;
  const global = globalSecondaryIndexes.find(({IndexName}) => IndexName === indexName);
  const isKnown = global !== undefined || localSecondaryIndexes.some(({IndexName}) => IndexName === indexName);
  if (global !== undefined && consistentRead) throw validationError('Consistent reads are not supported on global secondary indexes');
  if (global !== undefined && select === 'ALL_ATTRIBUTES' && global.Projection.ProjectionType !== 'ALL') {
    throw invalidParameters(`Select type ALL_ATTRIBUTES is not supported for global secondary index ${indexName} because its projection type is not ALL`);
  }
  throw validationError(isKnown
    ? `Reading a secondary index is not supported by this service: ${indexName}` : `The table does not have the specified index: ${indexName}`);
}
