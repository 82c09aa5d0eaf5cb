import {readModeHalfUnits} from '@murmuration/capacity';
import {
  ModelError, TRANSACTION_SIZE_BYTES_MAX, checkKeyPaths, hasEmptyKeyValue, parseTransactGetItems, repeatedTransactItem, tooLargeTransaction, transactionCancelled,
  validateKeyObject,
} from '@murmuration/model';
import type {CancellationReason, TableDescriptor, TransactGet} from '@murmuration/model';
import {keyText} from '@murmuration/partition';
import {RouterError} from '../errors.js';
import type {Exchange} from '../exchange.js';
import {withoutPartition} from '../partition-errors.js';
import {projectJson} from '../project-json.js';
import {ReplyBody} from '../reply-body.js';
import type {OperationServices} from '../services.js';
import {storedItemKey} from '../stored-item-key.js';
import {NO_REASON, shownReasons} from '../transactions/cancellation.js';
import {transactGet} from '../transactions/coordinator.js';
import {transactCapacityMember} from '../transactions/transact-capacity.js';

export function transactGetItems(exchange: Exchange, services: OperationServices): void {
  const {gets, returnConsumedCapacity} = parseTransactGetItems(exchange.body);
  services.tables.findAll(exchange, gets.map(({tableName}) => tableName), (tables) => {
    const keys = storedKeys(gets, tables);
    transactGet(services, keys, exchange.deadlineMs, exchange.step((outcome) => {
      services.metrics.transacted('read', outcome.kind);
      switch (outcome.kind) {
        case 'read':
          break;
        case 'cancelled':
          throw transactionCancelled(outcome.reasons);
        case 'no-table':
          throw withoutPartition(services, tables[0] as TableDescriptor);
        case 'unavailable':
          throw new RouterError({code: 'Unavailable', reason: outcome.reason});
      }
      const {rows} = outcome;
      if (rows.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0) > TRANSACTION_SIZE_BYTES_MAX) throw tooLargeTransaction();
      const reply = new ReplyBody().text('{"Responses":[');
      const prices = gets.map(({tableNameGiven, expressions}, i) => {
        const row = rows[i];
        const halfUnits = readModeHalfUnits(row?.sizeBytes ?? 0, 'transactional');
        services.metrics.read((tables[i] as TableDescriptor).name, halfUnits, row?.item === undefined ? 0 : 1);
        if (i > 0) reply.text(',');
        if (row?.item === undefined) reply.text('{}');
        else reply.text('{"Item":').bytes(projectJson(row.item, expressions.compiled.projection)).text('}');
        return {tableNameGiven, halfUnits, indexes: []};
      });
      exchange.succeed(reply.text(`]${transactCapacityMember(returnConsumedCapacity, 'Read', prices)}}`).finish());
    }));
  });
}

/** @throws ModelError when the request as a whole is refused, or one of its reads by itself */
function storedKeys(gets: readonly TransactGet[], tables: readonly TableDescriptor[]): readonly Uint8Array[] {
  const keys: Uint8Array[] = [];
  const faults = gets.map((get, i): CancellationReason => {
    const table = tables[i] as TableDescriptor;
    try {
      const key = storedItemKey(table, validateKeyObject(table.keySchema, get.key));
      checkKeyPaths(get.expressions.compiled, table.keySchema, table.attributeDefinitions);
      keys.push(key);
      return NO_REASON;
    } catch (error) {
      if (!(error instanceof ModelError) || error.failure.code !== 'ValidationException' || hasEmptyKeyValue(table.keySchema, get.key)) throw error;
      return {code: 'ValidationError', message: error.failure.message, item: undefined};
    }
  });
  if (new Set(keys.map(keyText)).size < keys.length) throw repeatedTransactItem();
  if (keys.length < gets.length) throw transactionCancelled(shownReasons(faults));
  return keys;
}
