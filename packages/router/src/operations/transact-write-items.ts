import {EMPTY_BYTES, utf8Encode} from '@murmuration/base';
import {readModeHalfUnits, transactionalHalfUnits} from '@murmuration/capacity';
import {
  ITEM_SIZE_BYTES_MAX, ModelError, checkKeyPaths, checkUpdateKeys, encodeItem, extractKey, hasEmptyKeyValue, itemSizeBytes, keyToItem, parseTransactWriteItems,
  repeatedTransactItem, transactionCancelled, validateKeyObject, validationError,
} from '@murmuration/model';
import type {CancellationReason, PrimaryKey, TableDescriptor, TransactWriteAction, TransactWriteItemsRequest} from '@murmuration/model';
import {keyText} from '@murmuration/partition';
import type {ActionCost, TransactAction} from '@murmuration/partition';
import {collectionMetricsText, wantedCollectionMetrics} from '../collection-metrics.js';
import {totalHalfUnits} from '../consumed-capacity.js';
import {RouterError} from '../errors.js';
import type {Exchange} from '../exchange.js';
import {writeExpressions} from '../expression-texts.js';
import {checkItemIndexKeys} from '../index-keys.js';
import {writtenCost} from '../item-write.js';
import {withoutPartition} from '../partition-errors.js';
import type {OperationServices} from '../services.js';
import {storedItemKey} from '../stored-item-key.js';
import {NO_REASON, shownReasons} from '../transactions/cancellation.js';
import {transactGet, transactWrite} from '../transactions/coordinator.js';
import type {TransactWriteOutcome} from '../transactions/coordinator.js';
import {transactCapacityMember} from '../transactions/transact-capacity.js';
import type {ActionPrice} from '../transactions/transact-capacity.js';

interface PlannedAction {
  readonly table: TableDescriptor;
  readonly given: TransactWriteAction;
  readonly key: PrimaryKey;
  readonly action: TransactAction;
}

export function transactWriteItems(exchange: Exchange, services: OperationServices): void {
  const request = parseTransactWriteItems(exchange.body);
  services.tables.findAll(exchange, request.actions.map(({tableName}) => tableName), (tables) => {
    const planned = plan(request.actions, tables);
    transactWrite(services, {actions: planned.map(({action}) => action), token: request.clientRequestToken}, exchange.deadlineMs, exchange.step((outcome) => {
      services.metrics.transacted('write', outcome.kind);
      switch (outcome.kind) {
        case 'committed':
          exchange.succeed(reply(services, request, planned, outcome.costs));
          return;
        case 'repeated':
          answerRepeated(exchange, services, request, planned);
          return;
        case 'cancelled':
          countCancelled(services, planned, outcome);
          throw transactionCancelled(outcome.reasons);
        case 'mismatch':
          throw new ModelError({
            code: 'IdempotentParameterMismatchException', message: 'An error occurred: the request was rejected because its client token was used before with other parameters.',
          });
        case 'in-progress':
          throw new ModelError({code: 'TransactionInProgressException', message: 'The transaction with the given request token is already in progress.'});
        case 'no-table':
          throw withoutPartition(services, (planned[0] as PlannedAction).table);
        case 'unavailable':
          throw new RouterError({code: 'Unavailable', reason: outcome.reason});
        case 'unknown':
          throw new RouterError({code: 'OutcomeUnknown', reason: outcome.reason});
      }
    }));
  });
}

/** @throws ModelError when the request as a whole is refused, or one of its actions by itself */
function plan(actions: readonly TransactWriteAction[], tables: readonly TableDescriptor[]): readonly PlannedAction[] {
  const planned: PlannedAction[] = [];
  // What a put is to store is known without looking: a size too large is no reason to cancel, as it is for an update.
  if (actions.some(({kind, item}) => kind === 'put' && itemSizeBytes(item) > ITEM_SIZE_BYTES_MAX)) {
    throw validationError('Item size has exceeded the maximum allowed size');
  }
  const faults = actions.map((given, i): CancellationReason => {
    const table = tables[i] as TableDescriptor;
    try {
      planned.push(planOne(given, table));
      return NO_REASON;
    } catch (error) {
      if (!(error instanceof ModelError) || error.failure.code !== 'ValidationException' || hasEmptyKeyValue(table.keySchema, given.item)) throw error;
      return {code: 'ValidationError', message: error.failure.message, item: undefined};
    }
  });
  if (new Set(planned.map(({action}) => keyText(action.command.key))).size < planned.length) throw repeatedTransactItem();
  if (planned.length < actions.length) throw transactionCancelled(shownReasons(faults));
  return planned;
}

/** @throws ModelError `ValidationException` */
function planOne(given: TransactWriteAction, table: TableDescriptor): PlannedAction {
  const {kind, item, expressions} = given;
  const isPut = kind === 'put';
  const sizeBytes = isPut ? itemSizeBytes(item) : 0;
  if (kind === 'update' && expressions.compiled.update !== undefined) checkUpdateKeys(expressions.compiled.update, table.keySchema);
  checkKeyPaths(expressions.compiled, table.keySchema, table.attributeDefinitions);
  const key = isPut ? extractKey(table.keySchema, item) : validateKeyObject(table.keySchema, item);
  if (isPut) checkItemIndexKeys(table, item);
  return {
    table, given, key,
    action: {
      isCheck: kind === 'check',
      command: {
        op: kind === 'check' ? 'delete' : kind,
        key: storedItemKey(table, key),
        item: isPut ? encodeItem(item) : kind === 'update' ? encodeItem(keyToItem(table.keySchema, key)) : EMPTY_BYTES,
        itemSizeBytes: sizeBytes,
        expressions: writeExpressions(expressions.input),
        returnValues: 'NONE',
        returnItemOnConditionFailure: given.returnValuesOnConditionCheckFailure === 'ALL_OLD',
      },
    },
  };
}

/** Everything is done twice, to prepare and to commit. */
function priceOf({table, given}: PlannedAction, {oldSizeBytes, newSizeBytes, indexHalfUnits, collectionSizeBytes, globalIndexes}: ActionCost): ActionPrice {
  const once = writtenCost(table, {kind: 'written', attributes: undefined, oldSizeBytes, newSizeBytes, globalIndexes, derived: {indexHalfUnits, collectionSizeBytes}});
  return {
    tableNameGiven: given.tableNameGiven, halfUnits: transactionalHalfUnits(once.halfUnits),
    indexes: once.indexes.map((index) => ({...index, halfUnits: transactionalHalfUnits(index.halfUnits)})),
  };
}

function reply(services: OperationServices, request: TransactWriteItemsRequest, planned: readonly PlannedAction[], costs: readonly ActionCost[]): Uint8Array {
  const prices = planned.map((action, i) => priceOf(action, costs[i] as ActionCost));
  prices.forEach((price, i) => services.metrics.wrote((planned[i] as PlannedAction).table.name, totalHalfUnits(price)));
  const members = transactCapacityMember(request.returnConsumedCapacity, 'Write', prices) + collectionsMember(request, planned, costs);
  return utf8Encode(`{${members.slice(1)}}`);
}

/** By table, each collection once, with the largest size that was told. */
function collectionsMember({returnItemCollectionMetrics}: TransactWriteItemsRequest, planned: readonly PlannedAction[], costs: readonly ActionCost[]): string {
  const tables = new Map<string, Map<string, number>>();
  planned.forEach(({table, given, key, action}, i) => {
    const wanted = action.isCheck ? undefined : wantedCollectionMetrics(returnItemCollectionMetrics, table, key);
    if (wanted === undefined) return;
    const collections = tables.get(given.tableNameGiven) ?? new Map<string, number>();
    tables.set(given.tableNameGiven, collections);
    collections.set(wanted.keyText, Math.max(collections.get(wanted.keyText) ?? 0, costs[i]?.collectionSizeBytes ?? 0));
  });
  if (tables.size === 0) return '';
  const texts = [...tables].map(([name, collections]) => {
    const list = [...collections].map(([collectionKeyText, sizeBytes]) => collectionMetricsText({keyText: collectionKeyText}, sizeBytes));
    return `${JSON.stringify(name)}:[${list.join(',')}]`;
  });
  return `,"ItemCollectionMetrics":{${texts.join(',')}}`;
}

/** A repeated request changes nothing and costs what reading its items does. */
function answerRepeated(exchange: Exchange, services: OperationServices, request: TransactWriteItemsRequest, planned: readonly PlannedAction[]): void {
  if (request.returnConsumedCapacity === 'NONE') {
    exchange.succeed(utf8Encode('{}'));
    return;
  }
  transactGet(services, planned.map(({action}) => action.command.key), exchange.deadlineMs, exchange.step((outcome) => {
    const prices = planned.map(({given}, i): ActionPrice => ({
      tableNameGiven: given.tableNameGiven, indexes: [],
      halfUnits: readModeHalfUnits(outcome.kind === 'read' ? outcome.rows[i]?.sizeBytes ?? 0 : 0, 'transactional'),
    }));
    prices.forEach((price, i) => services.metrics.read((planned[i] as PlannedAction).table.name, price.halfUnits, 0));
    exchange.succeed(utf8Encode(`{${transactCapacityMember(request.returnConsumedCapacity, 'Read', prices).slice(1)}}`));
  }));
}

/** What was judged has cost its units, though nothing came of it. */
function countCancelled(services: OperationServices, planned: readonly PlannedAction[], {costs}: Extract<TransactWriteOutcome, {readonly kind: 'cancelled'}>): void {
  planned.forEach((action, i) => {
    const cost = costs[i];
    if (cost !== undefined) services.metrics.wrote(action.table.name, totalHalfUnits(priceOf(action, cost)));
  });
}
