import {BASE_INDEX_ID} from '@murmuration/base';
import {readHalfUnits} from '@murmuration/capacity';
import {checkKeyPaths, encodePartitionKey, keyFromStored, parseQuery, resolveQuery, storedCollectionRange, storedSortKeyRange} from '@murmuration/model';
import type {QueryRequest} from '@murmuration/model';
import {tokenOf} from '@murmuration/placement';
import {consumedCapacityMember} from '../consumed-capacity.js';
import type {Exchange} from '../exchange.js';
import {rangeExpressions} from '../expression-texts.js';
import {rangeAfter, readPage} from '../page.js';
import {pageReply, readableIndex} from '../page-reply.js';
import type {OperationServices} from '../services.js';
import {storedItemKey} from '../stored-item-key.js';
import {queryGlobalIndex, readableGlobalIndex} from './global-index-pages.js';
import {queryLocalIndex} from './local-index-pages.js';

export function query(exchange: Exchange, services: OperationServices): void {
  carryOutQuery(exchange, services, parseQuery(exchange.body));
}

/** The same for a request that was not made of a body: a PartiQL statement. */
export function carryOutQuery(exchange: Exchange, services: OperationServices, request: QueryRequest): void {
  services.tables.find(exchange, request.tableName, (table) => {
    const global = readableGlobalIndex(table, request);
    if (global !== undefined) {
      queryGlobalIndex(exchange, services, {request, table, index: global});
      return;
    }
    const index = readableIndex(table, request);
    if (index !== undefined) {
      queryLocalIndex(exchange, services, {request, table, index});
      return;
    }
    const {keyCondition, startKey} = resolveQuery(request, table.keySchema);
    checkKeyPaths(request.expressions.compiled, table.keySchema, table.attributeDefinitions);
    const partitionKey = encodePartitionKey(keyCondition.partitionKey);
    const token = tokenOf(partitionKey);
    const whole = keyCondition.sort === undefined
      ? storedCollectionRange(table.tableId, BASE_INDEX_ID, token, partitionKey)
      : storedSortKeyRange(table.tableId, BASE_INDEX_ID, token, partitionKey, keyCondition.sort);
    const isReverse = !request.scanIndexForward;
    const isCountOnly = request.select === 'COUNT';
    readPage(services, {
      ...(startKey === undefined ? whole : rangeAfter(whole, storedItemKey(table, startKey), isReverse)),
      table, isReverse, isCountOnly,
      consistency: request.consistentRead ? 'strong' : 'eventual',
      limit: request.limit,
      expressions: rangeExpressions(request.expressions.input),
      deadlineMs: exchange.deadlineMs,
    }, exchange.step((page) => {
      if (page instanceof Error) throw page;
      const scannedSizeBytes = page.scannedSizesBytes.reduce((sum, sizeBytes) => sum + sizeBytes, 0);
      const halfUnits = readHalfUnits(scannedSizeBytes, request.consistentRead);
      services.metrics.read(table.name, halfUnits, page.items.length);
      exchange.succeed(pageReply(
        page, isCountOnly, (lastKey) => keyFromStored(table.keySchema, lastKey),
        consumedCapacityMember(request.returnConsumedCapacity, request.tableNameGiven, halfUnits),
      ));
    }));
  });
}
