import {readHalfUnits} from '@murmuration/capacity';
import {
  checkGlobalIndexRead, checkKeyPaths, fedGlobalIndexes, globalIndexHashPart, globalIndexLife, globalIndexStartKey, keyFromGlobalEntry, resolveGlobalIndexQuery, storedTableRange,
  storedTokenRange, validationError,
} from '@murmuration/model';
import type {GlobalIndex, GlobalIndexSpace, PageRequest, QueryRequest, ScanRequest, StoredKeyRange, TableDescriptor} from '@murmuration/model';
import {tokenOf} from '@murmuration/placement';
import {consumedCapacityMember} from '../consumed-capacity.js';
import type {Exchange} from '../exchange.js';
import {rangeExpressions} from '../expression-texts.js';
import {rangeAfter, readPage} from '../page.js';
import {pageReply} from '../page-reply.js';
import type {OperationServices} from '../services.js';

/** Reads of global indexes: of partitions of their own, whose rows carry all that the index shows. */
export interface GlobalIndexPage<Request extends PageRequest> {
  readonly request: Request;
  readonly table: TableDescriptor;
  readonly index: GlobalIndex;
}

/**
 * @returns the global index that a request names; undefined when it names none of the table's global ones
 * @throws ModelError `ValidationException` when the index cannot be read yet, or not in this way
 */
export function readableGlobalIndex(table: TableDescriptor, request: PageRequest): GlobalIndex | undefined {
  const {indexName} = request;
  const life = indexName === undefined ? undefined : globalIndexLife(table, indexName);
  if (life === undefined) return undefined;
  const index = fedGlobalIndexes(table).find(({indexId}) => indexId === life.indexId);
  if (index === undefined) throw validationError(`The table does not have the specified index: ${life.name}`);
  if (life.status === 'CREATING') throw validationError(`Cannot read from backfilling global secondary index: ${life.name}`);
  checkGlobalIndexRead(request, table.keySchema, index);
  return index;
}

/** A Query of a global index. @throws ModelError */
export function queryGlobalIndex(exchange: Exchange, services: OperationServices, page: GlobalIndexPage<QueryRequest>): void {
  const {request, table, index} = page;
  const {range, startKey} = resolveGlobalIndexQuery(request, spaceOf(table, index));
  const isReverse = !request.scanIndexForward;
  // A page of one collection is rounded up as one.
  readEntries(exchange, services, page, startKey === undefined ? range : rangeAfter(range, startKey, isReverse), isReverse, (sizesBytes) => [sizesBytes.reduce((sum, sizeBytes) => sum + sizeBytes, 0)]);
}

/** A Scan of a global index. @param tokens of the segment; undefined reads all of the ring @param checkToken refuses a start key outside of it @throws ModelError */
export function scanGlobalIndex(
  exchange: Exchange, services: OperationServices, page: GlobalIndexPage<ScanRequest>, tokens: readonly [number, number] | undefined, checkToken: (token: number) => void,
): void {
  const {request: {exclusiveStartKey}, table, index} = page;
  const whole = tokens === undefined ? storedTableRange(table.tableId, index.indexId) : storedTokenRange(table.tableId, index.indexId, tokens[0], tokens[1]);
  const startKey = exclusiveStartKey === undefined ? undefined : globalIndexStartKey(exclusiveStartKey, spaceOf(table, index));
  if (exclusiveStartKey !== undefined) checkToken(tokenOf(globalIndexHashPart(exclusiveStartKey, index)));
  // Each partition visited rounds up by itself; a scan of nothing costs what a read of nothing does.
  readEntries(exchange, services, page, startKey === undefined ? whole : rangeAfter(whole, startKey, false), false, (sizesBytes) => (sizesBytes.length === 0 ? [0] : sizesBytes));
}

function readEntries(
  exchange: Exchange, services: OperationServices, {request, table, index}: GlobalIndexPage<PageRequest>, range: StoredKeyRange, isReverse: boolean,
  chargedSizes: (sizesBytes: readonly number[]) => readonly number[],
): void {
  checkKeyPaths(request.expressions.compiled, table.keySchema, table.attributeDefinitions);
  const {returnConsumedCapacity, select, tableNameGiven, limit} = request;
  const isCountOnly = select === 'COUNT';
  readPage(services, {
    ...range, table, isReverse, isCountOnly, limit, space: index.indexId, consistency: 'eventual',
    expressions: rangeExpressions(request.expressions.input), deadlineMs: exchange.deadlineMs,
  }, exchange.step((page) => {
    if (page instanceof Error) throw page;
    const halfUnits = chargedSizes(page.scannedSizesBytes).reduce((sum, sizeBytes) => sum + readHalfUnits(sizeBytes, false), 0);
    services.metrics.read(table.name, halfUnits, page.items.length);
    exchange.succeed(pageReply(
      page, isCountOnly, (lastKey) => keyFromGlobalEntry(table.keySchema, index, lastKey),
      consumedCapacityMember(returnConsumedCapacity, tableNameGiven, 0, [{name: index.name, halfUnits, isGlobal: true}]),
    ));
  }));
}

function spaceOf(table: TableDescriptor, index: GlobalIndex): GlobalIndexSpace {
  return {tableId: table.tableId, table: table.keySchema, index, tokenOf};
}
