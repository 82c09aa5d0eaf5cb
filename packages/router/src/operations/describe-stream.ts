import {describeKeySchema, labelTimeMs, parseDescribeStream, sequenceNumberText, shardIdText} from '@murmuration/model';
import type {KnownStream} from '@murmuration/model';
import type {StreamShard} from '@murmuration/partition';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {findStream} from '../streams/find-stream.js';
import {listShards} from '../streams/list-shards.js';
import type {ListedShards} from '../streams/list-shards.js';
import {jsonReply} from '../table-replies.js';

export function describeStream(exchange: Exchange, services: OperationServices): void {
  const {stream: reference, limit, exclusiveStartShardId, parentShardId} = parseDescribeStream(exchange.body);
  findStream(exchange, services, reference, ({table, stream}) => listShards(exchange, services, table, stream.label, (listed) => {
    const wanted = listed.shards.filter((shard) => (exclusiveStartShardId === undefined || shardIdText(shard) > exclusiveStartShardId)
      && (parentShardId === undefined || (shard.parent !== undefined && shardIdText(shard.parent) === parentShardId)));
    const page = wanted.slice(0, limit);
    const last = page.at(-1);
    exchange.succeed(jsonReply({StreamDescription: {
      StreamArn: reference.arn,
      StreamLabel: stream.label,
      StreamStatus: statusOf(stream, listed),
      StreamViewType: stream.viewType,
      CreationRequestDateTime: labelTimeMs(stream.label) / 1000,
      TableName: table.name,
      KeySchema: describeKeySchema(table.keySchema),
      Shards: page.map(describeShard),
      ...(wanted.length > page.length && last !== undefined ? {LastEvaluatedShardId: shardIdText(last)} : {}),
    }}));
  }));
}

/** On when every partition has a shard that takes records, off when none has. */
function statusOf({disabledAtMs}: KnownStream, {openCount, partitionCount}: ListedShards): string {
  if (disabledAtMs === undefined) return openCount >= partitionCount ? 'ENABLED' : 'ENABLING';
  return openCount > 0 ? 'DISABLING' : 'DISABLED';
}

function describeShard(shard: StreamShard): Record<string, unknown> {
  const numberOf = (sequence: number): string => sequenceNumberText({sequence, ordinal: 0});
  return {
    ShardId: shardIdText(shard),
    SequenceNumberRange: {
      StartingSequenceNumber: numberOf(shard.startSequence),
      ...(shard.endSequence === undefined ? {} : {EndingSequenceNumber: numberOf(shard.endSequence)}),
    },
    ...(shard.parent === undefined ? {} : {ParentShardId: shardIdText(shard.parent)}),
  };
}
