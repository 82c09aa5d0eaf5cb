import {readHalfUnits} from '@murmuration/capacity';
import {TOKEN_UNTIL, encodePartitionKey, parseScan, storedTableRange, storedTokenRange, validateKeyObject, validationError} from '@murmuration/model';
import type {PrimaryKey} from '@murmuration/model';
import {tokenOf} from '@murmuration/placement';
import type {Exchange} from '../exchange.js';
import {rangeExpressions} from '../expression-texts.js';
import {rangeAfter, readPage} from '../page.js';
import {pageReply, readableIndex} from '../page-reply.js';
import type {OperationServices} from '../services.js';
import {storedItemKey} from '../stored-item-key.js';

/** Segments are equal parts of the ring, so parallel ones are disjoint and complete whatever the partitions are. */
interface Segment {
  readonly index: number;
  readonly count: number;
}

export function scan(exchange: Exchange, services: OperationServices): void {
  const request = parseScan(exchange.body);
  services.tables.find(exchange, request.tableName, (table) => {
    const index = readableIndex(table, request);
    const {segment, exclusiveStartKey} = request;
    const startKey = exclusiveStartKey === undefined ? undefined : validateKeyObject(table.keySchema, exclusiveStartKey, true);
    if (segment !== undefined && startKey !== undefined) checkSegment(segment, startKey);
    const whole = segment === undefined
      ? storedTableRange(table.tableId, index)
      : storedTokenRange(table.tableId, index, firstToken(segment.index, segment.count), firstToken(segment.index + 1, segment.count));
    const isCountOnly = request.select === 'COUNT';
    readPage(services, {
      ...(startKey === undefined ? whole : rangeAfter(whole, storedItemKey(table, startKey), false)),
      table, index, isCountOnly,
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
      exchange.succeed(pageReply(table.keySchema, page, isCountOnly, request.returnConsumedCapacity, request.tableNameGiven, halfUnits));
    }));
  });
}

/** @param index up to `count`, which gives the end of the ring. Exact: both factors together stay below 2^53. */
function firstToken(index: number, count: number): number {
  return Math.ceil((index * TOKEN_UNTIL) / count);
}

function checkSegment({index, count}: Segment, startKey: PrimaryKey): void {
  const token = tokenOf(encodePartitionKey(startKey.hash));
  if (token >= firstToken(index, count) && token < firstToken(index + 1, count)) return;
  throw validationError('The provided starting key is invalid: Invalid ExclusiveStartKey. '
    + `Please use ExclusiveStartKey with correct Segment. TotalSegments: ${count} Segment: ${index}`);
}
