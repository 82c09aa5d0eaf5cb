import {decodeShardIterator, encodeShardIterator, parseGetRecords, shardIdText} from '@murmuration/model';
import type {ShardIterator} from '@murmuration/model';
import type {StreamRecordsResponse} from '@murmuration/partition';
import type {Exchange} from '../exchange.js';
import {ReplyBody} from '../reply-body.js';
import type {OperationServices} from '../services.js';
import {findStream, shardNotFound, streamUnavailable, trimmed} from '../streams/find-stream.js';
import {writeRecord} from '../streams/record-json.js';
import {withShardPartition} from '../streams/shard-partition.js';

/** Of one answer, by the records' own measure. */
const SIZE_BYTES_MAX = 1024 * 1024;

export function getRecords(exchange: Exchange, services: OperationServices): void {
  const {iteratorText, limit} = parseGetRecords(exchange.body);
  const iterator = decodeShardIterator(iteratorText, services.ports.clock.wallMs());
  const {stream: reference, shard, position, isHorizon} = iterator;
  const missing = (): Error => shardNotFound(shardIdText(shard), reference);
  findStream(exchange, services, reference, ({table, stream}) => withShardPartition(exchange, services, table, shard, missing, (entry) => {
    services.partitions.call(entry, {
      kind: 'stream-records', group: entry.group, epoch: entry.epoch, label: stream.label, createdHlc: shard.createdHlc,
      position, isHorizon, recordCountMax: limit, sizeBytesMax: SIZE_BYTES_MAX,
    }, exchange.deadlineMs, exchange.step((outcome) => {
      if (outcome.kind !== 'stream-records') throw streamUnavailable(outcome);
      if (outcome.state === 'absent') throw missing();
      if (outcome.state === 'trimmed') throw trimmed();
      exchange.succeed(recordsReply(services, iterator, outcome));
    }));
  }));
}

function recordsReply(services: OperationServices, iterator: ShardIterator, {records, next, isEnd, splitChild}: StreamRecordsResponse): Uint8Array {
  const reply = new ReplyBody().text('{"Records":[');
  records.forEach((row, i) => {
    if (i > 0) reply.text(',');
    writeRecord(reply, iterator.shard.group, row, services.settings.region);
  });
  reply.text(']');
  if (!isEnd || !isKnown(services, splitChild)) {
    const text = encodeShardIterator({...iterator, position: next, isHorizon: false, issuedAtMs: services.ports.clock.wallMs()});
    reply.text(`,"NextShardIterator":${JSON.stringify(text)}`);
  }
  return reply.text('}').finish();
}

/** An end that a split made is told when the other half is in the map, so that the reader finds both children. */
function isKnown(services: OperationServices, splitChild: StreamRecordsResponse['splitChild']): boolean {
  if (splitChild === undefined || services.map.current().partition(splitChild) !== undefined) return true;
  services.partitions.refresher.refresh(() => undefined);
  return false;
}
