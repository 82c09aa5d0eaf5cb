import {toGroupId} from '@murmuration/base';
import {describe, expect, test} from '@jest/globals';
import fc from 'fast-check';
import type {Derivation} from '../derivation.js';
import {ITERATOR_LIFETIME_MS, decodeShardIterator, encodeShardIterator} from './shard-iterator.js';
import {STREAM_RETENTION_MS, latestStreamOf, pastStreamsOf, streamsOf} from './past-streams.js';
import {comparePositions, parseSequenceNumber, positionAfter, sequenceNumberText} from './sequence-number.js';
import {parseShardId, shardIdText} from './shard-id.js';
import {parseStreamArn, streamArn} from './stream-arn.js';
import {parseDescribeStream, parseGetRecords, parseGetShardIterator, parseListStreams} from './stream-requests.js';

// Names, numbers and iterators of streams: what goes out comes back, and nothing else comes in.

const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/Music/stream/2026-01-31T09:05:07.004';
const SHARD = {group: toGroupId(7), createdHlc: 1_800_000_000_000 * 1024 + 3};

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String((error as {failure?: {code: string; message: string}}).failure?.code) + ': ' + (error as Error).message;
  }
  return 'nothing';
}

describe('sequence numbers', () => {
  const position = fc.record({sequence: fc.nat({max: Number.MAX_SAFE_INTEGER - 1}), ordinal: fc.nat({max: 0xffff})});
  test('have 22 digits, are read back, and order as texts like positions do', () => {
    fc.assert(fc.property(position, position, (a, b) => {
      const [textA, textB] = [sequenceNumberText(a), sequenceNumberText(b)];
      expect(textA).toMatch(/^1\d{21}$/);
      expect(parseSequenceNumber(textA)).toEqual(a);
      expect(Math.sign(comparePositions(a, b))).toBe(textA < textB ? -1 : textA > textB ? 1 : 0);
      expect(comparePositions(positionAfter(a), a)).toBeGreaterThan(0);
    }));
  });
  test('that were never given out are none', () => {
    for (const text of ['', '1'.repeat(21), '2'.repeat(22), `1${'0'.repeat(20)}x`, `1${'0'.repeat(16)}99999`, '1'.repeat(40)]) expect(parseSequenceNumber(text)).toBeUndefined();
  });
});

test('a shard id tells its partition and its time, and sorts by time', () => {
  expect(shardIdText(SHARD)).toMatch(/^shardId-\d{20}-00000007$/);
  expect(parseShardId(shardIdText(SHARD))).toEqual(SHARD);
  expect(shardIdText(SHARD) < shardIdText({group: toGroupId(1), createdHlc: SHARD.createdHlc + 1})).toBe(true);
  for (const text of ['shardId-1-2', 'shardId-00000001414576573621-f55EEA83', 'shardId-00000001414576573621-00000000', 'x']) expect(parseShardId(text)).toBeUndefined();
});

test('an ARN of a stream tells table and label', () => {
  expect(parseStreamArn(ARN)).toEqual({tableName: 'Music', label: '2026-01-31T09:05:07.004', arn: ARN});
  expect(streamArn('arn:aws:dynamodb:us-east-1:000000000000:table/Music', '2026-01-31T09:05:07.004')).toBe(ARN);
  for (const text of ['', 'arn:aws:dynamodb:us-east-1:000000000000:table/Music', `${ARN}x`, ARN.replace('Music', 'a/b')]) expect(refusal(() => parseStreamArn(text))).toBe('ValidationException: Invalid StreamArn');
});

describe('a shard iterator', () => {
  const iterator = {stream: parseStreamArn(ARN), shard: SHARD, position: {sequence: 99, ordinal: 2}, isHorizon: false, issuedAtMs: 1_800_000_000_000};
  const text = encodeShardIterator(iterator);
  test('comes back for fifteen minutes and then is expired', () => {
    expect(text.startsWith(`${ARN}|1|`)).toBe(true);
    expect(decodeShardIterator(text, iterator.issuedAtMs)).toEqual(iterator);
    expect(decodeShardIterator(text, iterator.issuedAtMs + ITERATOR_LIFETIME_MS)).toEqual(iterator);
    expect(refusal(() => decodeShardIterator(text, iterator.issuedAtMs + ITERATOR_LIFETIME_MS + 1))).toBe('ExpiredIteratorException: The provided iterator exceeds the maximum age allowed.');
  });
  test('that was changed anywhere is refused', () => {
    for (let at = 0; at < text.length; at += 1) {
      const changed = `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;
      expect(refusal(() => decodeShardIterator(changed, iterator.issuedAtMs))).toBe('ValidationException: Invalid ShardIterator');
    }
    for (const wrong of ['x', `${ARN}|1|`, `${ARN}|1|!!`, text.slice(0, -4)]) expect(refusal(() => decodeShardIterator(wrong, 0))).toBe('ValidationException: Invalid ShardIterator');
  });
});

describe('what a table remembers of its streams', () => {
  const one: Derivation = {version: 1, globalIndexes: [], stream: {label: 'one', viewType: 'KEYS_ONLY'}};
  const off: Derivation = {version: 2, globalIndexes: []};
  test('a stream that was switched off is listed for a day and named until there is another', () => {
    const past = pastStreamsOf({derivation: one}, off, 1000);
    expect(past).toEqual([{label: 'one', viewType: 'KEYS_ONLY', disabledAtMs: 1000}]);
    const table = {derivation: off, pastStreams: past ?? []};
    expect(streamsOf(table, 1000 + STREAM_RETENTION_MS - 1)).toHaveLength(1);
    expect(streamsOf(table, 1000 + STREAM_RETENTION_MS)).toHaveLength(0);
    expect(latestStreamOf(table)?.label).toBe('one');
    expect(pastStreamsOf(table, off, 2000)).toBe(table.pastStreams);
  });
  test('those that nobody can read are forgotten when another goes', () => {
    const table = {derivation: {...one, stream: {label: 'two', viewType: 'NEW_IMAGE'}} as Derivation, pastStreams: [{label: 'one', viewType: 'KEYS_ONLY', disabledAtMs: 0}] as const};
    expect(streamsOf(table, 10).map(({label}) => label)).toEqual(['one', 'two']);
    expect(pastStreamsOf(table, off, STREAM_RETENTION_MS)?.map(({label}) => label)).toEqual(['two']);
    expect(pastStreamsOf({}, off, 0)).toBeUndefined();
  });
});

describe('requests', () => {
  test('are read with their defaults', () => {
    expect(parseListStreams({})).toEqual({tableName: undefined, limit: 100, exclusiveStart: undefined});
    expect(parseDescribeStream({StreamArn: ARN})).toMatchObject({limit: 100, exclusiveStartShardId: undefined, parentShardId: undefined});
    expect(parseGetRecords({ShardIterator: 'x'})).toEqual({iteratorText: 'x', limit: 1000});
    expect(parseGetShardIterator({StreamArn: ARN, ShardId: shardIdText(SHARD), ShardIteratorType: 'LATEST'})).toMatchObject({shard: SHARD, position: undefined});
  });
  test('need a sequence number with the types that name one, and with no other', () => {
    const request = {StreamArn: ARN, ShardId: shardIdText(SHARD)};
    expect(refusal(() => parseGetShardIterator({...request, ShardIteratorType: 'AT_SEQUENCE_NUMBER'}))).toContain('requires a SequenceNumber');
    expect(refusal(() => parseGetShardIterator({...request, ShardIteratorType: 'LATEST', SequenceNumber: '1'.repeat(22)}))).toContain('can not be specified');
    expect(refusal(() => parseGetShardIterator({...request, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: '9'.repeat(22)}))).toBe('ValidationException: Invalid SequenceNumber');
    expect(refusal(() => parseGetShardIterator({...request, ShardIteratorType: 'x'}))).toContain("Value 'x' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set");
  });
  test('are held to their limits', () => {
    expect(refusal(() => parseListStreams({Limit: 101}))).toContain('less than or equal to 100');
    expect(refusal(() => parseGetRecords({ShardIterator: 'x', Limit: 1001}))).toContain('less than or equal to 1000');
    expect(refusal(() => parseDescribeStream({StreamArn: 'short'}))).toContain('greater than or equal to 37');
    expect(refusal(() => parseDescribeStream({StreamArn: ARN, ShardFilter: {Type: 'CHILD_SHARDS'}}))).toContain('ShardFilter requires both');
  });
});
