// Goal: a split at any point loses and doubles nothing: counts equal a scan, both halves together equal the unsplit
// partition, and every replica is alike. Method: random writes on a leader, a count that runs while further writes are
// applied, the split applied to leader and follower, then both halves against a map that was never split.
import {DecodeError, WriteBatch, compareBytes, toGroupId, toLogIndex} from '@murmuration/base';
import {buildStoredKey, encodeItem, encodePartitionKey, encodeSortKey, itemSizeBytes, parseItem, readStoredItemSizeBytes, storedTableRange} from '@murmuration/model';
import fc from 'fast-check';
import {keyText} from './key-text.js';
import {PartitionMachine} from './partition-machine.js';
import {decodePartitionRecord, partitionRecordKey} from './partition-record.js';
import type {PartitionRecord} from './partition-record.js';
import {SplitCount} from './split-count.js';
import {decodeSplitEffect, encodeSplitEffect} from './split-effect.js';
import {SplitPoint} from './split-point.js';
import type {WriteCommand} from './protocol.js';

const SCHEMA = {hash: {name: 'pk', type: 'S'}, range: {name: 'sk', type: 'N'}} as const;
const PARENT = toGroupId(16);
const CHILD = toGroupId(17);
const BIRTH = {...storedTableRange(1, 0), epoch: 1};
const keyOf = (token: number, sort: number): Uint8Array =>
  buildStoredKey(1, 0, token, encodePartitionKey({kind: 'S', value: `p${token}`}), encodeSortKey({kind: 'N', value: String(sort)}));

interface Operation {
  readonly token: number;
  readonly sort: number;
  readonly size: number;
  readonly isDelete: boolean;
}
const operation = fc.record({token: fc.integer({min: 1, max: 6}), sort: fc.integer({min: 0, max: 4}), size: fc.integer({min: 0, max: 40}), isDelete: fc.boolean()});
const operations = fc.array(operation, {minLength: 4, maxLength: 40});

class Replica {
  readonly machine = new PartitionMachine({group: PARENT, schema: SCHEMA, birth: BIRTH});
  readonly rows = new Map<string, {readonly key: Uint8Array; readonly value: Uint8Array}>();
  #index = 0;
  apply(data: Uint8Array): ReturnType<PartitionMachine['apply']> {
    this.#index += 1;
    const batch = new WriteBatch();
    const applied = this.machine.apply(data, toLogIndex(this.#index), batch);
    for (const change of batch.operations) {
      if (change.kind === 'put') this.rows.set(keyText(change.key), {key: change.key, value: change.value});
      if (change.kind === 'delete') this.rows.delete(keyText(change.key));
    }
    return applied;
  }
  effect({token, sort, size, isDelete}: Operation): Uint8Array | undefined {
    const key = keyOf(token, sort);
    const item = parseItem({pk: {S: `p${token}`}, sk: {N: String(sort)}, pad: {S: 'x'.repeat(size)}});
    const command: WriteCommand = {
      op: isDelete ? 'delete' : 'put', key, item: isDelete ? new Uint8Array(0) : encodeItem(item), itemSizeBytes: isDelete ? 0 : itemSizeBytes(item),
      expressions: undefined, returnValues: 'NONE', returnItemOnConditionFailure: false,
    };
    const text = keyText(key);
    return this.machine.evaluate(command, text, {bytes: this.rows.get(text)?.value, dependsOn: 0}, 1000).effect;
  }
  items(from: Uint8Array, until: Uint8Array): readonly {readonly key: Uint8Array; readonly value: Uint8Array}[] {
    return [...this.rows.values()].filter(({key}) => compareBytes(key, from) >= 0 && compareBytes(key, until) < 0).sort((a, b) => compareBytes(a.key, b.key));
  }
  record(group: typeof PARENT): PartitionRecord {
    return decodePartitionRecord(this.rows.get(keyText(partitionRecordKey(group)))?.value as Uint8Array, BIRTH);
  }
}

function measured(rows: readonly {readonly value: Uint8Array}[]): {itemCount: number; sizeBytes: number} {
  return {itemCount: rows.length, sizeBytes: rows.reduce((sum, {value}) => sum + readStoredItemSizeBytes(value), 0)};
}

describe('a split', () => {
  it('at any point gives two halves that are together what the partition was, on every replica', () => {
    fc.assert(fc.property(operations, operations, fc.option(fc.tuple(fc.integer({min: 1, max: 7}), fc.integer({min: 0, max: 5})), {nil: undefined}), (before, during, cut) => {
      const leader = new Replica();
      const follower = new Replica();
      const write = (written: Operation, count: SplitCount | undefined): void => {
        const effect = leader.effect(written);
        if (effect === undefined) return;
        const applied = leader.apply(effect);
        follower.apply(effect);
        if (applied.kind === 'written') count?.applied(applied.effect);
      };
      for (const written of before) write(written, undefined);
      const rows = leader.items(BIRTH.from, BIRTH.until);
      const point = new SplitPoint(leader.machine.record.sizeBytes);
      for (const {key, value} of rows) if (!point.row(key, value)) break;
      const at = cut === undefined ? point.finish() : keyOf(cut[0], cut[1]);
      if (rows.length >= 2) expect(point.finish()).toBeDefined();
      if (at === undefined) return;
      const count = new SplitCount(at);
      for (const {key, value} of rows) if (compareBytes(key, at) >= 0) count.row(value);
      for (const written of during) write(written, count);
      const unsplit = leader.items(BIRTH.from, BIRTH.until);

      const split = leader.machine.evaluateSplit(CHILD, count, 1000);
      for (const replica of [leader, follower]) {
        expect(replica.apply(split)).toMatchObject({kind: 'split', isRefused: false});
        const lower = replica.items(BIRTH.from, at);
        const upper = replica.items(at, BIRTH.until);
        expect([...lower, ...upper]).toEqual(unsplit);
        expect(replica.record(PARENT)).toMatchObject({...measured(lower), from: BIRTH.from, until: at, epoch: 2, lastSplit: {child: CHILD}});
        expect(replica.record(CHILD)).toMatchObject({...measured(upper), from: at, until: BIRTH.until, epoch: 2, lastSplit: undefined});
        expect(replica.machine.record).toEqual(replica.record(PARENT));
        // Here for the second time it changes nothing.
        expect(replica.apply(split)).toMatchObject({isRefused: true});
      }
      expect([...follower.rows]).toEqual([...leader.rows]);
    }));
  });

  it('the point chosen leaves rows on both sides, and at least an eighth where a border allows it', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.tuple(fc.integer({min: 1, max: 8}), fc.integer({min: 0, max: 30})), {minLength: 2, maxLength: 60, selector: ([token, sort]) => token * 100 + sort}), (keys) => {
      const replica = new Replica();
      for (const [token, sort] of keys) replica.apply(replica.effect({token, sort, size: 10, isDelete: false}) as Uint8Array);
      const rows = replica.items(BIRTH.from, BIRTH.until);
      const point = new SplitPoint(replica.machine.record.sizeBytes);
      for (const {key, value} of rows) if (!point.row(key, value)) break;
      const at = point.finish() as Uint8Array;
      const upper = rows.filter(({key}) => compareBytes(key, at) >= 0).length;
      expect(upper).toBeGreaterThan(0);
      expect(upper).toBeLessThan(rows.length);
      if (rows.length >= 8) expect(Math.min(upper, rows.length - upper)).toBeGreaterThanOrEqual(Math.floor(rows.length / 8) - 1);
    }));
  });

  it('is refused when the place is outside, the epoch is not the next, or the configuration does not allow it', () => {
    const replica = new Replica();
    replica.apply(replica.effect({token: 1, sort: 1, size: 1, isDelete: false}) as Uint8Array);
    const split = {sequence: 2, timestampHlc: 2_000_000, child: CHILD, at: keyOf(3, 0), epoch: 2, childItemCount: 0, childSizeBytes: 0};
    const apply = (given: object, canSplit = true): boolean =>
      !replica.machine.apply(encodeSplitEffect({...split, ...given}), toLogIndex(9), new WriteBatch(), canSplit).isRefused;
    expect(apply({at: BIRTH.from})).toBe(false);
    expect(apply({at: BIRTH.until})).toBe(false);
    expect(apply({epoch: 3})).toBe(false);
    expect(apply({sequence: 3})).toBe(false);
    expect(apply({childItemCount: 2})).toBe(false);
    expect(apply({}, false)).toBe(false);
    expect(apply({})).toBe(true);
    expect(replica.machine.holds(keyOf(3, 0))).toBe(false);
    expect(replica.machine.holdsRange(BIRTH.from, keyOf(3, 0))).toBe(true);
  });

  it('comes back from its bytes as it was, and cut short it is refused', () => {
    const split = {sequence: 5, timestampHlc: 2 ** 50, child: CHILD, at: keyOf(2, 2), epoch: 3, childItemCount: 7, childSizeBytes: 700};
    const bytes = encodeSplitEffect(split);
    expect(decodeSplitEffect(bytes)).toEqual(split);
    for (let length = 0; length < bytes.length; length += 1) expect(() => decodeSplitEffect(bytes.subarray(0, length))).toThrow(DecodeError);
  });
});
