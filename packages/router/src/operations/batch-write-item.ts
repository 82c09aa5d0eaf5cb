import {EMPTY_BYTES, utf8Encode} from '@murmuration/base';
import {encodeItem, itemText, parseBatchWriteItem, resolveBatchWrites} from '@murmuration/model';
import type {BatchWrite, BatchWriteTable, PrimaryKey, TableDescriptor} from '@murmuration/model';
import type {WriteCommand} from '@murmuration/partition';
import {collectionMetricsText, wantedCollectionMetrics} from '../collection-metrics.js';
import {consumedCapacityListMember, joinIndexCosts, totalHalfUnits} from '../consumed-capacity.js';
import type {IndexCost, TableCost} from '../consumed-capacity.js';
import {RouterError} from '../errors.js';
import type {Exchange} from '../exchange.js';
import {checkItemIndexKeys} from '../index-keys.js';
import {sendWrite, writtenCost} from '../item-write.js';
import type {WriteOutcome} from '../item-write.js';
import {refusal} from '../partition-errors.js';
import type {Throttle} from '../partition-errors.js';
import type {OperationServices} from '../services.js';
import {storedItemKey} from '../stored-item-key.js';
import {arnPrefix} from '../table-replies.js';

interface TableWrites {
  readonly table: TableDescriptor;
  readonly request: BatchWriteTable;
  readonly keys: readonly PrimaryKey[];
  readonly commands: readonly WriteCommand[];
  readonly outcomes: (WriteOutcome | undefined)[];
}

export function batchWriteItem(exchange: Exchange, services: OperationServices): void {
  const request = parseBatchWriteItem(exchange.body);
  services.tables.findAll(exchange, request.tables.map(({tableName}) => tableName), (tables) => {
    // Every key of every table is judged before the first write goes out: one wrong one refuses the batch.
    const parts = request.tables.map((part, i): TableWrites => toWrites(part, tables[i] as TableDescriptor));
    let openCount = parts.reduce((sum, {commands}) => sum + commands.length, 0);
    const answered = exchange.step(() => exchange.succeed(answer(services, parts, request.returnConsumedCapacity, request.returnItemCollectionMetrics)));
    for (const {commands, outcomes} of parts) {
      commands.forEach((command, i) => sendWrite(services, command, exchange.deadlineMs, (outcome) => {
        outcomes[i] = outcome;
        openCount -= 1;
        if (openCount === 0) answered(undefined);
      }));
    }
  });
}

function toWrites(request: BatchWriteTable, table: TableDescriptor): TableWrites {
  const keys = resolveBatchWrites(request.writes, table.keySchema);
  for (const write of request.writes) if (write.kind === 'put') checkItemIndexKeys(table, write.item);
  const commands = request.writes.map((write, i) => toCommand(write, table, keys[i] as PrimaryKey));
  return {table, request, keys, commands, outcomes: commands.map(() => undefined)};
}

function toCommand(write: BatchWrite, table: TableDescriptor, key: PrimaryKey): WriteCommand {
  const isPut = write.kind === 'put';
  return {
    op: write.kind,
    key: storedItemKey(table, key),
    item: isPut ? encodeItem(write.item) : EMPTY_BYTES,
    itemSizeBytes: isPut ? write.itemSizeBytes : 0,
    expressions: undefined, returnValues: 'NONE', returnItemOnConditionFailure: false,
  };
}

/** Writes of a batch may be sent again whatever became of them, so even an unknown outcome is only unprocessed. */
function answer(
  services: OperationServices, parts: readonly TableWrites[], detail: 'INDEXES' | 'TOTAL' | 'NONE', collections: 'SIZE' | 'NONE',
): Uint8Array {
  let writtenCount = 0;
  let reason = '';
  let mayHaveHappened = false;
  let throttle: Throttle | undefined;
  const unprocessed: string[] = [];
  const capacity: TableCost[] = [];
  const metrics: string[] = [];
  for (const {table, request, keys, outcomes} of parts) {
    // Of each collection the largest size that was told.
    const touched = new Map<string, number>();
    const indexCosts: IndexCost[] = [];
    let halfUnits = 0;
    const left: string[] = [];
    outcomes.forEach((outcome, i) => {
      if (outcome?.kind === 'written') {
        writtenCount += 1;
        const wanted = wantedCollectionMetrics(collections, table, keys[i] as PrimaryKey);
        if (wanted !== undefined) touched.set(wanted.keyText, Math.max(touched.get(wanted.keyText) ?? 0, outcome.derived?.collectionSizeBytes ?? 0));
        const cost = writtenCost(table, outcome);
        halfUnits += cost.halfUnits;
        indexCosts.push(...cost.indexes);
        return;
      }
      if (outcome?.kind === 'refused') {
        // A transaction holds the item for some milliseconds: like a throttled write, it may come again.
        const isHeld = outcome.failure.code === 'Rejected' && outcome.failure.error === 'TransactionConflictException';
        if (outcome.failure.code !== 'Throttled' && !isHeld) throw refusal(outcome.failure);
        if (outcome.failure.code === 'Throttled') throttle ??= outcome.failure;
        else reason = 'a transaction holds the item';
        left.push(writeText(request.writes[i] as BatchWrite));
        return;
      }
      if (outcome?.kind === 'unknown') mayHaveHappened = true;
      reason = outcome === undefined || outcome.kind === 'no-table' ? 'the table has no partition' : outcome.kind === 'unavailable' || outcome.kind === 'unknown' ? outcome.reason : 'the partition answered another question';
      left.push(writeText(request.writes[i] as BatchWrite));
    });
    const indexes = joinIndexCosts(indexCosts);
    services.metrics.wrote(table.name, totalHalfUnits({halfUnits, indexes}));
    const collectionTexts = [...touched].map(([keyText, sizeBytes]) => collectionMetricsText({keyText}, sizeBytes));
    if (collectionTexts.length > 0) metrics.push(`${JSON.stringify(request.tableNameGiven)}:[${collectionTexts.join(',')}]`);
    capacity.push({tableNameGiven: request.tableNameGiven, halfUnits, indexes});
    if (left.length > 0) unprocessed.push(`${JSON.stringify(request.tableNameGiven)}:[${left.join(',')}]`);
  }
  if (writtenCount === 0 && throttle !== undefined && !mayHaveHappened) throw refusal(throttle, arnPrefix(services));
  if (writtenCount === 0) throw new RouterError({code: mayHaveHappened ? 'OutcomeUnknown' : 'Unavailable', reason});
  const metricsMember = metrics.length === 0 ? '' : `,"ItemCollectionMetrics":{${metrics.join(',')}}`;
  return utf8Encode(`{"UnprocessedItems":{${unprocessed.join(',')}}${metricsMember}${consumedCapacityListMember(detail, capacity)}}`);
}

function writeText(write: BatchWrite): string {
  return write.kind === 'put' ? `{"PutRequest":{"Item":${itemText(write.item)}}}` : `{"DeleteRequest":{"Key":${itemText(write.key)}}}`;
}
