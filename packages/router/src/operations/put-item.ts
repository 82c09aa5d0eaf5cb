import {checkKeyPaths, encodeItem, extractKey, parsePutItem} from '@murmuration/model';
import type {PutItemRequest} from '@murmuration/model';
import {wantedCollectionMetrics} from '../collection-metrics.js';
import type {Exchange} from '../exchange.js';
import {writeExpressions} from '../expression-texts.js';
import {checkItemIndexKeys} from '../index-keys.js';
import {carryOutWrite} from '../item-write.js';
import type {OperationServices} from '../services.js';
import {storedItemKey} from '../stored-item-key.js';

export function putItem(exchange: Exchange, services: OperationServices): void {
  carryOutPutItem(exchange, services, parsePutItem(exchange.body));
}

/** The same for a request that was not made of a body: a PartiQL statement. */
export function carryOutPutItem(exchange: Exchange, services: OperationServices, request: PutItemRequest): void {
  services.tables.find(exchange, request.tableName, (table) => {
    const key = extractKey(table.keySchema, request.item);
    checkItemIndexKeys(table, request.item);
    checkKeyPaths(request.expressions.compiled, table.keySchema, table.attributeDefinitions);
    carryOutWrite(exchange, services, {
      table,
      tableNameGiven: request.tableNameGiven,
      returnConsumedCapacity: request.returnConsumedCapacity,
      collectionMetrics: wantedCollectionMetrics(request.returnItemCollectionMetrics, table, key),
      command: {
        op: 'put',
        key: storedItemKey(table, key),
        item: encodeItem(request.item),
        itemSizeBytes: request.itemSizeBytes,
        expressions: writeExpressions(request.expressions.input),
        returnValues: request.returnValues,
        returnItemOnConditionFailure: request.returnValuesOnConditionCheckFailure === 'ALL_OLD',
      },
    });
  });
}
