import {EMPTY_BYTES} from '@murmuration/base';
import {checkKeyPaths, parseDeleteItem, validateKeyObject} from '@murmuration/model';
import type {DeleteItemRequest} from '@murmuration/model';
import {wantedCollectionMetrics} from '../collection-metrics.js';
import type {Exchange} from '../exchange.js';
import {writeExpressions} from '../expression-texts.js';
import {carryOutWrite} from '../item-write.js';
import type {OperationServices} from '../services.js';
import {storedItemKey} from '../stored-item-key.js';

export function deleteItem(exchange: Exchange, services: OperationServices): void {
  carryOutDeleteItem(exchange, services, parseDeleteItem(exchange.body));
}

/** The same for a request that was not made of a body: a PartiQL statement. */
export function carryOutDeleteItem(exchange: Exchange, services: OperationServices, request: DeleteItemRequest): void {
  services.tables.find(exchange, request.tableName, (table) => {
    const key = validateKeyObject(table.keySchema, request.key);
    checkKeyPaths(request.expressions.compiled, table.keySchema, table.attributeDefinitions);
    carryOutWrite(exchange, services, {
      table,
      tableNameGiven: request.tableNameGiven,
      returnConsumedCapacity: request.returnConsumedCapacity,
      collectionMetrics: wantedCollectionMetrics(request.returnItemCollectionMetrics, table, key),
      command: {
        op: 'delete',
        key: storedItemKey(table, key),
        item: EMPTY_BYTES,
        itemSizeBytes: 0,
        expressions: writeExpressions(request.expressions.input),
        returnValues: request.returnValues,
        returnItemOnConditionFailure: request.returnValuesOnConditionCheckFailure === 'ALL_OLD',
      },
    });
  });
}
