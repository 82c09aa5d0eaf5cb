import {writeHalfUnits} from '@murmuration/capacity';
import type {TableDescriptor} from '@murmuration/model';
import type {WriteCommand} from '@murmuration/partition';
import {consumedCapacityMember} from './consumed-capacity.js';
import type {CapacityDetail} from './consumed-capacity.js';
import {RouterError} from './errors.js';
import type {Exchange} from './exchange.js';
import type {PartitionOutcome} from './partition-client.js';
import {refusal, withoutPartition} from './partition-errors.js';
import {ReplyBody} from './reply-body.js';
import type {OperationServices} from './services.js';

/** What became of one write. */
export type WriteOutcome = Exclude<PartitionOutcome, {readonly kind: 'moved' | 'got' | 'ranged'}> | {readonly kind: 'no-table'};

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
      case 'got':
      case 'ranged':
        done({kind: 'unknown', reason: 'the partition answered another question'});
        return;
      default:
        done(outcome);
    }
  });
}

/** Half units of an answered write: the larger of the two sizes counts. */
export function writtenHalfUnits(oldSizeBytes: number, newSizeBytes: number): number {
  return writeHalfUnits(Math.max(oldSizeBytes, newSizeBytes));
}

export interface SingleWrite {
  readonly table: TableDescriptor;
  readonly tableNameGiven: string;
  readonly command: WriteCommand;
  readonly returnConsumedCapacity: CapacityDetail;
  /** JSON text, when the request asks for it and the table has collections. */
  readonly collectionMetrics: string | undefined;
}

/** PutItem, UpdateItem and DeleteItem from the command on: send, wait, answer. */
export function carryOutWrite(exchange: Exchange, services: OperationServices, write: SingleWrite): void {
  const {table, tableNameGiven, command, returnConsumedCapacity, collectionMetrics} = write;
  sendWrite(services, command, exchange.deadlineMs, exchange.step((outcome) => {
    switch (outcome.kind) {
      case 'written': {
        const halfUnits = writtenHalfUnits(outcome.oldSizeBytes, outcome.newSizeBytes);
        services.metrics.wrote(table.name, halfUnits);
        const metricsMember = collectionMetrics === undefined ? '' : `,"ItemCollectionMetrics":${collectionMetrics}`;
        exchange.succeed(writeReply(outcome.attributes, consumedCapacityMember(returnConsumedCapacity, tableNameGiven, halfUnits) + metricsMember));
        return;
      }
      case 'refused':
        if (outcome.failure.code === 'ConditionFailed') services.metrics.wrote(table.name, writeHalfUnits(outcome.failure.itemSizeBytes));
        throw refusal(outcome.failure);
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
