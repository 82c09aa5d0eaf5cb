import {concatBytes} from '@murmuration/base';
import {readHalfUnits} from '@murmuration/capacity';
import {
  buildStoredKey, checkKeyPaths, decodeItem, encodeItem, encodePartitionKey, encodeSortKey, indexStartKey, keyFromEntry, localEntryOf, projectedNames, resolveIndexQuery,
  storedCollectionRange, storedSortKeyRange,
} from '@murmuration/model';
import type {IndexStartKey, LocalIndex, PageRequest, QueryRequest, ScanRequest, StoredKeyRange, TableDescriptor} from '@murmuration/model';
import {tokenOf} from '@murmuration/placement';
import {consumedCapacityMember} from '../consumed-capacity.js';
import type {Exchange} from '../exchange.js';
import {rangeExpressions} from '../expression-texts.js';
import {rangeAfter, readPage} from '../page.js';
import type {PageResult} from '../page.js';
import {pageReply} from '../page-reply.js';
import type {OperationServices} from '../services.js';

/**
 * Reads of local indexes. Their ranges are given in the keys of the table, with the index's sort key in the place of the
 * table's: entries lie in the partition of their item, so the same borders hold for them.
 */
export interface LocalIndexPage<Request extends PageRequest> {
  readonly request: Request;
  readonly table: TableDescriptor;
  readonly index: LocalIndex;
}

/** A Query of a local index. @throws ModelError */
export function queryLocalIndex(exchange: Exchange, services: OperationServices, page: LocalIndexPage<QueryRequest>): void {
  const {request, table, index} = page;
  const {keyCondition, startKey} = resolveIndexQuery(request, table.keySchema, index);
  const partitionKey = encodePartitionKey(keyCondition.partitionKey);
  const token = tokenOf(partitionKey);
  const whole = keyCondition.sort === undefined
    ? storedCollectionRange(table.tableId, 0, token, partitionKey)
    : storedSortKeyRange(table.tableId, 0, token, partitionKey, keyCondition.sort);
  const range = startKey === undefined ? whole : rangeAfter(whole, storedStartKey(table, startKey), !request.scanIndexForward);
  // A page of one collection is rounded up as one.
  readEntries(exchange, services, page, range, !request.scanIndexForward, (sizesBytes) => [sizesBytes.reduce((sum, sizeBytes) => sum + sizeBytes, 0)]);
}

/** A Scan of a local index. @param whole the segment or all of the ring @param checkToken refuses a start key outside of it @throws ModelError */
export function scanLocalIndex(
  exchange: Exchange, services: OperationServices, page: LocalIndexPage<ScanRequest>, whole: StoredKeyRange, checkToken: (token: number) => void,
): void {
  const {request, table, index} = page;
  const startKey = request.exclusiveStartKey === undefined ? undefined : indexStartKey(request.exclusiveStartKey, table.keySchema, index);
  if (startKey !== undefined) checkToken(tokenOf(encodePartitionKey(startKey.hash)));
  const range = startKey === undefined ? whole : rangeAfter(whole, storedStartKey(table, startKey), false);
  // Each partition visited rounds up by itself; a scan of nothing costs what a read of nothing does.
  readEntries(exchange, services, page, range, false, (sizesBytes) => (sizesBytes.length === 0 ? [0] : sizesBytes));
}

function readEntries(
  exchange: Exchange, services: OperationServices, {request, table, index}: LocalIndexPage<PageRequest>, range: StoredKeyRange, isReverse: boolean,
  chargedSizes: (sizesBytes: readonly number[]) => readonly number[],
): void {
  checkKeyPaths(request.expressions.compiled, table.keySchema, table.attributeDefinitions);
  const {consistentRead, returnConsumedCapacity, select, tableNameGiven} = request;
  const isCountOnly = select === 'COUNT';
  const isWhole = needsItems(request, table, index);
  readPage(services, {
    ...range, table, isReverse, isCountOnly,
    local: {index: index.indexId, isWhole},
    consistency: consistentRead ? 'strong' : 'eventual',
    limit: request.limit,
    expressions: rangeExpressions(request.expressions.input),
    deadlineMs: exchange.deadlineMs,
  }, exchange.step((page) => {
    if (page instanceof Error) throw page;
    const entryHalfUnits = chargedSizes(page.scannedSizesBytes).reduce((sum, sizeBytes) => sum + readHalfUnits(sizeBytes, consistentRead), 0);
    const itemHalfUnits = page.fetchedBlockCount * (consistentRead ? 2 : 1);
    services.metrics.read(table.name, entryHalfUnits + itemHalfUnits, page.items.length);
    const shown = isWhole && select === 'ALL_PROJECTED_ATTRIBUTES' ? {...page, items: asEntries(page, table, index)} : page;
    exchange.succeed(pageReply(
      shown, isCountOnly, (lastKey) => keyFromEntry(table.keySchema, index, lastKey),
      consumedCapacityMember(returnConsumedCapacity, tableNameGiven, itemHalfUnits, [{name: index.name, halfUnits: entryHalfUnits}]),
    ));
  }));
}

/** Whether the request asks for, or filters by, what the index does not hold: then the items are read beside their entries. */
function needsItems({select, expressions: {compiled}}: PageRequest, table: TableDescriptor, index: LocalIndex): boolean {
  const held = projectedNames(table.keySchema, index);
  if (held === undefined) return false;
  if (select === 'ALL_ATTRIBUTES') return true;
  const wanted = [...(compiled.projection?.paths.map(([name]) => name) ?? []), ...(compiled.filter?.topLevelNames ?? [])];
  return wanted.some((name) => typeof name === 'string' && !held.has(name));
}

/** Items that were read whole for a filter alone, as the index holds them. */
function asEntries(page: PageResult, table: TableDescriptor, index: LocalIndex): readonly Uint8Array[] {
  return page.items.map((json) => {
    const item = decodeItem(json);
    return encodeItem(localEntryOf(table.keySchema, index, item) ?? item);
  });
}

function storedStartKey(table: TableDescriptor, {hash, indexSort, baseSort}: IndexStartKey): Uint8Array {
  const partitionKey = encodePartitionKey(hash);
  return buildStoredKey(table.tableId, 0, tokenOf(partitionKey), partitionKey, concatBytes([encodeSortKey(indexSort), encodeSortKey(baseSort)]));
}
