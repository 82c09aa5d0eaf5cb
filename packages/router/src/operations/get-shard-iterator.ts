import {comparePositions, encodeShardIterator, invalidSequenceNumber, parseGetShardIterator, positionAfter} from '@murmuration/model';
import type {GetShardIteratorRequest, StreamPosition} from '@murmuration/model';
import type {StreamShard} from '@murmuration/partition';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {findStream, shardNotFound, streamUnavailable, trimmed} from '../streams/find-stream.js';
import {withShardPartition} from '../streams/shard-partition.js';
import {jsonReply} from '../table-replies.js';

export function getShardIterator(exchange: Exchange, services: OperationServices): void {
  const request = parseGetShardIterator(exchange.body);
  const {stream: reference, shardId, shard: name} = request;
  findStream(exchange, services, reference, ({table, stream}) => {
    if (name === undefined) throw shardNotFound(shardId, reference);
    withShardPartition(exchange, services, table, name, () => shardNotFound(shardId, reference), (entry) => {
      services.partitions.call(entry, {kind: 'stream-shards', group: entry.group, epoch: entry.epoch}, exchange.deadlineMs, exchange.step((outcome) => {
        if (outcome.kind !== 'stream-shards') throw streamUnavailable(outcome);
        const shard = outcome.shards.find(({createdHlc, label}) => createdHlc === name.createdHlc && label === stream.label);
        if (shard === undefined) throw shardNotFound(shardId, reference);
        const place = placeOf(request, shard, outcome.sequence);
        exchange.succeed(jsonReply({ShardIterator: encodeShardIterator({stream: reference, shard: name, ...place, issuedAtMs: services.ports.clock.wallMs()})}));
      }));
    });
  });
}

/** @param sequence of the partition's newest effect */
function placeOf({type, position}: GetShardIteratorRequest, shard: StreamShard, sequence: number): {readonly position: StreamPosition; readonly isHorizon: boolean} {
  const start = {sequence: shard.startSequence, ordinal: 0};
  const horizon = {position: start, isHorizon: true};
  if (type === 'TRIM_HORIZON') return horizon;
  const end = {sequence: shard.endSequence ?? Math.max(sequence + 1, shard.startSequence), ordinal: 0};
  if (type === 'LATEST') return {position: end, isHorizon: false};
  // A shard's own ends may be named though no record has their numbers.
  if (position === undefined || comparePositions(position, start) < 0 || comparePositions(position, end) > 0) throw invalidSequenceNumber();
  if (comparePositions(position, start) === 0) return horizon;
  if (position.sequence < shard.trimmedUntil) throw trimmed();
  return {position: type === 'AT_SEQUENCE_NUMBER' ? position : positionAfter(position), isHorizon: false};
}
