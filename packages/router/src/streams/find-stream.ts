import {ModelError, streamsOf} from '@murmuration/model';
import type {KnownStream, StreamReference, TableDescriptor} from '@murmuration/model';
import type {PartitionOutcome} from '@murmuration/partition-client';
import {RouterError} from '../errors.js';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {arnPrefix} from '../table-replies.js';

/** A stream with its table, as the map knows them. */
export interface FoundStream {
  readonly table: TableDescriptor;
  readonly stream: KnownStream;
}

/** Goes on with the stream, from a newer map if the one here does not know it; ResourceNotFoundException when nobody does. */
export function findStream(exchange: Exchange, services: OperationServices, reference: StreamReference, found: (stream: FoundStream) => void): void {
  const known = lookUp(services, reference);
  if (known !== undefined) {
    exchange.tableName = known.table.name;
    found(known);
    return;
  }
  services.partitions.refresher.refresh(() => exchange.run(() => {
    const fresh = lookUp(services, reference);
    if (fresh === undefined) {
      if (!services.map.isConfirmed()) throw new RouterError({code: 'Unavailable', reason: 'the stream is not known, and the control plane was never reached'});
      throw streamNotFound(reference);
    }
    exchange.tableName = fresh.table.name;
    found(fresh);
  }));
}

export function streamNotFound({arn}: StreamReference): ModelError {
  return new ModelError({code: 'ResourceNotFoundException', message: `Requested resource not found: Stream: ${arn} not found`});
}
export function shardNotFound(shardId: string, {arn}: StreamReference): ModelError {
  return new ModelError({code: 'ResourceNotFoundException', message: `Requested resource not found: Shard: ${shardId} in Stream: ${arn} not found`});
}
export function trimmed(): ModelError {
  return new ModelError({code: 'TrimmedDataAccessException', message: 'The operation attempted to read past the oldest stream record in a shard.'});
}

/** @returns why a partition gave no answer about its stream, as the error the client gets */
export function streamUnavailable(outcome: PartitionOutcome): RouterError {
  return new RouterError({code: 'Unavailable', reason: outcome.kind === 'unavailable' || outcome.kind === 'unknown' ? outcome.reason : `a partition answered ${outcome.kind}`});
}

/** ARNs name region and account: what names others is not here. */
function lookUp(services: OperationServices, {tableName, label, arn}: StreamReference): FoundStream | undefined {
  const table = services.map.current().tableByName(tableName);
  if (table === undefined || table.status === 'DELETING' || !arn.startsWith(`${arnPrefix(services)}:table/`)) return undefined;
  const stream = streamsOf(table, services.ports.clock.wallMs()).find((candidate) => candidate.label === label);
  return stream === undefined ? undefined : {table, stream};
}
