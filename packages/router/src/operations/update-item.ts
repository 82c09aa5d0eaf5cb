import {checkKeyPaths, checkUpdateKeys, encodeItem, keyToItem, parseUpdateItem, validateKeyObject} from '@murmuration/model';
import type {UpdateItemRequest} from '@murmuration/model';
import {wantedCollectionMetrics} from '../collection-metrics.js';
import type {Exchange} from '../exchange.js';
import {writeExpressions} from '../expression-texts.js';
import {carryOutWrite} from '../item-write.js';
import type {OperationServices} from '../services.js';
import {storedItemKey} from '../stored-item-key.js';

export function updateItem(exchange: Exchange, services: OperationServices): void {
  carryOutUpdateItem(exchange, services, parseUpdateItem(exchange.body));
}

/** The same for a request that was not made of a body: a PartiQL statement. */
export function carryOutUpdateItem(exchange: Exchange, services: OperationServices, request: UpdateItemRequest): void {
  services.tables.find(exchange, request.tableName, (table) => {
    const {input, compiled} = request.expressions;
    const key = validateKeyObject(table.keySchema, request.key);
    if (compiled.update !== undefined) checkUpdateKeys(compiled.update, table.keySchema);
    checkKeyPaths(compiled, table.keySchema, table.attributeDefinitions);
    carryOutWrite(exchange, services, {
      table,
      tableNameGiven: request.tableNameGiven,
      returnConsumedCapacity: request.returnConsumedCapacity,
      collectionMetrics: wantedCollectionMetrics(request.returnItemCollectionMetrics, table, key),
      command: {
        op: 'update',
        key: storedItemKey(table, key),
        // What a missing item is made from.
        item: encodeItem(keyToItem(table.keySchema, key)),
        itemSizeBytes: 0,
        expressions: writeExpressions(input),
        returnValues: request.returnValues,
        returnItemOnConditionFailure: request.returnValuesOnConditionCheckFailure === 'ALL_OLD',
      },
    });
  });
}
