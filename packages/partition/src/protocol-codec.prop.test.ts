// Goal: what is encoded comes back, and any other bytes end in DecodeError and nothing else.
import {DecodeError, toGroupId, toIndexId, toReplicaId} from '@murmuration/base';
import {THROTTLING_REASONS} from '@murmuration/capacity';
import fc from 'fast-check';
import {decodePartitionRequest, decodePartitionResponse, encodePartitionRequest, encodePartitionResponse} from './protocol-codec.js';
import type {ExpressionTexts, PartitionFailure, PartitionRequest, PartitionResponse} from './protocol.js';

const count = fc.nat({max: 2 ** 31 - 1});
const bytes = fc.uint8Array({maxLength: 40});
const optionalBytes = fc.option(bytes, {nil: undefined});
const optionalText = fc.option(fc.string({maxLength: 20, unit: 'grapheme'}), {nil: undefined});
const group = fc.integer({min: 1, max: Number.MAX_SAFE_INTEGER}).map(toGroupId);
const expressions: fc.Arbitrary<ExpressionTexts | undefined> = fc.option(
  fc.record({condition: optionalText, update: optionalText, filter: optionalText, projection: optionalText, namesJson: fc.string(), valuesJson: fc.string()}),
  {nil: undefined},
);
const consistency = fc.constantFrom('strong' as const, 'eventual' as const);
const position = fc.record({sequence: count, ordinal: fc.nat({max: 0xffff})});
const shard = fc.record({
  label: fc.string({minLength: 1, maxLength: 30}), group, createdHlc: count, parent: fc.option(fc.record({group, createdHlc: count}), {nil: undefined}), trimmedUntil: count,
  startSequence: fc.nat({max: 1_000}), endSequence: fc.option(fc.integer({min: 1_000, max: 2_000}), {nil: undefined}),
  endHlc: fc.option(fc.integer({min: 1, max: 1_000}), {nil: undefined}), splitChild: fc.option(group, {nil: undefined}),
});
const request: fc.Arbitrary<PartitionRequest> = fc.oneof(
  fc.record({kind: fc.constant('stream-shards' as const), group, epoch: count}),
  fc.record({
    kind: fc.constant('stream-records' as const), group, epoch: count, label: fc.string(), createdHlc: count, position, isHorizon: fc.boolean(),
    recordCountMax: count, sizeBytesMax: count,
  }),
  fc.record({
    kind: fc.constant('write' as const), group, epoch: count,
    command: fc.record({
      op: fc.constantFrom('put' as const, 'update' as const, 'delete' as const), key: bytes, item: bytes, itemSizeBytes: count, expressions,
      returnValues: fc.constantFrom('NONE' as const, 'ALL_OLD' as const, 'UPDATED_OLD' as const, 'ALL_NEW' as const, 'UPDATED_NEW' as const),
      returnItemOnConditionFailure: fc.boolean(),
    }),
  }),
  fc.record({kind: fc.constant('get' as const), group, epoch: count, consistency, keys: fc.array(bytes, {maxLength: 5})}),
  fc.record({
    kind: fc.constant('range' as const), group, epoch: count, consistency, from: bytes, until: bytes, isReverse: fc.boolean(), itemCountMax: count,
    pageSizeBytesMax: count, expressions, isCountOnly: fc.boolean(), index: fc.option(fc.integer({min: 1, max: 5}).map(toIndexId), {nil: undefined}),
    isWhole: fc.constantFrom(true, undefined),
  }),
);
const failure: fc.Arbitrary<PartitionFailure> = fc.oneof(
  fc.record({code: fc.constant('NotLeader' as const), leaderHint: count.map(toReplicaId)}),
  fc.record({code: fc.constant('WrongEpoch' as const), epoch: count}),
  fc.record({code: fc.constant('UnknownPartition' as const)}),
  fc.record({code: fc.constant('Overloaded' as const), retryAfterMs: count}),
  fc.record({code: fc.constantFrom('Unavailable' as const, 'OutcomeUnknown' as const), reason: fc.string()}),
  fc.record({code: fc.constant('ConditionFailed' as const), item: optionalBytes, itemSizeBytes: count}),
  fc.record({code: fc.constant('Rejected' as const), error: fc.string(), message: fc.string()}),
  fc.record({code: fc.constant('Throttled' as const), reason: fc.constantFrom(...THROTTLING_REASONS), resource: fc.string(), isOnDemand: fc.boolean()}),
  fc.record({
    code: fc.constant('Throttled' as const), reason: fc.constantFrom(...THROTTLING_REASONS), resource: fc.string(), isOnDemand: fc.boolean(),
    detail: fc.record({
      bucket: fc.constantFrom('ceiling' as const, 'share' as const, 'node' as const, 'table' as const, 'account' as const), tokensThenHalfUnits: count, tokensAskedHalfUnits: count,
      passesInMs: fc.option(fc.nat(), {nil: undefined}),
    }),
  }),
);
const response: fc.Arbitrary<PartitionResponse> = fc.oneof(
  fc.record({kind: fc.constant('stream-shards' as const), sequence: count, shards: fc.array(shard, {maxLength: 4})}),
  fc.record({
    kind: fc.constant('stream-records' as const), state: fc.constantFrom('read' as const, 'absent' as const, 'trimmed' as const), next: position, isEnd: fc.boolean(),
    splitChild: fc.option(group, {nil: undefined}), records: fc.array(fc.record({sequence: count, ordinal: fc.nat({max: 0xffff}), value: bytes}), {maxLength: 4}),
  }),
  fc.record({kind: fc.constant('written' as const), attributes: optionalBytes, oldSizeBytes: count, newSizeBytes: count,
    derived: fc.option(fc.record({indexHalfUnits: fc.array(count, {maxLength: 5}), collectionSizeBytes: fc.nat()}), {nil: undefined})}),
  fc.array(fc.tuple(optionalBytes, count), {maxLength: 5})
    .map((rows) => ({kind: 'got' as const, items: rows.map(([item]) => item), sizesBytes: rows.map(([, size]) => size)})),
  fc.record({
    kind: fc.constant('ranged' as const), items: fc.array(bytes, {maxLength: 5}), count, scannedCount: count, scannedSizeBytes: count,
    pageSizeBytes: count, lastKey: optionalBytes, fetchedBlockCount: fc.option(count, {nil: undefined}),
  }),
  fc.record({kind: fc.constant('failed' as const), failure}),
);

describe('partition protocol', () => {
  it('gives every request back', () => {
    fc.assert(fc.property(request, (value) => expect(decodePartitionRequest(encodePartitionRequest(value))).toEqual(value)));
  });
  it('gives every response back', () => {
    fc.assert(fc.property(response, (value) => expect(decodePartitionResponse(encodePartitionResponse(value))).toEqual(value)));
  });
  it('meets damaged bytes with a decode error only', () => {
    fc.assert(
      fc.property(fc.oneof(request.map(encodePartitionRequest), response.map(encodePartitionResponse), bytes), fc.nat(), fc.integer({min: 0, max: 255}), (good, at, put) => {
        const bad = good.slice();
        if (bad.length > 0) bad[at % bad.length] = put;
        for (const decode of [decodePartitionRequest, decodePartitionResponse]) {
          for (const input of [bad, good.subarray(0, at % (good.length + 1))]) {
            try {
              decode(input);
            } catch (error) {
              expect(error).toBeInstanceOf(DecodeError);
            }
          }
        }
      }),
    );
  });
});
