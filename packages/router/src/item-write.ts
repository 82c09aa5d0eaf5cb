import {writeHalfUnits} from '@murmuration/capacity';
import {localIndexesOf} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import type {WriteCommand} from '@murmuration/partition';
import {collectionMetricsText} from './collection-metrics.js';
import type {CollectionMetrics} from './collection-metrics.js';
import {consumedCapacityMember, totalHalfUnits} from './consumed-capacity.js';
import type {CapacityDetail, IndexCost} from './consumed-capacity.js';
import {RouterError} from './errors.js';
import type {Exchange} from './exchange.js';
import type {PartitionOutcome} from '@murmuration/partition-client';
import {refusal, withoutPartition} from './partition-errors.js';
import {ReplyBody} from './reply-body.js';
import type {OperationServices} from './services.js';
import {arnPrefix} from './table-replies.js';

/** What became of one write. */
export type WriteOutcome = Extract<PartitionOutcome, {readonly kind: 'written' | 'refused' | 'unavailable' | 'unknown'}> | {readonly kind: 'no-table'};

/**
 * Sends one write to the partition of its key; again when the partition moved on the way.
 * @param done called once, perhaps before this returns
 */
export function sendWrite(services: OperationServices, command: WriteCommand, deadlineMs: number, done: (outcome: WriteOutcome) => void): void {
  const entry = services.map.current().partitionOfKey(command.key);
  if (entry === undefined) {
    done({kind: 'no-table'});
    return;
  }
  services.partitions.call(entry, {kind: 'write', group: entry.group, epoch: entry.epoch, command}, deadlineMs, (outcome) => {
    switch (outcome.kind) {
      case 'moved':
        sendWrite(services, command, deadlineMs, done);
        return;
      case 'written':
      case 'refused':
      case 'unavailable':
      case 'unknown':
        done(outcome);
        return;
      default:
        done({kind: 'unknown', reason: 'the partition answered another question'});
    }
  });
}

/** What an answered write cost: the larger of the two sizes counts, and what its local indexes had to do. */
export function writtenCost(
  table: TableDescriptor, {oldSizeBytes, newSizeBytes, derived, globalIndexes = []}: Extract<WriteOutcome, {readonly kind: 'written'}>,
): {readonly halfUnits: number; readonly indexes: readonly IndexCost[]} {
  const halfUnits = writeHalfUnits(Math.max(oldSizeBytes, newSizeBytes));
  const global = globalIndexes.flatMap(({indexId, halfUnits: cost}) => {
    const life = table.globalIndexes?.find((each) => each.indexId === indexId);
    return life === undefined ? [] : [{name: life.name, halfUnits: cost, isGlobal: true}];
  });
  if (derived === undefined) return {halfUnits, indexes: global};
  const indexes = localIndexesOf(table).map(({name}, i) => ({name, halfUnits: derived.indexHalfUnits[i] ?? 0}));
  return {halfUnits, indexes: [...indexes.filter((index) => index.halfUnits > 0), ...global]};
}

export interface SingleWrite {
  readonly table: TableDescriptor;
  readonly tableNameGiven: string;
  readonly command: WriteCommand;
  readonly returnConsumedCapacity: CapacityDetail;
  /** When the request asks for them and the table has collections. */
  readonly collectionMetrics: CollectionMetrics | undefined;
}

/** PutItem, UpdateItem and DeleteItem from the command on: send, wait, answer. */
export function carryOutWrite(exchange: Exchange, services: OperationServices, write: SingleWrite): void {
  const {table, tableNameGiven, command, returnConsumedCapacity, collectionMetrics} = write;
  sendWrite(services, command, exchange.deadlineMs, exchange.step((outcome) => {
    switch (outcome.kind) {
      case 'written': {
        const cost = writtenCost(table, outcome);
        services.metrics.wrote(table.name, totalHalfUnits(cost));
        const metricsMember = collectionMetrics === undefined ? '' : `,"ItemCollectionMetrics":${collectionMetricsText(collectionMetrics, outcome.derived?.collectionSizeBytes ?? 0)}`;
        exchange.succeed(writeReply(outcome.attributes, consumedCapacityMember(returnConsumedCapacity, tableNameGiven, cost.halfUnits, cost.indexes) + metricsMember));
        return;
      }
      case 'refused':
        if (outcome.failure.code === 'ConditionFailed') services.metrics.wrote(table.name, writeHalfUnits(outcome.failure.itemSizeBytes));
        throw refusal(outcome.failure, arnPrefix(services));
      case 'no-table':
        throw withoutPartition(services, table);
      case 'unavailable':
        throw new RouterError({code: 'Unavailable', reason: outcome.reason});
      case 'unknown':
        throw new RouterError({code: 'OutcomeUnknown', reason: outcome.reason});
    }
  }));
}

const EMPTY_REPLY = new ReplyBody().text('{}').finish();

/** @param members each with a comma before it */
function writeReply(attributes: Uint8Array | undefined, members: string): Uint8Array {
  if (attributes === undefined) return members === '' ? EMPTY_REPLY : new ReplyBody().text(`{${members.slice(1)}}`).finish();
  return new ReplyBody().text('{"Attributes":').bytes(attributes).text(`${members}}`).finish();
}
