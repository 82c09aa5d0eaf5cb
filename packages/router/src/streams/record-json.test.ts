// A record of the wire, and shards whose split the map does not know yet.
import {toGroupId, utf8Decode, utf8Encode} from '@murmuration/base';
import {encodeStreamRecord} from '@murmuration/partition';
import type {StreamShard} from '@murmuration/partition';
import {ClusterMap} from '@murmuration/placement';
import {ReplyBody} from '../reply-body.js';
import {reachable} from './list-shards.js';
import {writeRecord} from './record-json.js';

const GROUP = toGroupId(17);

test('what time to live removed carries its identity, and the time is cut to the second', () => {
  const value = encodeStreamRecord({
    kind: 'REMOVE', origin: 'time-to-live', viewType: 'OLD_IMAGE', labelSum: 1, timestampHlc: 1_700_000_000_999 * 1024 + 5, sizeBytes: 26,
    keys: utf8Encode('{"pk":{"S":"a"}}'), oldImage: utf8Encode('{"pk":{"S":"a"},"n":{"N":"1"}}'), newImage: undefined,
  });
  const reply = new ReplyBody();
  writeRecord(reply, GROUP, {sequence: 7, ordinal: 1, value}, 'eu-test-1');
  expect(JSON.parse(utf8Decode(reply.finish()))).toEqual({
    eventID: '00000000000011000000000000070001', eventName: 'REMOVE', eventVersion: '1.1', eventSource: 'aws:dynamodb', awsRegion: 'eu-test-1',
    dynamodb: {
      ApproximateCreationDateTime: 1_700_000_000, Keys: {pk: {S: 'a'}}, OldImage: {pk: {S: 'a'}, n: {N: '1'}}, SequenceNumber: '1000000000000000700001', SizeBytes: 26, StreamViewType: 'OLD_IMAGE',
    },
    userIdentity: {PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service'},
  });
});

test('the end of a shard that a split closed is not told before the map knows both children', () => {
  const shard: StreamShard = {label: 'l', group: GROUP, createdHlc: 1, parent: undefined, startSequence: 1, endSequence: 9, endHlc: 5, trimmedUntil: 1, splitChild: toGroupId(18)};
  const child: StreamShard = {...shard, createdHlc: 5, parent: {group: GROUP, createdHlc: 1}, startSequence: 10, endSequence: undefined, endHlc: undefined, splitChild: undefined};
  expect(reachable([shard, child], ClusterMap.empty())).toEqual([{...shard, endSequence: undefined, endHlc: undefined, splitChild: undefined}]);
  const rotated = {...shard, splitChild: undefined};
  expect(reachable([rotated, child], ClusterMap.empty())).toEqual([rotated, child]);
});
