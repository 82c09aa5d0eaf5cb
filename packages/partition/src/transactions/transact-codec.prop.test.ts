// Goal: steps, results and rows of transactions come back from their bytes, and any other bytes end in DecodeError and nothing else.
import {DecodeError, toGroupId} from '@murmuration/base';
import fc from 'fast-check';
import {decodeEffect, encodeEffect, lastSequenceOf} from '../effect.js';
import {decodePartitionRequest, decodePartitionResponse, encodePartitionRequest, encodePartitionResponse} from '../protocol-codec.js';
import {decodeDecisionRow, encodeDecisionRow} from './decision-row.js';
import {decodePendingRow, encodePendingRow} from './pending-row.js';
import type {ReasonCode, TransactResult, TransactStep} from './transact-steps.js';

const count = fc.nat();
const text = fc.string({maxLength: 12});
const bytes = fc.uint8Array({maxLength: 24});
const keys = fc.array(bytes, {maxLength: 5});
const optionalBytes = fc.option(bytes, {nil: undefined});
const name = fc.record({transaction: text, token: text, requestHash: text, anchor: bytes, timestampHlc: fc.integer({min: 0, max: 2 ** 52})});
const command = fc.record({
  op: fc.constantFrom('put' as const, 'update' as const, 'delete' as const), key: bytes, item: bytes, itemSizeBytes: count,
  expressions: fc.constantFrom(undefined, {condition: 'a = :b', update: undefined, filter: undefined, projection: undefined, namesJson: '', valuesJson: '{}'}),
  returnValues: fc.constant('NONE' as const), returnItemOnConditionFailure: fc.boolean(),
});
const actions = fc.array(fc.record({isCheck: fc.boolean(), command}), {minLength: 1, maxLength: 4});
const step: fc.Arbitrary<TransactStep> = fc.oneof(
  fc.record({kind: fc.constant('once' as const), name, actions, isTokenHere: fc.boolean()}),
  fc.record({kind: fc.constant('prepare' as const), name, actions}),
  fc.record({kind: fc.constant('note' as const), name, purpose: fc.constantFrom('note' as const, 'check' as const, 'withdraw' as const)}),
  fc.record({kind: fc.constant('decide' as const), name, keys, participants: keys}),
  fc.record({kind: fc.constantFrom('commit' as const, 'cancel' as const), transaction: text, keys}),
  fc.record({kind: fc.constant('resolve' as const), name}),
  fc.record({kind: fc.constant('read' as const), keys, isVersionOnly: fc.boolean()}),
);
const CODES: readonly ReasonCode[] = ['None', 'ConditionalCheckFailed', 'TransactionConflict', 'ValidationError', 'ItemCollectionSizeLimitExceeded'];
const result: fc.Arbitrary<TransactResult> = fc.oneof(
  fc.record({kind: fc.constant('accepted' as const), costs: fc.array(fc.record({
    oldSizeBytes: count, newSizeBytes: count, indexHalfUnits: fc.array(count, {maxLength: 5}), collectionSizeBytes: count,
    globalIndexes: fc.array(fc.record({indexId: fc.integer({min: 0x100, max: 0xffff}), halfUnits: count}), {maxLength: 3}),
  }), {maxLength: 4})}),
  fc.record({kind: fc.constant('refused' as const), reasons: fc.array(fc.record({
    code: fc.constantFrom(...CODES), message: fc.option(fc.string({minLength: 1}), {nil: undefined}), item: optionalBytes, sizeBytes: count,
  }), {maxLength: 4})}),
  fc.record({kind: fc.constant('repeated' as const), transaction: text}),
  fc.record({kind: fc.constant('too-old' as const), timestampHlc: fc.integer({min: 0, max: 2 ** 52})}),
  fc.record({kind: fc.constantFrom('mismatch' as const, 'in-progress' as const, 'committed' as const, 'cancelled' as const)}),
  fc.record({kind: fc.constant('read' as const), rows: fc.array(fc.record({item: optionalBytes, sizeBytes: count, version: count, isHeld: fc.boolean()}), {maxLength: 4})}),
);
const pending = fc.record({name, change: fc.constantFrom('none' as const, 'put' as const, 'delete' as const), item: bytes, itemSizeBytes: count, heldFromMs: count});
const decision = fc.record({kind: fc.constantFrom('committed' as const, 'fence' as const, 'note' as const), transaction: text, requestHash: text, expiresAtMs: count, participants: keys});

const request = step.map((each) => ({kind: 'transact' as const, group: toGroupId(16), epoch: 3, step: each}));
const response = result.map((each) => ({kind: 'transacted' as const, result: each}));

test('steps and results come back as they were', () => {
  fc.assert(fc.property(request, (value) => expect(decodePartitionRequest(encodePartitionRequest(value))).toEqual(value)));
  fc.assert(fc.property(response, (value) => expect(decodePartitionResponse(encodePartitionResponse(value))).toEqual(value)));
});
test('rows come back as they were', () => {
  fc.assert(fc.property(pending, (value) => expect(decodePendingRow(encodePendingRow(value))).toEqual(value)));
  fc.assert(fc.property(decision, (value) => expect(decodeDecisionRow(encodeDecisionRow(value))).toEqual(value)));
});
test('damaged bytes meet a decode error only', () => {
  const forms: readonly (readonly [fc.Arbitrary<Uint8Array>, (bytes: Uint8Array) => unknown])[] = [
    [request.map(encodePartitionRequest), decodePartitionRequest], [response.map(encodePartitionResponse), decodePartitionResponse],
    [pending.map(encodePendingRow), decodePendingRow], [decision.map(encodeDecisionRow), decodeDecisionRow],
  ];
  for (const [good, decode] of forms) {
    fc.assert(fc.property(good, fc.nat(), fc.integer({min: 0, max: 255}), fc.boolean(), (given, at, put, isCut) => {
      const bad = isCut ? given.slice(0, at % given.length) : given.slice();
      if (!isCut) bad[at % bad.length] = put;
      try {
        decode(bad);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }));
  }
});

const delta = fc.integer({min: -1_000, max: 1_000});
const indexDeltas = fc.array(fc.record({itemCount: delta, sizeBytes: delta}), {minLength: 2, maxLength: 2});
test('an effect of several items says what each of them does, and counts on by one for each', () => {
  fc.assert(fc.property(fc.array(fc.record({changeIndex: fc.nat({max: 3}), itemCountDelta: delta, sizeBytesDelta: delta, indexDeltas}), {minLength: 2, maxLength: 5}), (items) => {
    const sum = (of: (item: (typeof items)[number]) => number): number => items.reduce((total, item) => total + of(item), 0);
    const effect = {
      sequence: 7, timestampHlc: 9, itemCountDelta: sum((item) => item.itemCountDelta), sizeBytesDelta: sum((item) => item.sizeBytesDelta), items,
      changes: Array.from({length: 4}, (_, i) => ({key: Uint8Array.of(i), value: undefined})),
    };
    const decoded = decodeEffect(encodeEffect(effect));
    expect(decoded).toMatchObject(effect);
    expect(decoded.indexDeltas).toEqual([0, 1].map((i) => ({itemCount: sum((item) => item.indexDeltas[i]?.itemCount ?? 0), sizeBytes: sum((item) => item.indexDeltas[i]?.sizeBytes ?? 0)})));
    expect(lastSequenceOf(decoded)).toBe(7 + items.length - 1);
  }));
});
