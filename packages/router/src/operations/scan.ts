import {BASE_INDEX_ID} from '@murmuration/base';
import {readHalfUnits} from '@murmuration/capacity';
import {TOKEN_UNTIL, checkKeyPaths, encodePartitionKey, keyFromStored, parseScan, storedTableRange, storedTokenRange, validateKeyObject, validationError} from '@murmuration/model';
import type {ScanRequest} from '@murmuration/model';
import {tokenOf} from '@murmuration/placement';
import {consumedCapacityMember} from '../consumed-capacity.js';
import type {Exchange} from '../exchange.js';
import {rangeExpressions} from '../expression-texts.js';
import {rangeAfter, readPage} from '../page.js';
import {pageReply, readableIndex} from '../page-reply.js';
import type {OperationServices} from '../services.js';
import {storedItemKey} from '../stored-item-key.js';
import {readableGlobalIndex, scanGlobalIndex} from './global-index-pages.js';
import {scanLocalIndex} from './local-index-pages.js';

/** Segments are equal parts of the ring, so parallel ones are disjoint and complete whatever the partitions are. */
interface Segment {
  readonly index: number;
  readonly count: number;
}

export function scan(exchange: Exchange, services: OperationServices): void {
  carryOutScan(exchange, services, parseScan(exchange.body));
}

/** The same for a request that was not made of a body: a PartiQL statement. */
export function carryOutScan(exchange: Exchange, services: OperationServices, request: ScanRequest): void {
  services.tables.find(exchange, request.tableName, (table) => {
    const global = readableGlobalIndex(table, request);
    const index = global === undefined ? readableIndex(table, request) : undefined;
    const {segment, exclusiveStartKey} = request;
    const checkToken = (token: number): void => {
      if (segment !== undefined) checkSegment(segment, token);
    };
    const whole = segment === undefined
      ? storedTableRange(table.tableId, BASE_INDEX_ID)
      : storedTokenRange(table.tableId, BASE_INDEX_ID, firstToken(segment.index, segment.count), firstToken(segment.index + 1, segment.count));
    if (global !== undefined) {
      const tokens = segment === undefined ? undefined : [firstToken(segment.index, segment.count), firstToken(segment.index + 1, segment.count)] as const;
      scanGlobalIndex(exchange, services, {request, table, index: global}, tokens, checkToken);
      return;
    }
    if (index !== undefined) {
      scanLocalIndex(exchange, services, {request, table, index}, whole, checkToken);
      return;
    }
    const startKey = exclusiveStartKey === undefined ? undefined : validateKeyObject(table.keySchema, exclusiveStartKey, 'start-key');
    if (startKey !== undefined) checkToken(tokenOf(encodePartitionKey(startKey.hash)));
    checkKeyPaths(request.expressions.compiled, table.keySchema, table.attributeDefinitions);
    const isCountOnly = request.select === 'COUNT';
    readPage(services, {
      ...(startKey === undefined ? whole : rangeAfter(whole, storedItemKey(table, startKey), false)),
      table, isCountOnly,
      isReverse: false,
      consistency: request.consistentRead ? 'strong' : 'eventual',
      limit: request.limit,
      expressions: rangeExpressions(request.expressions.input),
      deadlineMs: exchange.deadlineMs,
    }, exchange.step((page) => {
      if (page instanceof Error) throw page;
      // Each partition visited rounds up by itself; a scan of nothing costs what a read of nothing does.
      const halfUnits = page.scannedSizesBytes.length === 0
        ? readHalfUnits(0, request.consistentRead)
        : page.scannedSizesBytes.reduce((sum, sizeBytes) => sum + readHalfUnits(sizeBytes, request.consistentRead), 0);
      services.metrics.read(table.name, halfUnits, page.items.length);
      exchange.succeed(pageReply(
        page, isCountOnly, (lastKey) => keyFromStored(table.keySchema, lastKey),
        consumedCapacityMember(request.returnConsumedCapacity, request.tableNameGiven, halfUnits),
      ));
    }));
  });
}

/** @param index up to `count`, which gives the end of the ring. Exact: both factors together stay below 2^53. */
function firstToken(index: number, count: number): number {
  return Math.ceil((index * TOKEN_UNTIL) / count);
}

function checkSegment({index, count}: Segment, token: number): void {
  if (token >= firstToken(index, count) && token < firstToken(index + 1, count)) return;
  throw validationError('The provided starting key is invalid: Invalid ExclusiveStartKey. '
    + `Please use ExclusiveStartKey with correct Segment. TotalSegments: ${count} Segment: ${index}`);
}
